"""A column that alone gives the target away is said, and no other."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.leakage import leakage_note

N = 90
SIDE = np.arange(N) % 3  # three classes
GAPS = pd.Series(np.where(SIDE == 0, np.nan, 5.0))


@pytest.mark.parametrize(
    ("values", "tells"),
    [
        (pd.Series(["a", "b", "c"] * 30), True),
        (pd.Series(["a", "b", "b"] * 30), False),
        (pd.Series(["a", "b", "c", "", "b", "c"] * 15), True),
        (pd.Series([f"t{i}" for i in range(N)]), False),
        (pd.Series(SIDE * 100 + np.arange(N)), True),
        (pd.Series(np.arange(N) / 7), False),
        (pd.Series(np.where(SIDE == 0, np.nan, SIDE)), True),
        (GAPS, False),
        (pd.Series([1.0] * N), False),
    ],
)
def test_classes(values: "pd.Series[Any]", *, tells: bool) -> None:
    assert bool(leakage_note(values, SIDE, classes=True)) is tells


MANY = 20_000  # more rows than are looked at first
TURN = np.arange(MANY) % 3


@pytest.mark.parametrize(
    ("values", "tells"),
    [
        (pd.Series(np.array(["a", "b", "c"])[TURN]), True),
        (pd.Series(TURN * 1e6 + np.arange(MANY)), True),
        (pd.Series(np.where(TURN == 0, np.nan, TURN)), True),
        (pd.Series(np.where(np.arange(MANY) == 7, 2, TURN)), False),
        (pd.Series(np.where(np.arange(MANY) == 7, 7.5, TURN * 1e6 + np.arange(MANY))), False),
        (pd.Series([f"t{i}" for i in range(MANY)]), False),
    ],
)
def test_one_row_of_many_decides(values: "pd.Series[Any]", *, tells: bool) -> None:
    assert bool(leakage_note(values, TURN, classes=True)) is tells


def test_equal_numbers_on_the_border_tell_nothing() -> None:
    values = pd.Series([*range(40), *[40] * 10, *range(41, 81)])
    target = np.array([0] * 45 + [1] * 45)
    assert leakage_note(values, target, classes=True) == ""


@pytest.mark.parametrize(
    ("values", "tells"),
    [
        (pd.Series(np.arange(N) * 1.609 + 3), True),
        (pd.Series(-np.arange(N) * 1.0), True),
        (pd.Series(np.log1p(np.arange(N))), True),
        (pd.Series(np.exp(-np.arange(N) / 9.0)), True),
        (pd.Series(np.floor(np.arange(N) / 30)), False),
        (pd.Series(np.arange(N) + 3 * np.sin(np.arange(N))), False),
        (pd.Series(["a", "b", "c"] * 30), False),
        (pd.Series([1.0] * N), False),
        (pd.Series([np.nan] * N), False),
    ],
)
def test_numbers(values: "pd.Series[Any]", *, tells: bool) -> None:
    assert bool(leakage_note(values, np.arange(N) * 1.0, classes=False)) is tells
