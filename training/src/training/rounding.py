"""Thresholds in float32, which ONNX compares in."""

from typing import Any

import numpy as np


def nearest(number: Any) -> Any:
    """Return the nearest float32 of each number, as float64.

    `x <= threshold` then has the same answer as before for every float64 number x that is rounded
    too, but for those beyond the threshold that round to it.
    """
    with np.errstate(over="ignore"):
        return np.asarray(number, dtype=np.float64).astype(np.float32).astype(np.float64)[()]


def rounded_down(number: Any) -> Any:
    """Return the largest float32 that is at most each number, as float64.

    `x <= threshold` then has the same answer as before for every float32 number x.
    """
    exact = np.asarray(number, dtype=np.float64)
    with np.errstate(over="ignore"):  # a threshold beyond float32 lets every number through
        nearest = exact.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest > exact, below, nearest).astype(np.float64)[()]
