"""Real servers for sources that change: Postgres and SeaweedFS, where the machine has them."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from support.ports import free_port

PASSWORD = "reads-only-9217"  # noqa: S105 - of a server that lives as long as the tests
S3_ACCOUNT = {"AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": "sees-it-8443"}
_NOBODY = 65534  # Postgres refuses to run as root


@contextmanager
def postgres() -> Iterator[str]:
    """Address of a database `shop`; the account `reader` with PASSWORD may read what is granted."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    programs = next((one for one in folders if (one / "postgres").exists()), None)
    if programs is None:
        pytest.skip("no PostgreSQL server on this machine")
    folder, port = Path(tempfile.mkdtemp()), free_port()
    who: dict[str, Any] = {"user": _NOBODY, "group": _NOBODY} if os.getuid() == 0 else {}
    if who:
        folder.chmod(0o755)
        (folder / "data").mkdir()
        os.chown(folder / "data", _NOBODY, _NOBODY)
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": folder, **who}
    auth = ["--auth=scram-sha-256", "--no-sync", "-U", "postgres"]
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o644)
    made = ["-D", folder / "data", f"--pwfile={folder / 'password'}"]
    subprocess.run([programs / "initdb", *auth, *made], check=True, stderr=-3, **quiet)
    listen = ["-k", "", "-p", str(port), "-h", "127.0.0.1", "-F"]
    server = subprocess.Popen(
        [programs / "postgres", "-D", folder / "data", *listen], stderr=-3, **quiet
    )
    try:
        _until(lambda: admin(f"postgres://127.0.0.1:{port}/postgres").close(), server)
        execute(f"postgres://127.0.0.1:{port}/postgres", "CREATE DATABASE shop")
        url = f"postgres://127.0.0.1:{port}/shop"
        execute(url, f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
        yield url
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


def admin(url: str) -> "psycopg.Connection[Any]":
    """Connect as the owner of all."""
    return psycopg.connect(url, user="postgres", password=PASSWORD, autocommit=True)


def execute(url: str, *statements: str) -> None:
    """Run statements as the owner of all."""
    with admin(url) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement))


@contextmanager
def seaweedfs() -> Iterator[str]:
    """Address of an S3 that knows S3_ACCOUNT alone."""
    program = shutil.which("weed")
    if program is None:
        pytest.skip("no SeaweedFS (weed) on this machine")
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        account = {
            "accessKey": S3_ACCOUNT["AWS_ACCESS_KEY_ID"],
            "secretKey": S3_ACCOUNT["AWS_SECRET_ACCESS_KEY"],
        }
        rights = ["Admin", "Read", "List", "Write"]
        known = {"identities": [{"name": "one", "credentials": [account], "actions": rights}]}
        (folder / "s3.json").write_text(json.dumps(known))
        ports = [f"-{part}.port={free_port()}" for part in ("master", "volume", "filer")]
        # Small volumes: the default asks for more disk than a small machine has.
        options = ["-s3", f"-s3.port={port}", f"-s3.config={folder / 's3.json'}", *ports]
        small = ["-ip=127.0.0.1", f"-dir={folder}", "-master.volumeSizeLimitMB=64"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [program, "server", *options, *small], stdout=log, stderr=log, cwd=folder
            )
        try:
            _until(lambda: _connect(port), server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait()


def _connect(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 1):
        pass


def _until(works: Callable[[], None], server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while True:
        try:
            works()
        except (OSError, psycopg.OperationalError):
            if time.monotonic() > end or server.poll() is not None:
                pytest.fail("a server for tests did not start")
            time.sleep(0.1)
        else:
            return
