"""The steps from data to a proven package, in order; none touches MLflow."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from training.dataset import Dataset, build_dataset
from training.estimator import build_estimator
from training.export import Parity, prove_parity, to_onnx
from training.metrics import Metrics, classification_metrics, regression_metrics, standard_metrics
from training.package import Package, build_package
from training.report import Report
from training.scoring import Scores, as_input, run_onnx
from training.settings import Settings
from training.sources import Table
from training.split import split_dataset


@dataclass(frozen=True)
class Trained:
    """What a finished training hands on to logging and the gate."""

    settings: Settings
    table: Table
    test: Dataset
    scores: Scores
    package: Package
    metrics: Metrics
    parity: Parity
    parameters: dict[str, Any]


def idempotency_key(git_sha: str, settings: Settings, data_sha256: str) -> str:
    """Hash all that decides the outcome: code, YAML (whatever its layout) and data."""
    yaml = json.dumps(settings.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256("\n".join([git_sha, yaml, data_sha256]).encode()).hexdigest()


def train_model(
    settings: Settings, task: str, table: Table, git_sha: str, report: Report
) -> Trained:
    """Run split, train, export and evaluate; the data contract is checked first."""
    dataset = build_dataset(settings, table, task)
    with report.step("split") as step:
        train, test = split_dataset(dataset, settings.split)
        step.detail = f"{len(train.rows)} rows to train, {len(test.rows)} to test"
    with report.step("train") as step:
        estimator = build_estimator(settings, train)
        fit(estimator, train)
        final = estimator[-1] if hasattr(estimator, "steps") else estimator
        step.detail = type(final).__name__
    with report.step("export") as step:
        model = to_onnx(estimator, train, settings.name)
        parity = prove_parity(estimator, model, test)
        step.detail = f"{len(model)} bytes, parity within {parity.max_difference:.1g}"
    with report.step("evaluate") as step:
        scores = run_onnx(model, test.features, test.rows, test.classes)
        metrics = evaluate(settings, test, scores)
        step.detail = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
    identity = {
        "git_sha": git_sha,
        "data_sha256": table.sha256,
        "key": idempotency_key(git_sha, settings, table.sha256),
    }
    package = build_package(settings, train, test, model, metrics, identity)
    parameters = {name: value for name, value in final.get_params(deep=False).items()}
    return Trained(settings, table, test, scores, package, metrics, parity, parameters)


def fit(estimator: Any, train: Dataset) -> None:
    """Fit on class values, so that the model itself answers with them, or on numbers."""
    import numpy as np

    target = train.target
    if train.classes:
        target = np.array(train.classes)[train.target]
    estimator.fit(as_input(train.features, train.rows), target)


def evaluate(settings: Settings, test: Dataset, scores: Scores) -> Metrics:
    """Judge what the ONNX model answered for the test split, since that is what serves."""
    names = settings.metrics or standard_metrics(test.task)
    if scores.values is not None:
        return regression_metrics(names, test.target, scores.values)
    assert scores.labels is not None and scores.probabilities is not None  # noqa: S101
    return classification_metrics(
        names, test.target, scores.labels, scores.probabilities, test.positive
    )
