"""Runs the function that a YAML's `pipeline` names, and makes a model of what it returns."""

import sys
import traceback
from contextlib import redirect_stdout
from inspect import signature
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor

from training.dataset import Dataset
from training.errors import InvalidInputError
from training.feature import Feature
from training.named_columns import NamedColumns
from training.pipeline_file import PipelineFile
from training.settings import Settings
from training.step_forms import steps_without_form


def build_pipeline(settings: Settings, dataset: Dataset, *, cast: bool) -> Any:
    """Return the unfitted pipeline, whose first step sees a frame of the features as they are.

    Every `random_state` that is None becomes the split's seed; what has none, such as the folds of
    TargetEncoder, goes by numpy's own random numbers, which begin anew by that seed. With `cast`,
    what reaches the last step is rounded to float32. Raises InvalidInputError for what cannot be a
    model.
    """
    from sklearn.pipeline import Pipeline

    if settings.pipeline is None:
        raise ValueError("the YAML names no pipeline")
    np.random.seed(settings.split.seed)  # noqa: NPY002 - scikit-learn's steps draw from this one
    built = _built(settings.name, settings.pipeline, dataset.features)
    problems = _kind_problems(built, dataset) or steps_without_form(built)
    if problems:
        where = settings.pipeline.as_written()
        raise InvalidInputError(settings.name, [f"pipeline: {where}: {p}" for p in problems])
    parameters = built.get_params()
    unset = [n for n in parameters if n.endswith("random_state") and parameters[n] is None]
    built.set_params(**dict.fromkeys(unset, settings.split.seed))
    *before, final = _steps(built)
    if cast:
        from skl2onnx.sklapi import CastTransformer

        before.append(("float32", CastTransformer(dtype=np.float32)))
    names = NamedColumns([f.name for f in dataset.features])
    return Pipeline([("named_columns", names), *before, final])


def _built(model: str, choice: PipelineFile, features: list[Feature]) -> Any:
    """Return an unfitted copy of what the file's function returns."""
    try:
        found = _run(choice, features)
        if isinstance(found, BaseEstimator):
            return clone(found)
        problem = f"{choice.as_written()} returned {found!r:.100}; return a Pipeline or an "
        problem += "estimator of scikit-learn"
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the file raises is told
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == choice.file]
        line = f", line {frames[-1].lineno}" if frames else ""
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:400]
        problem = f"{choice.file}{line}: {reason}; correct the file"
    raise InvalidInputError(model, [f"pipeline: {problem}"])


def _run(choice: PipelineFile, features: list[Feature]) -> Any:
    """Run the file and call its function; what it prints is no result of training's."""
    namespace: dict[str, Any] = {"__name__": choice.module, "__file__": choice.file}
    with redirect_stdout(sys.stderr):
        exec(compile(choice.source, choice.file, "exec"), namespace)  # noqa: S102 - as asked
        function = namespace[choice.function]
        return function(features) if signature(function).parameters else function()


def _kind_problems(built: Any, dataset: Dataset) -> list[str]:
    found = "classification" if is_classifier(built) else "regression"
    wanted = "classification" if dataset.classes else "regression"
    if not is_classifier(built) and not is_regressor(built):
        return [f"its last step predicts nothing; end it with an estimator for {wanted}"]
    if found != wanted:
        return [f"its last step is made for {found}, but 'task' is {wanted}; change one"]
    if dataset.classes and not hasattr(built, "predict_proba"):
        other = "sklearn.linear_model.LogisticRegression"
        return [f"its last step gives no probabilities; use one that does, such as {other}"]
    return []


def _steps(estimator: Any) -> list[tuple[str, Any]]:
    """Return all steps, those of a pipeline at the end too; a bare estimator is one step."""
    if not hasattr(estimator, "steps"):
        return [("estimator", estimator)]
    *before, (name, last) = estimator.steps
    if not hasattr(last, "steps"):
        return [*before, (name, last)]
    return [*before, *((f"{name}-{inner}", step) for inner, step in _steps(last))]
