"""Makes of a snapshot what every later step works on: columns of pandas, or a CSV file."""

import csv
import tempfile
from io import TextIOWrapper
from typing import IO, Any, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from training.data import Data
from training.feature import ColumnType
from training.snapshots.kept_types import type_name
from training.snapshots.reading import refused
from training.snapshots.snapshot import Snapshot
from training.table.infer import Guess
from training.table.layout import scan
from training.table.read import EXACT, CsvFile


def as_csv(snapshot: Snapshot, data: Data) -> CsvFile:
    """Write the fields of CSV files as one file again, so that the same rules read them."""
    file = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - its user closes it
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, delimiter=data.separator, lineterminator="\n")
    writer.writerow(snapshot.table.column_names)
    for batch in snapshot.table.to_batches(max_chunksize=10_000):
        writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    text.flush()
    text.detach()
    file.seek(0)
    told = {"encoding": None, "compression": "none", "line_breaks": True}
    plain = data.model_copy(update=told)
    return CsvFile(file, scan(file, plain), plain, snapshot.sha256)


def as_frame(snapshot: Snapshot, data: Data) -> tuple[pd.DataFrame, dict[str, Guess]]:
    """Return the columns, and what each is by its type in the source.

    Numbers are int64 or float64, a text is an object, a time ISO 8601 to the second, in UTC where
    it has a zone; whole numbers beyond 2^53 are texts, as those of a CSV file are.
    """
    frame, kinds = {}, dict[str, Guess]()
    for name, column in zip(snapshot.table.column_names, snapshot.table.columns, strict=True):
        series, kind = _series(data, name, column)
        frame[name] = series
        if kind is not None:
            kinds[name] = Guess(kind, f"{type_name(column.type)} in the source")
    return pd.DataFrame(frame), kinds


def _series(
    data: Data, name: str, column: pa.ChunkedArray
) -> "tuple[pd.Series[Any], ColumnType | None]":
    kept = column.type
    if pa.types.is_boolean(kept):
        return _objects(column) if column.null_count else _numbers(column), "boolean"
    if pa.types.is_temporal(kept):
        return _objects(_as_text(column)), "datetime"
    if pa.types.is_floating(kept):
        return _numbers(column.cast(pa.float64())), "number"
    if pa.types.is_decimal(kept) and kept.scale > 0:
        return _decimals(data, name, column), "number"
    if not pa.types.is_large_string(kept):
        return (_codes(column), None) if _beyond(column) else (_whole(column), "integer")
    return _objects(column), None


def _objects(column: pa.ChunkedArray) -> "pd.Series[Any]":
    return pd.Series(column.to_pylist(), dtype=object)


def _whole(column: pa.ChunkedArray) -> "pd.Series[Any]":
    whole = column.cast(pa.int64())
    return _numbers(whole.cast(pa.float64()) if column.null_count else whole)


def _numbers(column: pa.ChunkedArray) -> "pd.Series[Any]":
    return pd.Series(column.to_numpy())


def _codes(column: pa.ChunkedArray) -> "pd.Series[Any]":
    """Return texts as categories, which are judged as those of a file."""
    return _objects(column.cast(pa.large_string())).astype("category")


def _beyond(column: pa.ChunkedArray) -> bool:
    """Whether whole numbers are too large for float64 to tell them apart."""
    low, high = pc.min_max(column).as_py().values()
    return high is not None and bool(high > EXACT or low < -EXACT)


def _decimals(data: Data, name: str, column: pa.ChunkedArray) -> "pd.Series[Any]":
    """Return the nearest numbers; raises where two decimals would become one."""
    numbers = column.cast(pa.large_string()).cast(pa.float64())
    if pc.count_distinct(numbers).as_py() < pc.count_distinct(column).as_py():
        raise refused(
            data,
            f"'{name}' ({column.type}) holds numbers that float64 does not tell apart; round it in "
            f"the source, or name it in 'data.drop'",
        )
    return _numbers(numbers)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_date(column.type):
        return column.cast(pa.large_string())
    zone = "Z" if column.type.tz else ""
    seconds = pc.floor_temporal(column, unit="second").cast(pa.timestamp("s", column.type.tz))
    plain = seconds.cast(pa.timestamp("s"))
    return pc.strftime(plain, format=f"%Y-%m-%dT%H:%M:%S{zone}")
