"""`mlflow server` in one process.

MLflow's own command imports the whole server, then starts it again as a child and waits: twice the
memory (230 MiB each) and twice the start-up time. Here the child's command line runs in place.
"""

import importlib
import os
import sys
from typing import Any

import mlflow.server
import uvicorn
from mlflow.cli import cli
from mlflow.server import handlers


class Nowhere:
    """No store is one, so MLflow offers no client an address of the store itself.

    Clients of MLflow 3 would take it, where the store is S3: its address is inside the cluster, and
    network policies close it to all but MLflow.
    """


for kind in ("MultipartDownloadMixin", "MultipartUploadMixin", "PresignedUploadMixin"):
    assert hasattr(handlers, kind), f"this MLflow decides in another way than by {kind}"
    setattr(handlers, kind, Nowhere)


def run_here(command: list[str], *, extra_env: dict[str, str], **_: Any) -> None:
    """Stand in for the function that starts `python -m uvicorn …` as a child."""
    os.environ.update(extra_env)
    # MLflow looks for it at the first request: a mistake in it must stop the start instead.
    importlib.import_module("slipway_access")
    uvicorn.main(command[3:])


if __name__ == "__main__":  # else this is one of several workers, which uvicorn starts itself
    assert callable(mlflow.server._exec_cmd), "this MLflow starts its server in another way"
    mlflow.server._exec_cmd = run_here
    cli(["server", *sys.argv[1:]])
