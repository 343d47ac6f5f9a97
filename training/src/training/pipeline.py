"""The steps from data to a proven package, in order; none touches MLflow."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.cross_validation import cross_validate
from training.dataset import Dataset, build_dataset, text_columns
from training.decision import Decision, decide, hold_calibration
from training.evaluate import check_rows, evaluate
from training.final import model_in
from training.histogram import answer_histogram
from training.importance import importance
from training.interval import Intervals, interval_notes, intervals, shown
from training.metrics import Metrics
from training.model import make_model
from training.package import Package, build_package
from training.parity import Parity
from training.report import Report
from training.scoring import Scores, run_onnx
from training.search import refusal_of, search
from training.seen import SeenRows
from training.serving import Serving, check_served
from training.settings import Settings
from training.slice_metrics import SliceMetrics, slice_metrics
from training.slices import aside
from training.snapshots.access import Access
from training.sources import Table, fetch
from training.split import period_of, split_dataset
from training.trial import Trials


@dataclass(frozen=True)
class Trained:
    """What a finished training hands on to logging and the gate.

    `scores` is None without test rows, `seen` where nobody knows the training rows: of an adopted
    model.
    """

    settings: Settings
    test: Dataset
    scores: Scores | None
    package: Package
    metrics: Metrics
    intervals: Intervals
    slices: list[SliceMetrics]
    parity: Parity
    seen: SeenRows | None
    decision: Decision
    parameters: dict[str, Any]

    @property
    def estimator(self) -> str:
        """Path of the class."""
        path: str = self.package.metadata["training"]["estimator"]["class"]
        return path


def idempotency_key(git_sha: str, settings: Settings, data_sha256: str) -> str:
    """Hash all that decides the outcome: code, YAML (whatever its layout), its Python, and data.

    When a model is trained again, and what would have stopped it, decide nothing about what it
    becomes.
    """
    without = {"retrain", "checks"}
    yaml = json.dumps(settings.model_dump(mode="json", exclude=without), sort_keys=True)
    own = "" if settings.pipeline is None else f"\n{settings.pipeline.sha256}"
    return hashlib.sha256(f"{git_sha}\n{yaml}\n{data_sha256}{own}".encode()).hexdigest()


def load_table(
    settings: Settings, task: str, folder: Path, report: Report, access: Access | None = None
) -> Table:
    """Fetch the rows; a path in the YAML is relative to `folder`."""
    with report.step("load") as step:
        table = fetch(settings.data, folder, text_columns(settings, task), aside(settings), access)
        kept = f", snapshot {table.sha256[:12]}" if table.snapshot else ""
        step.detail = f"{len(table.frame)} rows, {len(table.frame.columns)} columns{kept}"
    return table


def prepare(settings: Settings, task: str, table: Table, report: Report) -> tuple[Dataset, Dataset]:
    """Apply the data contract, then split into training and test rows."""
    with report.step("split") as step:
        dataset = build_dataset(settings, table, task)
        train, test = split_dataset(dataset, table.frame, settings)
        check_rows(settings, len(test.rows))
        step.detail = (
            f"{len(train.rows)} rows to train, {len(test.rows)} to test ({settings.split_method})"
        )
    report.lines(train.understanding.lines())
    return train, test


def train_model(
    settings: Settings,
    table: Table,
    train: Dataset,
    test: Dataset,
    key: str,
    git_sha: str,
    report: Report,
    serving: Serving,
    trials: Trials | None = None,
) -> Trained:
    """Train, export with proof of parity, then describe.

    `trials` keeps those of a search; without it, a search that is killed begins anew.
    """
    fitting, calibration = hold_calibration(settings, train, table.frame)
    frame = table.frame
    sought = search(settings, fitting, frame, serving.max_bytes, report, trials)
    validated = sought.validated if sought else cross_validate(settings, fitting, frame, report)
    with refusal_of(sought):
        fitted = sought.settings if sought else settings
        model = make_model(fitted, fitting, test, frame, serving.max_bytes, report)
    decision = decide(settings, model.onnx, test, calibration, report)
    features = [feature.name for feature in train.features]
    seen = SeenRows.of(features, settings.target.column, table.frame.loc[train.rows.index])
    identity: dict[str, Any] = {"git_sha": git_sha, "data_sha256": train.sha256, "key": key}
    identity |= {"seen": seen.describe(), "estimator": model.description}
    identity |= {"cross_validation": asdict(validated)} if validated else {}
    identity |= {"search": sought.described} if sought else {}
    identity |= period_of(settings, table.frame, train, test)
    parameters = model_in(model.estimator).get_params(deep=False)
    how = (parameters, seen, report, serving)
    return describe(settings, train, test, model.parity, decision, identity, *how)


def describe(
    settings: Settings,
    train: Dataset,
    test: Dataset,
    parity: Parity,
    decision: Decision,
    identity: dict[str, Any],
    parameters: dict[str, Any],
    seen: SeenRows | None,
    report: Report,
    serving: Serving,
) -> Trained:
    """Evaluate on the test rows, where there are any, describe the package, try it on serving."""
    scores = None
    metrics, found, slices = Metrics(), Intervals(), list[SliceMetrics]()
    if len(test.rows):
        with report.step("evaluate") as step:
            scores = run_onnx(decision.onnx, test.features, test.rows, test.classes)
            metrics = evaluate(settings, test, scores)
            found = intervals(settings, test, scores, metrics)
            step.detail = shown(metrics | decision.metrics(test, scores), found)
        for note in interval_notes(settings, metrics, found):
            report.note(note)
        slices = slice_metrics(settings, test, scores)
        report.lines([one.line() for one in slices])
        identity = identity | decision.described(test, scores)
        if answers := answer_histogram(test, scores):
            identity |= {"answers": answers}
        with report.step("explain") as step:
            mattering = importance(settings, test, decision.onnx)
            step.detail = mattering.line() if mattering else "not measured"
        identity |= {"importance": mattering.as_dict()} if mattering else {}
    package = build_package(settings, train, test, decision, metrics, found, slices, identity)
    with report.step("serve") as step:
        step.detail = check_served(serving, package, train, test if len(test.rows) else train)
    return Trained(
        settings,
        test,
        scores,
        package,
        metrics,
        found,
        slices,
        parity,
        seen,
        decision,
        parameters,
    )
