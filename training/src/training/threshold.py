"""Chooses the P(positive) from which on the positive class is answered."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.dataset import Dataset
from training.decision_choice import Threshold
from training.errors import InvalidInputError
from training.scoring import ClassScores, Scores, output_names
from training.settings import Settings

Numbers = npt.NDArray[np.floating]
MOST_DIGITS = 9  # tell any two float32 numbers apart


@dataclass(frozen=True)
class Cuts:
    """Each place between two different probabilities of the rows, the highest first.

    `above` and `below` are the probabilities beside it, the others count the rows `[cuts]` that
    are answered so when it is the threshold.
    """

    above: Numbers
    below: Numbers
    true_positives: Numbers
    false_positives: Numbers
    false_negatives: Numbers

    @classmethod
    def of(cls, positive: npt.NDArray[np.bool_], chances: Numbers) -> "Cuts":
        """Count what `positive` rows with these `chances`, both `[rows]`, are answered."""
        from sklearn.metrics import confusion_matrix_at_thresholds

        _, fps, fns, tps, values = confusion_matrix_at_thresholds(positive, chances)
        return cls(values[:-1], values[1:], tps[:-1], fps[:-1], fns[:-1])

    @property
    def precision(self) -> Numbers:
        """Of the rows that are answered with the positive class, the share that has it."""
        return self.true_positives / (self.true_positives + self.false_positives)

    @property
    def recall(self) -> Numbers:
        """Of the rows of the positive class, the share that is found."""
        return self.true_positives / (self.true_positives + self.false_negatives)


def threshold_of(settings: Settings, rows: Dataset | None, scores: Scores | None) -> dict[str, Any]:
    """Return `value` and how it was found, by the YAML's number or by its rule on these rows.

    `scores` are the model's answers for `rows`, to which it was not fitted; a number needs none.
    Raises InvalidInputError where no threshold fulfils the rule.
    """
    stated = settings.threshold
    if stated is None:
        return {}
    if stated.rule is None or rows is None or not isinstance(scores, ClassScores):
        return {"value": stated.value}
    chances = scores.probabilities[:, rows.positive]
    cuts = Cuts.of(rows.target == rows.positive, chances)
    found, problem = _best(stated, cuts, len(rows.rows))
    if problem:
        raise InvalidInputError(settings.name, [f"threshold: {problem}"])
    return {
        "value": short(float(cuts.below[found]), float(cuts.above[found])),
        "rule": {"name": stated.rule, **stated.parameters},
        "rows": len(rows.rows),
        "precision": float(cuts.precision[found]),
        "recall": float(cuts.recall[found]),
    }


def _best(stated: Threshold, cuts: Cuts, rows: int) -> tuple[int, str]:
    """Return the position of the best cut, or the problem where none is."""
    told = stated.parameters
    if not len(cuts.above):
        return 0, (
            f"the model has one probability for all of the {rows} calibration rows, so that no "
            "threshold parts them; use other features or another estimator"
        )
    if stated.rule == "recall_at_precision":
        enough = cuts.precision >= told["precision"]
        best = int(np.lexsort((cuts.recall, cuts.precision))[-1])
        problem = (
            f"no threshold reaches precision {told['precision']:g} on the {rows} calibration rows; "
            f"the best is {cuts.precision[best]:.4f} (recall {cuts.recall[best]:.4f}): ask for "
            "less, or train a better model"
        )
        score = np.where(enough, cuts.recall, -1.0)
        return int(np.argmax(score)), "" if enough.any() else problem
    positives = cuts.true_positives[0] + cuts.false_negatives[0]
    if stated.rule == "cost":
        each = told["false_positive"], told["false_negative"]
        score = -(each[0] * cuts.false_positives + each[1] * cuts.false_negatives) / rows
        always = {
            "every row": -each[0] * (rows - positives) / rows,
            "no row": -each[1] * positives / rows,
        }
        what = "mean cost"
    else:
        square = told["beta"] ** 2
        found = (1 + square) * cuts.true_positives
        score = found / (found + square * cuts.false_negatives + cuts.false_positives)
        always = {"every row": (1 + square) * positives / (square * positives + rows)}
        what = f"F score of beta {told['beta']:g}"
    best = int(np.argmax(score))
    for answer, reached in always.items():
        if reached > score[best]:
            return 0, (
                f"on the {rows} calibration rows it is best to answer {answer} with the "
                f"positive class ({what} {abs(reached):.4g}, with the best threshold "
                f"{abs(score[best]):.4g}): weigh the two kinds of error otherwise, train a better "
                "model, or state a number"
            )
    return best, ""


def short(low: float, high: float) -> float:
    """Return the number of fewest digits near the middle that tells two float32 numbers apart.

    A probability that another processor rounds otherwise then stays on its side.
    """
    for digits in range(2, MOST_DIGITS + 1):
        value = round((low + high) / 2, digits)
        if low < float(np.float32(value)) < high and low < value < high:
            return value
    return high


def at_threshold(scores: ClassScores, positive: int, value: float) -> ClassScores:
    """Answer the positive class from this P(positive) on, and the other below."""
    reached = scores.probabilities[:, positive] >= np.float32(value)
    return ClassScores(np.where(reached, positive, 1 - positive), scores.probabilities)


def with_threshold(model: bytes, dataset: Dataset, value: float) -> bytes:
    """Return the ONNX model with the label that `at_threshold` gives; its probabilities stay.

    Whoever runs it gets that label: a server of any version, by any protocol
    (docs/adr/0040-decisions-are-in-the-graph.md).
    """
    from onnx import TensorProto

    from training.graph_tail import GraphTail

    positive = dataset.positive or 0
    label, probabilities = output_names(dataset.features, dataset.classes)
    tail = GraphTail(model)
    tail.freed(label)
    chance = tail.add("Gather", probabilities, tail.constant(np.int64(positive)), axis=1)
    before = np.nextafter(np.float32(value), np.float32(0))
    reached = tail.add("Greater", chance, tail.constant(before))
    answers = tail.classes([dataset.classes[1 - positive], dataset.classes[positive]])
    index = tail.add("Cast", reached, to=TensorProto.INT64)
    tail.add("Gather", answers, index, result=label)
    return tail.to_bytes()
