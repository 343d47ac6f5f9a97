"""Drift of a live version by its prediction log: `python -m training monitor`."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from support.predictions import NOW, asked, found, keep, package_in, predictions
from training.monitoring.drift import binned
from training.monitoring.judged import monitored
from training.package import read_package
from training.stability import population_stability_index


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package_in(tmp_path_factory.mktemp("monitored"))


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
    found_psi = population_stability_index(np.array([0.5, 0.5]), np.array([1.0, 0.0]))
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


def test_of_days_with_too_many_rows_files_are_drawn(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.monitoring.log.MOST_ROWS", 250)
    for seed in range(6):
        keep(tmp_path, predictions(asked(100, seed=seed)))
    told = monitored(read_package(package)[0], "3", str(tmp_path), 1000, 30)
    assert (told["rows"], told["sampled"]) == (300, True)


def test_a_feature_that_is_kept_at_times_is_judged_by_those_times(
    package: Path, tmp_path: Path
) -> None:
    rows = asked(400)
    keep(tmp_path, predictions(rows[:200]))
    keep(tmp_path, predictions(rows[200:]).drop_columns(["feature_b"]))
    told = found(package, tmp_path)
    assert (told["features"]["a"]["rows"], told["features"]["b"]["rows"]) == (400, 200)
    assert told["features"]["b"]["missing"] == 0


def test_what_is_not_kept_of_a_feature_is_said(package: Path, tmp_path: Path) -> None:
    keep(tmp_path, predictions(asked(200)).drop_columns(["feature_b"]))
    told = found(package, tmp_path)
    assert (list(told["features"]), told["not_kept"]) == (["a"], ["b"])
