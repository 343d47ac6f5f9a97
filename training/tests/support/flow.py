"""The command `train` against an MLflow server, and what it left in the registry."""

import json
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from support.command import run


def train(url: str, yaml: Path, *options: str, **env: str) -> tuple[int | None, dict[str, Any]]:
    done = run("train", yaml, "--events", *options, env={"MLFLOW_TRACKING_URI": url} | env)
    return done.code, json.loads(done.out.splitlines()[-1])


def promotions(client: MlflowClient, name: str, version: str) -> list[dict[str, str]]:
    """What the tags of a version tell of its promotions, oldest first."""
    tags = sorted(client.get_model_version(name, version).tags.items())
    return [json.loads(value) for key, value in tags if key.startswith("slipway.champion.")]


def aliases(client: MlflowClient, name: str) -> dict[str, str]:
    return {k: str(v) for k, v in client.get_registered_model(name).aliases.items()}
