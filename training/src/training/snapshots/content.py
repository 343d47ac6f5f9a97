"""What makes two readings the same: the rows in one order, and a hash of their content."""

import hashlib
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.snapshots.kept_types import as_kept


def in_one_order(table: pa.Table) -> pa.Table:
    """Return the rows in their kept types, sorted by all columns from the first to the last.

    A database gives the rows of a query in any order; sorted by what they hold, they are the same
    table each time. Equal rows stay as many as they were.
    """
    names = table.column_names
    columns = {str(at): as_kept(table.column(at)) for at in range(len(names))}
    plain = pa.table(columns)  # a name such as `.a` would be taken for a path
    order = pc.sort_indices(
        plain, sort_keys=[(str(at), "ascending", "at_end") for at in range(len(names))]
    )
    return plain.take(order).rename_columns(names).combine_chunks()


def content_hash(table: pa.Table) -> str:
    """Return the sha256 of names, types and values: whatever the file's writer and its version.

    Each column counts as: which of its values are missing, as bits; then its numbers, little
    endian, or its texts' lengths in bytes and their UTF-8. A missing value counts as 0 or "".
    """
    digest = hashlib.sha256()
    described = [[field.name, str(field.type)] for field in table.schema]
    digest.update(json.dumps([table.num_rows, described]).encode())
    for column in table.columns:
        _add(digest, column)
    return digest.hexdigest()


def _add(digest: Any, column: pa.ChunkedArray) -> None:
    valid = np.asarray(pc.is_valid(column).to_numpy(), dtype=bool)
    digest.update(np.packbits(valid).tobytes())
    kept = column.type
    if pa.types.is_boolean(kept):
        column = column.cast(pa.uint8())
    elif pa.types.is_date(kept):
        column = column.cast(pa.int32())
    elif pa.types.is_timestamp(kept):
        column = column.cast(pa.int64())
    elif pa.types.is_decimal(kept):
        column = column.cast(pa.large_string())
    if not pa.types.is_large_string(column.type):
        zero = pa.scalar(0, column.type)
        numbers = pc.fill_null(column, zero).to_numpy()
        digest.update(np.ascontiguousarray(numbers, numbers.dtype.newbyteorder("<")).tobytes())
        return
    texts = pc.fill_null(column, pa.scalar("", column.type))
    lengths = pc.binary_length(texts).to_numpy().astype("<i8")
    digest.update(lengths.tobytes())
    for chunk in texts.chunks:
        _, offsets, data = chunk.buffers()
        ends = np.frombuffer(offsets, np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
        if len(chunk) and data is not None:
            digest.update(memoryview(data)[int(ends[0]) : int(ends[-1])])
