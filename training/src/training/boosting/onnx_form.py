"""Writes boosters as ONNX, inside skl2onnx's graph of the whole pipeline.

XGBoost and LightGBM go through onnxmltools, CatBoost through its own export.
"""

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from training.boosting.booster import BoostedClassifier, BoostedRegressor
from training.boosting.lightgbm_trees import as_onnxmltools_reads


def register() -> None:
    """Tell skl2onnx about boosters; once more does no harm."""
    from skl2onnx import update_registered_converter
    from skl2onnx.common import shape_calculator as shapes

    update_registered_converter(
        BoostedClassifier,
        "SlipwayBoostedClassifier",
        shapes.calculate_linear_classifier_output_shapes,
        _convert_classifier,
        options={"zipmap": [True, False], "nocl": [True, False]},
    )
    update_registered_converter(
        BoostedRegressor, "SlipwayBoostedRegressor", _number_shape, _convert_regressor
    )


def _number_shape(operator: Any) -> None:
    """Numbers come out as float32, whatever goes in."""
    from skl2onnx.common.data_types import FloatTensorType

    operator.outputs[0].type = FloatTensorType([None, 1])


def _convert_regressor(scope: Any, operator: Any, container: Any) -> None:
    _write_trees(scope, operator, [operator.outputs[0].full_name], container)


def _convert_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Turn the library's numbers of classes into ours, and its columns into our order."""
    from onnx import TensorProto

    booster = operator.raw_operator
    names = [scope.get_unique_variable_name(name) for name in ("number", "chances")]
    _write_trees(scope, operator, names, container)
    order, labels, row = (scope.get_unique_variable_name(n) for n in ("order", "labels", "row"))
    numbers = len(booster.order)
    container.add_initializer(order, TensorProto.INT64, [numbers], booster.order)
    ours = [booster.classes[index] for index in booster.order]
    kind = TensorProto.STRING if isinstance(ours[0], str) else TensorProto.INT64
    encoded = [value.encode() if isinstance(value, str) else value for value in ours]
    container.add_initializer(labels, kind, [numbers], encoded)
    container.add_node(
        "Gather",
        [labels, names[0]],
        row,
        name=scope.get_unique_operator_name("Classes"),
        op_version=13,
    )
    shape = scope.get_unique_variable_name("shape")
    container.add_initializer(shape, TensorProto.INT64, [1], [-1])
    container.add_node(
        "Reshape",
        [row, shape],
        operator.outputs[0].full_name,
        name=scope.get_unique_operator_name("Label"),
        op_version=14,
    )
    container.add_node(
        "Gather",
        [names[1], order],
        operator.outputs[1].full_name,
        name=scope.get_unique_operator_name("Order"),
        op_version=13,
        axis=1,
    )


def _write_trees(scope: Any, operator: Any, outputs: list[str], container: Any) -> None:
    """Write the library's model alone: numbers, or the number of the class and probabilities."""
    booster = operator.raw_operator
    stand_in = SimpleNamespace(
        raw_operator=booster.model,
        inputs=operator.inputs,
        input_full_names=operator.input_full_names,
        outputs=[SimpleNamespace(full_name=name) for name in outputs],
        output_full_names=outputs,
        full_name=operator.full_name,
    )
    if booster.library.name == "xgboost":
        from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost

        convert_xgboost(scope, stand_in, container)
    elif booster.library.name == "lightgbm":
        from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm

        stand_in.raw_operator = as_onnxmltools_reads(booster.model, booster.rounded)
        convert_lightgbm(scope, stand_in, container)
    else:
        _write_catboost(scope, stand_in, container)


def _write_catboost(scope: Any, operator: Any, container: Any) -> None:
    """Take the trees out of CatBoost's own export, which leaves the exponential out."""
    import onnx

    model = operator.raw_operator
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.save_model(str(path), format="onnx")
        trees = onnx.load(path).graph.node[0]
    values = {one.name: onnx.helper.get_attribute_value(one) for one in trees.attribute}
    loss = str(model.get_all_params().get("loss_function", ""))
    outputs = operator.output_full_names
    if names := values.pop("classlabels_strings", values.get("classlabels_int64s")):
        values["classlabels_int64s"] = range(len(names))  # as for the other libraries
    if (trees.op_type == "TreeEnsembleRegressor") != (len(outputs) == 1):
        raise ValueError(f"'loss_function: {loss}' answers several numbers a row")
    exponent = loss.startswith(("Poisson", "Tweedie"))
    margins = [scope.get_unique_variable_name("margin")] if exponent else outputs
    container.add_node(
        trees.op_type,
        operator.input_full_names,
        margins,
        op_domain="ai.onnx.ml",
        name=scope.get_unique_operator_name(trees.op_type),
        **values,
    )
    if exponent:
        name = scope.get_unique_operator_name("Exp")
        container.add_node("Exp", margins, outputs, name=name, op_version=13)
