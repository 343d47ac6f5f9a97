"""Proves that a model's ONNX form answers as scikit-learn does on numbers as they were read."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.boosting.library import library_of
from training.dataset import Dataset
from training.drawn import extreme_rows, far_rows, near_rows
from training.final import final_of, learner_of, model_in
from training.scoring import NumberScores, as_input, indices, run_onnx

TOLERANCE = 1e-5
TINY = 1e-30  # numbers that small count as zero, as they do in float32
EXTREME = "drawn rows with one number far beyond the training range"
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Parity:
    """Largest difference between ONNX and scikit-learn, over `rows` of the test and drawn ones."""

    rows: int
    drawn: int
    max_difference: float
    ties: int


class ParityError(Exception):
    """The two answer differently; says where, how many rows and by how much."""

    def __init__(
        self, library: str, where: str, rows: int, differs: int, difference: float
    ) -> None:
        """Describe what was found on one kind of rows."""
        self.where, self.difference = where, difference
        super().__init__(
            f"no parity between {library} and ONNX on {differs} of {rows} {where}: "
            f"largest difference {difference:.2g} (allowed {TOLERANCE:g})"
        )


def prove_parity(estimator: Any, model: bytes, train: Dataset, test: Dataset, seed: int) -> Parity:
    """Score test rows and drawn rows both ways; raises ParityError when the answers differ.

    Probabilities may differ by 1e-5, numbers by 1e-5 of the target's spread and of their distance
    from its mean. Labels must be equal, save where scikit-learn's own choice is a tie: two best
    classes that close, or neighbours equally near. On rows with one extreme number, where rounding
    decides in scikit-learn as well, ONNX must have a finite answer wherever scikit-learn has one.
    """
    kinds = {
        "test rows": test.rows,
        "drawn rows in and around the training range": near_rows(train, seed),
        "drawn rows beyond the training range": far_rows(train, seed),
        EXTREME: extreme_rows(train, seed),
    }
    own = library_of(type(model_in(estimator)).__module__)
    library = "scikit-learn" if own is None else own.name
    rows = pd.concat(kinds.values(), ignore_index=True)
    difference, tied = _differences(estimator, model, test, rows)
    end = 0
    for where, part in kinds.items():
        found, end = difference[end : end + len(part)], end + len(part)
        wrong = np.isnan(found) if where == EXTREME else ~(found <= TOLERANCE)
        if wrong.any():
            raise ParityError(library, where, len(part), int(wrong.sum()), float(found.max()))
    worst = float(difference[: -len(part)].max())
    return Parity(len(test.rows), len(rows) - len(test.rows), worst, int(tied.sum()))


def _differences(
    estimator: Any, model: bytes, test: Dataset, rows: pd.DataFrame
) -> tuple[npt.NDArray[np.float64], Mask]:
    """Return each row's difference (0 for a tie, NaN for an answer lost), and which are ties."""
    data = as_input(test.features, rows)
    onnx = run_onnx(model, test.features, rows, test.classes)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if isinstance(onnx, NumberScores):
            truth = np.asarray(estimator.predict(data), dtype=np.float64).reshape(-1, 1)
            scale = np.abs(truth - test.target.mean()) + np.std(test.target)
            answer = np.asarray(onnx.numbers, dtype=np.float64).reshape(-1, 1)
            difference = _distance(answer, truth) / np.maximum(scale, TINY)
            tied = wrong = np.zeros(len(rows), np.bool_)
        else:
            truth = np.asarray(estimator.predict_proba(data), dtype=np.float64)
            difference = _distance(np.asarray(onnx.probabilities, np.float64), truth)
            best = np.sort(truth, axis=1)
            close = best[:, -1] - best[:, -2] <= 2 * TOLERANCE
            labels = indices(estimator.predict(data), test.classes)
            tied = (labels != onnx.labels) & close
            wrong = (labels != onnx.labels) & ~close
        # An answer that scikit-learn does not have itself has nothing to be compared with.
        worst = np.where(np.isfinite(truth), difference, 0.0).max(axis=1)
        worst[wrong & (worst <= TOLERANCE)] = 1.0
        equal = _tied_neighbours(estimator, data) & (worst > TOLERANCE)
    worst[equal] = 0.0
    return worst, tied | equal


def _distance(
    answer: npt.NDArray[np.float64], truth: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    return np.where(np.isfinite(answer), np.abs(answer - truth), np.nan)


def _tied_neighbours(estimator: Any, data: Any) -> Mask:
    """Mark rows whose nearest neighbours are no one set: the next one is as near as the last."""
    final = final_of(estimator)
    if not hasattr(final, "kneighbors") or not hasattr(final, "n_neighbors"):
        return np.zeros(len(data), np.bool_)
    learner = learner_of(estimator)
    prepared = data if final is learner else learner[:-1].transform(data)
    count = final.n_neighbors
    if count >= final.n_samples_fit_:
        return np.zeros(len(data), np.bool_)
    distances, _ = final.kneighbors(prepared, n_neighbors=count + 1)
    last, following = distances[:, count - 1], distances[:, count]
    tied: Mask = following - last <= 1e-9 * np.maximum(following, 1e-300)
    return tied
