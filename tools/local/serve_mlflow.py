"""`mlflow server` in one process: `serve_mlflow.py OPTIONS`.

MLflow's own command imports the whole server, then starts it again as a child and waits: twice the
memory and twice the time to start. Here the child's command line runs in place, as in our image.
"""

import os
import sys
from typing import Any

import mlflow.server
import uvicorn
from mlflow.cli import cli


def run_here(command: list[str], *, extra_env: dict[str, str], **_: Any) -> None:
    """Stand in for the function that starts `python -m uvicorn …` as a child."""
    os.environ.update(extra_env)
    uvicorn.main(command[3:])


if __name__ == "__main__":
    assert callable(mlflow.server._exec_cmd), "this MLflow starts its server in another way"
    mlflow.server._exec_cmd = run_here
    cli(["server", *sys.argv[1:]])
