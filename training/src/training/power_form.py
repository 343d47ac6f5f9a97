"""The power transformations of Yeo and Johnson and of Box and Cox as ONNX, in either precision.

Yeo and Johnson, "A new family of power transformations to improve normality or symmetry", 2000.
skl2onnx's own form divides each number by itself, and has no float64.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from training.function_form import dtype_of, write

Lambdas = npt.NDArray[np.float64]
ZERO = float(np.spacing(1.0))  # closer to 0 or 2 than this, scikit-learn takes the logarithm


def register() -> None:
    """Put this form in the place of skl2onnx's."""
    from skl2onnx.common._registration import register_converter

    register_converter("SklearnPowerTransformer", _convert, overwrite=True)


def inverse(given: Any, power: float, dtype: Any, opset: int) -> Any:
    """Return the inverse of Yeo and Johnson's transformation of a graph's numbers."""
    from skl2onnx.algebra.onnx_ops import OnnxAdd, OnnxNeg

    above, below = _parts(given, dtype, opset)
    return OnnxAdd(
        _undone(above, power, dtype, opset),
        OnnxNeg(_undone(below, 2 - power, dtype, opset), op_version=opset),
        op_version=opset,
    )


def _convert(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.algebra.onnx_ops import OnnxAdd, OnnxDiv, OnnxIsNaN, OnnxNeg, OnnxSub, OnnxWhere

    model, opset, dtype = operator.raw_operator, container.target_opset, dtype_of(operator)
    given: Any = operator.inputs[0]
    one: Any = np.array([1], dtype)
    if model.method == "box-cox":
        result = _powered(given, model.lambdas_, dtype, opset)
    else:
        above, below = (
            OnnxAdd(part, one, op_version=opset) for part in _parts(given, dtype, opset)
        )
        result = OnnxAdd(
            _powered(above, model.lambdas_, dtype, opset),
            OnnxNeg(_powered(below, 2 - model.lambdas_, dtype, opset), op_version=opset),
            op_version=opset,
        )
    if model.standardize:
        mean, scale = (getattr(model._scaler, n).astype(dtype) for n in ("mean_", "scale_"))  # noqa: SLF001
        result = OnnxDiv(OnnxSub(result, mean, op_version=opset), scale, op_version=opset)
    gap = OnnxIsNaN(given, op_version=opset)
    write(OnnxWhere(gap, given, result, op_version=opset), scope, operator, container)


def _parts(given: Any, dtype: Any, opset: int) -> tuple[Any, Any]:
    """Return by how much each number is above zero, and by how much below; one of them is 0."""
    from skl2onnx.algebra.onnx_ops import OnnxMax, OnnxNeg

    zero = np.array([0], dtype)
    negated = OnnxNeg(given, op_version=opset)
    return OnnxMax(given, zero, op_version=opset), OnnxMax(negated, zero, op_version=opset)


def _powered(base: Any, powers: Lambdas, dtype: Any, opset: int) -> Any:
    """Return `(base ** power - 1) / power`, and its limit, the logarithm, for a power of 0."""
    from skl2onnx.algebra.onnx_ops import OnnxDiv, OnnxLog, OnnxPow, OnnxSub, OnnxWhere

    zero = np.abs(powers) < ZERO
    by = np.where(zero, 1.0, powers).astype(dtype)
    power = OnnxSub(OnnxPow(base, by, op_version=opset), np.array([1], dtype), op_version=opset)
    power = OnnxDiv(power, by, op_version=opset)
    if not zero.any():
        return power
    return OnnxWhere(zero, OnnxLog(base, op_version=opset), power, op_version=opset)


def _undone(part: Any, power: float, dtype: Any, opset: int) -> Any:
    """Return `(part * power + 1) ** (1 / power) - 1`, and `exp(part) - 1` for a power of 0."""
    from skl2onnx.algebra.onnx_ops import OnnxAdd, OnnxExp, OnnxMul, OnnxPow, OnnxSub

    one = np.array([1], dtype)
    if abs(power) < ZERO:
        raised = OnnxExp(part, op_version=opset)
    else:
        scaled = OnnxMul(part, np.array([power], dtype), op_version=opset)
        base = OnnxAdd(scaled, one, op_version=opset)
        raised = OnnxPow(base, np.array([1 / power], dtype), op_version=opset)
    return OnnxSub(raised, one, op_version=opset)
