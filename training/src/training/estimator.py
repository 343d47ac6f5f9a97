"""Finds the scikit-learn class a YAML names, checks its parameters and builds the whole model."""

import difflib
import inspect
from importlib import import_module
from typing import Any

from training.dataset import Dataset
from training.metrics import METRICS, Task, standard_metrics
from training.settings import EstimatorChoice, Settings

DEFAULTS = {
    "classification": "sklearn.ensemble.RandomForestClassifier",
    "regression": "sklearn.ensemble.RandomForestRegressor",
}


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
    if task == "classification" and not hasattr(found, "predict_proba"):
        problems.append(
            f"estimator.class: {choice.class_} gives no probabilities; "
            "use one that does, such as sklearn.linear_model.LogisticRegression"
        )
    known = list(inspect.signature(found).parameters)
    problems += [
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
            "which a YAML cannot hold; choose a self-contained class"
        )
    if not problems:
        problems = _value_problems(found, choice.parameters)
    return task, problems


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


def _choice(settings: Settings) -> EstimatorChoice:
    if settings.estimator is not None:
        return settings.estimator
    return EstimatorChoice.model_validate({"class": DEFAULTS[settings.task or "classification"]})


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


def build_estimator(settings: Settings, dataset: Dataset) -> Any:
    """Build the unfitted model: the bare estimator, or a Pipeline where features need more.

    Numbers without gaps are not wrapped. Missing numbers get the training median, categories are
    one-hot encoded in declared order; a missing or unknown category is "none of the known".
    """
    choice = _choice(settings)
    found, _ = _find(choice.class_)
    estimator = found(**choice.parameters)
    if "random_state" in estimator.get_params() and "random_state" not in choice.parameters:
        estimator.set_params(random_state=settings.split.seed)
    steps = _preparation(dataset, scale=settings.preprocess.scale)
    if not steps:
        return estimator
    from sklearn.pipeline import make_pipeline

    return make_pipeline(*steps, estimator)


def _preparation(dataset: Dataset, *, scale: bool) -> list[Any]:
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import StandardScaler

    optional = any(not f.required for f in dataset.features if f.type != "category")
    numeric = [SimpleImputer(strategy="median")] if optional else []
    if scale:
        numeric.append(StandardScaler())
    if dataset.layout == "matrix":
        return numeric
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    numbers = [f.name for f in dataset.features if f.type != "category"]
    texts = [f for f in dataset.features if f.type == "category"]
    encoder = OneHotEncoder(
        categories=[f.categories for f in texts], handle_unknown="ignore", sparse_output=False
    )
    parts: list[tuple[str, Any, list[str]]] = [("categories", encoder, [f.name for f in texts])]
    if numbers:
        parts.insert(0, ("numbers", make_pipeline(*numeric) if numeric else "passthrough", numbers))
    return [ColumnTransformer(parts)]
