"""Trains on a function of a regression's target; answers come back in the target's own unit."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, StandardScaler

Numbers = npt.NDArray[np.float64]


def _squared(numbers: Numbers) -> Numbers:
    """Undo a square root; an answer below 0, which no root is, counts as 0."""
    return np.square(np.maximum(numbers, 0))


_FUNCTIONS: dict[str, tuple[Any, Any]] = {
    "log": (np.log, np.exp),
    "log1p": (np.log1p, np.expm1),
    "sqrt": (np.sqrt, _squared),
}


class TransformedTarget(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A regressor that was fitted on transformed numbers, as one that answers the numbers.

    It is scikit-learn's TransformedTargetRegressor around a regressor that is fitted already, as
    early stopping needs it.
    """

    def __init__(self, regressor: Any, transformer: Any, transform: str) -> None:
        """Take both fitted, and the name of the transformation."""
        self.regressor, self.transformer, self.transform = regressor, transformer, transform

    def predict(self, X: Any) -> Numbers:  # noqa: N803 - scikit-learn's name
        """Return numbers `[rows]` in the target's unit."""
        found = np.asarray(self.regressor.predict(X), dtype=np.float64).reshape(-1, 1)
        with np.errstate(over="ignore"):
            answers: Numbers = self.transformer.inverse_transform(found).reshape(-1)
        return answers


def fitted_transformer(transform: str, target: Numbers) -> Any:
    """Return scikit-learn's transformer for numbers `[rows]`, which standardises them at last.

    A forest's sum in float32 keeps 7 digits: around 0 these are those that matter. The power of Yeo
    and Johnson is the most likely one between 0 and 2: beyond, some answers of a regressor would be
    of no number at all.
    """
    column = target.reshape(-1, 1)
    if transform in _FUNCTIONS:
        function, inverse = _FUNCTIONS[transform]
        first = FunctionTransformer(function, inverse, check_inverse=False).fit(column)
    else:
        first = PowerTransformer(standardize=False).fit(column)
        first.lambdas_ = np.clip(first.lambdas_, 0.0, 2.0)
    return make_pipeline(first, StandardScaler().fit(first.transform(column)))


def transformed(transformer: Any, target: Numbers) -> Numbers:
    """Return the numbers `[rows]` to learn."""
    found: Numbers = transformer.transform(target.reshape(-1, 1)).reshape(-1)
    return found


def register() -> None:
    """Tell skl2onnx how the answer is brought back; once more does no harm."""
    from skl2onnx import update_registered_converter

    update_registered_converter(
        TransformedTarget, "SlipwayTransformedTarget", _shape, _convert, parser=_parse
    )


def _parse(scope: Any, model: TransformedTarget, inputs: Any, custom_parsers: Any = None) -> Any:
    """Put the regressor first, and what undoes the transformation behind it."""
    from skl2onnx._parse import _parse_sklearn

    (learned,) = _parse_sklearn(scope, model.regressor, inputs, custom_parsers=custom_parsers)
    undone = scope.declare_local_operator("SlipwayTransformedTarget", model)
    undone.inputs = [learned]
    undone.outputs.append(scope.declare_local_variable("variable", learned.type))
    return undone.outputs


def _shape(operator: Any) -> None:
    operator.outputs[0].type = type(operator.inputs[0].type)([None, 1])


def _convert(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.algebra.onnx_ops import OnnxAdd, OnnxMax, OnnxMul

    from training.function_form import apply, dtype_of, write
    from training.power_form import inverse

    model, opset, dtype = operator.raw_operator, container.target_opset, dtype_of(operator)
    first, scaler = model.transformer
    scale, mean = scaler.scale_.astype(dtype), scaler.mean_.astype(dtype)
    given = OnnxMul(operator.inputs[0], scale, op_version=opset)
    given = OnnxAdd(given, mean, op_version=opset)
    if model.transform == "yeo-johnson":
        power = float(first.lambdas_[0])
        write(inverse(given, power, dtype, opset), scope, operator, container)
        return
    if model.transform == "sqrt":
        given = OnnxMax(given, np.array([0], dtype), op_version=opset)
    undo = {"log": "exp", "log1p": "expm1", "sqrt": "square"}[model.transform]
    write(apply(undo, given, dtype, opset), scope, operator, container)
