"""Reads what batch prediction is asked about, some rows at once: files or a query."""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from training.data import Data
from training.errors import InvalidInputError, TrainingEnvironmentError
from training.prediction.told import problem_line, told_as_options
from training.snapshots.credentials import Credentials
from training.snapshots.listing import format_of, partition_column
from training.snapshots.place import Place
from training.source_choice import kind_of
from training.table.layout import scan
from training.table.read import CsvFile
from training.table.spool import CHUNK, spool, unreadable

ROWS = 65_536  # at once
NO_LIMIT = 1 << 40  # MiB
SCHEMES = ("file:", "s3://", "gs://", "http://", "https://", "postgres://", "postgresql://")
Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class Rows:
    """Batches of one schema; `written` is how CSV's texts are, `names` a query's columns."""

    schema: pa.Schema
    batches: Batches
    written: Data | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One file: how it is called, its content, and what its folders state, by column.

    `path` is there for a file of this machine.
    """

    name: str
    chunks: Callable[[], Iterator[bytes]]
    path: Path | None = None
    stated: dict[str, Any] = field(default_factory=dict)


def described(source: str, told: dict[str, Any]) -> Data:
    """Return what the options say of the input; raises InvalidInputError for what they may not."""
    local = not source.startswith(SCHEMES)
    keys = {key: value for key, value in told.items() if value is not None}
    # Of a YAML's `csv:` nothing states the format; here a local file may be of either.
    form = keys.pop("format") if local and keys.get("format") in ("parquet", "csv") else None
    try:
        data = Data(source=f"csv:{source}" if local else source, max_mebibytes=NO_LIMIT, **keys)
        return data.model_copy(update={"format": form}) if form else data
    except ValidationError as error:
        problems = [problem_line(one) for one in error.errors()]
        with told_as_options():
            raise InvalidInputError("--in", problems) from error
        raise


def local_file(data: Data) -> Path | None:
    """Return the file of this machine that is read; None for a pattern or what is elsewhere."""
    return Path(data.source.removeprefix("csv:")) if data.source.startswith("csv:") else None


@contextmanager
def opened_rows(
    data: Data, credentials: Credentials, rows: int = ROWS, only: Collection[str] | None = None
) -> Iterator[Rows]:
    """Open the input; its rows come with the iteration, of a query with `only` these columns.

    Raises InvalidInputError for what is no table, TrainingEnvironmentError for what is out of
    reach; while rows are read, too.
    """
    with ExitStack() as stack:
        with told_as_options():
            if kind_of(data.source, None) == "postgres":
                from training.snapshots.postgres import opened_query

                asked = stack.enter_context(opened_query(data, credentials, only=only))
                found = Rows(asked.schema, asked.batches, None, tuple(asked.names))
            else:
                found = _of_files(data, _parts(data, credentials), rows)
        yield replace(found, batches=_told(found.batches))


def _told(batches: Batches) -> Batches:
    with told_as_options():
        yield from batches


def _parts(data: Data, credentials: Credentials) -> list[Part]:
    path = local_file(data)
    if path is not None:
        return [Part(str(path), lambda: _chunks_of(path), path)]
    place = Place(data, Path.cwd(), credentials)
    files = place.files()
    stated = [file.partitions(place.base) for file in files]
    if different := next((at for at, one in enumerate(stated) if list(one) != list(stated[0])), 0):
        problem = f"the folders of '{files[0].path}' and '{files[different].path}' differ"
        raise InvalidInputError("--in", [f"{problem}; name files of one layout"])
    columns = {
        name: partition_column([one[name] for one in stated], [1] * len(files))
        for name in stated[0]
    }
    return [
        Part(
            file.path,
            lambda file=file: place.chunks(file),  # type: ignore[misc]
            stated={name: column[at] for name, column in columns.items()},
        )
        for at, file in enumerate(files)
    ]


def _chunks_of(path: Path) -> Iterator[bytes]:
    with _file_of(path) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _file_of(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror}; correct the path"
        raise InvalidInputError("--in", [problem]) from error


def _of_files(data: Data, parts: list[Part], rows: int) -> Rows:
    kinds = {data.format or format_of(part.name) for part in parts}
    kind = kinds.pop()
    if kinds or not kind:
        problem = (
            "the files are of both kinds, Parquet and CSV; name one by a pattern"
            if kinds
            else f"'{parts[0].name}' is neither Parquet nor CSV by its name; say it by --format"
        )
        raise InvalidInputError("--in", [problem])
    open_part = _parquet if kind == "parquet" else _csv
    schema, first = open_part(data, parts[0], rows)

    def batches() -> Batches:
        yield from first
        for part in parts[1:]:
            found, more = open_part(data, part, rows)
            _refuse_difference(schema, found, parts[0], part)
            for batch in more:
                yield batch.select(schema.names).cast(schema)

    return Rows(schema, batches(), None if kind == "parquet" else data)


def _refuse_difference(schema: pa.Schema, found: pa.Schema, first: Part, part: Part) -> None:
    if sorted(schema.names) != sorted(found.names):
        name = min(set(schema.names) ^ set(found.names))
        problem = f"'{name}' is a column of only one of '{first.name}' and '{part.name}'"
        raise InvalidInputError("--in", [f"{problem}; write both alike"])
    for one in schema:
        other = found.field(one.name).type
        if one.type != other:
            problem = (
                f"'{one.name}' is {one.type} in '{first.name}' and {other} in '{part.name}'; "
                "write both alike"
            )
            raise InvalidInputError("--in", [problem])


def _csv(data: Data, part: Part, rows: int) -> tuple[pa.Schema, Batches]:
    """Check every row against the header, then read fields as they are written."""
    named = data.model_copy(update={"source": part.name})
    spooled = spool(named, part.chunks(), lambda _: None)
    csv = CsvFile(spooled.file, scan(spooled.file, named), named, spooled.sha256)
    if csv.layout.row_names:
        raise unreadable(named, "each row begins with a name that the header has none for; add one")
    names = csv.layout.names
    schema = pa.schema([(name, pa.large_string()) for name in names])
    return _stated(part, schema, (_batch(frame, schema) for frame in csv.batches(rows)), text=True)


def _batch(frame: pd.DataFrame, schema: pa.Schema) -> pa.RecordBatch:
    columns = [pa.array(frame[name], pa.large_string()) for name in schema.names]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _parquet(_: Data, part: Part, rows: int) -> tuple[pa.Schema, Batches]:
    file = _file_of(part.path) if part.path else _kept(part)
    try:
        found = pq.ParquetFile(file, buffer_size=CHUNK)
    except (pa.ArrowException, OSError) as error:
        raise _broken(part, error) from error

    def batches() -> Batches:
        try:
            yield from found.iter_batches(rows)
        except (pa.ArrowException, OSError) as error:
            raise _broken(part, error) from error

    return _stated(part, found.schema_arrow, batches(), text=False)


def _kept(part: Part) -> IO[bytes]:
    """Keep a file of elsewhere for as long as it is read."""
    file = TemporaryFile()  # noqa: SIM115 - gone with its last reader
    for chunk in part.chunks():
        file.write(chunk)
    file.seek(0)
    return file


def _broken(part: Part, error: Exception) -> TrainingEnvironmentError:
    return TrainingEnvironmentError(
        f"--in {part.name} is no whole Parquet file ({error}); is it still being written? Run "
        "again when it is whole"
    )


def _stated(
    part: Part, schema: pa.Schema, batches: Batches, *, text: bool
) -> tuple[pa.Schema, Batches]:
    """Add what the folders of a file state as columns; fields of CSV stay texts."""
    if not part.stated:
        return schema, batches
    if twice := sorted({*schema.names} & {*part.stated}):
        problem = f"'{twice[0]}' stands in '{part.name}' and in the name of its folder"
        raise InvalidInputError("--in", [f"{problem}; write it once"])
    values = {
        name: value.cast(pa.large_string()) if text else value
        for name, value in part.stated.items()
    }
    whole = pa.schema([*schema, *(pa.field(name, one.type) for name, one in values.items())])

    def wider() -> Batches:
        for batch in batches:
            more = [pa.repeat(value, batch.num_rows) for value in values.values()]
            yield pa.RecordBatch.from_arrays([*batch.columns, *more], schema=whole)

    return whole, wider()
