"""Finds the scikit-learn class a YAML names, checks its parameters and builds the whole model."""

import difflib
import inspect
from importlib import import_module
from typing import Any

import numpy as np

from training.dataset import Dataset
from training.metrics import METRICS, Task, standard_metrics
from training.precision import Form
from training.preparation import preparation
from training.settings import EstimatorChoice, Settings

DEFAULTS = {
    "classification": "sklearn.ensemble.RandomForestClassifier",
    "regression": "sklearn.ensemble.RandomForestRegressor",
}
FOR_MANY_ROWS = {
    "classification": "sklearn.ensemble.HistGradientBoostingClassifier",
    "regression": "sklearn.ensemble.HistGradientBoostingRegressor",
}
# From here on a forest's trees make a model of many MiB
# (docs/adr/0019-float64-where-float32-loses.md).
MANY_ROWS = 5000


def check_estimator(settings: Settings) -> tuple[str, list[str]]:
    """Return the task the estimator is made for and every problem with class and parameters."""
    choice = _choice(settings)
    found, problem = _find(choice.class_)
    if found is None:
        return settings.task or "classification", [f"estimator.class: {problem}"]
    task = "regression" if _kind(found) == "regressor" else "classification"
    problems = _metric_problems(settings, task)
    if settings.task and settings.task != task:
        problems.append(f"task: '{settings.task}', but {choice.class_} is made for {task}")
    return task, problems + (
        _parameter_problems(found, choice) or _probability_problems(found, choice)
    )


def _parameter_problems(found: Any, choice: EstimatorChoice) -> list[str]:
    """Names first; values are only looked at where an instance can be made."""
    known = list(inspect.signature(found).parameters)
    problems = [
        f"estimator.parameters: {found.__name__} has no '{name}'{_like(name, known)}"
        for name in choice.parameters
        if name not in known
    ]
    required = [
        name
        for name, parameter in inspect.signature(found).parameters.items()
        if parameter.default is parameter.empty and name not in choice.parameters
    ]
    if required:
        problems.append(
            f"estimator.class: {choice.class_} needs {', '.join(required)}: other estimators, "
            f"which a YAML cannot hold; choose a self-contained class, such as {alternative(found)}"
        )
    return problems or _value_problems(found, choice.parameters)


def alternative(found: Any) -> str:
    """Return the path of a class that works on any table, other than `found`."""
    task = "regression" if _kind(found) == "regressor" else "classification"
    paths = (FOR_MANY_ROWS[task], DEFAULTS[task])
    return next(path for path in paths if not path.endswith(f".{found.__name__}"))


def _probability_problems(found: Any, choice: EstimatorChoice) -> list[str]:
    """Some classes give probabilities with some parameters only, so an instance is asked."""
    if _kind(found) != "classifier" or hasattr(found(**choice.parameters), "predict_proba"):
        return []
    remedies = {"probability": "true", "loss": "log_loss"}
    known = inspect.signature(found).parameters
    switch = [
        f"set 'estimator.parameters.{name}: {value}' or "
        for name, value in remedies.items()
        if name in known and hasattr(found, "predict_proba")
    ]
    problem = (
        f"estimator.class: {choice.class_} gives no probabilities; {''.join(switch)}use one that "
        f"does, such as sklearn.linear_model.LogisticRegression or {alternative(found)}"
    )
    return [problem]


def _metric_problems(settings: Settings, task: str) -> list[str]:
    kind: Task = "regression" if task == "regression" else "multiclass"
    known = [name for name, metric in METRICS.items() if kind in metric.tasks]
    used = settings.metrics or standard_metrics(kind)
    problems = [
        f"metrics: '{metric}' is not for {task}; choose from {', '.join(known)}"
        for metric in used
        if metric not in known
    ]
    return problems + [
        f"gate.floors: '{metric}' is not among the model's metrics, {', '.join(used)}"
        for metric in settings.gate.floors
        if metric not in used
    ]


def _choice(settings: Settings, rows: int = 0) -> EstimatorChoice:
    """Return the stated class, else the default for that many training rows."""
    if settings.estimator is not None:
        return settings.estimator
    defaults = FOR_MANY_ROWS if rows >= MANY_ROWS else DEFAULTS
    return EstimatorChoice.model_validate({"class": defaults[settings.task or "classification"]})


def _like(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else f"; it has {', '.join(known)}"


def _find(path: str) -> tuple[Any, str]:
    """Import the class, or say why not; only estimators of scikit-learn itself are let in."""
    from sklearn.base import BaseEstimator

    module_name, _, name = path.rpartition(".")
    try:
        module = import_module(module_name)
    except ModuleNotFoundError:
        return None, f"there is no module '{module_name}'{_like_module(module_name)}"
    names = [
        n for n, v in vars(module).items() if inspect.isclass(v) and issubclass(v, BaseEstimator)
    ]
    found = getattr(module, name, None)
    if name not in names:
        return None, f"'{module_name}' has no estimator '{name}'{_like(name, names)}"
    if inspect.isabstract(found) or name.startswith(("_", "Base")):
        return None, f"{path} is abstract{_like(name, [n for n in names if n != name])}"
    if _kind(found) not in ("classifier", "regressor"):
        return None, f"{path} is neither a classifier nor a regressor"
    return found, ""


def _like_module(name: str) -> str:
    import pkgutil

    import sklearn

    return _like(
        name, [f"sklearn.{module.name}" for module in pkgutil.iter_modules(sklearn.__path__)]
    )


def _kind(found: Any) -> str:
    from sklearn.base import ClassifierMixin, RegressorMixin

    if issubclass(found, ClassifierMixin):
        return "classifier"
    return "regressor" if issubclass(found, RegressorMixin) else "other"


def _value_problems(found: Any, parameters: dict[str, Any]) -> list[str]:
    """Let scikit-learn itself judge parameter values, before any data is touched."""
    from sklearn.utils._param_validation import (
        InvalidParameterError,
        validate_parameter_constraints,
    )

    estimator = found(**parameters)
    constraints = getattr(estimator, "_parameter_constraints", {})
    problems = []
    for name, value in parameters.items():
        if name in constraints:
            try:
                validate_parameter_constraints(
                    {name: constraints[name]}, {name: value}, found.__name__
                )
            except InvalidParameterError as error:
                problems.append(f"estimator.parameters.{name}: {error}")
    return problems


def estimator_class(settings: Settings, dataset: Dataset) -> type:
    """Return the class that is trained on this data."""
    found: type = _find(_choice(settings, len(dataset.rows)).class_)[0]
    return found


def build_estimator(settings: Settings, dataset: Dataset, form: Form, wide: list[str]) -> Any:
    """Build the unfitted model: the bare estimator, or a Pipeline where features need more.

    Numbers without gaps are not wrapped. Missing numbers get the training median, categories are
    one-hot encoded in declared order; a missing or unknown category is "none of the known".
    `wide` columns are centred and scaled in any case.
    """
    choice = _choice(settings, len(dataset.rows))
    estimator = estimator_class(settings, dataset)(**choice.parameters)
    if "random_state" in estimator.get_params() and "random_state" not in choice.parameters:
        estimator.set_params(random_state=settings.split.seed)
    steps = preparation(dataset, wide, scale=settings.preprocess.scale)
    if form.cast:
        from skl2onnx.sklapi import CastTransformer

        steps.append(CastTransformer(dtype=np.float32))
    if not steps:
        return estimator
    from sklearn.pipeline import make_pipeline

    return make_pipeline(*steps, estimator)
