"""Reads a query of Postgres in one transaction that can change nothing, with the server's types."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pyarrow as pa

from training.data import Data
from training.errors import InvalidInputError, TrainingEnvironmentError
from training.snapshots.credentials import Credentials
from training.snapshots.reading import Reading, check_size
from training.source_choice import POLICY

BATCH = 10_000  # rows that are on their way at once
EXACT = 2**53
REMEDY = "cast it in 'data.query', such as column::text or column::double precision"
CONNECT_SECONDS = 30
# By the number that the server gives each type, the same in every Postgres (pg_type.dat).
TYPES: dict[int, pa.DataType] = {
    16: pa.bool_(),
    21: pa.int16(),
    23: pa.int32(),
    20: pa.int64(),
    26: pa.int64(),
    700: pa.float32(),
    701: pa.float64(),
    **dict.fromkeys((18, 19, 25, 1042, 1043, 2950), pa.large_string()),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", "UTC"),
}
NUMERIC = 1700


@dataclass(frozen=True)
class Asked:
    """A query that is being answered: its rows come with the iteration, `BATCH` at once.

    `query` is what the server was asked, `names` are all of its columns.
    """

    schema: pa.Schema
    names: list[str]
    query: str
    batches: Iterator[pa.RecordBatch]


def read_query(data: Data, credentials: Credentials, left_out: Collection[str]) -> Reading:
    """Return the rows, and what was asked; raises as `opened_query` does."""
    batches: list[pa.RecordBatch] = []
    size = 0
    with opened_query(data, credentials, left_out) as asked:
        for batch in asked.batches:
            batches.append(batch)
            size += batch.nbytes
            check_size(data, size)
    table = pa.Table.from_batches(batches, asked.schema)
    return Reading(table, asked.names, "typed", query=asked.query)


@contextmanager
def opened_query(
    data: Data,
    credentials: Credentials,
    left_out: Collection[str] = (),
    only: Collection[str] | None = None,
) -> Iterator[Asked]:
    """Ask the server; of its answer all columns are read but `left_out`, or `only` those.

    One statement sees one state of the database, whatever others write meanwhile. Raises
    TrainingEnvironmentError for a server that is out of reach or refuses the account,
    InvalidInputError for a query that it does not understand.
    """
    import psycopg
    from psycopg import sql

    account = credentials.of(data.credentials, ("username", "password"))
    login = {"user": account["username"], "password": account["password"]} if account else {}
    settings = "-c default_transaction_read_only=on -c timezone=UTC -c datestyle=ISO"
    with _told(data):
        connection = psycopg.connect(
            data.source,
            connect_timeout=CONNECT_SECONDS,
            application_name="slipway-training",
            options=settings,
            **login,  # type: ignore[arg-type]
        )
        with connection, connection.cursor("slipway") as cursor:
            query: Any = sql.SQL((data.query or "").strip().rstrip(";"))
            names: list[str] = []
            if data.table is not None:
                table = sql.Identifier(*data.table.split("."))
                query = sql.SQL("SELECT * FROM {}").format(table)
                if only is not None:  # another column may hold what cannot be read
                    shape = connection.execute(sql.SQL("{} LIMIT 0").format(query)).description
                    names = [column.name for column in shape or []]
                    read: list[Any] = [sql.Identifier(name) for name in names if name in only]
                    chosen = sql.SQL(", ").join(read or [sql.SQL("1 AS nothing")])
                    query = sql.SQL("SELECT {} FROM {}").format(chosen, table)
            asked = query.as_string(connection)
            cursor.itersize = BATCH
            cursor.execute(query)
            wanted = [
                at
                for at, column in enumerate(cursor.description or [])
                if column.name not in left_out and (only is None or column.name in only)
            ]
            found = _answered(data, connection, cursor, wanted, asked)
            yield replace(found, names=names or found.names)


def _answered(data: Data, connection: Any, cursor: Any, kept: list[int], asked: str) -> Asked:
    described = cursor.description
    names = [column.name for column in described]
    if twice := sorted({names[at] for at in kept if names.count(names[at]) > 1}):
        problem = f"two columns are called {', '.join(twice)}; give each its own name by AS"
        raise InvalidInputError(data.source, [f"data.query: {problem}"])
    types = _types(data, connection, [described[at] for at in kept])
    convert = [_converter(described[at]) for at in kept]
    schema = pa.schema(list(zip([names[at] for at in kept], types, strict=True)))

    def batches() -> Iterator[pa.RecordBatch]:
        while rows := _fetched(data, cursor):
            columns = list(zip(*rows, strict=True))
            arrays = [
                _array(data, schema.field(i), [None if v is None else to(v) for v in columns[at]])
                for i, (at, to) in enumerate(zip(kept, convert, strict=True))
            ]
            yield pa.record_batch(arrays, schema=schema)

    return Asked(schema, names, asked, batches())


def _fetched(data: Data, cursor: Any) -> list[Any]:
    with _told(data):
        rows: list[Any] = cursor.fetchmany(BATCH)
        return rows


def _types(data: Data, connection: Any, columns: list[Any]) -> list[pa.DataType]:
    others = [c.type_code for c in columns if c.type_code not in TYPES and c.type_code != NUMERIC]
    names: dict[int, tuple[str, bool]] = {}
    if others:
        told = connection.execute(
            "SELECT oid, format_type(oid, NULL), typtype = 'e' FROM pg_type WHERE oid = ANY(%s)",
            [others],
        )
        names = {oid: (name, is_enum) for oid, name, is_enum in told}
    found, problems = [], []
    for column in columns:
        name, is_enum = names.get(column.type_code, ("unknown", False))
        if column.type_code == NUMERIC:
            found.append(_numeric(column))
        elif column.type_code in TYPES or is_enum:
            found.append(TYPES.get(column.type_code, pa.large_string()))
        else:
            problems.append(
                f"data.source: '{column.name}' is of the type {name}, from which no feature can be "
                f"made; {REMEDY}, or name it in 'data.drop'"
            )
    if problems:
        raise InvalidInputError(data.source, problems)
    return found


def _numeric(column: Any) -> pa.DataType:
    """Return the decimal that a `numeric(10,2)` is; one without digits, as sum() gives, is float64.

    Its digits differ from row to row, and a type that follows them would differ from day to day.
    """
    if column.precision is None or not 0 <= (column.scale or 0) <= column.precision:
        return pa.float64()
    wide = column.precision > pa.decimal128(38).precision
    return (pa.decimal256 if wide else pa.decimal128)(column.precision, column.scale or 0)


def _converter(column: Any) -> Callable[[Any], Any]:
    if column.type_code == NUMERIC and pa.types.is_float64(_numeric(column)):
        return _exact
    if column.type_code == NUMERIC:
        return lambda value: None if value.is_nan() else value
    return str if column.type_code == 2950 else lambda value: value


def _exact(value: Decimal) -> float:
    if (
        value.is_finite()
        and abs(value) > EXACT
        and value == value.to_integral_value()
        and Decimal(float(value)) != value
    ):
        raise OverflowError(str(value))
    return float(value)


def _array(data: Data, field: pa.Field, values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, field.type)
    except (pa.ArrowException, OverflowError, ValueError) as error:
        raise InvalidInputError(
            data.source, [f"data.source: '{field.name}' holds what {field.type} cannot: {error}"]
        ) from error


@contextmanager
def _told(data: Data) -> Iterator[None]:
    """Say in our words what the server or the network refuses; neither names the password."""
    import psycopg
    from psycopg import errors

    where = f"'data.source' ({data.source})"
    try:
        yield
    except OverflowError as error:
        problem = f"a numeric without digits holds {error}, beyond 2^53; {REMEDY}"
        raise InvalidInputError(data.source, [f"data.source: {problem}"]) from error
    except (errors.InsufficientPrivilege, errors.InvalidAuthorizationSpecification) as error:
        raise TrainingEnvironmentError(
            f"{where} refused the account: {_line(error)}; let it read, or correct "
            "'data.credentials'"
        ) from error
    except (psycopg.ProgrammingError, psycopg.NotSupportedError) as error:
        raise InvalidInputError(data.source, [f"data.query: {_line(error)}"]) from error
    except errors.ReadOnlySqlTransaction as error:
        problem = f"{_line(error)}: it may only read"
        raise InvalidInputError(data.source, [f"data.query: {problem}"]) from error
    except psycopg.OperationalError as error:
        reason = _line(error)
        account = "authentication" in reason or "password" in reason or "role" in reason
        hint = "is the account in 'data.credentials' right?" if account else POLICY
        raise TrainingEnvironmentError(f"{where} is out of reach: {reason}; {hint}") from error
    except psycopg.DataError as error:
        hint = "a time such as infinity or one before Christ is left out by NULLIF or WHERE"
        raise InvalidInputError(data.source, [f"data.query: {_line(error)}; {hint}"]) from error
    except psycopg.Error as error:
        raise TrainingEnvironmentError(f"{where} failed: {_line(error)}; run again") from error


def _line(error: Any) -> str:
    return " ".join((error.diag.message_primary or str(error)).split())[:300]
