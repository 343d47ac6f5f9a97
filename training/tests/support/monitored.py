"""A champion that is monitored as in a stack."""

import json
from pathlib import Path
from typing import Any

from support.command import Ended, run
from support.flow import train
from support.models import write_model


def champion_of(url: str, folder: Path, name: str) -> str:
    code, result = train(url, write_model(folder, name))
    assert code == 0, result
    return str(result["version"])


def judge(url: str, log: Path, name: str, *more: Any, **env: str) -> Ended:
    words = ("monitor", "--model", name, "--champion", *more)
    return run(*words, env={"MLFLOW_TRACKING_URI": url, "PREDICTIONS": str(log), **env})


def told_of(done: Ended) -> dict[str, Any]:
    assert done.code == 0, done.err
    told: dict[str, Any] = json.loads(done.out)
    return told
