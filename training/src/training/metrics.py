"""The metrics a model is judged by, per task, with the direction that is better."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

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
    of that where there are two.
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
        "log_loss": lambda: sk.log_loss(truth, chances, labels=list(classes)),
    }
    return {name: float(score[name]()) for name in names}


def regression_metrics(
    names: list[str], truth: npt.NDArray[np.float64], predicted: npt.NDArray[np.floating]
) -> Metrics:
    """Score predicted numbers `[rows]` against the truth; `mape` is a share, 0.1 for 10 %."""
    from sklearn import metrics as sk

    score = {
        "rmse": sk.root_mean_squared_error,
        "mae": sk.mean_absolute_error,
        "r2": sk.r2_score,
        "mape": sk.mean_absolute_percentage_error,
    }
    return {name: float(score[name](truth, predicted)) for name in names}
