"""Writes a fitted model as ONNX."""

import copy
from typing import Any

import numpy as np

from training.bins_form import register as register_bins
from training.dataset import Dataset
from training.date_form import register as register_dates
from training.final import booster_in, learner_of
from training.function_form import register as register_functions
from training.power_form import register as register_powers
from training.rounding import rounded_down
from training.scoring import output_names
from training.text_form import register as register_text

# Old enough for every runtime in use, new enough for all converters; ai.onnx.ml 3 compares trees in
# float32 (docs/adr/0001-onnx-parity.md).
OPSETS = {"": 18, "ai.onnx.ml": 3}


class ConversionError(Exception):
    """There is no ONNX form, or none that onnxruntime can run."""


def to_onnx(
    estimator: Any, dataset: Dataset, name: str, dtype: type[np.float32] | type[np.float64]
) -> bytes:
    """Convert to one file without ZipMap, whose numbers are `dtype`; equal models, equal bytes."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import (
        DoubleTensorType,
        FloatTensorType,
        Int64TensorType,
        StringTensorType,
    )

    from training.target_transform import register as register_target

    number = DoubleTensorType if dtype is np.float64 else FloatTensorType
    inputs: list[tuple[str, Any]] = [("features", number([None, len(dataset.features)]))]
    if dataset.layout == "columns":
        inputs = [
            (f.name, (StringTensorType if f.is_text else number)([None, 1]))
            for f in dataset.features
        ]
    names = output_names(dataset.features, dataset.classes)
    outputs: list[tuple[str, Any]] = [(names[0], number([None, 1]))]
    if dataset.classes:
        label = StringTensorType if isinstance(dataset.classes[0], str) else Int64TensorType
        probabilities = FloatTensorType([None, len(dataset.classes)])
        outputs = [(names[0], label([None])), (names[1], probabilities)]
    estimator = _convertible(estimator)
    for register in (register_bins, register_functions, register_powers, register_target):
        register()
    register_text(dtype)
    register_dates()
    if booster_in(estimator) is not None:
        from training.boosting.onnx_form import register as register_boosters

        register_boosters()
    try:
        model = convert_sklearn(
            estimator,
            name=name,  # the default is random
            initial_types=inputs,
            final_types=outputs,
            target_opset=OPSETS,
            options={id(estimator): {"zipmap": False}} if dataset.classes else None,
            custom_conversion_functions=_conversions(dtype),
        )
    except Exception as error:  # converters raise whatever their libraries do
        raise ConversionError(" ".join(str(error).split())[:300]) from error
    if dataset.layout == "columns":
        _rename_inputs(model.graph, [f.name for f in dataset.features])
    # skl2onnx lists them in a set's order, which differs from process to process.
    opsets = sorted(model.opset_import, key=lambda opset: opset.domain)
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _convertible(estimator: Any) -> Any:
    """Return a model that answers the same, of steps that skl2onnx converts right."""
    from training.named_columns import by_position

    learner = learner_of(estimator)
    converts = _with_converter(by_position(learner))
    if learner is estimator:
        return converts
    wrapped = copy.copy(estimator)
    wrapped.regressor = converts
    return wrapped


def _conversions(dtype: type[np.float32] | type[np.float64]) -> dict[type, Any]:
    """Return our own converters: onnxruntime imputes float32 only."""
    from sklearn.impute import SimpleImputer

    return {SimpleImputer: _convert_imputer} if dtype is np.float64 else {}


def _convert_imputer(scope: Any, operator: Any, container: Any) -> None:
    """Write `where(isnan(x), statistic, x)` in float64; texts go skl2onnx's way."""
    from onnx import TensorProto
    from skl2onnx.operator_converters.imputer_op import convert_sklearn_imputer

    statistics = operator.raw_operator.statistics_
    if statistics.dtype == object:
        convert_sklearn_imputer(scope, operator, container)
        return
    (given,), (result,) = operator.inputs, operator.outputs
    fill, gap = (scope.get_unique_variable_name(name) for name in ("fill", "gap"))
    container.add_initializer(fill, TensorProto.DOUBLE, [1, len(statistics)], statistics.tolist())
    for kind, inputs, outputs, version in (
        ("IsNaN", [given.full_name], [gap], 13),
        ("Where", [gap, fill, given.full_name], [result.full_name], 16),
    ):
        name = scope.get_unique_operator_name(kind)
        container.add_node(kind, inputs, outputs, op_version=version, name=name)


def _with_converter(estimator: Any) -> Any:
    """Put an equal estimator in place of one whose converter is wrong.

    It rounds the thresholds of histogram gradient boosting to the nearest float32, and numbers that
    lie between go to the other side; rounded down, every float32 number keeps its side. skl2onnx
    also normalises linear discriminant analysis as one-vs-rest, scikit-learn computes sigmoid
    or softmax of the decision, as logistic regression with the same coefficients does.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.linear_model import LogisticRegression

    if hasattr(estimator, "steps"):
        replaced = copy.copy(estimator)
        name, final = estimator.steps[-1]
        replaced.steps = [*estimator.steps[:-1], (name, _with_converter(final))]
        return replaced
    if type(estimator).__name__.startswith("HistGradientBoosting"):
        rounded = copy.deepcopy(estimator)
        for tree in (tree for trees in rounded._predictors for tree in trees):  # noqa: SLF001
            tree.nodes["num_threshold"] = rounded_down(tree.nodes["num_threshold"])
        return rounded
    if type(estimator) is not LinearDiscriminantAnalysis:
        return estimator
    equal = LogisticRegression()
    for attribute in ("coef_", "intercept_", "classes_", "n_features_in_"):
        setattr(equal, attribute, getattr(estimator, attribute))
    return equal


def _rename_inputs(graph: Any, names: list[str]) -> None:
    """Call the inputs by the features' names, where skl2onnx wrote `_` for a space and the like.

    No name can clash: skl2onnx gives inputs their names first and never the same one twice.
    """
    renamed = {given.name: name for given, name in zip(graph.input, names, strict=True)}
    for given in graph.input:
        given.name = renamed[given.name]
    for node in graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
