"""Drift and quality of a live version by its prediction log: `python -m training monitor`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats
from sklearn import metrics as sk

from support.command import Ended, run
from support.models import write_model
from training.monitoring.command import monitored
from training.monitoring.drift import binned, population_stability_index
from training.monitoring.quality import quality
from training.package import read_package

NOW = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
MODEL = "small-model"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("monitored")
    done = run("build", write_model(folder), "--out", folder / "package")
    assert done.code == 0, done.err
    return folder / "package"


def predictions(rows: pd.DataFrame, *, at: datetime = NOW, version: str = "3") -> pa.Table:
    """What the server would have kept of rows of features, answers and probabilities."""
    count = len(rows)
    features = {f"feature_{name}": rows[name] for name in rows if name not in ("answer", "p")}
    return pa.table(
        {
            "request_id": [f"r{at:%d%H}-{version}-{i}" for i in range(count)],
            "row": pa.array([0] * count, pa.int32()),
            "time": pa.array([at] * count, pa.timestamp("ms", tz="UTC")),
            "version": [version] * count,
            "answer": rows["answer"],
            "probability": pa.array(rows["p"], pa.float32()),
            **{name: pa.array(column, from_pandas=True) for name, column in features.items()},
        }
    )


def labels_of(ids: list[str], labels: list[str], *, at: datetime = NOW) -> pa.Table:
    stamps = pa.array([at] * len(ids), pa.timestamp("ms", tz="UTC"))
    rows = pa.array([0] * len(ids), pa.int32())
    return pa.table(
        {"request_id": ids, "row": rows, "label": labels, "time": stamps, "received": stamps}
    )


def keep(log: Path, table: pa.Table, at: datetime = NOW, *, what: str = "") -> Path:
    folder = log / what / f"model={MODEL}" / f"date={at:%Y-%m-%d}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{len(list(folder.iterdir())):03}.parquet"
    pq.write_table(table, path)
    return path


def asked(count: int, seed: int = 7) -> pd.DataFrame:
    """Rows as those of the training, with answers."""
    random = np.random.default_rng(seed)
    rows = pd.DataFrame({name: random.normal(size=count).round(3) for name in ("a", "b")})
    chance = random.uniform(size=count).astype(np.float32)
    return rows.assign(answer=chance > 0.5, p=chance)


def monitor(package: Path, log: Path | str, *more: Any, **env: str) -> Ended:
    words = ("--package", package, "--version", "3", *more)
    return run("monitor", *words, env={"PREDICTIONS": str(log), **env})


def found(package: Path, log: Path | str, *more: Any, **env: str) -> dict[str, Any]:
    done = monitor(package, log, *more, **env)
    assert done.code == 0, done.err
    told: dict[str, Any] = json.loads(done.out)
    return told


def shares(feature: dict[str, Any], values: pd.Series) -> tuple[Any, Any]:
    """Counts of training and now, missing values last, by pandas alone."""
    edges = [-np.inf, *feature["histogram"]["edges"], np.inf]
    now = pd.cut(values, edges).value_counts(sort=False).tolist()
    reference = [*feature["histogram"]["counts"], feature["histogram"]["missing"]]
    return np.array(reference), np.array([*now, values.isna().sum()])


def test_drift_is_that_of_the_formula_and_of_scipy_on_the_same_rows(
    package: Path, tmp_path: Path
) -> None:
    rows = asked(2000).assign(b=lambda r: (r["b"] + 1).where(r.index % 20 != 0))
    keep(tmp_path, predictions(rows))
    told = found(package, tmp_path)
    metadata, _ = read_package(package)
    assert told["rows"] == 2000
    assert told["days"] == ["2026-11-28"]
    for feature in metadata["features"]:
        one = told["features"][feature["name"]]
        reference, now = shares(feature, rows[feature["name"]])
        e, a = (np.maximum(x / x.sum(), 1e-4) for x in (reference, now))
        assert one["psi"] == pytest.approx(float(np.sum((a - e) * np.log(a / e))))
        table = np.array([reference, now])[:, (reference + now) > 0]
        expected = stats.chi2_contingency(table, correction=False)
        assert one["chi2"] == pytest.approx(expected.statistic)
        assert one["p_value"] == pytest.approx(expected.pvalue, abs=1e-300)
    assert told["features"]["a"]["verdict"] == "calm"
    assert told["features"]["b"]["verdict"] == "shifted"
    assert told["features"]["b"]["missing"] == pytest.approx(0.05)
    assert told["features"]["b"]["missing_in_training"] == 0


def test_unknown_categories_texts_and_moments_are_counted_as_the_histogram_counts_them() -> None:
    category = {
        "type": "category",
        "histogram": {"categories": ["a", "b"], "counts": [60, 30], "other": 4, "missing": 6},
    }
    reference, now = binned(category, pd.Series(["a", "c", "c", None]))
    assert (reference.tolist(), now.tolist()) == ([60, 30, 4, 6], [1, 0, 2, 1])
    text = {"type": "text", "histogram": {"edges": [2.0], "counts": [3, 4], "missing": 1}}
    assert binned(text, pd.Series(["ab", "abc", "😀😀", None]))[1].tolist() == [2, 1, 1]
    moment = {"type": "datetime", "histogram": {"edges": [86400.0], "counts": [1, 1], "missing": 0}}
    times = pd.Series(["1970-01-02T00:00:00", "1970-01-02T00:00:01", None])
    days = pd.to_datetime(times, utc=True).astype("datetime64[ms, UTC]")
    assert binned(moment, days)[1].tolist() == [1, 1, 1]
    flag = {"type": "boolean", "histogram": {"edges": [0.0], "counts": [5, 5], "missing": 0}}
    assert binned(flag, pd.Series([True, False, None], dtype=object))[1].tolist() == [1, 1, 1]


def test_an_empty_bin_stands_for_a_share_of_a_ten_thousandth() -> None:
    expected = (0.9999 - 0.5) * np.log(1 / 0.5) + (1e-4 - 0.5) * np.log(1e-4 / 0.5)
    found_psi = population_stability_index(np.array([50, 50]), np.array([10, 0]))
    assert found_psi == pytest.approx(expected, abs=1e-3)


def test_the_window_grows_by_whole_days_until_it_holds_enough(
    package: Path, tmp_path: Path
) -> None:
    for ago, count in enumerate([60, 70, 80, 90]):
        at = NOW - timedelta(days=ago)
        keep(tmp_path, predictions(asked(count), at=at), at)
    keep(tmp_path, predictions(asked(500), version="4"))
    told = found(package, tmp_path, "--rows", 120)
    assert (told["rows"], told["days"]) == (130, ["2026-11-27", "2026-11-28"])
    told = found(package, tmp_path, "--rows", 1000, "--days", 3)
    assert (told["rows"], told["days"][0]) == (210, "2026-11-26")
    assert found(package, tmp_path, "--rows", 1000)["rows"] == 300


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


def test_a_feature_that_is_kept_at_times_is_judged_by_those_times(
    package: Path, tmp_path: Path
) -> None:
    rows = asked(400)
    keep(tmp_path, predictions(rows[:200]))
    keep(tmp_path, predictions(rows[200:]).drop_columns(["feature_b"]))
    told = found(package, tmp_path)
    assert (told["features"]["a"]["rows"], told["features"]["b"]["rows"]) == (400, 200)
    assert told["features"]["b"]["missing"] == 0


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


def test_of_days_with_too_many_rows_files_are_drawn(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.monitoring.log.MOST_ROWS", 250)
    for seed in range(6):
        keep(tmp_path, predictions(asked(100, seed=seed)))
    told = monitored(package, "3", str(tmp_path), 1000, 30)
    assert (told["rows"], told["sampled"]) == (300, True)


def test_what_is_not_kept_of_a_feature_is_said(package: Path, tmp_path: Path) -> None:
    keep(tmp_path, predictions(asked(200)).drop_columns(["feature_b"]))
    told = found(package, tmp_path)
    assert (list(told["features"]), told["not_kept"]) == (["a"], ["b"])


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
