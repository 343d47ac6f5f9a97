"""Scores what a model answered for some rows by the metrics of its YAML."""

from training.dataset import Dataset
from training.errors import InvalidInputError
from training.metrics import (
    Metrics,
    classification_metrics,
    regression_metrics,
    rows_needed,
    standard_metrics,
)
from training.scoring import NumberScores, Scores
from training.settings import Settings


def evaluate(settings: Settings, test: Dataset, scores: Scores) -> Metrics:
    """Judge what the ONNX model answered for the test split, since that is what serves."""
    names = settings.metrics or standard_metrics(test.task)
    if isinstance(scores, NumberScores):
        return regression_metrics(names, test.target, scores.numbers)
    return classification_metrics(
        names, test.target, scores.labels, scores.probabilities, test.positive
    )


def check_rows(settings: Settings, rows: int) -> None:
    """Refuse a metric of the k highest rows where the test split has no more than k."""
    problems = [
        f"metrics: '{name}' is 1 for every model, as the test split has {rows} rows; write fewer, "
        "or a share such as recall_at_0.1"
        for name in settings.metrics or []
        if rows_needed(name) >= rows
    ]
    if problems:
        raise InvalidInputError(settings.name, problems)
