"""What batch prediction writes: CSV, Parquet, and the side file of what is refused."""

import csv
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.errors import InvalidInputError

FAULTS = ("row", "column", "value", "reason")


class CsvOut:
    """Writes batches as CSV, in UTF-8, with a header."""

    def __init__(self, text: IO[str], schema: pa.Schema, separator: str, decimal: str) -> None:
        """Write the header; numbers of a type get this decimal mark."""
        self.decimal = decimal
        self.text = text
        self.rows = csv.writer(self.text, delimiter=separator, lineterminator="\n")
        self.rows.writerow(schema.names)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch; what is missing is an empty field."""
        columns = [self._texts(column) for column in batch.columns]
        self.rows.writerows(zip(*columns, strict=True))

    def _texts(self, column: Any) -> list[Any]:
        texts = column.cast(pa.large_string())
        if self.decimal == "," and (
            pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)
        ):
            texts = pc.replace_substring(texts, ".", ",")
        return list(texts.to_pylist())

    def close(self) -> None:
        """Hand all to the file."""
        self.text.close()


class ParquetOut:
    """Writes batches as row groups of Parquet."""

    def __init__(self, file: IO[bytes], schema: pa.Schema) -> None:
        """Write the beginning."""
        self.writer = pq.ParquetWriter(file, schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch."""
        if batch.num_rows > 0:
            self.writer.write_batch(batch)

    def close(self) -> None:
        """Write the end, without which it is no Parquet file."""
        self.writer.close()


class FaultsOut:
    """The side file: a line for each value that was refused."""

    def __init__(self, text: IO[str]) -> None:
        """Write the header."""
        self.text = text
        self.rows = csv.writer(self.text, lineterminator="\n")
        self.rows.writerow(FAULTS)
        self.count = 0

    def write(self, rows: Iterator[tuple[int, str, str, str]]) -> None:
        """Write rows of number, column, value and reason."""
        for row in rows:
            self.rows.writerow(row)
            self.count += 1

    def close(self) -> None:
        """Hand all to the file."""
        self.text.close()


def check_writable(schema: pa.Schema, suffix: str) -> None:
    """Refuse columns that the file's format has no form for."""
    if suffix != ".csv":
        return
    problems = [
        f"column '{field.name}' is {field.type}, which CSV has no form for; leave it out, or name "
        "--out FILE.parquet"
        for field in schema
        if pa.types.is_nested(field.type) or "binary" in str(field.type)
    ]
    if problems:
        raise InvalidInputError("--out", problems)
