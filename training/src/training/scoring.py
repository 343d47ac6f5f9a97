"""Runs models: rows in the form scikit-learn sees, and the same rows through onnxruntime."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.feature import Feature


@dataclass(frozen=True)
class ClassScores:
    """Class indices `[rows]` and probabilities `[rows, classes]`."""

    labels: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32]


@dataclass(frozen=True)
class NumberScores:
    """Predicted numbers `[rows]`."""

    numbers: npt.NDArray[np.float32]


Scores = ClassScores | NumberScores


def as_input(features: list[Feature], rows: pd.DataFrame) -> Any:
    """Round numbers to float32, so that scikit-learn and ONNX see the same ones.

    All-number features become a matrix `[rows, features]`, else a frame.
    """
    names = [f.name for f in features]
    if all(f.type != "category" for f in features):
        return rows[names].to_numpy(np.float32)
    return rows[names].astype({f.name: np.float32 for f in features if f.type != "category"})


def as_feed(features: list[Feature], rows: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    """Name the inputs of the ONNX graph: one `features` matrix, or `[rows, 1]` per column."""
    data = as_input(features, rows)
    if isinstance(data, np.ndarray):
        return {"features": data}
    return {f.name: data[f.name].to_numpy().reshape(-1, 1) for f in features}


def output_names(features: list[Feature], classes: list[int | str]) -> list[str]:
    """Names of the graph's outputs; an input of the same name makes ours end in `_`."""
    taken = {f.name for f in features}
    bases = ["label", "probabilities"] if classes else ["value"]
    return [next(n for n in (base + "_" * i for i in count()) if n not in taken) for base in bases]


def run_onnx(
    model: bytes, features: list[Feature], rows: pd.DataFrame, classes: list[int | str]
) -> Scores:
    """Score rows with onnxruntime on one thread, which keeps sums in one order."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feed = as_feed(features, rows)
    if not classes:
        (values,) = session.run(None, feed)
        return NumberScores(np.asarray(values).reshape(-1))
    label, probabilities = session.run(None, feed)
    index = {value: position for position, value in enumerate(classes)}
    return ClassScores(
        np.array([index[value] for value in label.tolist()]), np.asarray(probabilities)
    )
