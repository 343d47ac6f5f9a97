"""One file of a web server as a source that changes."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from support.changing import data, parquet, read
from support.web import web_server
from training.errors import InvalidInputError, TrainingEnvironmentError
from training.snapshots.credentials import Credentials
from training.snapshots.place import Place


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web server with one Parquet file, for those who have the token."""
    content = parquet(tmp_path / "served.parquet", {"x": [2, 1]}).read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == "/a%20b.parquet"
            status = 200 if known else 404
            if self.path == "/closed.parquet":
                status = 200 if self.headers["authorization"] == "Bearer let-me-in" else 403
            self.send_response(status)
            self.send_header("content-length", str(len(content) if status == 200 else 0))
            self.send_header("last-modified", "Sat, 21 Nov 2026 00:00:00 GMT")
            self.end_headers()
            if status == 200 and self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 - the name that the library looks for

    with web_server(Handler) as url:
        yield url


def test_one_file_is_read_from_a_web_server(web: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"{web}/a%20b.parquet").frame["x"].tolist() == [1, 2]
    with pytest.raises(TrainingEnvironmentError, match=r"out of reach: .*404"):
        read(tmp_path, f"{web}/none.parquet")
    with pytest.raises(TrainingEnvironmentError, match=r"403.*'data.credentials' right"):
        read(tmp_path, f"{web}/closed.parquet")
    with pytest.raises(InvalidInputError, match=r"a web server lists no files"):
        read(tmp_path, f"{web}/*.parquet")


def test_token_goes_to_a_web_server_as_a_header(web: str, tmp_path: Path) -> None:
    """Over https alone, which the settings see to; here the place is asked itself."""
    known = Credentials("", {"WEB_TOKEN": "let-me-in"})
    source = data(f"{web}/closed.parquet").model_copy(update={"credentials": "web"})
    found = Place(source, tmp_path, known)
    assert len(found.read(found.files()[0])) > 0
