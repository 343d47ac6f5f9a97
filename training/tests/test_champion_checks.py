"""What the checks say of a champion, by its metadata alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support.models import write_model
from training.champion_checks import Champion, against
from training.dataset import Dataset
from training.feature import Feature
from training.histogram import histogram
from training.load import load_settings


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        ([0, 1], [], "the classes were 0, 1 and are none, but numbers"),
        ([], [0, 1], "the classes were none, but numbers and are 0, 1"),
        ([0, 1], [0, 1], ""),
    ],
)
def test_another_task_is_a_change_of_classes(
    before: list[int], now: list[int | str], says: str, tmp_path: Path
) -> None:
    settings, _ = load_settings(write_model(tmp_path, checks={"columns": "stop"}))
    train = Dataset("binary", [], pd.DataFrame(), np.array([]), now, None, "0" * 64)
    metadata = {"features": [], "classes": [{"value": value} for value in before]}
    (found,) = against(settings, train, Champion("1", metadata))
    assert says in found.stops
    assert bool(found.stops) == bool(says)


@pytest.mark.parametrize(
    ("shift", "rows", "stops"), [(0, 30, False), (2, 30, True), (0.5, 3000, True)]
)
def test_drift_that_chance_alone_makes_of_few_rows_stops_nothing(
    shift: float, rows: int, *, stops: bool, tmp_path: Path
) -> None:
    """Of thirty rows in ten bins a PSI over 0.25 is usual."""
    settings, _ = load_settings(write_model(tmp_path, checks={"drift": 0.1}))
    before = pd.Series(np.random.default_rng(1).normal(size=1000))
    now = pd.DataFrame({"a": np.random.default_rng(2).normal(size=rows) + shift})
    feature = Feature(name="a", type="number")
    described = {"name": "a", "type": "number", "histogram": histogram(feature, before)}
    train = Dataset("regression", [feature], now, np.zeros(rows), [], None, "0" * 64)
    _, drift = against(settings, train, Champion("1", {"features": [described]}))
    assert drift.told.startswith("PSI against version 1, the champion: a ")
    assert float(drift.told.rpartition(" ")[2]) > 0.1
    assert bool(drift.stops) == stops
