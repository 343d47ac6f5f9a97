"""Makes probabilities say how often a class comes: fitted to rows that the model was not."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin

from training.dataset import Dataset
from training.metrics import Metrics, classification_metrics
from training.scoring import ClassScores, Scores, output_names
from training.settings import Settings

EPSILON = 1e-7  # nearer to 0 and 1 float32 knows no more
ENOUGH_ROWS = 1000  # for isotonic, by scikit-learn's user guide
NAMES = ["brier", "log_loss"]
Chances = npt.NDArray[np.floating]


class _Given(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose features are its own answers, as the graph has computed them."""

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.classes_ = np.arange(classes)

    def fit(self, X: Any, y: Any) -> "_Given":  # noqa: N803
        del X, y
        return self

    def decision_function(self, X: Any) -> Any:  # noqa: N803 - scikit-learn's name
        return X[:, 1] if self.classes == 2 else X

    def predict(self, X: Any) -> Any:  # noqa: N803
        return X.argmax(axis=1)


@dataclass(frozen=True)
class Calibrator:
    """scikit-learn's fitted `CalibratedClassifierCV`, on log-odds (sigmoid) or probabilities."""

    method: str
    fitted: Any

    def apply(self, scores: ClassScores) -> ClassScores:
        """Return calibrated probabilities, and the class that has the highest."""
        found = self.fitted.predict_proba(_inputs(self.method, scores.probabilities))
        return ClassScores(found.argmax(axis=1), found.astype(np.float32))

    @property
    def columns(self) -> list[Any]:
        """One regression for each class; of two, for the second alone."""
        found: list[Any] = self.fitted.calibrated_classifiers_[0].calibrators
        return found


def calibrator_of(settings: Settings, rows: Dataset | None, scores: Scores | None) -> Any:
    """Fit to the `scores` of the calibration `rows`; None where the YAML asks for none.

    sigmoid is Platt scaling (Platt 1999) of the log-odds, isotonic the step-free form of pooled
    adjacent violators (Zadrozny and Elkan 2002); several classes are calibrated one by one and
    normalised.
    """
    method = settings.calibration
    if method is None or rows is None or not isinstance(scores, ClassScores):
        return None
    from sklearn.calibration import CalibratedClassifierCV

    given = _Given(len(rows.classes))
    every = np.arange(len(rows.target))
    # Nothing is fitted on a part of the rows: each is answered once.
    fitted = CalibratedClassifierCV(given, method=method, cv=[(every, every)], ensemble=False)
    return Calibrator(method, fitted.fit(_inputs(method, scores.probabilities), rows.target))


def _inputs(method: str, chances: Chances) -> npt.NDArray[np.float64]:
    wide = chances.astype(np.float64)
    if method == "isotonic":
        return wide
    inside = np.clip(wide, EPSILON, 1 - EPSILON)
    log_odds: npt.NDArray[np.float64] = np.log(inside) - np.log(1 - inside)
    return log_odds


def with_calibration(model: bytes, dataset: Dataset, calibrator: Calibrator) -> bytes:
    """Return the ONNX model whose probabilities and label are those of `Calibrator.apply`."""
    from onnx import TensorProto

    from training.graph_tail import GraphTail

    label, probabilities = output_names(dataset.features, dataset.classes)
    tail = GraphTail(model)
    tail.freed(label)
    chances = tail.add("Cast", tail.freed(probabilities), to=TensorProto.DOUBLE)
    one = tail.constant(np.float64(1))
    kind = _sigmoids if calibrator.method == "sigmoid" else _isotonics
    found = kind(tail, chances, calibrator.columns, one)
    if len(dataset.classes) == 2:
        found = tail.add("Concat", tail.add("Sub", one, found), found, axis=1)
    else:
        count = len(dataset.classes)
        total = tail.add("MatMul", found, tail.constant(np.ones((count, 1))))
        some = tail.add("Greater", total, tail.constant(np.float64(0)))
        share = tail.add("Div", found, tail.add("Where", some, total, one))
        found = tail.add("Where", some, share, tail.constant(np.full((1, count), 1 / count)))
    narrow = tail.add("Cast", found, to=TensorProto.FLOAT, result=probabilities)
    best = tail.add("ArgMax", narrow, axis=1, keepdims=0)
    tail.add("Gather", tail.classes(dataset.classes), best, result=label)
    return tail.to_bytes()


def _column(tail: Any, chances: str, index: int) -> str:
    """Return a column `[rows, 1]`."""
    found: str = tail.add("Gather", chances, tail.constant(np.array([index])), axis=1)
    return found


def _sigmoids(tail: Any, chances: str, columns: list[Any], one: str) -> str:
    """Write 1 / (1 + exp(a * log-odds + b)), a and b of each column."""
    given = _column(tail, chances, 1) if len(columns) == 1 else chances
    least = tail.constant(np.float64(EPSILON))
    most = tail.constant(np.float64(1 - EPSILON))
    inside = tail.add("Min", tail.add("Max", given, least), most)
    odds = tail.add("Sub", tail.add("Log", inside), tail.add("Log", tail.add("Sub", one, inside)))
    slope, shift = (
        tail.constant(np.array([[getattr(one, name) for one in columns]], np.float64))
        for name in ("a_", "b_")
    )
    power = tail.add("Exp", tail.add("Add", tail.add("Mul", odds, slope), shift))
    found: str = tail.add("Div", one, tail.add("Add", one, power))
    return found


def _isotonics(tail: Any, chances: str, columns: list[Any], one: str) -> str:
    """Write each column's broken line: its start, and how far each piece is gone along."""
    del one
    found = []
    for index, column in enumerate(columns):
        x = np.asarray(column.X_thresholds_, np.float64)
        y = np.asarray(column.y_thresholds_, np.float64)
        given = _column(tail, chances, 1 if len(columns) == 1 else index)
        if len(x) == 1:
            nothing = tail.add("Sub", given, given)
            found.append(tail.add("Add", nothing, tail.constant(y[0])))
            continue
        ahead = tail.add("Sub", given, tail.constant(x[None, :-1]))
        started = tail.add("Max", ahead, tail.constant(np.float64(0)))
        gone = tail.add("Min", started, tail.constant(np.diff(x)[None]))
        rise = tail.add("MatMul", gone, tail.constant((np.diff(y) / np.diff(x))[:, None]))
        found.append(tail.add("Add", rise, tail.constant(y[0])))
    joined: str = found[0] if len(found) == 1 else tail.add("Concat", *found, axis=1)
    return joined


def quality(part: Dataset, scores: ClassScores) -> Metrics:
    """Return Brier score and log loss of these rows."""
    return classification_metrics(
        NAMES, part.target, scores.labels, scores.probabilities, part.positive
    )


def calibration_notes(settings: Settings, rows: Dataset | None) -> list[str]:
    """Say where there are few rows for so free a curve."""
    if settings.calibration != "isotonic" or rows is None or len(rows.rows) >= ENOUGH_ROWS:
        return []
    few = f"'calibration: isotonic' has {len(rows.rows)} calibration rows"
    return [f"{few}; with fewer than {ENOUGH_ROWS} it follows chance, and sigmoid does less so"]
