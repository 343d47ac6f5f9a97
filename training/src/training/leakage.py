"""Finds columns that alone give the target away, as those written down after the fact do."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

MOST_VALUES = 50  # of a column whose values are looked at one by one
SOME = 1000  # rows that show what the whole cannot be
NEARLY = 0.99
EXACT = 0.99999  # of a correlation: the target in another unit, rounded

TELLS = (
    "it alone tells the target in every row: if it is known only afterwards, name it in 'data.drop'"
)


def leakage_note(values: "pd.Series[Any]", target: npt.NDArray[Any], *, classes: bool) -> str:
    """Say that a column (float64 or text) leaves nothing to predict; empty where it does not.

    `target` holds class indices, or numbers. Missing values are a value like the others among
    classes, and are left out among numbers.
    """
    if classes:
        found = _tells_class(values, target)
    else:
        numeric = pd.api.types.is_numeric_dtype(values)
        found = numeric and _is_target(values.to_numpy(np.float64), target)
    return TELLS if found else ""


def _tells_class(values: "pd.Series[Any]", target: npt.NDArray[Any]) -> bool:
    """Whether each value stands with one class, or each class lies in a range of its own."""
    # What some rows refute, more rows never mend; they tell nearly always, and quickly.
    some = slice(None, None, max(1, len(values) // SOME))
    if _refuted(values[some], target[some], len(np.unique(target))):
        return False
    codes, different = pd.factorize(values, use_na_sentinel=False)
    if len(different) <= min(MOST_VALUES, len(values) // 3):
        pairs = np.unique(np.column_stack([codes, target]), axis=0)
        return len(pairs) == len(different) > 1
    if not pd.api.types.is_numeric_dtype(values) or bool(values.isna().any()):
        return False
    numbers, changes = _changes(values.to_numpy(), target)
    apart = bool((numbers[changes] != numbers[changes + 1]).all())
    return apart and len(changes) == len(np.unique(target)) - 1


def _refuted(values: "pd.Series[Any]", target: npt.NDArray[Any], classes: int) -> bool:
    """Whether a value stands with two classes, or many values change the class too often."""
    codes, different = pd.factorize(values, use_na_sentinel=False, sort=True)
    ordered, changes = _changes(codes, target)
    if bool((ordered[changes] == ordered[changes + 1]).any()):
        return True
    return len(different) > MOST_VALUES and len(changes) > classes - 1


def _changes(
    numbers: npt.NDArray[Any], target: npt.NDArray[Any]
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Sort the numbers; also tell after which of them, in that order, another class comes."""
    order = np.argsort(numbers, kind="stable")
    return numbers[order], np.flatnonzero(np.diff(target[order]) != 0)


def _is_target(values: npt.NDArray[np.float64], target: npt.NDArray[Any]) -> bool:
    known = np.isfinite(values) & np.isfinite(target)
    values, target = values[known], target[known]
    if len(values) < 3 or np.ptp(values) == 0 or np.ptp(target) == 0:
        return False
    with np.errstate(all="ignore"):
        if abs(np.corrcoef(values, target)[0, 1]) > EXACT:
            return True
        # Its logarithm, or another curve that only rises or only falls. Some rows tell nearly
        # always, and quickly.
        some = slice(None, None, max(1, len(values) // SOME))
        return (
            _rank_correlation(values[some], target[some]) > NEARLY
            and len(np.unique(values)) > MOST_VALUES
            and _rank_correlation(values, target) > EXACT
        )


def _rank_correlation(one: npt.NDArray[np.float64], other: npt.NDArray[Any]) -> float:
    """Spearman's coefficient, without its sign."""
    ranks = [pd.Series(each).rank().to_numpy() for each in (one, other)]
    return float(abs(np.corrcoef(ranks[0], ranks[1])[0, 1]))
