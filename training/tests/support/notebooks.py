"""What a notebook does: fits a model on a DataFrame and logs it; then the command `adopt`."""

from importlib import import_module
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import yaml
from mlflow.artifacts import download_artifacts
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from support.command import Ended, run
from training.adoption.convert import convert
from training.adoption.logged import Logged
from training.adoption.notebook import Notebook, open_notebook
from training.adoption.rows import Rows, read_rows
from training.feature import ColumnType
from training.model import Model
from training.report import Report

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


def split(table: pd.DataFrame, target: str) -> tuple[pd.DataFrame, pd.DataFrame, Any]:
    """Return the rows that the notebook has not seen, then features and target that it fits on."""
    fitted, held = table.iloc[: len(table) // 2], table.iloc[len(table) // 2 :]
    return held, fitted.drop(columns=[target]), fitted[target]


def pipeline(final: Any) -> Any:
    """What a notebook usually has: numbers filled and scaled, texts filled and encoded."""
    texts = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = make_column_transformer(
        (numbers, ["fare", "age"]), (texts, ["port"]), remainder="passthrough"
    )
    return make_pipeline(columns, final)


def log(url: str, name: str, model: Any, flavor: str = "sklearn", **more: Any) -> None:
    """Register the next version of `name`; to look for its requirements takes MLflow seconds."""
    more = {"pip_requirements": ["scikit-learn"]} | more
    mlflow.set_tracking_uri(url)
    mlflow.set_experiment("notebooks")
    with mlflow.start_run():
        module = import_module(f"mlflow.{flavor}")
        module.log_model(model, name="model", registered_model_name=name, **more)


def adopt(url: str, name: str, *options: object, version: str = "1", **env: str) -> Ended:
    words = ("adopt", "--model", name, "--version", version, *options)
    return run(*words, env={"MLFLOW_TRACKING_URI": url} | env)


def open_here(model: Any, columns: dict[str, ColumnType] | None = None) -> Notebook:
    """Take a fitted model as `adopt` does once it is loaded."""
    logged = Logged("m", "1", "m/1", "", Path(), "sklearn", {}, columns or {})
    return open_notebook(logged, model)


def converted(model: Any, rows: pd.DataFrame, target: str, folder: Path) -> Model:
    """Convert a fitted model and prove it on `rows`."""
    rows.to_csv(folder / "rows.csv", index=False)
    notebook = open_here(model)
    settings, _, data = read_rows(Rows("m", folder / "rows.csv", target), notebook)
    return convert(settings, notebook, data, 1 << 28, Report("m"))


def package(name: str, version: str, folder: Path) -> dict[str, Any]:
    """What serving reads of a version; its files are then in `folder`."""
    download_artifacts(f"models:/{name}/{version}", dst_path=str(folder))
    content: dict[str, Any] = yaml.safe_load((folder / "MLmodel").read_text())
    found: dict[str, Any] = content["metadata"]["slipway"]
    return found
