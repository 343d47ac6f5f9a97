"""What to do about an estimator whose ONNX form answers otherwise."""

from typing import Any

import numpy as np

from training.boosting.library import library_of
from training.dataset import Dataset
from training.estimator import alternative
from training.parity import ParityError

RANGE_HINT = (
    "state 'features' with a 'range' for each number, so that serving refuses what lies so far "
    "outside"
)
FAR_FROM_ZERO = 100.0  # float32 keeps 7 digits, parity asks for 5 of the spread


def parity_hint(final: Any, error: ParityError, train: Dataset) -> str:
    """Name the cause where it is known, the remedy always."""
    kind, parameters = type(final), final.get_params(deep=False)
    other = f"use another class, such as {alternative(kind)}"
    if parameters.get("weights") == "distance":
        return (
            "ONNX weighs neighbours at distance 0 otherwise than scikit-learn; "
            f"set 'estimator.parameters.weights: uniform' or {other}"
        )
    if kind.__name__.startswith("HistGradientBoosting") and parameters.get("loss") in (
        "poisson",
        "gamma",
    ):
        return (
            f"the ONNX form leaves out the exponential of 'loss: {parameters['loss']}'; set 'loss: "
            "squared_error' in 'estimator.parameters' or use sklearn.linear_model.PoissonRegressor"
        )
    if not train.classes:
        with np.errstate(over="ignore"):
            middle, spread = np.abs(train.target).max(), np.std(train.target)
        if middle > np.finfo(np.float32).max:
            return f"the target's numbers, up to {middle:g}, do not fit float32; divide them"
        if middle > FAR_FROM_ZERO * spread:
            return (
                f"the target's numbers, up to {middle:.10g}, are too far from zero for their "
                f"spread, {spread:.3g}; subtract a constant from them, or {other}"
            )
    if "beyond" in error.where:
        return f"{RANGE_HINT}, or {other}"
    return (
        other if library_of(kind.__module__) else f"set 'preprocess: {{scale: true}}', or {other}"
    )
