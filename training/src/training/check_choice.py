"""What a model YAML wants checked before anything is trained."""

from typing import Annotated, Literal

from pydantic import Field

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
        description="A feature whose PSI against the champion's training rows is at least this "
        "stops; 0.25 is usual.",
    )
