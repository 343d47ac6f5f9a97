"""Tiny graphs whose answers are known by heart: graphs.py FOLDER. Writes one ONNX file each.

text: answers with the category that it was given, so that a test sees what reached it.
logistic: two integer classes 1 and 2 by exp(x) / (exp(x) + 1), which is no number where exp(x) overflows.
exponential: a regression, exp(x), which is infinite from x = 89 on.
double: a regression that adds up its inputs in float64.
"""

import sys
from pathlib import Path

from onnx import TensorProto, checker, helper
from onnx.onnx_ml_pb2 import NodeProto

FLOAT, DOUBLE, INT64, STRING = (
    TensorProto.FLOAT,
    TensorProto.DOUBLE,
    TensorProto.INT64,
    TensorProto.STRING,
)
folder, *categories = sys.argv[1:]
Tensors = dict[str, tuple[int, list[int | None]]]


def write(name: str, inputs: Tensors, outputs: Tensors, nodes: list[NodeProto]) -> None:
    """Write a graph; None in a shape is the number of rows."""
    values = [
        [helper.make_tensor_value_info(one, kind, shape) for one, (kind, shape) in ends.items()]
        for ends in (inputs, outputs)
    ]
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(
        helper.make_graph(nodes, name, *values), opset_imports=opsets, ir_version=8
    )
    checker.check_model(model)
    (Path(folder) / f"{name}.onnx").write_bytes(model.SerializeToString())


def constant(name: str, kind: int, shape: list[int], values: list[float]) -> NodeProto:
    """Make a node that gives fixed values."""
    return helper.make_node(
        "Constant", [], [name], value=helper.make_tensor(name, kind, shape, values)
    )


write(
    "text",
    {"code": (STRING, [None, 1])},
    {"label": (STRING, [None]), "probabilities": (FLOAT, [None, len(categories)])},
    [
        constant("flat", INT64, [1], [-1]),
        helper.make_node("Reshape", ["code", "flat"], ["label"]),
        helper.make_node(
            "LabelEncoder",
            ["label"],
            ["index"],
            domain="ai.onnx.ml",
            keys_strings=categories,
            values_int64s=range(len(categories)),
        ),
        constant("depth", INT64, [1], [len(categories)]),
        constant("levels", FLOAT, [2], [0.0, 1.0]),
        helper.make_node("OneHot", ["index", "depth", "levels"], ["probabilities"]),
    ],
)
write(
    "logistic",
    {"features": (FLOAT, [None, 1])},
    {"label": (INT64, [None]), "probabilities": (FLOAT, [None, 2])},
    [
        constant("one", FLOAT, [1], [1.0]),
        constant("half", FLOAT, [1], [0.5]),
        constant("first", INT64, [1], [1]),
        constant("flat", INT64, [1], [-1]),
        helper.make_node("Exp", ["features"], ["exp"]),
        helper.make_node("Add", ["exp", "one"], ["whole"]),
        helper.make_node("Div", ["exp", "whole"], ["second"]),
        helper.make_node("Sub", ["one", "second"], ["rest"]),
        helper.make_node("Concat", ["rest", "second"], ["probabilities"], axis=1),
        helper.make_node("Greater", ["second", "half"], ["likely"]),
        helper.make_node("Cast", ["likely"], ["index"], to=INT64),
        helper.make_node("Add", ["index", "first"], ["column"]),
        helper.make_node("Reshape", ["column", "flat"], ["label"]),
    ],
)
write(
    "exponential",
    {"features": (FLOAT, [None, 1])},
    {"value": (FLOAT, [None, 1])},
    [helper.make_node("Exp", ["features"], ["value"])],
)
write(
    "double",
    {"features": (DOUBLE, [None, 2])},
    {"value": (DOUBLE, [None, 1])},
    [
        constant("axis", INT64, [1], [1]),
        helper.make_node("ReduceSum", ["features", "axis"], ["value"], keepdims=1),
    ],
)
