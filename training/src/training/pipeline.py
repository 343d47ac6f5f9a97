"""The steps from data to a proven package, in order; none touches MLflow."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.dataset import Dataset, build_dataset
from training.errors import InvalidInputError
from training.estimator import build_estimator
from training.export import Parity, prove_parity, to_onnx
from training.metrics import Metrics, classification_metrics, regression_metrics, standard_metrics
from training.package import Package, build_package
from training.report import Report
from training.scoring import NumberScores, Scores, as_input, run_onnx
from training.seen import SeenRows
from training.settings import Settings
from training.sources import Table
from training.split import split_dataset


@dataclass(frozen=True)
class Trained:
    """What a finished training hands on to logging and the gate."""

    settings: Settings
    test: Dataset
    scores: Scores
    package: Package
    metrics: Metrics
    parity: Parity
    seen: SeenRows
    estimator: str
    parameters: dict[str, Any]


def idempotency_key(git_sha: str, settings: Settings, data_sha256: str) -> str:
    """Hash all that decides the outcome: code, YAML (whatever its layout) and data."""
    yaml = json.dumps(settings.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(f"{git_sha}\n{yaml}\n{data_sha256}".encode()).hexdigest()


def prepare(settings: Settings, task: str, table: Table, report: Report) -> tuple[Dataset, Dataset]:
    """Apply the data contract, then split into training and test rows."""
    with report.step("split") as step:
        dataset = build_dataset(settings, table, task)
        train, test = split_dataset(dataset, table.frame, settings)
        step.detail = (
            f"{len(train.rows)} rows to train, {len(test.rows)} to test ({settings.split_method})"
        )
    report.understood(train.understanding.lines())
    return train, test


def train_model(
    settings: Settings,
    table: Table,
    train: Dataset,
    test: Dataset,
    key: str,
    git_sha: str,
    report: Report,
) -> Trained:
    """Train, export with proof of parity, evaluate, and describe the package."""
    with report.step("train") as step:
        estimator = build_estimator(settings, train)
        fit(settings.name, estimator, train)
        final = estimator[-1] if hasattr(estimator, "steps") else estimator
        step.detail = type(final).__name__
    with report.step("export") as step:
        model = to_onnx(estimator, train, settings.name)
        parity = prove_parity(settings.name, estimator, model, test)
        step.detail = f"{len(model) / 1024:.0f} KiB, parity within {parity.max_difference:.1g}"
    with report.step("evaluate") as step:
        scores = run_onnx(model, test.features, test.rows, test.classes)
        metrics = evaluate(settings, test, scores)
        step.detail = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
    features = [feature.name for feature in train.features]
    seen = SeenRows.of(features, settings.target.column, table.frame.loc[train.rows.index])
    identity = {"git_sha": git_sha, "data_sha256": train.sha256, "key": key}
    package = build_package(
        settings, train, test, model, metrics, identity | {"seen": seen.describe()}
    )
    parameters = final.get_params(deep=False)
    path = f"{type(final).__module__.split('._')[0]}.{type(final).__name__}"
    return Trained(settings, test, scores, package, metrics, parity, seen, path, parameters)


def fit(name: str, estimator: Any, train: Dataset) -> None:
    """Fit on class values, so that the model itself answers with them, or on numbers."""
    target = train.target
    if train.classes:
        target = np.array(train.classes)[train.target]
    try:
        estimator.fit(as_input(train.features, train.rows), target)
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:400]
        raise InvalidInputError(
            name, [f"estimator: cannot be fitted to this data: {reason}"]
        ) from error


def evaluate(settings: Settings, test: Dataset, scores: Scores) -> Metrics:
    """Judge what the ONNX model answered for the test split, since that is what serves."""
    names = settings.metrics or standard_metrics(test.task)
    if isinstance(scores, NumberScores):
        return regression_metrics(names, test.target, scores.numbers)
    return classification_metrics(
        names, test.target, scores.labels, scores.probabilities, test.positive
    )
