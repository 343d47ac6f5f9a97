"""Metrics of an order: how far up the rows of a class come when rows are sorted by their chance.

Each takes counts `[chances]` of the true and the false rows of each chance, the highest first. A
row may count several times, as in a resample of a bootstrap, or for a part of one.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[Any]  # [rows], not negative
OfWeights = Callable[[Weights], float]
Counts = npt.NDArray[Any]
UNDEFINED = float("nan")


def ranked(
    truth: npt.NDArray[np.bool_],
    chance: npt.NDArray[np.floating],
    metric: Callable[[Counts, Counts], float],
) -> OfWeights:
    """Sort the rows once; returns what scores them by their weights."""
    order = np.argsort(-chance, kind="stable")
    ordered, true = chance[order], truth[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])

    def score(weights: Weights) -> float:
        mine = weights[order]
        hits = mine * true
        return metric(np.add.reduceat(hits, starts), np.add.reduceat(mine - hits, starts))

    return score


def auc_roc(true: Counts, false: Counts) -> float:
    """Share of pairs of a true and a false row in which the true has the higher chance."""
    lower = false.sum() - np.cumsum(false)
    pairs = float(true.sum()) * float(false.sum())
    return float(true @ (lower + false / 2)) / pairs if pairs else UNDEFINED


def auc_pr(true: Counts, false: Counts) -> float:
    """Average precision: that of all rows down to each chance, by the true rows found there."""
    if not true.any():
        return UNDEFINED
    taken = np.cumsum(true + false)
    precision = np.divide(np.cumsum(true), taken, out=np.zeros(len(taken)), where=taken > 0)
    return float(true @ precision / true.sum())


def recall_at(k: float) -> Callable[[Counts, Counts], float]:
    """Share of the true rows among the `k` highest (a whole number of rows, or a share below 1).

    Of rows with one chance that are more than are left to take, each counts for its part: the mean
    over all orders that they could have.
    """

    def metric(true: Counts, false: Counts) -> float:
        if not true.any():
            return UNDEFINED
        size = true + false
        total = float(size.sum())
        taken = np.clip(rows_taken(k, total) - (np.cumsum(size) - size), 0, size)
        part = np.divide(taken, size, out=np.zeros(len(size)), where=size > 0)
        return float(true @ part / true.sum())

    return metric


def rows_taken(k: float, total: float) -> float:
    """Return how many of `total` rows are the highest."""
    return max(1, round(k * total)) if k < 1 else k
