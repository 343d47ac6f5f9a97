"""What is made of a model's answers: where its label turns, how far its number may be off."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from training.calibration import (
    Calibrator,
    calibration_notes,
    calibrator_of,
    quality,
    with_calibration,
)
from training.conformal import coverage_notes, interval_metrics, interval_of
from training.dataset import Dataset
from training.errors import InvalidInputError
from training.metrics import Metrics
from training.parity import TOLERANCE
from training.report import Report
from training.scoring import ClassScores, NumberScores, Scores, run_onnx
from training.settings import Settings
from training.split import Parts, hold_apart
from training.split_choice import CALIBRATION
from training.threshold import at_threshold, threshold_of, with_threshold

STREAM = 2  # of seeds; early stopping has 1
PARTS = Parts("fitted", "calibration", "split.calibration", "change 'split.calibration'")


@dataclass(frozen=True)
class Decision:
    """The graph as it serves; the others as the package has them, empty without.

    `uncalibrated` is what it answered the test split before its calibration.
    """

    onnx: bytes
    calibration: dict[str, Any] = field(default_factory=dict)
    threshold: dict[str, Any] = field(default_factory=dict)
    interval: dict[str, Any] = field(default_factory=dict)
    uncalibrated: ClassScores | None = None

    def metrics(self, test: Dataset, scores: Scores) -> Metrics:
        """Return what is measured on the test split beside the YAML's metrics, by no gate."""
        return interval_metrics(self.interval, test, scores)

    def described(self, test: Dataset, scores: Scores) -> dict[str, Any]:
        """Return how they were found, for the package's `training`."""
        measured = {"metrics": self.metrics(test, scores)} if self.interval else {}
        each = {
            "calibration": self.calibration,
            "threshold": self.threshold,
            "interval": self.interval | measured,
        }
        return {name: found for name, found in each.items() if found}

    @property
    def served(self) -> dict[str, Any]:
        """What answers a request, for the package itself."""
        found: dict[str, Any] = {}
        if self.threshold:
            found["threshold"] = self.threshold["value"]
        if self.interval:
            found["interval"] = {name: self.interval[name] for name in ("coverage", "half_width")}
        return found

    def line(self) -> str:
        """Tell it in one line."""
        found = []
        if self.calibration:
            before, after = self.calibration["before"], self.calibration["after"]
            told = (f"{name} {before[name]:.4f} → {after[name]:.4f}" for name in before)
            found.append(
                f"{self.calibration['method']} calibration by {self.calibration['rows']} rows, "
                f"on the test split {', '.join(told)}"
            )
        if self.threshold:
            found.append(f"threshold {self.threshold['value']:g}")
        if "rule" in self.threshold:
            found[-1] += (
                f" by {self.threshold['rule']['name']}: precision {self.threshold['precision']:.4f}"
                f", recall {self.threshold['recall']:.4f} on {self.threshold['rows']} "
                "calibration rows"
            )
        if self.interval:
            found.append(
                f"interval ± {self.interval['half_width']:.4g} for {self.interval['coverage']:g} "
                f"of rows, by {self.interval['rows']} calibration rows"
            )
        return "; ".join(found)


def hold_calibration(
    settings: Settings, train: Dataset, frame: pd.DataFrame
) -> tuple[Dataset, Dataset | None]:
    """Return the rows to fit on, and those that decide where the YAML has something to decide.

    `frame` is the whole raw table.
    """
    if not settings.calibrates:
        return train, None
    share = settings.split.calibration or CALIBRATION
    return hold_apart(settings, train, frame, share, STREAM, PARTS)


def decide(
    settings: Settings, model: bytes, test: Dataset, rows: Dataset | None, report: Report
) -> Decision:
    """Find threshold and interval by the graph's answers for the calibration `rows`.

    Raises InvalidInputError where a rule cannot be fulfilled.
    """
    if rows is None and settings.threshold is None:
        return Decision(model)
    with report.step("decide") as step:
        scores = None
        if rows is not None:
            scores = run_onnx(model, rows.features, rows.rows, rows.classes)
            _check_finite(settings, scores)
        calibration, uncalibrated = {}, None
        calibrator = calibrator_of(settings, rows, scores)
        if calibrator is not None and rows is not None and isinstance(scores, ClassScores):
            scores, changed = calibrator.apply(scores), with_calibration(model, test, calibrator)
            uncalibrated = _class_scores(model, test)
            after = _proved_calibration(changed, test, calibrator, uncalibrated)
            calibration = {
                "method": calibrator.method,
                "rows": len(rows.rows),
                "before": quality(test, uncalibrated),
                "after": quality(test, after),
            }
            model = changed
        threshold = threshold_of(settings, rows, scores)
        if threshold:
            changed = with_threshold(model, test, threshold["value"])
            _prove_threshold(model, changed, test, threshold["value"])
            model = changed
        interval = interval_of(settings, rows, scores)
        found = Decision(model, calibration, threshold, interval, uncalibrated)
        step.detail = found.line()
    for note in calibration_notes(settings, rows) + coverage_notes(settings):
        report.note(note)
    return found


def decided(
    settings: Settings, rows: Dataset | None, deciding: Scores | None, part: Dataset, scores: Scores
) -> Scores:
    """Return the `scores` of a part with what is decided by the calibration `rows`, as a graph is.

    `deciding` are the scores of those.
    """
    calibrator = calibrator_of(settings, rows, deciding)
    if calibrator is not None and isinstance(deciding, ClassScores):
        deciding, scores = calibrator.apply(deciding), calibrator.apply(scores)
    threshold = threshold_of(settings, rows, deciding)
    if not threshold or not isinstance(scores, ClassScores):
        return scores
    return at_threshold(scores, part.positive or 0, threshold["value"])


def _check_finite(settings: Settings, scores: Scores) -> None:
    """Nothing can be decided by rows for which the model has no number."""
    numbers = scores.numbers[:, None] if isinstance(scores, NumberScores) else scores.probabilities
    if lost := int((~np.isfinite(numbers)).any(axis=1).sum()):
        problem = (
            f"split.calibration: the model has no number for {lost} of {len(numbers)} calibration "
            "rows; clean the data of values far from all others, or use another estimator"
        )
        raise InvalidInputError(settings.name, [problem])


def _proved_calibration(
    model: bytes, test: Dataset, calibrator: Calibrator, before: ClassScores
) -> ClassScores:
    """Return what the changed graph answers, which is what scikit-learn computes."""
    found, wanted = _class_scores(model, test), calibrator.apply(before)
    if not np.allclose(found.probabilities, wanted.probabilities, rtol=0, atol=TOLERANCE):
        raise RuntimeError(f"the graph is not calibrated as scikit-learn's {calibrator.method}")
    return found


def _prove_threshold(before: bytes, after: bytes, test: Dataset, value: float) -> None:
    """The changed graph answers the test rows as it should, or it is a fault of ours."""
    old, new = _class_scores(before, test), _class_scores(after, test)
    wanted = at_threshold(old, test.positive or 0, value)
    same = np.array_equal(old.probabilities, new.probabilities, equal_nan=True)
    if not same or not np.array_equal(wanted.labels, new.labels):
        raise RuntimeError(f"the graph does not answer by its threshold, {value}")


def _class_scores(model: bytes, part: Dataset) -> ClassScores:
    scores = run_onnx(model, part.features, part.rows, part.classes)
    if not isinstance(scores, ClassScores):
        raise TypeError("a threshold and a calibration are for classes")
    return scores
