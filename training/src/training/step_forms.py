"""Which steps of scikit-learn have an ONNX form, and what to use in place of those without."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from training.boosting.library import library_of
from training.class_path import kind_of
from training.date_form import register as register_dates
from training.export import OPSETS, ConversionError
from training.final import learner_of
from training.function_form import FUNCTIONS
from training.hints import RANGE_HINT
from training.parity import ParityError
from training.pipeline_file import PipelineFile
from training.text_form import register as register_text

WORDS = "training.word_tfidf.WordTfidf, whose words are the same in the graph"
_INSTEAD = {
    "FunctionTransformer": f"FunctionTransformer of {', '.join(f'np.{n}' for n in FUNCTIONS)}, "
    "or move what it does into the data",
    "HashingVectorizer": WORDS,
    "IterativeImputer": "SimpleImputer or KNNImputer",
    "MissingIndicator": "SimpleImputer",
    "SplineTransformer": "KBinsDiscretizer or PolynomialFeatures",
    "TransformedTargetRegressor": "its regressor, with 'target.transform' in the YAML",
}
_TRANSFORMERS = (
    "StandardScaler, PowerTransformer, KBinsDiscretizer, PolynomialFeatures, OneHotEncoder, "
    "OrdinalEncoder or TargetEncoder"
)
_PREDICTORS = {
    "classifier": "LogisticRegression, RandomForestClassifier or HistGradientBoostingClassifier",
    "regressor": "Ridge, RandomForestRegressor or HistGradientBoostingRegressor",
}


def steps_without_form(estimator: Any) -> list[str]:
    """Say of each step, at any depth, that no graph can do it, and what to use instead."""
    from sklearn.base import BaseEstimator

    register_text(np.float64)
    register_dates()
    inside = estimator.get_params(deep=True)
    steps = {"": estimator} | {n: s for n, s in inside.items() if isinstance(s, BaseEstimator)}
    return [
        f"step '{name.replace('__', '.') or 'estimator'}' ({type(step).__name__}) has no ONNX "
        f"form; use {_instead(step)}"
        for name, step in steps.items()
        if not _has_form(step)
    ]


def _has_form(step: Any) -> bool:
    from skl2onnx._supported_operators import sklearn_operator_name_map
    from sklearn.preprocessing import FunctionTransformer

    if type(step) is FunctionTransformer:
        return not step.kw_args and step.func in [None, *FUNCTIONS.values()]
    return type(step) in sklearn_operator_name_map


def _instead(step: Any) -> str:
    kind, module = type(step), type(step).__module__
    if library := library_of(module):
        return f"'estimator: {library.name}.{kind.__name__}' in the YAML, in place of 'pipeline'"
    return _INSTEAD.get(kind.__name__) or _PREDICTORS.get(kind_of(kind), _TRANSFORMERS)


def steps_that_fail(fitted: Any) -> list[str]:
    """Name the fitted steps that have no ONNX form by themselves, as their parameters are."""
    return [
        f"step '{name}' ({type(step).__name__})"
        for name, step in _leaves(fitted, "")
        if not any(_converts(step, kind) for kind in ("FloatTensorType", "StringTensorType"))
    ]


def _leaves(step: Any, path: str) -> Iterator[tuple[str, Any]]:
    inner = getattr(step, "steps", None) or getattr(step, "transformer_list", None)
    inner = inner or [(n, s) for n, s, _ in getattr(step, "transformers_", [])]
    for name, one in inner:
        yield from _leaves(one, f"{path}.{name}" if path else name)
    if not inner and hasattr(step, "n_features_in_"):
        yield path, step


def _converts(step: Any, kind: str) -> bool:
    from skl2onnx import convert_sklearn
    from skl2onnx.common import data_types

    given = getattr(data_types, kind)([None, step.n_features_in_])
    try:
        convert_sklearn(step, initial_types=[("x", given)], target_opset=OPSETS)
    except Exception:  # noqa: BLE001 - converters raise whatever their libraries do
        return False
    return True


def pipeline_problem(
    choice: PipelineFile, fitted: Any, failures: list[ConversionError | ParityError]
) -> str:
    """Tell why what a YAML's own pipeline built is no model, and what to do."""
    near = [error for error in failures if isinstance(error, ParityError)]
    shown = min(near, key=lambda error: np.nan_to_num(error.difference, nan=np.inf), default=None)
    said = str(shown or failures[0])
    endless = any(sign in said for sign in ("NaN", "infinity"))
    if endless or (shown is not None and "beyond" in shown.where):
        remedy = f"{RANGE_HINT}, or fill what is missing in a first step"
    elif any(type(one).__name__.endswith("Vectorizer") for one in fitted.get_params().values()):
        remedy = f"in place of scikit-learn's vectorizer, use {WORDS}"
    elif shown is None and (failing := steps_that_fail(learner_of(fitted))):
        said = f"{' and '.join(failing)}: {said}"
        remedy = f"change its parameters, or use {_TRANSFORMERS}"
    else:
        remedy = f"scale numbers first (StandardScaler), or change a step; {_TRANSFORMERS} work"
    return f"pipeline: {choice.as_written()}: {said}; {remedy}"
