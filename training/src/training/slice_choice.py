"""The YAML's `slices`: parts of the test split that are looked at one by one."""

from itertools import pairwise
from typing import Annotated, Any

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
