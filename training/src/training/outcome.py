"""How the training of a model ended, for people and for programs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from training.errors import PROMOTED, REJECTED
from training.gate import Verdict
from training.report import Report

if TYPE_CHECKING:
    from training.registry import Registered

OPTIONAL = ("cross_validation", "search", "calibration", "threshold", "interval")


@dataclass(frozen=True)
class Outcome:
    """How a model ended: the process exit code and what a program wants to know."""

    exit_code: int
    result: dict[str, Any]
    table: str = ""


def outcome_of(registered: "Registered", verdict: Verdict, report: Report, word: str) -> Outcome:
    """Return the outcome of a version with its verdict; `word` is that of one that passed."""
    training = registered.metadata["training"]
    return Outcome(
        PROMOTED if verdict.passed else REJECTED,
        {
            "version": registered.version,
            "outcome": word if verdict.passed else "rejected",
            "metrics": registered.metrics,
            "intervals": training.get("intervals", {}),
            "slices": training.get("slices", []),
            **{name: training[name] for name in OPTIONAL if name in training},
            "gate": [compared.as_dict() for compared in verdict.comparisons],
            "note": verdict.note,
            "example": registered.example,
            "seconds": report.seconds,
        },
        verdict.table(),
    )
