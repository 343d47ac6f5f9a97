"""Scores an estimator on folds of the training split; the test split has no part in it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from training.boosting.library import library_of
from training.dataset import Dataset
from training.decision import decided, hold_calibration
from training.errors import InvalidInputError
from training.estimator import chosen, estimator_class
from training.evaluate import check_rows, evaluate
from training.folds import Fold, Folds, fold
from training.metrics import Metrics
from training.model import explained, fit
from training.precision import forms, wide_columns
from training.report import Report
from training.scoring import ClassScores, NumberScores, Scores, as_input, indices
from training.settings import Settings


@dataclass(frozen=True)
class Validated:
    """Mean and spread over folds of each metric, and the class of scikit-learn that made the folds.

    The spread is the standard deviation around the folds' mean, as in `GridSearchCV`.
    """

    folds: int
    splitter: str
    metrics: dict[str, dict[Literal["mean", "std"], float]]

    def shown(self, metric: str) -> str:
        """Return a metric for people."""
        found = self.metrics[metric]
        return f"{metric} {found['mean']:.4f} ± {found['std']:.4f}"


def as_logged(metrics: dict[str, dict[Literal["mean", "std"], float]]) -> Metrics:
    """Return them as metrics, `cross_validation/accuracy_mean` and `…_std`."""
    return {
        f"cross_validation/{name}_{what}": value
        for name, found in metrics.items()
        for what, value in found.items()
    }


Scorer = Callable[[Settings], Validated]


def _folds(settings: Settings, train: Dataset, frame: pd.DataFrame, count: int, key: str) -> Folds:
    folds = fold(settings, train, frame, count, key)
    check_rows(settings, min(len(part.scored) for part in folds.parts), f"a fold of '{key}'")
    return folds


def check_folds(settings: Settings, train: Dataset, frame: pd.DataFrame, report: Report) -> None:
    """Part `train` as a search or a cross-validation of the YAML will, and fit nothing.

    Raises InvalidInputError where the folds cannot be made.
    """
    stated: dict[str, int] = {}
    if settings.search is not None:
        stated["search.cv"] = settings.search.cv
    if settings.cross_validation is not None:
        stated["cross_validation.folds"] = settings.cross_validation.folds
    for key, count in stated.items():
        with report.step("folds") as step:
            found = _folds(settings, train, frame, count, key)
            step.detail = f"{count} of the training split ({found.splitter})"


def scorer(settings: Settings, train: Dataset, frame: pd.DataFrame, count: int, key: str) -> Scorer:
    """Part `train` once; return what scores settings, that differ in parameters, on its folds.

    Each fold has its own medians, scales, early stopping and threshold, all of its rows to fit on.
    Raises InvalidInputError where folds or estimator cannot be made.
    """
    folds = _folds(settings, train, frame, count, key)
    wide = wide_columns(train)

    def score(tried: Settings) -> Validated:
        # A default class goes by the number of rows, and folds have fewer.
        tried = tried.model_copy(update={"estimator": chosen(tried, len(train.rows))})

        def score_fold(part: Fold) -> Metrics:
            fitted, scored = train.take(part.fitted), train.take(part.scored)
            calibration: Dataset | None = None
            if fitted.classes:
                fitted, calibration = hold_calibration(tried, fitted, frame)
            form = next(forms(estimator_class(tried, fitted), wide))
            estimator, _ = fit(tried, fitted, frame, form, wide)
            with explained(tried, estimator, "answer a fold of this data"):
                deciding = None if calibration is None else _answers(estimator, calibration)
                scores = decided(tried, calibration, deciding, scored, _answers(estimator, scored))
                found = evaluate(tried, scored, scores)
            if lost := [name for name, value in found.items() if not np.isfinite(value)]:
                problem = f"{key}: {', '.join(lost)} has no value in a fold; write fewer folds"
                raise InvalidInputError(tried.name, [problem])
            return found

        with ThreadPoolExecutor(_workers(tried, len(folds.parts))) as pool:
            found = list(pool.map(score_fold, folds.parts))
        columns = {name: [one[name] for one in found] for name in found[0]}
        return Validated(
            len(found),
            folds.splitter,
            {n: {"mean": float(np.mean(c)), "std": float(np.std(c))} for n, c in columns.items()},
        )

    return score


def _answers(estimator: Any, rows: Dataset) -> Scores:
    data = as_input(rows.features, rows.rows)
    if not rows.classes:
        return NumberScores(np.asarray(estimator.predict(data), np.float64).reshape(-1))
    labels = indices(estimator.predict(data), rows.classes)
    return ClassScores(labels, np.asarray(estimator.predict_proba(data)))


def _workers(settings: Settings, folds: int) -> int:
    """Return how many folds are fitted beside each other: threads change no result.

    Boosting fits each on all processors by itself, and a pipeline of the YAML's own draws from
    numpy's one source of random numbers.
    """
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

    choice = chosen(settings)
    alone = library_of(choice.class_) or "HistGradientBoosting" in choice.class_
    if settings.pipeline is not None or alone or "n_jobs" in choice.parameters:
        return 1
    threads: int = _openmp_effective_n_threads()
    return min(threads, folds)


def cross_validate(
    settings: Settings, train: Dataset, frame: pd.DataFrame, report: Report
) -> Validated | None:
    """Score the model of the YAML on the folds of its `cross_validation`, where it has that."""
    if settings.cross_validation is None:
        return None
    with report.step("validate") as step:
        count = settings.cross_validation.folds
        found = scorer(settings, train, frame, count, "cross_validation.folds")(settings)
        shown = ", ".join(map(found.shown, found.metrics))
        step.detail = f"{shown} over {found.folds} folds of the training split ({found.splitter})"
    return found
