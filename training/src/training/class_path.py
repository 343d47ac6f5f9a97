"""Finds the class that a YAML names."""

import inspect
from importlib import import_module
from typing import Any

from training.boosting.library import find_class, library_of
from training.spelling import like


def found_at(path: str) -> tuple[Any, str]:
    """Import the class, or say why not; only estimators, of these libraries, are let in."""
    from sklearn.base import BaseEstimator

    if library := library_of(path):
        return find_class(library, path)

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
        return None, f"'{module_name}' has no estimator '{name}'{like(name, names)}"
    if inspect.isabstract(found) or name.startswith(("_", "Base")):
        return None, f"{path} is abstract{like(name, [n for n in names if n != name])}"
    if kind_of(found) not in ("classifier", "regressor"):
        return None, f"{path} is neither a classifier nor a regressor"
    return found, ""


def _like_module(name: str) -> str:
    import pkgutil

    import sklearn

    return like(
        name, [f"sklearn.{module.name}" for module in pkgutil.iter_modules(sklearn.__path__)]
    )


def kind_of(found: Any) -> str:
    """Return `classifier`, `regressor` or what else a class is."""
    from sklearn.base import ClassifierMixin, RegressorMixin

    if issubclass(found, ClassifierMixin):
        return "classifier"
    if issubclass(found, RegressorMixin):
        return "regressor"
    return str(getattr(found, "_estimator_type", "other"))  # CatBoost's extend neither
