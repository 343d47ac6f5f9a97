"""The YAML's `slices` and `gate.slices`: parts of the test split that are looked at one by one."""

from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from training.feature import Model

Bound = Annotated[float, Field(allow_inf_nan=False)]


class Slice(Model):
    """A column whose values part the test rows; a plain text means only its name."""

    column: str = Field(
        min_length=1,
        description="Column (after renaming) of categories or of true and false; it need be no "
        "feature, and may stand in `data.drop`.",
    )
    bins: list[Bound] | None = Field(
        None,
        min_length=1,
        description="Bounds that part a column of numbers, ascending: [30, 60] is below 30, 30 to "
        "below 60, 60 and more.",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @field_validator("bins")
    @classmethod
    def _bins_ascend(cls, bins: list[float] | None) -> list[float] | None:
        if bins and any(a >= b for a, b in pairwise(bins)):
            raise ValueError(f"must ascend, not {bins}; order them and leave out repeated ones")
        return bins


class SliceGate(Model):
    """What a candidate must reach in each slice that has enough rows."""

    floors: dict[str, float] = Field(
        {}, description="Metric: worst accepted value in any slice (for an error the highest)."
    )
    max_regression: float | None = Field(
        None,
        ge=0,
        description="How much worse than the champion, on the same rows of a slice, any metric may "
        "be, as in `gate.max_regression`; default: slices are not compared with the champion.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.floors and self.max_regression is None:
            raise ValueError("says nothing; state 'floors' or 'max_regression', or leave it out")
        return self
