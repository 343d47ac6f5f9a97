"""A snapshot: what one reading of a source gave, as a Parquet file that says where it is from."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.snapshots.content import content_hash, in_one_order
from training.snapshots.kept_types import type_name
from training.snapshots.reading import Reading, Written

KEY = b"slipway.snapshot"
FORMAT = 1


@dataclass(frozen=True)
class Origin:
    """Where a reading came from; `query` is empty for files, `files` 0 for a query."""

    source: str
    query: str
    files: int
    read_at: str


@dataclass(frozen=True)
class Snapshot:
    """The rows in one order, in their kept types, and the hash of their content.

    `written` tells of a `text` that no type is known: the fields of CSV files as they were written.
    """

    table: pa.Table
    sha256: str
    written: Written
    origin: Origin

    @property
    def columns(self) -> dict[str, str]:
        """Each column with the name of its type."""
        return {field.name: type_name(field.type) for field in self.table.schema}

    def describe(self) -> dict[str, Any]:
        """Return what is kept beside the rows, in the file and in MLflow."""
        return {
            "format": FORMAT,
            "sha256": self.sha256,
            "written": self.written,
            "rows": self.table.num_rows,
            "columns": self.columns,
            **asdict(self.origin),
        }


def snapshot_of(reading: Reading, source: str) -> Snapshot:
    """Make a snapshot of what was read just now."""
    ordered = in_one_order(reading.table)
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    origin = Origin(source, reading.query, reading.files, now)
    return Snapshot(ordered, content_hash(ordered), reading.written, origin)


def to_parquet(snapshot: Snapshot) -> bytes:
    """Return the file's bytes."""
    about = {KEY: json.dumps(snapshot.describe()).encode()}
    sink = pa.BufferOutputStream()
    pq.write_table(snapshot.table.replace_schema_metadata(about), sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def described_in(metadata: dict[bytes, bytes] | None) -> dict[str, Any]:
    """Return what a file says of itself; raises ValueError where it is no snapshot of ours."""
    text = (metadata or {}).get(KEY)
    if text is None:
        raise ValueError("it does not say where it is from")
    about: dict[str, Any] = json.loads(text)
    if about["format"] != FORMAT:
        raise ValueError(f"its format is {about['format']}, and this program knows {FORMAT}")
    return about


def from_parquet(content: bytes) -> Snapshot:
    """Read a snapshot and check that its content is what its hash says; raises ValueError."""
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"it is no whole Parquet file ({error})") from error
    about = described_in(table.schema.metadata)
    table = table.replace_schema_metadata(None).combine_chunks()
    if content_hash(table) != about["sha256"]:
        raise ValueError("its content has another hash than it says")
    origin = Origin(about["source"], about["query"], about["files"], about["read_at"])
    return Snapshot(table, about["sha256"], about["written"], origin)
