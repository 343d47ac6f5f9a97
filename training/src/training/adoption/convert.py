"""Writes a notebook's estimator as ONNX and proves that it answers as the estimator does."""

import copy
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from training.adoption.notebook import Notebook
from training.boosting.booster import BoostedClassifier, BoostedRegressor
from training.boosting.library import library_of
from training.dataset import Dataset
from training.errors import InvalidInputError
from training.export import ConversionError, to_onnx
from training.model import Model, exported
from training.parity import ParityError
from training.precision import forms, wide_columns
from training.report import Report
from training.rounding import nearest, rounded_down
from training.settings import Settings
from training.size import check_nodes

Rounding = Callable[[Any], Any]
CLASSES = (
    "log a model of scikit-learn's own classes, with xgboost, lightgbm or catboost as the last "
    "step, or convert it yourself and log that with mlflow.onnx.log_model"
)


def convert(
    settings: Settings, notebook: Notebook, data: Dataset, max_bytes: int, report: Report
) -> Model:
    """Return the first form that keeps parity; raises InvalidInputError when none does."""
    kind = type(notebook.estimator[-1])
    failures: list[ConversionError | ParityError] = []
    ways = (nearest, rounded_down) if _compares_in_float64(kind) else (nearest,)
    for form, rounded in product(forms(kind, wide_columns(data)), ways):
        source = _convertible(notebook, data, rounded, cast=form.cast)
        check_nodes(settings.name, source, max_bytes)
        found = exported(
            settings,
            notebook.estimator,
            partial(to_onnx, source, data, settings.name, form.dtype),
            form.dtype.__name__,
            (data, data),
            max_bytes,
            report,
        )
        if isinstance(found, Model):
            return Model(settings, source, found.onnx, found.parity)
        failures.append(found)
    raise InvalidInputError(settings.name, [_problem(kind, failures)])


def _compares_in_float64(kind: type) -> bool:
    """Whether its trees' thresholds, float32 in ONNX, were compared with float64."""
    return kind.__name__.startswith(("HistGradientBoosting", "LGBM"))


def _problem(kind: type, failures: list[ConversionError | ParityError]) -> str:
    near = next((one for one in failures if isinstance(one, ParityError)), None)
    if near is None and "unknown categor" in str(failures[0]).lower():
        return (
            f"--version: it answers no value of a category that it has not seen ({failures[0]}); "
            "write OneHotEncoder(handle_unknown='ignore') in the notebook and fit it again"
        )
    if near is None:
        return f"--version: has no ONNX form that works here ({failures[0]}); {CLASSES}"
    if "beyond" in near.where:
        remedy = "state 'features' with a 'range' for each number in a YAML (--yaml)"
    elif _compares_in_float64(kind):
        remedy = (
            f"ONNX compares in float32, and {kind.__name__} does not: put skl2onnx.sklapi's "
            "CastTransformer(dtype=numpy.float32) before it in the pipeline and fit it again"
        )
    else:
        remedy = "scale its numbers (StandardScaler) in the notebook and fit it again"
    return f"--version: {near}; {remedy}, or {CLASSES}"


def _convertible(notebook: Notebook, data: Dataset, rounded: Rounding, *, cast: bool) -> Any:
    """Return an equal model that skl2onnx converts, of rows as serving has them.

    With `cast` its last step gets float32: trees compare in it, in their library or in the graph.
    `rounded` is for thresholds that were compared with float64.
    """
    *before, final = notebook.estimator.named_steps.values()
    prepared = copy.deepcopy(before[1:])
    for part in (one for step in prepared for one in _parts(step)):
        _take_empty_text(part)
    if prepared and data.layout == "matrix" and isinstance(prepared[0], ColumnTransformer):
        prepared[0].transformers_ = [
            (name, step, _positions(columns, list(notebook.columns)))
            for name, step, columns in prepared[0].transformers_
            if step != "drop"
        ]
    if cast:
        from skl2onnx.sklapi import CastTransformer

        prepared.append(CastTransformer(dtype=np.float32))
    last = _last(final, data, rounded)
    return make_pipeline(*prepared, last) if prepared else last


def _parts(step: Any) -> Iterator[Any]:
    """Return a step and the steps inside it."""
    yield step
    inner: list[Any] = []
    if isinstance(step, Pipeline):
        inner = [one for _, one in step.steps]
    elif isinstance(step, ColumnTransformer):
        inner = [one for _, one, _ in step.transformers_]
    elif isinstance(step, FeatureUnion):
        inner = [one for _, one in step.transformer_list]
    for one in inner:
        yield from _parts(one)


def _take_empty_text(step: Any) -> None:
    """Let an empty text mean what NaN means in the notebook; a graph has no missing texts."""
    if isinstance(step, SimpleImputer) and np.asarray(step.statistics_).dtype == object:
        step.missing_values = ""
    if isinstance(step, OneHotEncoder):
        step.categories_ = [_known(values, missing=[""]) for values in step.categories_]
    if isinstance(step, OrdinalEncoder):  # gives a missing text a number that is no category's
        known = [_known(values, missing=[]) for values in step.categories_]
        if sum(map(len, known)) < sum(map(len, step.categories_)):
            step.handle_unknown = "use_encoded_value"
            step.unknown_value = step.encoded_missing_value
        step.categories_ = known


def _known(values: Any, missing: list[str]) -> Any:
    """Put `missing` in place of NaN or None among texts, which stands last."""
    if values.dtype != object or not pd.isna(values[-1]):
        return values
    return np.array([*(value for value in values if not pd.isna(value)), *missing], dtype=object)


def _positions(columns: Any, names: list[str]) -> Any:
    """Replace names, which a matrix has not, by numbers of columns."""
    if isinstance(columns, str):
        return [names.index(columns)]
    if isinstance(columns, slice):
        return columns
    return [names.index(one) if isinstance(one, str) else one for one in columns]


def _last(final: Any, data: Dataset, rounded: Rounding) -> Any:
    """Wrap a boosting library's model; round thresholds of trees that compare in float64."""
    library = library_of(type(final).__module__)
    if library is not None:
        model = copy.deepcopy(final)
        if library.name == "xgboost":
            model.get_booster().feature_names = None  # onnxmltools wants numbers
        classes = tuple(data.classes)
        wrapped = (
            BoostedClassifier(model, library, 0, classes)
            if classes
            else BoostedRegressor(model, library)
        )
        wrapped.rounded = rounded
        wrapped.n_features_in_ = len(getattr(model, "feature_names_", ())) or model.n_features_in_
        return wrapped
    if hasattr(final, "flatten_transform"):  # of a vote: no part of its answers
        final = copy.copy(final)
        final.flatten_transform = False
    if not type(final).__name__.startswith("HistGradientBoosting"):
        return final
    final = copy.deepcopy(final)
    for tree in (tree for trees in final._predictors for tree in trees):  # noqa: SLF001
        tree.nodes["num_threshold"] = rounded(tree.nodes["num_threshold"])
    return final
