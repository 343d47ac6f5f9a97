"""Runs models: rows in the form scikit-learn sees, and the same rows through onnxruntime."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.feature import Feature

# As in serving: a run holds as many words for each row as its longest text has.
TEXT_ROWS = 256


@dataclass(frozen=True)
class ClassScores:
    """Class indices `[rows]` and probabilities `[rows, classes]`."""

    labels: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32]


@dataclass(frozen=True)
class NumberScores:
    """Predicted numbers `[rows]`."""

    numbers: npt.NDArray[np.floating]


Scores = ClassScores | NumberScores


def take(scores: Scores, index: npt.NDArray[np.int64]) -> Scores:
    """Keep the rows at these positions."""
    if isinstance(scores, NumberScores):
        return NumberScores(scores.numbers[index])
    return ClassScores(scores.labels[index], scores.probabilities[index])


def as_input(
    features: list[Feature],
    rows: pd.DataFrame,
    dtype: type[np.float32] | type[np.float64] = np.float64,
) -> Any:
    """Give numbers their type: float64, as they were read, for scikit-learn.

    All-number features become a matrix `[rows, features]`, else a frame.
    """
    names = [f.name for f in features]
    if not any(f.by_name for f in features):
        return rows[names].to_numpy(dtype)
    return rows[names].astype({f.name: dtype for f in features if not f.is_text})


def as_feed(
    features: list[Feature], rows: pd.DataFrame, dtype: type[np.float32] | type[np.float64]
) -> dict[str, npt.NDArray[Any]]:
    """Name the inputs of the ONNX graph: one `features` matrix, or `[rows, 1]` per column."""
    with np.errstate(over="ignore"):
        if not any(f.by_name for f in features):
            return {"features": as_input(features, rows, dtype)}
        # Column by column: a frame's own `astype` takes ten times as long.
        types = {f.name: None if f.is_text else dtype for f in features}
        return {name: rows[name].to_numpy(of).reshape(-1, 1) for name, of in types.items()}


def output_names(features: list[Feature], classes: list[int | str]) -> list[str]:
    """Names of the graph's outputs; an input of the same name makes ours end in `_`."""
    taken = {f.name for f in features}
    bases = ["label", "probabilities"] if classes else ["value"]
    return [next(n for n in (base + "_" * i for i in count()) if n not in taken) for base in bases]


def indices(values: Any, classes: list[int | str]) -> npt.NDArray[np.int64]:
    """Position of each answered class among all."""
    places = {value: position for position, value in enumerate(classes)}
    return np.array([places[value] for value in np.ravel(values).tolist()])


def run_onnx(
    model: bytes, features: list[Feature], rows: pd.DataFrame, classes: list[int | str]
) -> Scores:
    """Score rows once."""
    return loaded(model, features, classes)(rows)


def loaded(
    model: bytes, features: list[Feature], classes: list[int | str]
) -> Callable[[pd.DataFrame], Scores]:
    """Load a graph; returns what scores rows, on one thread, which keeps sums in one order.

    Numbers are rounded to the type of the graph's inputs.
    """
    session = _session(model)
    dtype = np.float64 if _is_wide(session) else np.float32

    def score(rows: pd.DataFrame) -> Scores:
        size = TEXT_ROWS if any(f.type == "text" for f in features) else max(1, len(rows))
        parts = [
            session.run(None, as_feed(features, rows.iloc[start : start + size], dtype))
            for start in range(0, max(1, len(rows)), size)
        ]
        found = [np.concatenate(part) for part in zip(*parts, strict=True)]
        if not classes:
            return NumberScores(found[0].reshape(-1))
        return ClassScores(indices(found[0], classes), found[1])

    return score


def number_type(model: bytes) -> Literal["float32", "float64"]:
    """Type of the numbers that a graph takes."""
    return "float64" if _is_wide(_session(model)) else "float32"


def _session(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what fails is raised, and told in our own words
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _is_wide(session: Any) -> bool:
    return any(given.type == "tensor(double)" for given in session.get_inputs())
