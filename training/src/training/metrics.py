"""The metrics a model is judged by, per task, with the direction that is better."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from training.ranked import ranked, recall_at

Task = Literal["binary", "multiclass", "regression"]
Metrics = dict[str, float]


@dataclass(frozen=True)
class Metric:
    """`tasks` it is defined for, `standard` ones where it is a default, and its direction."""

    tasks: tuple[Task, ...]
    standard: tuple[Task, ...]
    lower_is_better: bool = False


_CLASSIFICATION: tuple[Task, ...] = ("binary", "multiclass")
METRICS: dict[str, Metric] = {
    "accuracy": Metric(_CLASSIFICATION, _CLASSIFICATION),
    "precision": Metric(_CLASSIFICATION, _CLASSIFICATION),
    "recall": Metric(_CLASSIFICATION, _CLASSIFICATION),
    "f1_score": Metric(_CLASSIFICATION, _CLASSIFICATION),
    "auc_roc": Metric(_CLASSIFICATION, _CLASSIFICATION),
    "auc_pr": Metric(_CLASSIFICATION, ()),
    "balanced_accuracy": Metric(_CLASSIFICATION, ()),
    "mcc": Metric(_CLASSIFICATION, ()),
    "log_loss": Metric(_CLASSIFICATION, (), lower_is_better=True),
    "brier": Metric(_CLASSIFICATION, (), lower_is_better=True),
    "rmse": Metric(("regression",), ("regression",), lower_is_better=True),
    "mae": Metric(("regression",), ("regression",), lower_is_better=True),
    "r2": Metric(("regression",), ("regression",)),
    "mape": Metric(("regression",), (), lower_is_better=True),
}
PARAMETRIC: dict[str, Metric] = {
    "recall_at": Metric(_CLASSIFICATION, ()),
    "quantile_loss": Metric(("regression",), (), lower_is_better=True),
}
FORMS = {
    "recall_at": "recall_at_50 (k rows) or recall_at_0.1 (a share of the rows, below 1)",
    "quantile_loss": "quantile_loss_0.9 (a quantile between 0 and 1)",
}
_PARAMETER = re.compile(r"(recall_at|quantile_loss)_(\d+(?:\.\d+)?)")


def metric_of(name: str) -> Metric:
    """Return what is known of a metric without a problem."""
    return METRICS[name] if name in METRICS else PARAMETRIC[_family(name)]


def problem_of(name: str) -> str:
    """Say what is wrong with a metric's name, and how to write it; empty for one that is known."""
    family, number = _family(name), parameter_of(name)
    if name in METRICS:
        return ""
    if not family:
        return f"unknown: {name}; choose from {', '.join([*METRICS, *FORMS.values()])}"
    count = family == "recall_at" and "." not in name
    if number is not None and (number >= 1 if count else 0 < number < 1):
        return ""
    return f"'{name}' is not understood; write {FORMS[family]}"


def _family(name: str) -> str:
    return next((family for family in PARAMETRIC if name.startswith(family)), "")


def parameter_of(name: str) -> float | None:
    """Return the number in a metric's name: 50 of `recall_at_50`."""
    found = _PARAMETER.fullmatch(name)
    return None if found is None else float(found[2])


def rows_needed(name: str) -> float:
    """Return how many rows a metric must have more than, to mean something."""
    count = _family(name) == "recall_at" and "." not in name
    return (parameter_of(name) or 0) if count else 0


def of_fewer_rows(name: str, share: float) -> str:
    """Return the metric that means on a share of the rows what `name` means on all."""
    rows = rows_needed(name)
    return f"recall_at_{max(1, round(rows * share))}" if rows else name


def standard_metrics(task: Task) -> list[str]:
    """Names of the metrics a model of `task` has when its YAML names none."""
    return [name for name, metric in METRICS.items() if task in metric.standard]


def classification_metrics(
    names: list[str],
    truth: npt.NDArray[np.int64],
    predicted: npt.NDArray[np.int64],
    probabilities: npt.NDArray[np.floating],
    positive: int | None,
) -> Metrics:
    """Score class indices `[rows]` and probabilities `[rows, classes]`.

    With `positive` set, precision, recall, F1 and both AUC are about that class; without, they are
    unweighted means over classes (AUC: one against the rest). `auc_pr` is the average precision;
    `brier` the mean squared error of the probabilities, summed over classes (Brier 1950), and half
    of that where there are two. `recall_at_50` is the share of a class's rows among the 50 rows
    with the highest probability of it.
    """
    from sklearn import metrics as sk

    classes = range(probabilities.shape[1])
    average: dict[str, Any] = {
        "labels": list(classes),
        "average": "macro",
        "zero_division": 0.0,
    }
    if positive is not None:
        truth, predicted = truth == positive, predicted == positive
        average = {"zero_division": 0.0}
        probabilities = probabilities[:, [1 - positive, positive]]

    chances = probabilities / probabilities.sum(axis=1, keepdims=True, dtype=np.float64)

    def mean_over_classes(score: Callable[[Any, Any], float]) -> float:
        if positive is not None:
            return score(truth, probabilities[:, 1])
        return float(np.mean([score(truth == c, probabilities[:, c]) for c in classes]))

    def recall_at_k(k: float) -> Callable[[], float]:
        return lambda: mean_over_classes(
            lambda own, chance: ranked(own, chance, recall_at(k))(np.ones(len(own)))
        )

    def brier() -> float:
        errors = chances - np.eye(len(classes))[truth.astype(np.int64)]
        return float((errors**2).sum(axis=1).mean() / (2 if len(classes) == 2 else 1))

    score: dict[str, Callable[[], float]] = {
        "accuracy": lambda: sk.accuracy_score(truth, predicted),
        "precision": lambda: sk.precision_score(truth, predicted, **average),
        "recall": lambda: sk.recall_score(truth, predicted, **average),
        "f1_score": lambda: sk.f1_score(truth, predicted, **average),
        "auc_roc": lambda: mean_over_classes(sk.roc_auc_score),
        "auc_pr": lambda: mean_over_classes(sk.average_precision_score),
        "balanced_accuracy": lambda: sk.balanced_accuracy_score(truth, predicted),
        "mcc": lambda: sk.matthews_corrcoef(truth, predicted),
        "brier": brier,
        **{n: recall_at_k(k) for n in names if (k := parameter_of(n)) is not None},
        "log_loss": lambda: sk.log_loss(truth, chances, labels=list(classes)),
    }
    return {name: float(score[name]()) for name in names}


def regression_metrics(
    names: list[str], truth: npt.NDArray[np.float64], predicted: npt.NDArray[np.floating]
) -> Metrics:
    """Score predicted numbers `[rows]` against the truth.

    `mape` is a share, 0.1 for 10 %; `quantile_loss_0.9` the pinball loss, least for the number that
    9 of 10 lie below (Koenker and Bassett 1978).
    """
    from sklearn import metrics as sk

    score: dict[str, Callable[..., float]] = {
        "rmse": sk.root_mean_squared_error,
        "mae": sk.mean_absolute_error,
        "r2": sk.r2_score,
        "mape": sk.mean_absolute_percentage_error,
    }
    for name in names:
        if (alpha := parameter_of(name)) is not None:
            score[name] = partial(sk.mean_pinball_loss, alpha=alpha)
    return {name: float(score[name](truth, predicted)) for name in names}
