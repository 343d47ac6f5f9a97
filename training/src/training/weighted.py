"""The metrics where each row counts as often as its weight says, as in a resample of a bootstrap.

They are scikit-learn's with `sample_weight`, which the tests hold them to. Asking scikit-learn
costs 1 to 3 ms a metric, 8 s for 1000 resamples of five; here the rows are sorted once for all.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from training.metrics import Metrics, parameter_of
from training.ranked import UNDEFINED, Counts, Weights, auc_pr, auc_roc, ranked, recall_at

Score = Callable[[Weights], float]
OfWeights = Callable[[Weights], Metrics]
EPSILON = float(np.finfo(np.float64).eps)


def weighted_classification(
    names: list[str],
    truth: npt.NDArray[np.int64],
    predicted: npt.NDArray[np.int64],
    probabilities: npt.NDArray[np.floating],
    positive: int | None,
) -> OfWeights:
    """Return what scores the rows by weights `[rows]`; the other arguments as in `metrics`.

    A metric that looks at each class is NaN where a class has no row of any weight.
    """
    count, own_class = probabilities.shape[1], truth.astype(np.int64)
    total = probabilities.sum(axis=1, dtype=np.float64)
    own = probabilities[np.arange(len(truth)), own_class] / total
    squares = np.einsum("ij,ij->i", probabilities, probabilities, dtype=np.float64) / total**2
    of_rows = {
        "brier": _mean((squares - 2 * own + 1) / (2 if count == 2 else 1)),
        "log_loss": _mean(-np.log(np.clip(own, EPSILON, 1 - EPSILON))),
    }
    curves = range(count) if positive is None else [positive]
    kinds: dict[str, Callable[[Counts, Counts], float]] = {"auc_roc": auc_roc, "auc_pr": auc_pr}
    kinds |= {name: recall_at(k) for name in names if (k := parameter_of(name)) is not None}
    of_ranks = {
        name: [ranked(own_class == c, probabilities[:, c], kind) for c in curves]
        for name, kind in kinds.items()
        if name in names
    }
    cell = own_class * count + predicted

    def score(weights: Weights) -> Metrics:
        flat: Counts = np.bincount(cell, weights, count * count).astype(np.float64)
        counts = flat.reshape(count, count)
        found = _of_counts(counts, positive)
        found |= {name: float(np.mean([s(weights) for s in of_ranks[name]])) for name in of_ranks}
        if not counts.sum(axis=1).all():
            found = dict.fromkeys(found, UNDEFINED) | {"accuracy": found["accuracy"]}
        found |= {name: of_rows[name](weights) for name in of_rows}
        return {name: found[name] for name in names}

    return score


def weighted_regression(
    names: list[str], truth: npt.NDArray[np.float64], predicted: npt.NDArray[np.floating]
) -> OfWeights:
    """Return what scores the rows by weights `[rows]`; r2 is NaN where the truth is constant."""
    errors = truth - predicted.astype(np.float64)
    squares = _mean(errors**2)

    def r2(weights: Weights) -> float:
        spread = (truth - np.average(truth, weights=weights)) ** 2
        constant = np.ptp(truth[weights > 0]) == 0
        return UNDEFINED if constant else float(1 - squares(weights) / _mean(spread)(weights))

    def quantile_loss(alpha: float) -> Score:
        return _mean(np.maximum(alpha * errors, (alpha - 1) * errors))

    scores: dict[str, Score] = {
        "rmse": lambda weights: float(np.sqrt(squares(weights))),
        "mae": _mean(np.abs(errors)),
        "r2": r2,
        "mape": _mean(np.abs(errors) / np.maximum(np.abs(truth), EPSILON)),
    }
    scores |= {n: quantile_loss(alpha) for n in names if (alpha := parameter_of(n)) is not None}
    return lambda weights: {name: scores[name](weights) for name in names}


def _mean(values: npt.NDArray[Any]) -> Score:
    return lambda weights: float(values @ weights / weights.sum())


def _of_counts(counts: Counts, positive: int | None) -> Metrics:
    """Score a confusion matrix `[true class, predicted class]`; 0 where nothing was predicted."""
    right, true, taken = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    total = counts.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        recall, precision = right / true, np.where(taken > 0, right / taken, 0.0)
        f1 = 2 * right / (true + taken)
        spread = np.sqrt((total**2 - taken @ taken) * (total**2 - true @ true))
        mcc = (right.sum() * total - true @ taken) / spread if spread > 0 else 0.0
    chosen = slice(None) if positive is None else positive
    return {
        "accuracy": float(right.sum() / total),
        "precision": float(np.mean(precision[chosen])),
        "recall": float(np.mean(recall[chosen])),
        "f1_score": float(np.mean(f1[chosen])),
        "balanced_accuracy": float(np.mean(recall)),
        "mcc": float(mcc),
    }
