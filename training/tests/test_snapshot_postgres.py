"""A query of a real Postgres: types, one state, accounts, and what it cannot mean."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.changing import access, data, stored
from support.ports import free_port
from support.servers import PASSWORD, admin, execute, postgres
from training.errors import InvalidInputError, TrainingEnvironmentError
from training.snapshots.access import Access
from training.snapshots.credentials import Credentials
from training.sources import Table, fetch

ACCOUNT = {"SHOP_USERNAME": "reader", "SHOP_PASSWORD": PASSWORD}
TYPES = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE kinds (
  i2 smallint, i8 bigint, f4 real, n numeric(6,2), id numeric(20), avg numeric, b boolean,
  t text, c char(3), v varchar(9), u uuid, m mood, d date, ts timestamp, tz timestamptz);
INSERT INTO kinds VALUES (1, 9007199254740993, 0.5, 12.50, 123, 1.25, true, '007', 'ab', 'v',
  '6F9619FF-8B86-D011-B42D-00CF4FC964FF', 'good', '2026-11-28', '0001-01-01 00:00:00.5',
  '2026-06-01 12:00:00+02');
INSERT INTO kinds (n, avg) VALUES ('NaN', 'NaN');
GRANT SELECT ON kinds TO reader;
"""


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with postgres() as url:
        execute(url, TYPES, "CREATE TABLE closed (a int)")
        yield url


def read(folder: Path, url: str, account: dict[str, str] = ACCOUNT, **fields: Any) -> Table:
    known = access(folder, **account)
    return fetch(data(url, credentials="shop", **fields), folder, access=known)


def test_every_type_keeps_what_it_is(shop: str, tmp_path: Path) -> None:
    table = read(tmp_path, shop, table="kinds")
    assert table.snapshot is not None
    assert table.snapshot.columns == {
        "i2": "int16",
        "i8": "int64",
        "f4": "float",
        "n": "decimal128(6, 2)",
        "id": "decimal128(20, 0)",
        "avg": "double",
        "b": "bool",
        "t": "text",
        "c": "text",
        "v": "text",
        "u": "text",
        "m": "text",
        "d": "date32[day]",
        "ts": "timestamp[us]",
        "tz": "timestamp[us, tz=UTC]",
    }
    assert table.frame.iloc[0].to_dict() == {
        "i2": 1,
        "i8": "9007199254740993",
        "f4": 0.5,
        "n": 12.5,
        "id": 123,
        "avg": 1.25,
        "b": True,
        "t": "007",
        "c": "ab ",
        "v": "v",
        "m": "good",
        "d": "2026-11-28",
        "u": "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
        "ts": "0001-01-01T00:00:00",
        "tz": "2026-06-01T10:00:00Z",
    }
    assert table.frame.iloc[1].isna().all()
    kinds = {name: guess.type for name, guess in table.kinds.items()}
    assert kinds["tz"] == "datetime"
    assert kinds["n"] == "number"
    assert "i8" not in kinds


def test_rows_in_any_order_are_one_content(shop: str, tmp_path: Path) -> None:
    numbers = "SELECT g % 7 AS a, g::text AS b FROM generate_series(1, 25000) g ORDER BY {}"
    one, other = (
        read(tmp_path, shop, query=numbers.format(order)) for order in ("g", "md5(g::text)")
    )
    assert one.sha256 == other.sha256
    assert len(one.frame) == 25_000
    assert one.frame.equals(other.frame)
    assert len(stored(tmp_path)) == 1
    more = read(tmp_path, shop, query="SELECT 1 AS a, '1' AS b")
    assert len(stored(tmp_path)) == 2
    assert more.snapshot is not None
    assert more.snapshot.origin.query == "SELECT 1 AS a, '1' AS b"


