"""Real processes for the tests: an MLflow server, a proxy before it, and the command line."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from mlflow import MlflowClient

from support.command import start_forkserver
from support.ports import free_port
from support.proxy import Proxy

SERVE_MLFLOW = Path(__file__).parents[2] / "tools" / "local" / "serve_mlflow.py"

os.environ |= {"OMP_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true"}


def pytest_sessionstart() -> None:
    start_forkserver()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the long set to `npm test -- --all`; a usual run counts it as skipped."""
    if os.environ.get("SLIPWAY_ALL_TESTS") == "1":
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="of the long set: npm test -- --all"))


@pytest.fixture(scope="session")
def mlflow_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an MLflow server with SQLite and a folder of artifacts, as `npm start` has it."""
    folder, port = tmp_path_factory.mktemp("mlflow"), free_port()
    arguments = [
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db"),
        *("--artifacts-destination", str(folder / "artifacts")),
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, SERVE_MLFLOW, *arguments],
            env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, server, folder / "log")
        yield url
    finally:
        server.kill()
        server.wait()


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(f"{url}/health"):
                return
        except (URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(f"MLflow did not start: {log.read_text()}")


@pytest.fixture
def client(mlflow_url: str, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_url)
    return MlflowClient(mlflow_url)


@pytest.fixture
def proxy(mlflow_url: str) -> Iterator[Proxy]:
    """A proxy before MLflow that tests tell to fail."""
    with Proxy(mlflow_url) as running:
        yield running
