"""What a notebook does: fits a model on a DataFrame and logs it; then the command `adopt`."""

from importlib import import_module
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import yaml
from mlflow.artifacts import download_artifacts

from support.command import Ended, run

ROWS = 240


def people(rows: int = ROWS) -> pd.DataFrame:
    """Numbers, a text, a yes or no, gaps; who survived."""
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "age": random.integers(1, 80, rows).astype(float),
            "fare": random.gamma(2, 15, rows).round(2),
            "port": random.choice(["Cork", "Le Havre", "Southampton"], rows),
            "alone": random.random(rows) < 0.5,
        }
    )
    chance = 1 / (1 + np.exp(0.05 * frame["age"] - 0.05 * frame["fare"] - frame["alone"]))
    frame["survived"] = np.where(random.random(rows) < chance, "yes", "no")
    frame.loc[::17, "age"] = np.nan
    frame.loc[::23, "port"] = None
    return frame


def log(url: str, name: str, model: Any, flavor: str = "sklearn", **more: Any) -> None:
    """Register the next version of `name`."""
    mlflow.set_tracking_uri(url)
    mlflow.set_experiment("notebooks")
    with mlflow.start_run():
        module = import_module(f"mlflow.{flavor}")
        module.log_model(model, name="model", registered_model_name=name, **more)


def adopt(url: str, name: str, *options: object, version: str = "1", **env: str) -> Ended:
    words = ("adopt", "--model", name, "--version", version, *options)
    return run(*words, env={"MLFLOW_TRACKING_URI": url} | env)


def package(name: str, version: str, folder: Path) -> dict[str, Any]:
    """What serving reads of a version; its files are then in `folder`."""
    download_artifacts(f"models:/{name}/{version}", dst_path=str(folder))
    content: dict[str, Any] = yaml.safe_load((folder / "MLmodel").read_text())
    found: dict[str, Any] = content["metadata"]["slipway"]
    return found
