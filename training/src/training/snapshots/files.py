"""Reads all files of a place into one table: Parquet with its types, CSV with its text."""

from collections.abc import Collection
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.data import Data
from training.errors import InvalidInputError, TrainingEnvironmentError
from training.snapshots.kept_types import as_kept, type_name, type_problems
from training.snapshots.listing import File, format_of, partition_column
from training.snapshots.place import Place
from training.snapshots.reading import Reading, check_size, refused
from training.table.layout import scan
from training.table.read import CsvFile
from training.table.spool import CHUNK, spool

PARQUET_REMEDY = "write it as columns of numbers, texts, booleans, dates or times"
OF_CSV = ("separator", "encoding", "compression", "decimal", "thousands", "missing", "line_breaks")


@dataclass(frozen=True)
class Part:
    """What one file holds, without what its folders state."""

    file: File
    table: pa.Table


def read_files(place: Place, data: Data, left_out: Collection[str]) -> Reading:
    """Return one table of all files.

    `left_out` are columns that are not wanted. Files of another schema than the first are refused.
    """
    files = place.files()
    check_size(data, sum(file.size for file in files))
    kinds = {file: data.format or format_of(file.path) or "csv" for file in files}
    if len(set(kinds.values())) > 1:
        one, other = (next(f.path for f in files if kinds[f] == k) for k in ("parquet", "csv"))
        raise refused(data, f"'{one}' is Parquet and '{other}' is CSV; name one kind by a pattern")
    typed = "parquet" in kinds.values()
    if typed and (stated := [key for key in OF_CSV if key in data.model_fields_set]):
        raise refused(data, f"'data.{stated[0]}' is for CSV, and these are Parquet; remove it")
    parts, size, names = [], 0, list[str]()
    for file in files:
        content = place.read(file)
        table = _parquet(data, file, content, left_out) if typed else _csv(data, file, content)
        names += [name for name in table.column_names if name not in names]
        kept = [name for name in table.column_names if name not in left_out]
        parts.append(Part(file, table.select(kept)))
        size += parts[-1].table.nbytes
        check_size(data, size)
    whole = pa.concat_tables(_alike(data, parts))
    whole = _with_partitions(place, data, parts, whole, left_out)
    names += list(files[0].partitions(place.base))
    return Reading(whole, names, "typed" if typed else "text", files=len(files))


def _parquet(data: Data, file: File, content: bytes, left_out: Collection[str]) -> pa.Table:
    """Read the columns that are wanted; of the others the name alone is told, as all missing."""
    try:
        found = pq.ParquetFile(pa.BufferReader(content))
        schema: Any = found.schema_arrow
        wanted = pa.schema([field for field in schema if field.name not in left_out])
        problems = type_problems(wanted, PARQUET_REMEDY)
        if problems:
            raise InvalidInputError(data.source, [f"{p} (in '{file.path}')" for p in problems])
        groups = (found.metadata.row_group(at) for at in range(found.metadata.num_row_groups))
        check_size(data, sum(group.total_byte_size for group in groups))
        table = found.read(columns=wanted.names)
    except (pa.ArrowException, OSError) as error:
        raise TrainingEnvironmentError(
            f"'data.source' ({data.source}): '{file.path}' is no whole Parquet file ({error}); is "
            "it still being written? Run again when it is whole, or remove it"
        ) from error
    columns = {name: as_kept(table.column(name)) for name in table.column_names}
    columns |= {name: pa.nulls(table.num_rows) for name in schema.names if name not in columns}
    nulls = {field.name for field in table.schema if pa.types.is_null(field.type)}
    schema = pa.schema(
        [
            pa.field(name, column.type, metadata={b"null": b"1"} if name in nulls else None)
            for name, column in columns.items()
        ]
    )
    return pa.table(list(columns.values()), schema=schema)


def _csv(data: Data, file: File, content: bytes) -> pa.Table:
    """Check every row as that of a single CSV file, and keep the fields as they are written."""
    named = data.model_copy(update={"source": file.path})
    stream = BytesIO(content)
    spooled = spool(named, iter(lambda: stream.read(CHUNK), b""), lambda _: None)
    csv = CsvFile(spooled.file, scan(spooled.file, named), named, spooled.sha256)
    fields = csv.fields()
    columns = [pa.array(fields[name], pa.large_string()) for name in fields.columns]
    return pa.table(columns, names=[str(name) for name in fields.columns])


def _alike(data: Data, parts: list[Part]) -> list[pa.Table]:
    """Bring all to the first file's order of columns; raises where names or types differ."""
    first = parts[0]
    types: dict[str, tuple[pa.DataType, File]] = {}
    for part in parts:
        for field in part.table.schema:
            if field.name not in first.table.column_names:
                raise _differs(data, field.name, part.file, first.file)
            if not field.metadata:
                known, where = types.setdefault(field.name, (field.type, part.file))
                if known != field.type:
                    raise refused(
                        data,
                        f"'{field.name}' is {type_name(known)} in '{where.path}' and "
                        f"{type_name(field.type)} in '{part.file.path}'; write both alike, or name "
                        "it in 'data.drop'",
                    )
        for name in first.table.column_names:
            if name not in part.table.column_names:
                raise _differs(data, name, first.file, part.file)
    schema = pa.schema(
        [
            pa.field(field.name, types.get(field.name, (field.type,))[0])
            for field in first.table.schema
        ]
    )
    return [part.table.select(schema.names).cast(schema) for part in parts]


def _with_partitions(
    place: Place, data: Data, parts: list[Part], whole: pa.Table, left_out: Collection[str]
) -> pa.Table:
    stated = [part.file.partitions(place.base) for part in parts]
    for part, told in zip(parts, stated, strict=True):
        if list(told) != list(stated[0]):
            raise refused(
                data,
                f"the folders of '{parts[0].file.path}' state {_listed(stated[0])}, those of "
                f"'{part.file.path}' {_listed(told)}; name files of one layout",
            )
    for name in stated[0]:
        if name in left_out:
            continue
        if name in whole.column_names:
            raise refused(
                data,
                f"'{name}' stands in '{parts[0].file.path}' and in the name of its folder; write "
                "it once, or name it in 'data.drop'",
            )
        counts = [part.table.num_rows for part in parts]
        column = partition_column([told[name] for told in stated], counts)
        whole = whole.append_column(name, column)
    return whole


def _listed(told: dict[str, str | None]) -> str:
    return ", ".join(f"'{name}'" for name in told) or "nothing"


def _differs(data: Data, name: str, has: File, lacks: File) -> InvalidInputError:
    return refused(
        data,
        f"'{name}' is a column of '{has.path}' and not of '{lacks.path}'; write both alike, or "
        "name files of one kind by a pattern",
    )
