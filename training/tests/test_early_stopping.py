"""Early stopping goes by rows of the training split, never by those of the test split."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from support.boosting import LIBRARIES
from support.flow import train
from support.models import frame, write_model
from test_parity import mixed, trained
from test_split import contents
from training.boosting.stopping import hold_back
from training.dataset import Dataset, build_dataset
from training.errors import InvalidInputError
from training.settings import Settings
from training.sources import Table
from training.split import split_dataset

MOST = 400
STOPPING = {"early_stopping": {"rounds": 8, "validation": 0.2}}


def choice(path: str, **more: Any) -> dict[str, Any]:
    return {"class": path, "parameters": {"n_estimators": MOST}} | STOPPING | more


def parts(table: pd.DataFrame, **more: Any) -> tuple[Dataset, Dataset, Dataset]:
    """Return the rows that are fitted on, those that stop the fit, and the test rows."""
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y"}
    content |= {"estimator": choice("xgboost.XGBClassifier")}
    settings = Settings.model_validate(content | more)
    dataset = build_dataset(settings, Table(table, "0" * 64), "classification")
    training, test = split_dataset(dataset, table, settings)
    fitted, held = hold_back(settings, training, table)
    assert held is not None
    assert set(fitted.rows.index) | set(held.rows.index) == set(training.rows.index)
    return fitted, held, test


@pytest.mark.parametrize("kind", ["Classifier", "Regressor"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_fewer_trees_are_kept_than_asked_for_and_the_package_says_so(
    library: str, kind: str
) -> None:
    table = mixed("number" if kind == "Regressor" else "text", 300)
    table["y"] = table["y"].mask(table["n"] == 0, table["y"].iloc[0])
    found = trained(table, choice(f"{library}{kind}"))
    described = found.package.metadata["training"]["estimator"]
    assert 1 <= described["trees"] < MOST
    assert 30 < described["validation_rows"] < 70
    assert found.parity.max_difference <= 1e-5


@pytest.mark.parametrize(
    "split",
    [{}, {"method": "random"}, {"method": "hash", "key": "who"}, {"method": "time", "key": "who"}],
    ids=["hash", "random", "key", "time"],
)
def test_three_parts_share_no_row_and_no_key(split: dict[str, Any]) -> None:
    table = frame(600).assign(who=np.arange(600) // 3)
    places = [set(part.rows.index) for part in parts(table, split=split)]
    fitted, held, test = places
    assert not fitted & held
    assert not test & (fitted | held)
    assert len(held) / (len(held) + len(fitted)) == pytest.approx(0.2, abs=0.06)
    if "key" in split:
        people = [set(table.loc[list(place), "who"]) for place in places]
        assert not people[0] & people[1]
        assert not people[2] & (people[0] | people[1])
    if split.get("method") == "time":
        assert max(people[0]) < min(people[1]) <= max(people[1]) < min(people[2])


def test_appended_rows_leave_each_row_in_its_part() -> None:
    old = frame(600)
    more = pd.concat([old, frame(900).iloc[600:]], ignore_index=True)
    before, after = parts(old), parts(more)
    for one, other in zip(before, after, strict=True):
        assert contents(old, one) < contents(more, other)


def test_share_that_leaves_a_class_out_is_named() -> None:
    table = frame(60).assign(y=["a"] * 29 + ["b"] * 29 + ["c"] * 2)
    with pytest.raises(
        InvalidInputError, match=r"no fitted row has class c; change 'estimator\.early"
    ):
        parts(table, split={"method": "hash"})


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_prepares_features_sees_only_the_rows_that_are_fitted_on(library: str) -> None:
    """A median or a scale of validation rows would leak them."""
    table = mixed("number", 200)
    scaled = {"scale": True}
    found = trained(table, choice(f"{library}Regressor"), preprocess=scaled)
    assert found.parity.max_difference <= 1e-5
    assert found.package.metadata["training"]["estimator"]["trees"] < MOST


def test_run_shows_trees_library_and_validation_rows(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    path = write_model(tmp_path, "stopped-model", estimator=choice("lightgbm.LGBMClassifier"))
    code, result = train(mlflow_url, path)
    assert (code, result["outcome"]) == (0, "promoted")
    run = client.get_run(client.get_model_version("stopped-model", "1").run_id)
    assert run.data.params["estimator"] == "lightgbm.LGBMClassifier"
    assert 1 <= int(run.data.params["trees"]) < MOST
    assert run.data.params["early_stopping.rounds"] == "8"
    assert run.data.params["early_stopping.validation"] == "0.2"
    assert int(run.data.params["rows.validation"]) < int(run.data.params["rows.train"])
    assert run.data.tags["slipway.library.lightgbm"] == "4.7.0"
