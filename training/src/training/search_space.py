"""Checks a search before any data is touched: each value of its space, its metric, its library."""

import inspect
from importlib.util import find_spec
from typing import Any

from training.boosting.parameters import TREES
from training.class_path import found_at
from training.dimension import Dimension
from training.estimator import check_estimator
from training.settings import Settings

_INSTALL = (
    "search.method: 'optuna' needs the package 'optuna', which is not installed here; in training/ "
    "run 'uv pip sync requirements-dev.lock --require-hashes' (npm test has put a uv into "
    ".slipway/uv/bin), or build the image anew; 'random' needs no package"
)


def with_parameters(settings: Settings, parameters: dict[str, Any]) -> Settings:
    """Return settings whose estimator has these parameters beside, or instead of, its own."""
    choice = settings.estimator
    if choice is None:
        return settings
    merged = choice.model_copy(update={"parameters": choice.parameters | parameters})
    return settings.model_copy(update={"estimator": merged})


def search_problems(settings: Settings, task: str) -> list[str]:
    """Return what is wrong with `search`, for an estimator without a problem of its own."""
    search = settings.search
    if search is None:
        return []
    if settings.estimator is None:
        return ["search: needs 'estimator', the class whose parameters it seeks; state its path"]
    problems = []
    if settings.cross_validation is not None:
        problems.append(
            f"cross_validation: 'search' has folds of its own ({search.cv}) and measures every "
            "metric over them; leave 'cross_validation' out, and state 'search.cv'"
        )
    if search.method == "optuna" and find_spec("optuna") is None:
        problems.append(_INSTALL)
    metrics = settings.metrics_for("regression" if task == "regression" else "multiclass")
    if search.metric is not None and search.metric not in metrics:
        problems.append(
            f"search.metric: '{search.metric}' is not among the model's metrics, "
            f"{', '.join(metrics)}"
        )
    for name, dimension in search.space.items():
        problems += _dimension_problems(settings, name, dimension)
    return problems


def _dimension_problems(settings: Settings, name: str, dimension: Dimension) -> list[str]:
    """Ask the estimator about each listed value, or both ends of a range."""

    def problem_of(value: Any) -> str:
        _, found = check_estimator(with_parameters(settings, {name: value}))
        return found[0] if found else ""

    ends = [dimension.low, dimension.high]
    for value in ends if dimension.values is None else dimension.values:
        if problem := problem_of(value):
            where, _, reason = problem.partition(": ")
            here = where.startswith("estimator.parameters")
            return [f"search.space.{name} ({value}): {reason if here else problem}"]
    whole = isinstance(_default(settings, name), int) or name in TREES
    stated = dimension.values is not None or dimension.step is not None or not dimension.whole
    if not whole and not stated and not problem_of(float(dimension.low or 0) + 0.5):
        instead = "a list" if dimension.log else "'step: 1'"
        problem = (
            f"search.space.{name}: from {dimension.low} to {dimension.high}, whole numbers or also "
            f"those between? Write 'low: {dimension.low}.0' for all, {instead} for whole ones"
        )
        return [problem]
    return []


def _default(settings: Settings, name: str) -> Any:
    """Return what the class itself has for a parameter."""
    choice = settings.estimator
    named = inspect.signature(found_at(choice.class_)[0]).parameters if choice is not None else {}
    return named[name].default if name in named else None
