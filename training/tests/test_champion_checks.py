"""What the checks say of a champion, by its metadata alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support.models import write_model
from training.champion_checks import Champion, against
from training.dataset import Dataset
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
