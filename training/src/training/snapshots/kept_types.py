"""Which types of columns a snapshot keeps, in which form, and what to do with the others."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

UTC = "UTC"
MOST_DIGITS = 38  # of a decimal of 128 bits


def kept_type(found: pa.DataType) -> pa.DataType | None:
    """Return the type in which a column of this one is kept; None where it is refused.

    Nothing is lost: numbers keep their width, times their unit, and a time of any zone is the same
    moment in UTC.
    """
    kept = next((to for is_such, to in _KEPT if is_such(found)), None)
    return kept(found) if callable(kept) else kept


def _decimal(found: pa.DataType) -> pa.DataType:
    wide = found.precision > MOST_DIGITS
    return (pa.decimal256 if wide else pa.decimal128)(found.precision, found.scale)


def _timestamp(found: pa.DataType) -> pa.DataType:
    unit = "ms" if found.unit == "s" else found.unit  # Parquet has no seconds
    return pa.timestamp(unit, UTC if found.tz else None)


_KEPT: list[tuple[Callable[[Any], bool], Any]] = [
    (pa.types.is_dictionary, lambda found: kept_type(found.value_type)),
    (pa.types.is_float16, pa.float32()),
    (pa.types.is_floating, lambda found: found),
    (pa.types.is_boolean, pa.bool_()),
    (pa.types.is_integer, lambda found: found),
    (pa.types.is_decimal, _decimal),
    (pa.types.is_string, pa.large_string()),
    (pa.types.is_large_string, pa.large_string()),
    (pa.types.is_string_view, pa.large_string()),
    (pa.types.is_date, pa.date32()),
    (pa.types.is_timestamp, _timestamp),
    (pa.types.is_null, pa.large_string()),  # no value at all: text holds none as well as any type
]


def type_name(kept: pa.DataType) -> str:
    """Return what people call a type."""
    return "text" if pa.types.is_large_string(kept) else str(kept)


def as_kept(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Bring a column to the type that it is kept in; missing numbers become missing values."""
    kept = kept_type(column.type)
    if kept != column.type:
        column = column.cast(kept)
    if pa.types.is_floating(kept):
        zero = pa.scalar(0.0, kept)  # -0.0 and 0.0 are one number, and would be two contents
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kept), pc.add(column, zero))
    return column


def type_problems(schema: pa.Schema, remedy: str) -> list[str]:
    """Return a line for each column that cannot be kept, and for each name that stands twice."""
    problems = [
        f"data.source: '{field.name}' is of the type {field.type}, from which no feature can be "
        f"made; {remedy}, or name it in 'data.drop'"
        for field in schema
        if kept_type(field.type) is None
    ]
    names = schema.names
    if twice := sorted({name for name in names if names.count(name) > 1}):
        problems.append(
            f"data.source: two columns are called {', '.join(twice)}; give each its own name"
        )
    return problems
