"""Turns what MLflow, the network or the disk throws into one sentence with its remedy."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from training.errors import TrainingEnvironmentError

POLL_SECONDS = 0.2


def wait_for_server(uri: str, seconds: float, process: int | None = None) -> None:
    """Return once `/health` answers; ask again for `seconds`, or as long as `process` lives."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urlopen(f"{uri.rstrip('/')}/health", timeout=5):  # noqa: S310 - http(s) only
                return
        except HTTPError as error:
            if error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return  # it is there; what it minds is told by the first real request
            reason = f"{error.code} {error.reason}"
        except (URLError, OSError) as error:
            reason = str(getattr(error, "reason", error))
        if process is not None and not lives(process):
            raise TrainingEnvironmentError(
                f"MLflow's process {process} ended before MLFLOW_TRACKING_URI ({uri}) answered "
                f"({reason}); look at its log"
            )
        if process is None and time.monotonic() >= end:
            raise TrainingEnvironmentError(
                f"MLFLOW_TRACKING_URI ({uri}) does not answer: {reason}; "
                "start MLflow there or correct the address"
            )
        time.sleep(POLL_SECONDS)


def lives(process: int) -> bool:
    """Whether a process of this machine with that number is there."""
    try:
        os.kill(process, 0)  # signal 0 only asks
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


@contextmanager
def translated_errors(uri: str) -> Iterator[None]:
    """Raise TrainingEnvironmentError in place of what MLflow, network and disk raise."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.startswith(("mlflow.", "requests.", "urllib3.")):
            raise TrainingEnvironmentError(_mlflow_sentence(uri, error)) from error
        if isinstance(error, ConnectionError | TimeoutError):
            raise TrainingEnvironmentError(_mlflow_sentence(uri, error)) from error
        if isinstance(error, OSError):
            raise TrainingEnvironmentError(
                f"a temporary file cannot be written ({error}); "
                "free disk space or set TMPDIR to a writable folder"
            ) from error
        raise


def _mlflow_sentence(uri: str, error: Exception) -> str:
    text = " ".join(str(error).split())
    if _status(error) == HTTPStatus.UNAUTHORIZED or "not authenticated" in text:
        return (
            f"MLflow at {uri} refused the login; check MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD (or MLFLOW_TRACKING_PASSWORD_FILE)"
        )
    if "Invalid Host header" in text:
        return f"MLflow at {uri} refused its own name; add that host to its --allowed-hosts"
    if any(sign in text for sign in ("No space left", "disk is full", "ENOSPC")):
        return f"MLflow at {uri} has no disk space left; free some there, then run again"
    return (
        f"MLflow at {uri} failed ({text[:300]}); look at its log and run again: "
        "what is half done is picked up"
    )


def _status(error: Exception) -> int | None:
    """HTTP status that the server answered; its digits may stand in an address or an id too."""
    from mlflow.exceptions import MlflowException

    if isinstance(error, MlflowException):
        return int(error.get_http_status_code())
    return getattr(getattr(error, "response", None), "status_code", None)
