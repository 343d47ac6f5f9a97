"""A model that a notebook logged becomes a version that serving loads."""

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from support.flow import aliases, promotions
from support.notebooks import ROWS, adopt, log, package, people
from test_serving import REAL

TRUSTED = ["numpy.dtype", "sklearn.tree._tree.Tree"]


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


def split(table: pd.DataFrame, target: str) -> tuple[pd.DataFrame, pd.DataFrame, Any]:
    """Return the features and target that the notebook fits on, and the rows it has not seen."""
    fitted, held = table.iloc[: ROWS // 2], table.iloc[ROWS // 2 :]
    return held, fitted.drop(columns=[target]), fitted[target]


def served(folder: Path, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """What the prediction API's own code answers."""
    records = json.loads(rows.to_json(orient="records"))
    body = json.dumps([{k: v for k, v in row.items() if v is not None} for row in records])
    done = subprocess.run(
        [*shlex.split(REAL), str(folder), "--rows"],
        input=body,
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)["answer"]
    return answers


def test_pipeline_of_a_notebook_is_served_and_answers_as_it_did_there(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    held, features, target = split(people(), "survived")
    model = pipeline(RandomForestClassifier(20, random_state=0)).fit(features, target)
    log(mlflow_url, "people", model, input_example=features[:5], skops_trusted_types=TRUSTED)
    held.to_csv(tmp_path / "held.csv", index=False)
    done = adopt(
        mlflow_url,
        "people",
        *("--data", tmp_path / "held.csv", "--unseen", "--floor", "accuracy=0.5"),
        SLIPWAY_SERVING_CHECK=REAL,
    )
    assert done.code == 0, done.err
    assert "parity within" in done.out
    assert "the server's loader answers" in done.out
    assert aliases(client, "people") == {"champion": "2"}
    assert client.get_model_version("people", "2").tags["slipway.adopted"] == "people/1"
    assert promotions(client, "people", "2") == [{"by": "adoption"}]
    found = package("people", "2", tmp_path / "package")
    assert [one["name"] for one in found["features"]] == list(features.columns)
    assert [one["value"] for one in found["classes"]] == ["no", "yes"]
    assert found["training"]["rows"] == {"train": 0, "test": len(held)}
    assert found["training"]["adopted"]["flavor"] == "sklearn"
    truth = model.predict_proba(held.drop(columns=["survived"]))[:, 1]
    answers = served(tmp_path / "package", held.drop(columns=["survived"]))
    assert [one["probability"] for one in answers] == pytest.approx(truth.tolist(), abs=1e-5)
    accuracy = np.mean(model.predict(held.drop(columns=["survived"])) == held["survived"])
    assert found["training"]["metrics"]["accuracy"] == pytest.approx(accuracy)
