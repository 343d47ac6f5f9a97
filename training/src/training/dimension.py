"""What one parameter of a search may be: a list of values, or a range of numbers."""

import math
import re
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from training.feature import Model

# YAML 1.1 reads 1e-4 as text, and only 1.0e-4 as a number.
_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


def _number_of_text(value: object) -> object:
    return float(value) if isinstance(value, str) and _EXPONENT.fullmatch(value) else value


# Strict: a union would else turn 1.0 into 1, and whole bounds mean whole numbers.
Whole = Annotated[int, Field(strict=True)]
Fraction = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Number = Annotated[Whole | Fraction, BeforeValidator(_number_of_text)]
Value = Annotated[Any, BeforeValidator(_number_of_text)]


class Dimension(Model):
    """What one parameter may be: a list of values, or a range of numbers."""

    values: list[Value] | None = Field(
        None, min_length=1, description="Any of these; a plain list means them."
    )
    low: Number | None = Field(
        None,
        description="Least value. With whole bounds the range is of whole numbers: write 1.0 for "
        "fractions.",
    )
    high: Number | None = Field(None, description="Greatest value, itself included.")
    log: bool = Field(
        False, description="Draw by order of magnitude: as many from 0.01 to 0.1 as from 0.1 to 1."
    )
    step: Number | None = Field(
        None, description="Between two values; default: 1 for whole numbers, none for fractions."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        return {"values": value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if self.values is not None:
            if self.low is not None or self.high is not None or self.step is not None or self.log:
                raise ValueError("has 'values' and a range; write one of them")
            return self
        if self.low is None or self.high is None:
            raise ValueError("write a list of values, or both 'low' and 'high'")
        if self.low >= self.high:
            raise ValueError(f"'low' ({self.low}) must be less than 'high' ({self.high})")
        if self.log and self.step is not None:
            raise ValueError(f"'log' has no 'step' ({self.step}); leave one of them out")
        if self.log and self.low <= 0:
            raise ValueError(f"'log' needs a 'low' above 0, not {self.low}")
        if self.step is not None:
            self._check_step(Decimal(str(self.low)), Decimal(str(self.high)))
        return self

    def _check_step(self, low: Decimal, high: Decimal) -> None:
        step = Decimal(str(self.step))
        if step <= 0:
            raise ValueError(f"'step' ({step}) must be above 0")
        if rest := (high - low) % step:
            raise ValueError(
                f"'high' ({high}) is no multiple of 'step' ({step}) from 'low' ({low}); write "
                f"'high: {high - rest}'"
            )

    @property
    def whole(self) -> bool:
        """Whether it is a range of whole numbers."""
        return all(isinstance(n, int) for n in (self.low, self.high, self.step or 0))

    @property
    def choices(self) -> list[Any] | range | None:
        """All values in order, where they can be counted; None for other fractions and for log."""
        if self.values is not None:
            return self.values
        if self.log or (self.step is None and not self.whole):
            return None
        low, high = Decimal(str(self.low)), Decimal(str(self.high))
        step = Decimal(str(self.step or 1))
        if self.whole:
            return range(int(low), int(high) + 1, int(step))
        return [float(low + i * step) for i in range(int((high - low) / step) + 1)]

    def drawn(self, place: float) -> Any:
        """Return the value at `place`, in [0, 1)."""
        if self.choices is not None:
            return self.choices[int(place * len(self.choices))]
        low, high = float(self.low or 0), float(self.high or 0)
        if not self.log:
            return low + place * (high - low)
        if not self.whole:
            return min(high, math.exp(math.log(low) + place * math.log(high / low)))
        # Each whole number has its stretch, as with optuna.
        low, high = low - 0.5, high + 0.5
        return math.floor(math.exp(math.log(low) + place * math.log(high / low)) + 0.5)
