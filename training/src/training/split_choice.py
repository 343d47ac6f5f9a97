"""The YAML's `split`: which rows a model is fitted to, and which are kept from it."""

from datetime import date
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from training.feature import Model

CALIBRATION = 0.2  # of the training split
Method = Literal["hash", "random", "time", "column"]
Value = bool | int | float | str


class Split(Model):
    """How rows are kept apart for the test."""

    test: float = Field(0.2, gt=0, lt=1, description="Share of rows in the test split.")
    seed: int = Field(42, ge=0, lt=2**32, description="Seed of the split and of the estimator.")
    stratify: bool | None = Field(
        None, description="Keep class shares in both splits; default: for classification."
    )
    method: Method | None = Field(
        None,
        description="hash: a row keeps its side when rows are appended or reordered, equal rows "
        "have one side (unless there are few different ones); random: drawn anew from all rows; "
        "time: the rows with the latest `key` are the test; column: `key` says it of each row. "
        "Default: hash for a `csv:` without "
        "`sha256`, which can grow, and for sources that change; else random.",
    )
    calibration: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Share of the training split that no model is fitted to, in the way of "
        "`split`: a rule of `threshold`, `calibration` and `prediction_interval` go by it. "
        "Default: 0.2 where one of them is stated, else none.",
    )
    key: str | None = Field(
        None,
        description="Column whose equal values stay on one side, such as a customer's number "
        "(hash; default: all columns), or which holds the time, a number or ISO 8601 unless "
        "`data.formats` has its form (time), or which names the split (column). No feature unless "
        "named.",
    )
    test_values: list[Value] | None = Field(
        None,
        min_length=1,
        description="Of `method: column`: rows with one of these in `key` are the test. Default: "
        "test.",
    )
    train_values: list[Value] | None = Field(
        None,
        min_length=1,
        description="Of `method: column`: rows with one of these in `key` are trained on; a row "
        "with neither is refused. Default: train.",
    )

    @field_validator("test_values", "train_values", mode="before")
    @classmethod
    def _values_are_written(cls, values: Any) -> Any:
        """Take a date that YAML reads as one for what was written; refuse what no row can have."""
        if not isinstance(values, list):
            return values
        values = [one.isoformat() if isinstance(one, date) else one for one in values]
        if wrong := [one for one in values if one == "" or not isinstance(one, Value)]:
            raise ValueError(f"{wrong[0]!r} is no value of a row; write texts, numbers or true")
        return values

    @model_validator(mode="after")
    def _key_fits_method(self) -> Self:
        if self.method == "time" and self.key is None:
            raise ValueError("'method: time' needs 'key', the column that holds the time")
        if self.method == "random" and self.key is not None:
            raise ValueError("'key' is for 'method: hash', 'time' or 'column', not for random")
        return self

    @model_validator(mode="after")
    def _values_fit_method(self) -> Self:
        if self.method == "column":
            if self.key is None:
                raise ValueError("'method: column' needs 'key', the column that names the split")
            if "test" in self.model_fields_set:
                raise ValueError(
                    f"'test' ({self.test:g}) is a share, and with 'method: column' the column "
                    f"'{self.key}' says which rows are the test; remove it"
                )
        for name in ("test_values", "train_values"):
            if getattr(self, name) is not None and self.method != "column":
                raise ValueError(f"'{name}' is for 'method: column'; state that, or remove it")
        return self
