"""`predict` on what is not a file of this machine: a query, a web server, sets of files."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from support.batch import build, houses, predict, table
from support.changing import parquet
from support.servers import PASSWORD, execute, postgres
from support.web import web_server

ACCOUNT = {"SHOP_USERNAME": "reader", "SHOP_PASSWORD": PASSWORD}
HOUSES = """
CREATE TABLE houses AS SELECT n AS id, (20 + n % 150)::numeric(6,2) AS size, 1 + n % 7 AS rooms,
  n % 2 = 0 AS garden, '12' AS zone, CASE WHEN n = 7 THEN '' ELSE 'Elm' END AS street,
  date '2020-01-01' + n AS built FROM generate_series(1, 25000) AS n;
GRANT SELECT ON houses TO reader;
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with postgres() as url:
        execute(url, HOUSES)
        yield url


def test_query_is_answered_in_batches(shop: str, package: Path, tmp_path: Path) -> None:
    query = ("--query", "SELECT * FROM houses ORDER BY id", "--credentials", "shop")
    done = predict(package, shop, tmp_path / "out.parquet", *query, env=ACCOUNT)
    assert done.code == 0, done.err
    found = pq.read_table(tmp_path / "out.parquet")
    assert found["id"].to_pylist() == [n for n in range(1, 25_001) if n != 7]
    assert str(found.schema.field("size").type) == "decimal128(6, 2)"
    assert table(tmp_path / "out.parquet.errors.csv")[1:] == [
        ["7", "street", "", "must not be empty"]
    ]


def test_query_that_the_server_refuses_is_told_by_options(
    shop: str, package: Path, tmp_path: Path
) -> None:
    known = ("--credentials", "shop", "--query", "SELECT nothing FROM houses")
    done = predict(package, shop, tmp_path / "out.csv", *known, env=ACCOUNT)
    assert done.code == 2
    assert '--query: column "nothing" does not exist' in done.err
    assert not list(tmp_path.iterdir())


def test_file_of_a_web_server_is_read_in_pieces(package: Path, tmp_path: Path) -> None:
    content = houses(tmp_path / "served", 5000).read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/rows.parquet" else 404)
            self.send_header("content-length", str(len(content)))
            self.send_header("last-modified", "Sat, 21 Nov 2026 00:00:00 GMT")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 - the name that the library looks for

    with web_server(Handler) as url:
        done = predict(package, f"{url}/rows.parquet", tmp_path / "out.csv")
        assert done.code == 0, done.err
        assert len(table(tmp_path / "out.csv")) == 5001


def test_files_that_differ_are_named_and_leave_nothing(package: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    houses(tmp_path / "in/a.parquet", 10)
    parquet(tmp_path / "in/b.parquet", {"id": [1]})
    done = predict(package, f"file:{tmp_path}/in", tmp_path / "out.csv")
    assert done.code == 2
    assert "is a column of only one of 'a.parquet' and 'b.parquet'; write both alike" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_csv_files_of_a_set_are_one_table(package: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text(
        "size,rooms,garden,zone,street,built\n150,3,true,2,Elm,2020-01-15\n"
    )
    (tmp_path / "in/b.csv").write_text(
        "rooms,size,garden,zone,street,built\n3,x,true,2,Elm,2020-01-15\n3,50,1,2,Elm,2020-01-15\n"
    )
    done = predict(package, f"file:{tmp_path}/in/*.csv", tmp_path / "out.csv")
    assert done.code == 0, done.err
    assert [row[0] for row in table(tmp_path / "out.csv")] == ["size", "150", "50"]
    assert table(tmp_path / "out.csv.errors.csv")[1][:3] == ["2", "size", "x"]
