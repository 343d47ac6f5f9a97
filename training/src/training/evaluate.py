"""Scores what a model answered for some rows by the metrics of its YAML."""

from collections.abc import Callable
from typing import TypeVar

from training.dataset import Dataset
from training.errors import InvalidInputError
from training.metrics import (
    Metrics,
    classification_metrics,
    regression_metrics,
    rows_needed,
)
from training.scoring import NumberScores, Scores
from training.settings import Settings

Result = TypeVar("Result")


def evaluate(settings: Settings, test: Dataset, scores: Scores) -> Metrics:
    """Judge what the ONNX model answered for the test split, since that is what serves."""
    return by_kind(settings, test, scores, regression_metrics, classification_metrics)


def by_kind(
    settings: Settings,
    test: Dataset,
    scores: Scores,
    of_numbers: Callable[..., Result],
    of_classes: Callable[..., Result],
) -> Result:
    """Call what scores numbers or classes, as `regression_metrics` and `classification_metrics`."""
    names = settings.metrics_for(test.task)
    if isinstance(scores, NumberScores):
        return of_numbers(names, test.target, scores.numbers)
    return of_classes(names, test.target, scores.labels, scores.probabilities, test.positive)


def check_rows(settings: Settings, rows: int, part: str = "the test split") -> None:
    """Refuse a metric of the k highest rows where the part that is scored has no more than k."""
    problems = [
        f"metrics: '{name}' is 1 for every model, as {part} has {rows} rows; write fewer, or a "
        "share such as recall_at_0.1"
        for name in settings.metrics or []
        if rows_needed(name) >= rows
    ]
    if problems:
        raise InvalidInputError(settings.name, problems)
