"""Quality of a live version by labels, and what its log lacks: `python -m training monitor`."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn import metrics as sk

from support.predictions import (
    NOW,
    asked,
    found,
    keep,
    labels_of,
    monitor,
    package_in,
    predictions,
)
from training.monitoring.quality import quality


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package_in(tmp_path_factory.mktemp("monitored"))


def test_quality_is_scikit_learns_on_the_rows_whose_latest_label_is_known(
    package: Path, tmp_path: Path
) -> None:
    rows = asked(400)
    table = predictions(rows)
    keep(tmp_path, table)
    ids = table["request_id"].to_pylist()
    true = (rows["p"] + np.random.default_rng(1).normal(scale=0.2, size=400) > 0.5).to_numpy()
    said = [str(bool(one)).lower() for one in true]
    wrong = ["false" if one == "true" else "true" for one in said]
    # First all wrong, later corrected; the correction came before in the folder's order.
    keep(tmp_path, labels_of(ids[:300], said[:300], at=NOW + timedelta(hours=2)), what="labels")
    keep(tmp_path, labels_of(ids[:300], wrong[:300]), what="labels")
    keep(tmp_path, labels_of(["nobody", "r-of-old"], ["true", "false"]), what="labels")
    judged = found(package, tmp_path)["quality"]
    assert judged["labelled"] == 300
    assert judged["labels"] == 602
    assert judged["replaced"] == 300
    assert judged["elsewhere"] == 2
    answered, chance = rows["answer"][:300], rows["p"][:300]
    expected = {
        "accuracy": sk.accuracy_score(true[:300], answered),
        "auc_roc": sk.roc_auc_score(true[:300], chance),
    }
    assert list(judged["metrics"]) == list(expected)
    for name, value in expected.items():
        one = judged["metrics"][name]
        assert one["value"] == pytest.approx(value)
        assert one["low"] < value < one["high"]
    p = expected["accuracy"]
    low = p - 1.96 * np.sqrt(p * (1 - p) / 300)  # the normal approximation (Wald)
    assert judged["metrics"]["accuracy"]["low"] == pytest.approx(low, abs=0.01)


def test_labels_that_come_late_are_of_older_days_than_drift_is_told_of(
    package: Path, tmp_path: Path
) -> None:
    """Of a busy model the newest rows have no label yet, and would never make quality known."""
    keep(tmp_path, predictions(asked(1200, seed=1)))
    past = [(NOW - timedelta(days=ago), predictions(asked(200, seed=ago))) for ago in (3, 40)]
    for ago, (at, table) in enumerate(past):
        keep(tmp_path, table, at)
        ids = [f"{one}-{ago}" for one in table["request_id"].to_pylist()]
        keep(tmp_path, table.set_column(0, "request_id", pa.array(ids)), at)
        keep(tmp_path, labels_of(ids[:60], ["true"] * 60), what="labels")
    told = found(package, tmp_path, "--rows", 1000, "--days", 2)
    assert (told["rows"], told["days"]) == (1200, ["2026-11-28"])
    assert told["quality"]["labelled"] == 60
    assert told["quality"]["elsewhere"] == 60  # two days with predictions are read at most


def test_few_rows_few_labels_and_no_log_are_said(package: Path, tmp_path: Path) -> None:
    assert found(package, tmp_path)["note"] == "the log has no prediction of this version"
    table = predictions(asked(40))
    keep(tmp_path, table)
    told = found(package, tmp_path)
    assert told["note"] == "drift is not told of fewer than 100 rows"
    assert told["features"] == {}
    assert told["quality"]["note"] == "no label has come yet"
    keep(tmp_path, labels_of(table["request_id"].to_pylist()[:29], ["true"] * 29), what="labels")
    note = "29 rows of the window have a label; 30 are needed"
    assert found(package, tmp_path)["quality"]["note"] == note


def test_a_label_of_a_class_that_the_version_lacks_is_counted_and_not_judged(
    package: Path, tmp_path: Path
) -> None:
    table = predictions(asked(200))
    keep(tmp_path, table)
    ids = table["request_id"].to_pylist()
    keep(tmp_path, labels_of(ids[:60], ["true"] * 50 + ["maybe"] * 10), what="labels")
    judged = found(package, tmp_path)["quality"]
    assert (judged["labelled"], judged["other_class"]) == (50, 10)


def test_a_file_that_is_no_parquet_is_named_and_the_others_count(
    package: Path, tmp_path: Path
) -> None:
    keep(tmp_path, predictions(asked(200)))
    broken = keep(tmp_path, predictions(asked(200, seed=8)))
    broken.write_bytes(broken.read_bytes()[:-20])
    (broken.parent / ".half").write_bytes(b"PAR1")
    told = found(package, tmp_path)
    assert told["rows"] == 200
    assert told["damaged"] == [broken.relative_to(tmp_path).as_posix()]


def test_what_is_no_file_of_the_log_is_named_too(package: Path, tmp_path: Path) -> None:
    table = predictions(asked(200))
    keep(tmp_path, table)
    foreign = keep(tmp_path, pa.table({"x": [1]}))
    other = keep(tmp_path, pa.table({"request_id": ["r"], "label": [1]}), what="labels")
    told = found(package, tmp_path)
    assert told["rows"] == 200
    expected = [one.relative_to(tmp_path).as_posix() for one in (foreign, other)]
    assert told["damaged"] == expected


def test_of_a_request_that_came_twice_under_one_id_the_newest_row_is_judged(
    package: Path, tmp_path: Path
) -> None:
    rows = asked(100)
    table = predictions(rows)
    keep(tmp_path, table)
    later = rows.assign(answer=~rows["answer"])
    again = predictions(later).set_column(
        2, "time", pa.array([NOW + timedelta(hours=1)] * 100, pa.timestamp("ms", tz="UTC"))
    )
    keep(tmp_path, again)
    said = [str(bool(one)).lower() for one in later["answer"]]
    keep(tmp_path, labels_of(table["request_id"].to_pylist(), said), what="labels")
    judged = found(package, tmp_path)["quality"]
    assert (judged["labelled"], judged["repeated"]) == (100, 100)
    assert judged["metrics"]["accuracy"]["value"] == 1


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ("", "PREDICTIONS (not set): is no folder; correct it"),
        ("/nowhere/at/all", "PREDICTIONS (/nowhere/at/all): is no folder; correct it"),
        ("ftp://host/log", "PREDICTIONS (ftp://host/log): give a folder, s3://… or gs://…"),
    ],
)
def test_a_place_that_is_none_is_refused(package: Path, where: str, problem: str) -> None:
    done = monitor(package, where)
    assert done.code == 2
    assert problem in done.err


def test_a_folder_that_is_no_package_is_refused(tmp_path: Path) -> None:
    done = monitor(tmp_path, tmp_path)
    assert done.code == 2
    assert f"--package ({tmp_path}): is no whole model package" in done.err


def test_regressions_and_several_classes_are_judged_by_what_the_log_has_of_them() -> None:
    random = np.random.default_rng(5)
    ids = pd.DataFrame({"request_id": [f"r{i}" for i in range(200)], "row": 0})
    stamp = pd.DataFrame({"received": [NOW] * 200})
    truth = random.normal(size=200).round(6)
    ids = ids.assign(time=NOW)
    rows = ids.assign(answer=truth + random.normal(scale=0.1, size=200))
    rows.loc[3, "answer"] = None  # a graph may have no number for a row
    metrics = {"training": {"metrics": {"rmse": 0, "r2": 0, "rmse_low": 0}}}
    told = ids.join(stamp).assign(label=[str(one) for one in truth])
    found = quality({"task": "regression", **metrics}, rows, told)
    assert found.labelled == 199
    answered = rows["answer"].drop(3)
    assert list(found.metrics) == ["rmse", "r2"]
    expected = sk.root_mean_squared_error(np.delete(truth, 3), answered)
    assert found.metrics["rmse"]["value"] == pytest.approx(expected)

    labels = np.array(["red", "green", "blue"])
    said, answer = labels[random.integers(0, 3, 200)], labels[random.integers(0, 3, 200)]
    rows = ids.assign(answer=answer, probability=0.5)
    metadata = {
        "task": "multiclass",
        "positive": None,
        "output": {"type": "category"},
        "classes": [{"label": label} for label in labels],
        "training": {"metrics": {"f1_score": 0, "auc_roc": 0, "log_loss": 0}},
    }
    found = quality(metadata, rows, ids.join(stamp).assign(label=said))
    chances = random.dirichlet([1, 1, 1], 200)
    known = rows.assign(**{f"probability_{c}": chances[:, i] for i, c in enumerate(labels)})
    whole = quality(metadata, known, ids.join(stamp).assign(label=said))
    assert list(whole.metrics) == ["f1_score", "auc_roc", "log_loss"]
    places = np.array([list(labels).index(label) for label in said])
    expected = sk.log_loss(places, chances, labels=[0, 1, 2])
    assert whole.metrics["log_loss"]["value"] == pytest.approx(expected)
    assert list(found.metrics) == ["f1_score"]  # the others ask for the chance of each class
    expected = sk.f1_score(said, answer, average="macro")
    assert found.metrics["f1_score"]["value"] == pytest.approx(expected)
