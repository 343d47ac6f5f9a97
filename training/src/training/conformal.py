"""Prediction intervals by split conformal prediction, of a width that other rows have shown."""

from math import ceil
from typing import Any

import numpy as np

from training.dataset import Dataset
from training.errors import InvalidInputError
from training.metrics import Metrics
from training.scoring import NumberScores, Scores
from training.settings import Settings
from training.split import within_training


def interval_of(settings: Settings, rows: Dataset | None, scores: Scores | None) -> dict[str, Any]:
    """Return `coverage` and the `half_width` of every interval, in the target's unit.

    Split conformal prediction with absolute residuals (Lei, G'Sell, Rinaldo, Tibshirani and
    Wasserman 2018, algorithm 2): of the n `rows`, to which the model was not fitted, the residual
    of rank ceil((n + 1) * coverage). A new row's number then lies within it with at least that
    probability, whatever the model and the distribution, as long as new rows and these could have
    come in any order. Raises InvalidInputError where so few rows promise nothing.
    """
    coverage = settings.prediction_interval
    if coverage is None or rows is None or not isinstance(scores, NumberScores):
        return {}
    count = len(rows.target)
    rank = ceil(round((count + 1) * coverage, 9))
    if rank > count:
        needed = ceil(round(coverage / (1 - coverage), 9))
        problem = (
            f"prediction_interval ({coverage:g}): {count} calibration rows are too few, {needed} "
            "are needed; write less, a larger 'split.calibration', or train on more rows"
        )
        raise InvalidInputError(settings.name, [problem])
    residuals = np.abs(rows.target - scores.numbers.astype(np.float64))
    return {
        "coverage": coverage,
        "half_width": float(np.partition(residuals, rank - 1)[rank - 1]),
        "rows": count,
    }


def interval_metrics(interval: dict[str, Any], test: Dataset, scores: Scores) -> Metrics:
    """Return the share of the test rows that lie in their interval, and its mean width."""
    if not interval or not isinstance(scores, NumberScores):
        return {}
    residuals = np.abs(test.target - scores.numbers.astype(np.float64))
    return {
        "interval_coverage": float(np.mean(residuals <= interval["half_width"])),
        "interval_width": 2 * interval["half_width"],
    }


def coverage_notes(settings: Settings) -> list[str]:
    """Say where the promise of the coverage does not hold as it stands."""
    split = settings.split
    if settings.prediction_interval is None or within_training(settings).split.key is None:
        return []
    if settings.split_method == "time":
        why = f"rows that are later by '{split.key}' may be others"
    else:
        why = f"rows of one '{split.key}' may be alike, and then few decide the width"
    promise = "'prediction_interval' promises its coverage for rows that come in any order"
    return [f"{promise}; {why}: look at interval_coverage"]
