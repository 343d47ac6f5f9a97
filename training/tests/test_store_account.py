"""The account of the data's own store: by variables of our own, with a real S3."""

import os
import re
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import obstore
import pytest
from obstore.exceptions import BaseError

from support.servers import S3_ACCOUNT, seaweedfs
from training.data import Data
from training.errors import InvalidInputError, TrainingEnvironmentError
from training.snapshots.credentials import Credentials
from training.snapshots.place import Place
from training.snapshots.store import SnapshotStore, open_store
from training.snapshots.store_account import s3_options


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with seaweedfs() as url:
        yield url


def account(folder: Path, username: str, password: str) -> str:
    """A folder like a mounted Secret; the line end is an editor's."""
    folder.mkdir()
    (folder / "username").write_text(f"{username}\n")
    (folder / "password").write_text(password)
    return str(folder)


def test_the_stores_of_data_and_predictions_open_with_their_own_account(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No AWS_* variable is set, before or after; a batch's output in the bucket goes there too."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    folder = account(tmp_path / "account", *S3_ACCOUNT.values())
    monkeypatch.setenv("DATA_STORE_ENDPOINT", s3)
    monkeypatch.setenv("DATA_STORE_ACCOUNT", folder)
    monkeypatch.setenv("DATA_STORE", "s3://data/snapshots")
    log = open_store("s3://data/predictions", "PREDICTIONS", make=False)
    for _ in range(60):  # SeaweedFS takes clients before its volumes are there
        try:
            obstore.put(log, "a/one.txt", b"kept", use_multipart=False)
            break
        except BaseError:
            time.sleep(0.5)
    assert bytes(obstore.get(log, "a/one.txt").bytes()) == b"kept"
    batches = open_store("s3://data/batches", "--out")
    obstore.put(batches, "x", b"1", use_multipart=False)
    whole = [
        one["path"] for batch in obstore.list(open_store("s3://data", "--out")) for one in batch
    ]
    assert sorted(whole) == ["batches/x", "predictions/a/one.txt"]
    assert SnapshotStore("s3://data/snapshots").entries() == []
    # So does a source that lies there, where it names no other.
    source = Data.model_validate({"source": "s3://data/batches/*", "format": "csv"})
    place = Place(source, tmp_path, Credentials("", os.environ))
    assert [file.path for file in place.files()] == ["batches/x"]
    assert not [name for name in os.environ if name.startswith("AWS_")]

    monkeypatch.setenv("DATA_STORE_ACCOUNT", account(tmp_path / "wrong", "someone", "guessed-4711"))
    with pytest.raises(TrainingEnvironmentError, match=r"DATA_STORE .* or its account") as error:
        SnapshotStore("s3://data/snapshots").entries()
    assert "guessed-4711" not in str(error.value)


def test_an_endpoint_is_asked_by_paths_and_with_the_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a real S3: what is sent, whatever AWS_* says."""
    seen: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, self.headers["Authorization"]))
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "another")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("DATA_STORE_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("DATA_STORE_REGION", "eu-west-3")
    monkeypatch.setenv("DATA_STORE_ACCOUNT", account(tmp_path / "account", "ours", "secret"))
    log = open_store("s3://data/predictions", "PREDICTIONS", make=False)
    with pytest.raises(FileNotFoundError):
        obstore.get(log, "one.txt")
    server.shutdown()
    (path, signed) = seen[0]
    assert path == "/data/predictions/one.txt"
    assert re.search(r"Credential=ours/\d{8}/eu-west-3/s3/", signed)


def test_other_buckets_and_places_without_the_variables_have_the_usual_account(
    tmp_path: Path,
) -> None:
    known = {"DATA_STORE": "s3://data/snapshots", "DATA_STORE_ENDPOINT": "https://s3.here:8333"}
    assert s3_options("s3://lake/x", "--out", known) == {}
    assert s3_options("s3://data/x", "DATA_STORE", {}) == {}
    told = s3_options("s3://data/x", "--out", known | {"DATA_STORE_REGION": "eu-west-3"})
    assert told["config"]["region"] == "eu-west-3"
    assert told["client_options"] == {"allow_http": False}
    assert "access_key_id" not in told["config"]
    own = {"DATA_STORE_ACCOUNT": account(tmp_path / "account", "key", "secret")}
    config = s3_options("s3://data/x", "PREDICTIONS", own)["config"]
    assert config == {
        "region": "us-east-1",
        "access_key_id": "key",
        "secret_access_key": "secret",
    }


def test_an_account_that_lacks_a_file_and_an_endpoint_that_is_none_are_refused(
    tmp_path: Path,
) -> None:
    folder = account(tmp_path / "account", "key", "secret")
    (tmp_path / "account" / "password").unlink()
    with pytest.raises(
        TrainingEnvironmentError, match=r"DATA_STORE_ACCOUNT .*'password'.* No such file"
    ):
        s3_options("s3://data/x", "DATA_STORE", {"DATA_STORE_ACCOUNT": folder})
    (tmp_path / "account" / "password").write_text(" \n")
    with pytest.raises(TrainingEnvironmentError, match=r"'password' is empty; write the secret"):
        s3_options("s3://data/x", "DATA_STORE", {"DATA_STORE_ACCOUNT": folder})
    with pytest.raises(InvalidInputError, match=r"DATA_STORE_ENDPOINT \(s3.here\): give the http"):
        s3_options("s3://data/x", "DATA_STORE", {"DATA_STORE_ENDPOINT": "s3.here"})
