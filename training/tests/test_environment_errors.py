"""A bad environment ends with exit code 4 and one sentence that names the remedy."""

import os
import subprocess
import sys
import threading
from base64 import b64encode
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import UNAUTHENTICATED
from requests import HTTPError, Response

from support.command import Ended, run
from support.models import write_model
from support.ports import free_port
from support.proxy import Proxy
from training.environment_errors import translated_errors
from training.errors import TrainingEnvironmentError


def _expect(done: Ended, *parts: str) -> None:
    assert done.code == 4, done.err
    assert "Traceback" not in done.err
    assert not [part for part in parts if part not in done.err], done.err


def _response(status: int) -> Response:
    response = Response()
    response.status_code = status
    return response


def test_unreachable_server_is_named(tmp_path: Path) -> None:
    uri = f"http://127.0.0.1:{free_port()}"
    done = run("train", write_model(tmp_path), env={"MLFLOW_TRACKING_URI": uri})
    _expect(done, uri, "does not answer", "start MLflow")


def test_waits_for_a_server_that_starts_later(mlflow_url: str, tmp_path: Path) -> None:
    """`--wait` lets a caller start both at once."""
    import time

    port = free_port()
    late: list[Proxy] = []

    def start() -> None:
        time.sleep(1.5)
        late.append(Proxy(mlflow_url, port).__enter__())

    threading.Thread(target=start).start()
    yaml = write_model(tmp_path, "late-model")
    env = {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}"}
    done = run("train", yaml, "--wait", "60", env=env)
    late[0].__exit__()
    assert done.code == 0, done.err


def test_waits_as_long_as_the_process_of_mlflow_lives(mlflow_url: str, tmp_path: Path) -> None:
    """However slow the machine: a minute was too short for some. Once it has ended, nothing is."""
    port = free_port()
    uri = f"http://127.0.0.1:{port}"
    yaml = write_model(tmp_path, "slow-model")
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(4)"]) as process:
        threading.Thread(target=process.wait).start()  # as its parent does, lest it stays a zombie
        arguments = ("train", yaml, "--wait-process", process.pid)
        done = run(*arguments, env={"MLFLOW_TRACKING_URI": uri})
    _expect(done, f"process {process.pid} ended before", uri, "look at its log")
    with Proxy(mlflow_url, port):
        arguments = ("train", yaml, "--wait-process", os.getpid())
        assert run(*arguments, env={"MLFLOW_TRACKING_URI": uri}).code == 0


@pytest.mark.parametrize("request_part", ["runs/create", "model-versions/create"])
def test_server_that_dies_is_reported_and_the_next_run_recovers(
    mlflow_url: str, proxy: Proxy, tmp_path: Path, request_part: str
) -> None:
    dead = False

    def fault(_: int, request: str) -> int | None:
        nonlocal dead
        dead = dead or request_part in request
        return 0 if dead else None

    proxy.fault = fault
    yaml = write_model(
        tmp_path, f"dies-{request_part.split('-', maxsplit=1)[0].split('/', maxsplit=1)[0]}-model"
    )
    done = run("train", yaml, env={"MLFLOW_TRACKING_URI": proxy.url})
    _expect(done, proxy.url, "run again")
    assert run("train", yaml, env={"MLFLOW_TRACKING_URI": mlflow_url}).code == 0


@pytest.mark.parametrize(
    ("answered", "remedy"),
    [
        (MlflowException("request to http://127.0.0.1:40121/api failed"), "run again"),
        (MlflowException("any", UNAUTHENTICATED), "refused the login"),
        (HTTPError(response=_response(401)), "refused the login"),
        (HTTPError("http://127.0.0.1:40121/api", response=_response(500)), "run again"),
    ],
)
def test_login_is_refused_by_a_status_not_by_the_digits_of_an_address(
    answered: Exception, remedy: str
) -> None:
    with pytest.raises(TrainingEnvironmentError, match=remedy), translated_errors("any"):
        raise answered


@pytest.mark.parametrize("password", ["wrong", "right"])
def test_password_comes_from_a_file_and_a_wrong_one_is_named(
    proxy: Proxy, tmp_path: Path, password: str
) -> None:
    proxy.authorization = f"Basic {b64encode(b'someone:right').decode()}"
    (tmp_path / "password").write_text(f"{password}\n")
    done = run(
        *("train", write_model(tmp_path, "login-model")),
        env={
            "MLFLOW_TRACKING_URI": proxy.url,
            "MLFLOW_TRACKING_USERNAME": "someone",
            "MLFLOW_TRACKING_PASSWORD_FILE": str(tmp_path / "password"),
        },
    )
    if password == "right":  # noqa: S105
        assert done.code == 0, done.err
    else:
        _expect(done, "refused the login", "MLFLOW_TRACKING_PASSWORD")


def test_full_disk_is_named(client: MlflowClient, mlflow_url: str, tmp_path: Path) -> None:
    """A file-size limit is the part of a full disk that needs no root; nothing is registered."""
    yaml = write_model(tmp_path, "full-model")
    done = run("train", yaml, env={"MLFLOW_TRACKING_URI": mlflow_url}, limit_bytes=4000)
    _expect(done, "cannot be written", "TMPDIR")
    assert not client.search_model_versions("name='full-model'")
    assert run("train", yaml, env={"MLFLOW_TRACKING_URI": mlflow_url}).code == 0


def test_missing_password_file_is_named(mlflow_url: str, tmp_path: Path) -> None:
    env = {"MLFLOW_TRACKING_URI": mlflow_url, "MLFLOW_TRACKING_PASSWORD_FILE": "/nowhere"}
    done = run("train", write_model(tmp_path), env=env)
    assert done.code == 2
    assert "MLFLOW_TRACKING_PASSWORD_FILE (/nowhere)" in done.err


def test_lost_data_file_is_named(mlflow_url: str, tmp_path: Path) -> None:
    yaml = write_model(tmp_path)
    (tmp_path / "data.csv").unlink()
    _expect(run("train", yaml, env={"MLFLOW_TRACKING_URI": mlflow_url}), "data.csv", "relative")


def test_home_and_working_folder_may_be_read_only(mlflow_url: str, tmp_path: Path) -> None:
    """Only TMPDIR is written, and nothing stays there; a container's root is read-only."""
    import subprocess
    import sys

    yaml = write_model(tmp_path, "home-model")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "training", "train", yaml],
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(Path(__file__).parents[1] / "src"),
            "HOME": "/proc/nowhere",
            "TMPDIR": str(scratch),
            "MLFLOW_TRACKING_URI": mlflow_url,
        },
        cwd="/proc/self",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert list(scratch.iterdir()) == []
