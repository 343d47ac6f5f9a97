"""Scores what a model answered for some rows by the metrics of its YAML."""

from training.dataset import Dataset
from training.metrics import Metrics, classification_metrics, regression_metrics, standard_metrics
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
