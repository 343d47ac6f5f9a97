"""One trial of a search, and where finished ones outlive their process."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from training.cross_validation import Validated
from training.proposals import Parameters

OWN = "the YAML's own parameters"


@dataclass(frozen=True)
class Trial:
    """One combination of parameters; number 0 has none, and is the YAML as it stands.

    `validated` is what it scored, or the problem where it cannot be fitted.
    """

    number: int
    parameters: Parameters
    seconds: float
    validated: Validated | str

    @property
    def name(self) -> str:
        """The parameters for people."""
        values = ", ".join(f"{name} {_short(value)}" for name, value in self.parameters.items())
        return values or OWN


class Trials(Protocol):
    """Where finished trials outlive a process that is killed."""

    def kept(self) -> list[Trial]:
        """Return those of earlier processes with the same code, YAML and data."""

    def keep(self, trial: Trial) -> None:
        """Keep one more, or say that it failed."""


def text_of(parameters: Parameters) -> str:
    """Return equal texts for equal parameters."""
    return json.dumps(parameters, sort_keys=True)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
