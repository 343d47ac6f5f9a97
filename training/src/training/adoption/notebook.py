"""The notebook's model beside what it says of itself: task, features in order, classes."""

import re
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from training.adoption.logged import Logged
from training.class_path import kind_of
from training.errors import InvalidInputError
from training.feature import ColumnType
from training.target import EXACT

NUMBERED = re.compile(r"Column_\d+|\d+")  # what LightGBM and CatBoost call columns without names
NO_NAMES = (
    "--version: does not say how its columns are called; fit it on a DataFrame, or log it with "
    "`input_example=X.head()`, X a DataFrame with those columns in the order of the fit"
)


@dataclass(frozen=True)
class Notebook:
    """`estimator` answers rows as training has them, just as the logged model does.

    `columns` are the features in the model's order, with their type where its signature says it;
    `classes` those of the probabilities in order, None for numbers and where rows must tell.
    """

    task: str
    columns: dict[str, ColumnType | None]
    classes: list[int | str] | None
    estimator: Any


class AsFrame(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Makes the DataFrame that a notebook has: named columns, and NaN where a text is missing."""

    def __init__(self, names: list[str], *, named: bool) -> None:
        """Take the names in order; a model that was fitted without names gets none (`named`)."""
        self.names, self.named = names, named

    def fit(self, X: Any, y: Any = None) -> "AsFrame":  # noqa: ARG002, N803 - scikit-learn's
        """Learn nothing."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """There is nothing to learn."""
        return True

    def transform(self, X: Any) -> Any:  # noqa: N803
        """Return `[rows, names]`."""
        frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X, columns=self.names)
        return frame.replace("", np.nan) if self.named else frame.to_numpy()


class Answers(Pipeline):  # type: ignore[misc]
    """A pipeline that answers one value a row; CatBoost gives a column of classes."""

    def predict(self, X: Any, **more: Any) -> Any:  # noqa: N803
        """Return `[rows]`."""
        return np.ravel(super().predict(X, **more))


def open_notebook(logged: Logged, model: Any) -> Notebook:
    """Ask a fitted estimator what it is; raises InvalidInputError where it cannot serve."""
    steps = _flattened(model)
    final = steps[-1]
    name, kind = type(final).__name__, kind_of(type(final))
    problem = ""
    if kind not in ("classifier", "regressor"):
        problem = f"is a {name}, neither a classifier nor a regressor; log one of those"
    elif kind == "classifier" and not hasattr(final, "predict_proba"):
        problem = (
            f"is a {name}, which gives no probabilities; log CalibratedClassifierCV({name}(…)), or "
            "a class that has predict_proba"
        )
    elif getattr(final, "n_outputs_", 1) > 1:
        problem = "answers several targets; log one model for each"
    if problem:
        raise InvalidInputError(logged.where, [f"--version: {problem}"])
    columns, named = _columns(logged, steps)
    chain_ = [AsFrame(list(columns), named=named), *steps]
    return Notebook(
        "classification" if kind == "classifier" else "regression",
        columns,
        _classes(logged, final) if kind == "classifier" else None,
        Answers([(f"step {number}", step) for number, step in enumerate(chain_)]),
    )


def _flattened(model: Any) -> list[Any]:
    """Return the steps of a pipeline, and of pipelines in it."""
    if not isinstance(model, Pipeline):
        return [model]
    steps = [step for _, step in model.steps if step is not None and step != "passthrough"]
    return list(chain.from_iterable(map(_flattened, steps)))


def _columns(logged: Logged, steps: list[Any]) -> tuple[dict[str, ColumnType | None], bool]:
    """Return the features, and whether the model was fitted on a DataFrame."""
    first = steps[0]
    found = getattr(first, "feature_names_in_", getattr(first, "feature_names_", None))
    own = [] if found is None else [str(name) for name in found]
    named = bool(own) and not all(map(NUMBERED.fullmatch, own))
    names = own if named else list(logged.columns)
    count = getattr(first, "n_features_in_", len(names))
    if not names or (not named and count != len(names)):
        raise InvalidInputError(logged.where, [NO_NAMES])
    if named and isinstance(first, ColumnTransformer):
        names = _used(first, names)
    return {name: logged.columns.get(name) for name in names}, named


def _used(first: ColumnTransformer, names: list[str]) -> list[str]:
    """Leave out what a ColumnTransformer drops, where it goes by names throughout."""
    used: set[str] = set()
    for _, step, columns in first.transformers_:
        of_step = [columns] if isinstance(columns, str) else list(columns)
        if not all(isinstance(column, str) for column in of_step):
            return names
        used |= set() if step == "drop" else set(of_step)
    return [name for name in names if name in used]


def _classes(logged: Logged, final: Any) -> list[int | str]:
    """Return the classes as ONNX has them: true and 1.0 become 1."""
    classes = np.asarray(final.classes_).tolist()
    if all(isinstance(value, str) for value in classes):
        return list(classes)
    numbers = all(isinstance(value, bool | int | float) for value in classes)
    if numbers and all(float(value).is_integer() and abs(value) <= EXACT for value in classes):
        return [int(value) for value in classes]
    problem = f"--version: has the classes {classes}; fit it on texts or on whole numbers"
    raise InvalidInputError(logged.where, [problem])
