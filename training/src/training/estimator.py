"""Checks the class that a YAML names and its parameters, and builds the whole model."""

import inspect
from typing import Any

import numpy as np

from training.boosting.library import library_of
from training.boosting.parameters import boosting_problems
from training.class_path import found_at, kind_of
from training.dataset import Dataset
from training.estimator_choice import DEFAULTS, FOR_MANY_ROWS, EstimatorChoice
from training.final import final_of
from training.metrics import FORMS, METRICS, PARAMETRIC, Task, metric_of
from training.precision import Form
from training.preparation import preparation, prepared_columns
from training.settings import Settings
from training.spelling import like
from training.weights import weight_problems

# From here on a forest's trees make a model of many MiB
# (docs/adr/0019-float64-where-float32-loses.md).
MANY_ROWS = 5000


def check_estimator(settings: Settings) -> tuple[str, list[str]]:
    """Return the task the estimator is made for and every problem with class and parameters."""
    if settings.pipeline is not None:  # what it builds is only known when it is run
        task = settings.task or "classification"
        return task, _task_problems(settings, task)
    choice = chosen(settings)
    found, problem = found_at(choice.class_)
    if found is None:
        return settings.task or "classification", [f"estimator.class: {problem}"]
    task = "regression" if kind_of(found) == "regressor" else "classification"
    problems = _task_problems(settings, task) + weight_problems(settings, found, alternative(found))
    if settings.task and settings.task != task:
        problems.append(f"task: '{settings.task}', but {choice.class_} is made for {task}")
    if library := library_of(choice.class_):
        return task, problems + boosting_problems(settings, found, library)
    problems += _parameter_problems(found, choice) or _probability_problems(found, choice)
    return task, problems or _key_problems(settings, found, choice)


def _key_problems(settings: Settings, found: Any, choice: EstimatorChoice) -> list[str]:
    """Refuse our own keys where the class cannot do what they say."""
    problems = []
    if choice.early_stopping is not None:
        own = [n for n in ("early_stopping", "n_iter_no_change") if n in _names(found)]
        instead = f"in 'parameters' it has {' and '.join(own)}" if own else "it has none"
        problems.append(
            "estimator.early_stopping: is for xgboost, lightgbm and catboost; leave it out for "
            f"{choice.class_}, {instead}"
        )
    if settings.preprocess.categories == "native":
        problems.append(
            "preprocess.categories: 'native' is for xgboost and lightgbm; write 'one_hot' for "
            f"{choice.class_}"
        )
    if settings.preprocess.impute == "none" and not _takes_gaps(found(**choice.parameters)):
        problems.append(
            f"preprocess.impute: 'none', but {choice.class_} takes no missing numbers; write "
            f"'median', or use a class that does, such as {alternative(found)}"
        )
    return problems


def _takes_gaps(estimator: Any) -> bool:
    taken: bool = estimator.__sklearn_tags__().input_tags.allow_nan
    return taken


def _names(found: Any) -> list[str]:
    return list(inspect.signature(found).parameters)


def _parameter_problems(found: Any, choice: EstimatorChoice) -> list[str]:
    """Names first; values are only looked at where an instance can be made."""
    known = _names(found)
    problems = [
        f"estimator.parameters: {found.__name__} has no '{name}'{like(name, known)}"
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
    task = "regression" if kind_of(found) == "regressor" else "classification"
    paths = (FOR_MANY_ROWS[task], DEFAULTS[task])
    return next(path for path in paths if not path.endswith(f".{found.__name__}"))


def _probability_problems(found: Any, choice: EstimatorChoice) -> list[str]:
    """Some classes give probabilities with some parameters only, so an instance is asked."""
    if kind_of(found) != "classifier" or hasattr(found(**choice.parameters), "predict_proba"):
        return []
    remedies = {"probability": "true", "loss": "log_loss"}
    known = _names(found)
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


def _task_problems(settings: Settings, task: str) -> list[str]:
    problems = _metric_problems(settings, task)
    if settings.target.transform is not None and task != "regression":
        problems.append("target.transform: is for regression; remove it")
    if settings.class_weight is not None and task == "regression":
        problems.append("class_weight: is for classes; for numbers there is 'sample_weight'")
    if settings.calibration is not None and task == "regression":
        problems.append("calibration: is for classes; leave it out")
    if settings.prediction_interval is not None and task != "regression":
        problems.append(f"prediction_interval: is for regression, not {task}; leave it out")
    return problems


def _metric_problems(settings: Settings, task: str) -> list[str]:
    kind: Task = "regression" if task == "regression" else "multiclass"
    known = [name for name, metric in METRICS.items() if kind in metric.tasks]
    known += [FORMS[name] for name, metric in PARAMETRIC.items() if kind in metric.tasks]
    used = settings.metrics_for(kind)
    problems = [
        f"metrics: '{metric}' is not for {task}; choose from {', '.join(known)}"
        for metric in used
        if kind not in metric_of(metric).tasks
    ]
    floors = {"gate.floors": settings.gate.floors}
    if settings.gate.slices is not None:
        floors["gate.slices.floors"] = settings.gate.slices.floors
    return problems + [
        f"{key}: '{metric}' is not among the model's metrics, {', '.join(used)}"
        for key, stated in floors.items()
        for metric in stated
        if metric not in used
    ]


def chosen(settings: Settings, rows: int = 0) -> EstimatorChoice:
    """Return the stated class, else the default for that many training rows."""
    if settings.estimator is not None:
        return settings.estimator
    defaults = FOR_MANY_ROWS if rows >= MANY_ROWS else DEFAULTS
    return EstimatorChoice.model_validate({"class": defaults[settings.task or "classification"]})


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
    if settings.pipeline is not None:
        from training.own_pipeline import build_pipeline

        return type(final_of(build_pipeline(settings, dataset, cast=False)))
    found: type = found_at(chosen(settings, len(dataset.rows)).class_)[0]
    return found


def build_estimator(settings: Settings, dataset: Dataset, form: Form, wide: list[str]) -> Any:
    """Build the unfitted model: the bare estimator, or a Pipeline where features need more.

    Numbers without gaps are not wrapped. Missing numbers get the training median, categories are
    one-hot encoded in declared order; a missing or unknown category is "none of the known".
    `wide` columns are centred and scaled in any case. A pipeline of the YAML's own is built as its
    file says.
    """
    if settings.pipeline is not None:
        from training.own_pipeline import build_pipeline

        return build_pipeline(settings, dataset, cast=form.cast)
    choice = chosen(settings, len(dataset.rows))
    found, library = estimator_class(settings, dataset), library_of(choice.class_)
    how = (settings, dataset, wide)
    if library is not None:
        from training.boosting.build import build_booster

        columns = prepared_columns(*how, takes_gaps=True)
        estimator = build_booster(found, library, choice.parameters, settings, dataset, columns)
    else:
        estimator = found(**choice.parameters)
        if "random_state" in estimator.get_params() and "random_state" not in choice.parameters:
            estimator.set_params(random_state=settings.split.seed)
    steps = preparation(*how, takes_gaps=library is not None)
    if form.cast:
        from skl2onnx.sklapi import CastTransformer

        steps.append(CastTransformer(dtype=np.float32))
    if not steps:
        return estimator
    from sklearn.pipeline import make_pipeline

    return make_pipeline(*steps, estimator)
