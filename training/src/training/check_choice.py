"""What a model YAML wants checked before anything is trained."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from training.feature import Model, Range

Share = Annotated[float, Field(ge=0, le=1)]


class Checks(Model):
    """Each is told of in any case; what is stated here also stops the training, with exit code 2.

    The champion then stays as it is.
    """

    rows: int | None = Field(None, gt=0, description="Fewer rows than this stop.")
    missing: Share | dict[str, Share] | None = Field(
        None,
        description="A greater share of missing values in a feature stops; a number for all, or "
        "one for each that is named.",
    )
    duplicates: Share | None = Field(
        None, description="A greater share of rows that repeat an earlier one in full stops."
    )
    overlap: Share | None = Field(
        None,
        description="A greater share of test rows whose features a training row has too stops.",
    )
    ranges: dict[str, Range] | None = Field(
        None,
        description="A number of the column outside of its bounds stops: `{age: {min: 0, max: "
        "120}}`. Unlike `features[].range` no request is refused for it.",
    )
    class_rows: int | None = Field(
        None, gt=0, description="A class with fewer rows than this stops."
    )
    leakage: Literal["stop"] | None = Field(
        None, description="A feature that alone tells the target stops."
    )
    columns: Literal["stop"] | None = Field(
        None,
        description="Features or classes that are new, gone or of another type since the champion "
        "was trained stop. Of a source that changes, they always do (`data.accept`).",
    )
    drift: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="A feature whose PSI against the champion's training rows is at least this, "
        "and more than chance makes of so many rows, stops; 0.25 is usual.",
    )

    @field_validator(
        "rows", "missing", "duplicates", "overlap", "class_rows", "drift", mode="before"
    )
    @classmethod
    def _is_a_limit(cls, value: Any) -> Any:
        """Refuse what would count as 1, a share that nothing exceeds, or as 0."""
        if isinstance(value, bool):
            raise ValueError("give the number from which on it stops")  # noqa: TRY004 - pydantic's
        return value

    @field_validator("missing", mode="before")
    @classmethod
    def _are_shares(cls, value: Any) -> Any:
        """Say in one line what a number, or each of several, has to be."""
        stated = value if isinstance(value, dict) else {"": value}
        for name, share in stated.items():
            number = isinstance(share, int | float) and not isinstance(share, bool)
            if value is not None and not (number and 0 <= share <= 1):
                of = f" of '{name}' ({share!r})" if name else ""
                raise ValueError(f"the share{of} must be a number from 0 to 1")
        return value

    @field_validator("ranges")
    @classmethod
    def _ranges_bind(cls, ranges: dict[str, Range] | None) -> dict[str, Range] | None:
        for name, one in (ranges or {}).items():
            if one.min is None and one.max is None:
                raise ValueError(f"'{name}' has no bound; state 'min', 'max' or both")
        return ranges
