"""What a YAML passes to a boosting library means there what it says."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.boosting import CAT, LGBM, LIBRARIES, XGB, boosted, chances, numbers
from support.command import run
from test_parity import mixed


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("positive", ["hi", "lo"])
def test_weight_of_the_positive_class_goes_to_the_one_that_is_stated(
    library: str, positive: str
) -> None:
    """The libraries mean their second class, the last in order; ours may be the first."""
    target = {"column": "y", "positive": positive}
    shares = []
    for weight in (1, 30):
        parameters = {"scale_pos_weight": weight}
        found = boosted(mixed("text"), f"{library}Classifier", parameters=parameters, target=target)
        column = found.package.metadata["positive"]
        shares.append(chances(found, found.test.rows)[:, column].mean())
    assert shares[1] > shares[0]


@pytest.mark.parametrize(
    ("path", "weights"),
    [
        (f"{LGBM}Classifier", {"class_weight": {"lo": 30, "hi": 1}}),
        (f"{CAT}Classifier", {"class_weights": {"lo": 30, "hi": 1}}),
        (f"{CAT}Classifier", {"class_weights": [1, 30]}),
    ],
)
@pytest.mark.parametrize("positive", ["hi", "lo"])
def test_weights_of_classes_go_by_their_names(
    path: str, weights: dict[str, Any], positive: str
) -> None:
    target = {"column": "y", "positive": positive}
    usual, heavy = (
        chances(found, found.test.rows)[:, 1].mean()
        for found in (
            boosted(mixed("text"), path, target=target),
            boosted(mixed("text"), path, parameters=weights, target=target),
        )
    )
    assert heavy > usual


@pytest.mark.parametrize("library", LIBRARIES)
def test_monotone_constraint_goes_by_the_name_of_its_feature(library: str) -> None:
    """Columns change places before the estimator: those with gaps come first."""
    constraint = {"monotone_constraints": {"n": -1}}
    found = boosted(mixed("number"), f"{library}Regressor", parameters=constraint)
    rows = pd.DataFrame({"n": np.arange(0.0, 9.0), "a": 3.0, "g": 0.5, "k": "x"})
    assert (np.diff(numbers(found, rows)) <= 0).all()
    free = boosted(mixed("number"), f"{library}Regressor")
    assert (np.diff(numbers(free, rows)) > 0).any()


@pytest.mark.parametrize("library", LIBRARIES)
def test_same_inputs_give_the_same_bytes_with_any_number_of_threads(library: str) -> None:
    threads = "thread_count" if library == CAT else "n_jobs"
    drawn = {"subsample": 0.7} | ({"subsample_freq": 1} if library == LGBM else {})
    one, two = (
        boosted(mixed("text"), f"{library}Classifier", parameters=drawn | {threads: count})
        for count in (1, 2)
    )
    assert one.package.model == two.package.model


def test_library_prints_nothing_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    """Where `npm start` reads one JSON object a line."""
    for library, loud in ((XGB, "verbosity"), (LGBM, "verbose"), (CAT, "verbose")):
        boosted(mixed("number"), f"{library}Regressor", parameters={loud: 2})
    assert capfd.readouterr().out == ""


def test_training_writes_no_files_of_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    boosted(mixed("number"), f"{CAT}Regressor")
    assert list(tmp_path.iterdir()) == []


PAGE = Path(__file__).parents[1] / "docs" / "boosting.md"


@pytest.mark.parametrize("block", [1, 2], ids=["class alone", "with parameters"])
def test_example_of_the_page_trains(block: int, tmp_path: Path) -> None:
    """The YAMLs of docs/boosting.md, on customers as they describe."""
    yaml = PAGE.read_text().split("```yaml\n")[block].partition("```")[0]
    (tmp_path / "churn.yaml").write_text(yaml)
    random = np.random.default_rng(6)
    table = pd.DataFrame({"complaints": random.poisson(1, 500), "town": random.integers(0, 9, 500)})
    table["town"] = "town " + table["town"].astype(str)
    table["months"] = np.where(random.random(500) < 0.1, np.nan, random.integers(0, 60, 500))
    score = table["complaints"] - table["months"].fillna(0) / 30 + random.normal(size=500) / 3
    table["churned"] = np.where(score > 0.5, "yes", "no")
    table.to_csv(tmp_path / "customers.csv", index=False)
    done = run("build", tmp_path / "churn.yaml", "--out", tmp_path / "package")
    assert done.code == 0, done.err
    assert "parity within" in done.out
    assert ("as many as serve" in done.out) == (block == 2)
