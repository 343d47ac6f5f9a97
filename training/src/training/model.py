"""Fits the estimator and finds the ONNX form that answers as scikit-learn does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from training.boosting.hints import form_hint
from training.boosting.library import path_of
from training.boosting.stopping import hold_back
from training.dataset import Dataset
from training.errors import InvalidInputError
from training.estimator import alternative, build_estimator, estimator_class
from training.export import ConversionError, to_onnx
from training.final import booster_in, final_of, model_in
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
    held: int | None = None  # rows that early stopping went by

    @property
    def description(self) -> dict[str, Any]:
        """Plain values for the package: the class, and how many trees of a booster were kept."""
        described: dict[str, Any] = {"class": path_of(type(model_in(self.estimator)))}
        if booster := booster_in(self.estimator):
            described |= {"trees": booster.trees, "validation_rows": self.held}
        return described


def make_model(
    settings: Settings,
    train: Dataset,
    test: Dataset,
    frame: pd.DataFrame,
    max_bytes: int,
    report: Report,
) -> Model:
    """Fit and export in the first form that keeps parity; raises InvalidInputError when none does.

    A form that rounds inside the pipeline is another fit; otherwise forms share one. `frame` is the
    whole raw table.
    """
    kind = estimator_class(settings, train)
    everything = train.joined(test)
    wide = wide_columns(everything)
    fitted: dict[bool, Any] = {}
    failures: list[ConversionError | ParityError] = []
    fitting, held = hold_back(settings, train, frame)
    for form in forms(kind, wide):
        if form.cast and any(isinstance(e, ConversionError) for e in failures[:-1]):
            break  # what has no form in either precision is not fitted again
        if form.cast:
            check_steps(settings.name, everything, wide)
        if form.cast not in fitted:
            with report.step("train") as step:
                fitted[form.cast] = build_estimator(settings, train, form, wide)
                fit(settings, fitted[form.cast], fitting, held)
                step.detail = _fitted(kind, fitted[form.cast], held)
        estimator = fitted[form.cast]
        check_nodes(settings.name, estimator, max_bytes)
        found = exported(
            settings,
            estimator,
            partial(to_onnx, estimator, train, settings.name, form.dtype),
            form.dtype.__name__,
            (train, test),
            max_bytes,
            report,
        )
        if isinstance(found, Model):
            return replace(found, held=None if held is None else len(held.rows))
        failures.append(found)
    raise InvalidInputError(settings.name, [_problem(kind, estimator, failures, train)])


def exported(
    settings: Settings,
    estimator: Any,
    convert: Callable[[], bytes],
    form: str,
    parts: tuple[Dataset, Dataset],
    max_bytes: int,
    report: Report,
) -> Model | ConversionError | ParityError:
    """Convert and prove on training and test rows, or return why the graph cannot be used.

    `form` is the type of its numbers, for the report.
    """
    with report.step("export") as step:
        try:
            onnx = convert()
            check_size(settings.name, len(onnx), max_bytes)
            parity = _proven(estimator, onnx, *parts, settings.split.seed)
        except (ConversionError, ParityError) as error:
            step.detail = f"not with {form}: {error}"
            return error
        step.detail = (
            f"{len(onnx) / 1024:.0f} KiB, {form}, parity within "
            f"{parity.max_difference:.1g} on {parity.rows} test and {parity.drawn} drawn rows"
        )
    return Model(estimator, onnx, parity)


def fit(settings: Settings, estimator: Any, train: Dataset, held: Dataset | None) -> None:
    """Fit on class values, so that the model itself answers with them, or on numbers.

    With rows that are `held` back, a booster keeps as many trees as serve those.
    """
    with explained(settings, estimator, "be fitted to this data"):
        data, target = as_input(train.features, train.rows), _target(train)
        if held is None:
            estimator.fit(data, target)
        else:
            _fit_stopping(settings, estimator, data, target, held)


@contextmanager
def explained(settings: Settings, estimator: Any, what: str) -> Iterator[None]:
    """Turn whatever an estimator raises, which cannot do `what`, into the one remedy there is."""
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).partition("Stack trace")[0].split())[:400]
        problem = (
            f"estimator: cannot {what}: {reason or type(error).__name__}; change "
            "'estimator.parameters' or the data, or use another class, such as "
            f"{alternative(type(model_in(estimator)))}"
        )
        raise InvalidInputError(settings.name, [problem]) from error


def _target(part: Dataset) -> Any:
    return np.array(part.classes)[part.target] if part.classes else part.target


def _fit_stopping(
    settings: Settings, estimator: Any, data: Any, target: Any, held: Dataset
) -> None:
    rows = as_input(held.features, held.rows)
    if hasattr(estimator, "steps"):
        before = estimator[:-1]
        data, rows = before.fit_transform(data, target), before.transform(rows)
    choice = settings.estimator
    if choice is not None and choice.early_stopping is not None:
        rounds = choice.early_stopping.rounds
        final_of(estimator).fit_stopping(data, target, (rows, _target(held)), rounds)


def _fitted(kind: type, estimator: Any, held: Dataset | None) -> str:
    booster = booster_in(estimator)
    if booster is None:
        return kind.__name__
    stopped = "" if held is None else f", as many as serve {len(held.rows)} validation rows"
    return f"{kind.__name__}, {booster.trees} trees{stopped}"


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
    near = [error for error in failures if isinstance(error, ParityError)]
    booster = booster_in(estimator)
    best = (
        min(near, key=lambda error: np.nan_to_num(error.difference, nan=np.inf)) if near else None
    )
    hint = ""
    if booster is not None:
        hint = form_hint(booster.model, booster.library.name, str(best or failures[0]))
    if best is not None:
        hint = hint or parity_hint(model_in(estimator), best, train)
        return f"estimator: {best}; {hint}"
    hint = f"{hint}, or " if hint else ""
    return (
        f"estimator.class: {kind.__name__} has no ONNX form that works here; {hint}use another "
        f"class, such as {alternative(kind)} ({failures[0]})"
    )
