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
from training.final import booster_in, final_of, learner_of, model_in
from training.hints import RANGE_HINT, parity_hint
from training.parity import Parity, ParityError, prove_parity
from training.precision import Form, check_rounding, check_steps, forms, wide_columns
from training.report import Report
from training.scoring import as_input
from training.settings import Settings
from training.size import check_nodes, check_size
from training.step_forms import pipeline_problem
from training.weights import fit_weights, passed


@dataclass(frozen=True)
class Model:
    """A fitted estimator and the graph that was proven to answer as it does."""

    settings: Settings
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
        if (pipeline := self.settings.pipeline) is not None:
            described |= {"pipeline": pipeline.as_written(), "sha256": pipeline.sha256}
        if (transform := self.settings.target.transform) is not None:
            described["target_transform"] = transform
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
    fitted: dict[bool, tuple[Any, Dataset | None]] = {}
    failures: list[ConversionError | ParityError] = []
    for form in forms(kind, wide):
        if form.cast and any(isinstance(e, ConversionError) for e in failures[:-1]):
            break  # what has no form in either precision is not fitted again
        if form.cast and settings.pipeline is None:
            check_steps(settings.name, everything, wide)
        if form.cast not in fitted:
            with report.step("train") as step:
                fitted[form.cast] = fit(settings, train, frame, form, wide)
                if form.cast and settings.pipeline is not None:
                    before = learner_of(fitted[form.cast][0])[:-2]
                    rows = as_input(everything.features, everything.rows)
                    check_rounding(settings.name, before.transform(rows))
                step.detail = _fitted(kind, *fitted[form.cast])
        estimator, held = fitted[form.cast]
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
    if settings.pipeline is not None:
        raise InvalidInputError(
            settings.name, [pipeline_problem(settings.pipeline, estimator, failures)]
        )
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
    return Model(settings, estimator, onnx, parity)


def fit(
    settings: Settings, train: Dataset, frame: pd.DataFrame, form: Form, wide: list[str]
) -> tuple[Any, Dataset | None]:
    """Return the fitted model, which answers in the target's unit, and the rows held back for it.

    It is fitted on class values, so that the model itself answers with them, or on numbers. With
    rows that are held back, a booster keeps as many trees as serve those.
    """
    undo, learned = _learned(settings, train)
    fitting, held = hold_back(settings, learned, frame)
    estimator = build_estimator(settings, train, form, wide)
    with explained(settings, estimator, "be fitted to this data"):
        if held is None:
            data, target = as_input(fitting.features, fitting.rows), _target(fitting)
            weights = fit_weights(settings, fitting, fitting)
            estimator.fit(data, target, **passed(estimator, weights))
        else:
            _fit_stopping(settings, estimator, fitting, held)
    return undo(estimator), held


def _learned(settings: Settings, train: Dataset) -> tuple[Callable[[Any], Any], Dataset]:
    """Return what brings a fitted model's answers back, and the rows with what it is to learn."""
    transform = settings.target.transform
    if transform is None:
        return (lambda fitted: fitted), train
    from training.target_transform import TransformedTarget, fitted_transformer, transformed

    transformer = fitted_transformer(transform, train.target)
    learned = replace(train, target=transformed(transformer, train.target))
    return (lambda fitted: TransformedTarget(fitted, transformer, transform)), learned


@contextmanager
def explained(settings: Settings, estimator: Any, what: str) -> Iterator[None]:
    """Turn whatever an estimator raises, which cannot do `what`, into the one remedy there is."""
    try:
        yield
    except InvalidInputError:
        raise
    except Exception as error:
        reason = " ".join(str(error).partition("Stack trace")[0].split())[:400]
        reason = reason or type(error).__name__
        problem = _fit_problem(settings, estimator, f"cannot {what}: {reason}")
        raise InvalidInputError(settings.name, [problem]) from error


def _fit_problem(settings: Settings, estimator: Any, said: str) -> str:
    if settings.pipeline is not None:
        return (
            f"pipeline: {said}; change {settings.pipeline.file} or the data; the first step gets a "
            "frame of the features, where a missing number is NaN, a missing category an empty text"
        )
    return (
        f"estimator: {said}; change 'estimator.parameters' or the data, or use another class, such "
        f"as {alternative(type(model_in(estimator)))}"
    )


def _target(part: Dataset) -> Any:
    return np.array(part.classes)[part.target] if part.classes else part.target


def _fit_stopping(settings: Settings, estimator: Any, train: Dataset, held: Dataset) -> None:
    """Fit until the held-back rows are answered no better, which weigh as those fitted on do."""
    data, target = as_input(train.features, train.rows), _target(train)
    rows = as_input(held.features, held.rows)
    weights = [fit_weights(settings, train, part) for part in (train, held)]
    if hasattr(estimator, "steps"):
        before = estimator[:-1]
        data, rows = before.fit_transform(data, target), before.transform(rows)
    choice = settings.estimator
    if choice is not None and choice.early_stopping is not None:
        rounds = choice.early_stopping.rounds
        final_of(estimator).fit_stopping(data, target, (rows, _target(held)), rounds, weights)


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
    if any(sign in str(failures[0]) for sign in ("infinity", "NaN")):
        return f"estimator: {failures[0]}; {RANGE_HINT}"
    hint = f"{hint}, or " if hint else ""
    return (
        f"estimator.class: {kind.__name__} has no ONNX form that works here; {hint}use another "
        f"class, such as {alternative(kind)} ({failures[0]})"
    )