def test_query_sees_one_state_whatever_is_written_meanwhile(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that are added after the first batch was fetched belong to the next training."""
    from training.snapshots import postgres as reader

    execute(shop, "CREATE TABLE moving AS SELECT g AS a FROM generate_series(1, 30) g")
    execute(shop, "GRANT SELECT ON moving TO reader")
    monkeypatch.setattr(reader, "BATCH", 10)
    honest, written = reader._array, []  # noqa: SLF001

    def write_meanwhile(*parts: Any) -> Any:
        if not written:
            written.append(execute(shop, "DELETE FROM moving WHERE a > 5"))
        return honest(*parts)

    monkeypatch.setattr(reader, "_array", write_meanwhile)
    assert len(read(tmp_path, shop, query="SELECT a FROM moving").frame) == 30
    assert len(read(tmp_path, shop, query="SELECT a FROM moving").frame) == 5


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT ARRAY[1] AS x", r"'x' is of the type integer\[\].*cast it in 'data.query'"),
        ("SELECT '{}'::jsonb AS x, 1 AS y", "'x' is of the type jsonb"),
        ("SELECT 1 AS x, 2 AS x", "two columns are called x; give each its own name by AS"),
        ("SELECT i2 FROM kinds WHERE false", "there is no row; correct the query"),
        ("SELECT nothing FROM kinds", 'data.query: column "nothing" does not exist'),
        ("SELEC 1", "data.query: syntax error"),
        ("SELECT 'infinity'::date AS d", "left out by NULLIF"),
        ("SELECT 12345678901234567890::numeric AS n", "12345678901234567890, beyond 2.53"),
        ("WITH d AS (DELETE FROM kinds RETURNING 1 AS a) SELECT a FROM d", "data.query: "),
    ],
)
def test_query_that_makes_no_table_is_refused(
    query: str, message: str, shop: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        read(tmp_path, shop, query=query)
    assert not stored(tmp_path)


def test_account_that_is_wrong_or_may_not_read_is_told_apart(shop: str, tmp_path: Path) -> None:
    with pytest.raises(TrainingEnvironmentError, match=r"refused the account: permission") as no:
        read(tmp_path, shop, table="public.closed")
    wrong = {**ACCOUNT, "SHOP_PASSWORD": "guessed-4711"}
    with pytest.raises(TrainingEnvironmentError, match=r"'data.credentials' right") as refused:
        read(tmp_path, shop, wrong, table="kinds")
    with pytest.raises(
        TrainingEnvironmentError, match=r"no 'password' is known.*SHOP_PASSWORD"
    ) as un:
        read(tmp_path, shop, {"SHOP_USERNAME": "reader"}, table="kinds")
    for error in (no, refused, un):
        assert "guessed-4711" not in str(error.value)
        assert PASSWORD not in str(error.value)


def test_account_may_lie_in_a_folder_as_a_mounted_secret_does(shop: str, tmp_path: Path) -> None:
    for key, value in (("username", "reader"), ("password", f"{PASSWORD}\n")):
        (tmp_path / "credentials" / "shop").mkdir(parents=True, exist_ok=True)
        (tmp_path / "credentials" / "shop" / key).write_text(value)
    known = Access(str(tmp_path / "store"), Credentials(str(tmp_path / "credentials")))
    table = fetch(data(shop, credentials="shop", table="kinds"), tmp_path, access=known)
    assert len(table.frame) == 2
    (snapshot,) = (tmp_path / "store").iterdir()
    assert PASSWORD.encode() not in snapshot.read_bytes()


def test_server_that_is_not_there_or_goes_away_is_named(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.snapshots import postgres as reader

    with pytest.raises(TrainingEnvironmentError, match=r"out of reach: .*'training\.addresses'"):
        read(tmp_path, f"postgres://127.0.0.1:{free_port()}/shop", table="kinds")
    honest = reader._types  # noqa: SLF001

    def cut(*parts: Any) -> Any:
        with admin(shop) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'slipway-training'"
            )
        return honest(*parts)

    monkeypatch.setattr(reader, "_types", cut)
    with pytest.raises(TrainingEnvironmentError, match=r"out of reach"):
        read(tmp_path, shop, table="kinds")
    assert not stored(tmp_path)
