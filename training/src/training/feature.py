"""One input column as a YAML describes it."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

ColumnType = Literal["number", "integer", "boolean", "category", "text", "datetime"]
MAX_LENGTH = 10_000  # characters of a text, where a feature states none
TEXTS = ("category", "text")  # types whose values are text; all others are numbers
AS_TEXT = (*TEXTS, "datetime")  # types that are made of a file's text


class Model(BaseModel):
    """Base of all settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Range(Model):
    """Inclusive bounds; an absent one does not bind."""

    min: float | None = Field(None, allow_inf_nan=False)
    max: float | None = Field(None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"'min' ({self.min:g}) exceeds 'max' ({self.max:g})")
        return self


class Feature(Model):
    """One input column: what it is called, holds and may hold."""

    name: str = Field(min_length=1, description="Column name (after renaming).")
    title: str | None = Field(None, description="Label in a form; default the name.")
    description: str | None = Field(None, description="A sentence for a form or an API page.")
    type: ColumnType | None = Field(
        None, description="Default: `data.types`, else inferred from all values of the column."
    )
    unit: str | None = Field(None, description="Unit of a number, such as mg/dL.")
    required: bool | None = Field(
        None, description="Whether a request must have it; default: no value is missing in data."
    )
    range: Range | None = Field(None, description="Bounds of a number, enforced in data too.")
    categories: list[str] | None = Field(
        None, min_length=1, description="Values of a category in order; default: those in data."
    )
    unknown: Literal["reject", "accept"] = Field(
        "reject", description="A category never seen: an error, or scored as none of the known."
    )

    max_length: int | None = Field(
        None, gt=0, description="Most characters of a text, enforced in data too; default 10000."
    )

    offset: bool | None = Field(
        None,
        description="Whether the times of a datetime end in an offset, such as Z or +02:00, and "
        "count as UTC; without, they are taken as they are written. Default: as in the data.",
    )

    @property
    def by_name(self) -> bool:
        """Whether it needs an input of its own, since a request has text for it."""
        return self.type in AS_TEXT

    @property
    def is_text(self) -> bool:
        """Whether its values are text (missing: ""), else numbers (missing: NaN)."""
        return self.type in TEXTS

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.categories is not None and self.type != "category":
            raise ValueError("'categories' needs 'type: category'")
        if self.categories is not None and len(set(self.categories)) < len(self.categories):
            raise ValueError("'categories' names a value twice")
        if self.categories is not None and "" in self.categories:
            raise ValueError("'categories' has an empty text, which means 'missing'; remove it")
        if self.max_length is not None and self.type != "text":
            raise ValueError("'max_length' needs 'type: text'")
        if self.offset is not None and self.type != "datetime":
            raise ValueError("'offset' needs 'type: datetime'")
        if self.range is not None and self.type in (*AS_TEXT, "boolean"):
            raise ValueError(f"'range' is for numbers, not 'type: {self.type}'")
        return self
