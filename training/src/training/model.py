"""Fits the estimator and finds the ONNX form that answers as scikit-learn does."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from training.dataset import Dataset
from training.errors import InvalidInputError
from training.estimator import alternative, build_estimator, estimator_class
from training.export import ConversionError, to_onnx
from training.hints import parity_hint
from training.parity import Parity, ParityError, prove_parity
from training.precision import check_steps, forms, wide_columns
from training.report import Report
from training.scoring import as_input
from training.settings import Settings
from training.size import check_nodes, check_size


@dataclass(frozen=True)
class Model:
    """A fitted estimator and the graph that was proven to answer as it does."""

    estimator: Any
    onnx: bytes
    parity: Parity

    @property
    def final(self) -> Any:
        """The estimator without what prepares its features."""
        return self.estimator[-1] if hasattr(self.estimator, "steps") else self.estimator


def make_model(
    settings: Settings, train: Dataset, test: Dataset, max_bytes: int, report: Report
) -> Model:
    """Fit and export in the first form that keeps parity; raises InvalidInputError when none does.

    A form that rounds inside the pipeline is another fit; otherwise forms share one.
    """
    kind = estimator_class(settings, train)
    everything = train.joined(test)
    wide = wide_columns(everything)
    fitted: dict[bool, Any] = {}
    failures: list[ConversionError | ParityError] = []
    for form in forms(kind, wide):
        if form.cast and any(isinstance(e, ConversionError) for e in failures[:-1]):
            break  # what has no form in either precision is not fitted again
        if form.cast:
            check_steps(settings.name, everything, wide)
        if form.cast not in fitted:
            with report.step("train") as step:
                fitted[form.cast] = build_estimator(settings, train, form, wide)
                fit(settings.name, fitted[form.cast], train)
                step.detail = kind.__name__
        estimator = fitted[form.cast]
        check_nodes(settings.name, estimator, max_bytes)
        with report.step("export") as step:
            try:
                onnx = to_onnx(estimator, train, settings.name, form.dtype)
                check_size(settings.name, len(onnx), max_bytes)
                parity = _proven(estimator, onnx, train, test, settings.split.seed)
            except (ConversionError, ParityError) as error:
                step.detail = f"not with {form.dtype.__name__}: {error}"
                failures.append(error)
                continue
            step.detail = (
                f"{len(onnx) / 1024:.0f} KiB, {form.dtype.__name__}, parity within "
                f"{parity.max_difference:.1g} on {parity.rows} test and {parity.drawn} drawn rows"
            )
        return Model(estimator, onnx, parity)
    raise InvalidInputError(settings.name, [_problem(kind, estimator, failures, train)])


def fit(name: str, estimator: Any, train: Dataset) -> None:
    """Fit on class values, so that the model itself answers with them, or on numbers."""
    target = train.target
    if train.classes:
        target = np.array(train.classes)[train.target]
    try:
        estimator.fit(as_input(train.features, train.rows), target)
    except Exception as error:  # whatever an estimator raises, the remedy is the same
        final = estimator[-1] if hasattr(estimator, "steps") else estimator
        reason = " ".join(str(error).split())[:400] or type(error).__name__
        problem = (
            f"estimator: cannot be fitted to this data: {reason}; change 'estimator.parameters' or "
            f"the data, or use another class, such as {alternative(type(final))}"
        )
        raise InvalidInputError(name, [problem]) from error


def _proven(estimator: Any, onnx: bytes, train: Dataset, test: Dataset, seed: int) -> Parity:
    try:
        return prove_parity(estimator, onnx, train, test, seed)
    except ParityError:
        raise
    except Exception as error:  # onnxruntime's own, and estimators that refuse some rows
        reason = " ".join(str(error).split())[:300]
        raise ConversionError(reason) from error


def _problem(
    kind: type, estimator: Any, failures: list[ConversionError | ParityError], train: Dataset
) -> str:
    """Tell the failure that came nearest to parity, and what to do."""
    final = estimator[-1] if hasattr(estimator, "steps") else estimator
    near = [error for error in failures if isinstance(error, ParityError)]
    if near:
        best = min(near, key=lambda error: np.nan_to_num(error.difference, nan=np.inf))
        return f"estimator: {best}; {parity_hint(final, best, train)}"
    return (
        f"estimator.class: {kind.__name__} has no ONNX form that works here; use another class, "
        f"such as {alternative(kind)} ({failures[0]})"
    )
