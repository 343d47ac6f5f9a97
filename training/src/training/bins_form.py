"""Binned numbers as ONNX: compared in the precision of the graph, each bin a number 0 or 1."""

from typing import Any

import numpy as np

from training.function_form import dtype_of, write


def register() -> None:
    """Put this form in the place of skl2onnx's, which compares in float32 alone."""
    from skl2onnx.common._registration import register_converter

    register_converter("SklearnKBinsDiscretizer", _convert, overwrite=True)


def _convert(scope: Any, operator: Any, container: Any) -> None:
    """Write scikit-learn's rule: the bin of a number is how many inner edges it has reached."""
    from skl2onnx.algebra import onnx_ops as ops

    model, opset, dtype = operator.raw_operator, container.target_opset, dtype_of(operator)
    kind, parts = 11 if dtype is np.float64 else 1, []  # ONNX's numbers of double and float
    for column, edges in enumerate(model.bin_edges_):
        place: Any = np.array([column], np.int64)
        number = ops.OnnxGather(operator.inputs[0], place, axis=1, op_version=opset)
        inner: Any = edges[1:-1].astype(dtype)
        if model.encode == "ordinal":
            reached = ops.OnnxGreaterOrEqual(number, inner, op_version=opset)
            count = ops.OnnxCast(reached, to=kind, op_version=opset)
            axis: Any = np.array([1], np.int64)
            parts.append(ops.OnnxReduceSum(count, axis, keepdims=1, op_version=opset))
            continue
        low: Any = np.array([-np.inf, *inner], dtype)
        high: Any = np.array([*inner, np.inf], dtype)
        inside = ops.OnnxAnd(
            ops.OnnxGreaterOrEqual(number, low, op_version=opset),
            ops.OnnxLess(number, high, op_version=opset),
            op_version=opset,
        )
        parts.append(ops.OnnxCast(inside, to=kind, op_version=opset))
    write(ops.OnnxConcat(*parts, axis=1, op_version=opset), scope, operator, container)
