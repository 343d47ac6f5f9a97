"""numpy's functions of one number that a graph computes, and steps of scikit-learn made of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

# In ONNX: operators in order, each with the constant that is its second input. A graph has no
# log1p of its own: 1 + x is rounded first, which moves the answer by 6e-8 in float32.
_OPERATORS: dict[str, tuple[tuple[str, float | None], ...]] = {
    "log1p": (("Add", 1.0), ("Log", None)),
    "log": (("Log", None),),
    "log10": (("Log", None), ("Div", float(np.log(10)))),
    "log2": (("Log", None), ("Div", float(np.log(2)))),
    "sqrt": (("Sqrt", None),),
    "expm1": (("Exp", None), ("Sub", 1.0)),
    "exp": (("Exp", None),),
    "square": (("Pow", 2.0),),
    "abs": (("Abs", None),),
}
FUNCTIONS: dict[str, Callable[[Any], Any]] = {name: getattr(np, name) for name in _OPERATORS}


def apply(name: str, given: Any, dtype: Any, opset: int) -> Any:
    """Return the function of a graph's value, in skl2onnx's algebra."""
    from skl2onnx.algebra import onnx_ops

    for operator, constant in _OPERATORS[name]:
        inputs = [given] if constant is None else [given, np.array([constant], dtype)]
        given = getattr(onnx_ops, f"Onnx{operator}")(*inputs, op_version=opset)
    return given


def write(value: Any, scope: Any, operator: Any, container: Any) -> None:
    """Let a value of the algebra be an operator's result."""
    from skl2onnx.algebra.onnx_ops import OnnxIdentity

    names = [operator.outputs[0].full_name]
    result = OnnxIdentity(value, op_version=container.target_opset, output_names=names)
    result.add_to(scope, container)


def dtype_of(operator: Any) -> type:
    """Return the type of numbers that an operator gets."""
    from skl2onnx.common.data_types import DoubleTensorType

    return np.float64 if isinstance(operator.inputs[0].type, DoubleTensorType) else np.float32


def register() -> None:
    """Let skl2onnx write a FunctionTransformer of these functions; it has the identity alone."""
    from skl2onnx.common._registration import register_converter, register_shape_calculator

    register_converter("SklearnFunctionTransformer", _convert, overwrite=True)
    register_shape_calculator("SklearnFunctionTransformer", _shape, overwrite=True)


def _convert(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.algebra.onnx_ops import OnnxConcat
    from skl2onnx.operator_converters import function_transformer

    function, opset = operator.raw_operator.func, container.target_opset
    if function is None:
        function_transformer.convert_sklearn_function_transformer(scope, operator, container)
        return
    name = next((name for name, known in FUNCTIONS.items() if known is function), None)
    if name is None:
        called = getattr(function, "__name__", repr(function))
        known = ", ".join(f"numpy.{one}" for one in FUNCTIONS)
        raise NotImplementedError(f"FunctionTransformer({called}) has no ONNX form; {known} have")
    given = operator.inputs[0]
    if len(operator.inputs) > 1:
        given = OnnxConcat(*operator.inputs, axis=1, op_version=opset)
    write(apply(name, given, dtype_of(operator), opset), scope, operator, container)


def _shape(operator: Any) -> None:
    """As many columns as go in, of their type."""
    widths = [given.type.shape[1] for given in operator.inputs]
    width = None if None in widths else sum(widths)
    kind = type(operator.inputs[0].type)
    operator.outputs[0].type = kind([operator.inputs[0].get_first_dimension(), width])
