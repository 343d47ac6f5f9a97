"""The way to MLflow: its address and account, as the environment has them."""

import atexit
import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from training.environment_errors import wait_for_server
from training.errors import InvalidInputError
from training.host_header import ask_as
from training.signing import read_signer

if TYPE_CHECKING:
    from training.registry import Registry


def tracking_uri() -> str:
    """Return MLFLOW_TRACKING_URI; raises InvalidInputError where it is no address."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    if not uri.startswith(("http://", "https://")):
        problem = f"MLFLOW_TRACKING_URI ({uri or 'not set'}): give MLflow's http(s) address"
        raise InvalidInputError("environment", [problem])
    return uri


def connect(uri: str, wait: float = 0, process: int | None = None) -> "Registry":
    """Return the registry at `uri` once it answers; it is waited for as `wait_for_server` does."""
    signer = read_signer(os.environ)
    prepare_mlflow()
    from mlflow import MlflowClient

    from training.registry import Registry

    wait_for_server(uri, wait, process)
    return Registry(MlflowClient(uri), signer)


def prepare_mlflow() -> None:
    """Set what MLflow reads from the environment when it is imported."""
    if file := os.environ.get("MLFLOW_TRACKING_PASSWORD_FILE"):
        try:
            password = Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise InvalidInputError(
                "environment", [f"MLFLOW_TRACKING_PASSWORD_FILE ({file}): {error.strerror}"]
            ) from error
        os.environ["MLFLOW_TRACKING_PASSWORD"] = password
    defaults = {
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",  # the default waits for minutes
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    if "MPLCONFIGDIR" not in os.environ and not os.access(os.environ.get("HOME", ""), os.W_OK):
        folder = tempfile.TemporaryDirectory()  # matplotlib's font list; a container has no home
        os.environ["MPLCONFIGDIR"] = folder.name
        atexit.register(folder.cleanup)
    import mlflow  # noqa: F401 - sets its own log level, so ours must come after

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    if host := os.environ.get("SLIPWAY_MLFLOW_HOST"):
        ask_as(host)
