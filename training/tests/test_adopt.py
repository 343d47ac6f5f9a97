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
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

from support.flow import aliases, promotions, train
from support.models import frame, sha256, write_model
from support.notebooks import adopt, log, package, people, pipeline, split
from test_serving import REAL

FOREST = ["numpy.dtype", "sklearn.tree._tree.Tree"]


def served(folder: Path, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """What the prediction API's own code answers; an absent value is left out."""
    records = json.loads(rows.to_json(orient="records"))
    body = json.dumps([{k: v for k, v in row.items() if v is not None} for row in records])
    command = [*shlex.split(REAL), str(folder), "--rows"]
    done = subprocess.run(command, input=body, capture_output=True, text=True, check=True)
    answers: list[dict[str, Any]] = json.loads(done.stdout)["answer"]
    return answers


def test_pipeline_of_a_notebook_is_served_and_answers_as_it_did_there(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """A new version, which says what it was made of; the old one stays as it is."""
    held, features, target = split(people(), "survived")
    model = pipeline(RandomForestClassifier(21, random_state=0)).fit(features, target)
    example = features[:5]
    log(mlflow_url, "people", model, input_example=example, skops_trusted_types=FOREST)
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
    assert client.get_model_version("people", "1").tags == {}
    assert promotions(client, "people", "2") == [{"by": "adoption"}]
    found = package("people", "2", tmp_path / "package")
    assert [one["name"] for one in found["features"]] == list(features.columns)
    assert [one["value"] for one in found["classes"]] == ["no", "yes"]
    assert found["training"]["rows"] == {"train": 0, "test": len(held)}
    assert found["training"]["data_sha256"] == sha256(tmp_path / "held.csv")
    adopted = found["training"]["adopted"]
    run_id = client.get_model_version("people", "1").run_id
    assert adopted == {"model": "people", "version": "1", "run_id": run_id, "flavor": "sklearn"}
    rows = held.drop(columns=["survived"])
    chances = model.predict_proba(rows)[:, 1]
    answers = served(tmp_path / "package", rows)
    assert [one["probability"] for one in answers] == pytest.approx(chances.tolist(), abs=1e-5)
    assert [one["survived"] for one in answers] == model.predict(rows).tolist()
    accuracy = np.mean(model.predict(rows) == held["survived"])
    assert found["training"]["metrics"]["accuracy"] == pytest.approx(accuracy)


def notebook(url: str, folder: Path, name: str, *, good: bool = True) -> Path:
    """Log a logistic regression of two numbers, fitted on half of the rows; return the others."""
    held, features, target = split(frame(), "y")
    log(url, name, LogisticRegression().fit(features, target if good else 1 - target))
    held.to_csv(folder / "held.csv", index=False)
    return folder / "held.csv"


def test_version_once_adopted_is_not_adopted_again(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    held = notebook(mlflow_url, tmp_path, "again-model")
    for word in ("promoted", "unchanged"):
        done = adopt(mlflow_url, "again-model", "--data", held, "--unseen")
        assert (done.code, f"version 2: {word}" in done.out) == (0, True), done.err
    assert len(client.search_model_versions("name='again-model'")) == 2


@pytest.mark.parametrize("good", [True, pytest.param(False, marks=pytest.mark.long)])
def test_gate_holds_it_against_the_champion_on_rows_that_neither_was_trained_on(
    client: MlflowClient, mlflow_url: str, tmp_path: Path, *, good: bool
) -> None:
    """The champion's record says which those are, the command's --unseen the same of the other."""
    name = f"against-{good}-model".lower()
    frame().iloc[:150].to_csv(tmp_path / "data.csv", index=False)
    stump = {"class": "sklearn.tree.DecisionTreeClassifier", "parameters": {"max_depth": 1}}
    train(mlflow_url, write_model(tmp_path, name, estimator=stump))
    held = notebook(mlflow_url, tmp_path, f"notebook-{name}", good=good)
    options = ("--data", held, "--unseen", "--as", name)
    done = adopt(mlflow_url, f"notebook-{name}", *options)
    assert done.code == (0 if good else 3), done.err
    assert "(champion, version 1)" in done.out
    assert "not trained on these rows is the word of whoever adopted it" in done.out
    expected = {"champion": "2", "previous": "1"} if good else {"champion": "1", "rejected": "2"}
    assert aliases(client, name) == expected
    version = client.get_model_version(name, "2")
    assert version.tags["slipway.adopted"] == f"notebook-{name}/1"


def test_without_unseen_nothing_is_measured_and_a_first_version_serves(
    mlflow_url: str, client: MlflowClient, tmp_path: Path
) -> None:
    """Metrics on rows that it may have learned say nothing, so a later candidate meets none."""
    held = notebook(mlflow_url, tmp_path, "seen-model")
    done = adopt(mlflow_url, "seen-model", "--data", held)
    assert done.code == 0, done.err
    assert package("seen-model", "2", tmp_path / "package")["training"]["metrics"] == {}
    assert aliases(client, "seen-model") == {"champion": "2"}
    code, result = train(mlflow_url, write_model(tmp_path, "seen-model"))
    assert (code, result["outcome"]) == (0, "promoted")
    assert "has none of the candidate's metrics" in result["note"]


@pytest.mark.parametrize(
    ("options", "judge"),
    [
        (("--floor", "accuracy=0.5"), "gate.floors"),
        pytest.param((), "the champion, version unsure", marks=pytest.mark.long),
    ],
)
def test_without_unseen_neither_floors_nor_the_champion_can_judge(
    mlflow_url: str, client: MlflowClient, tmp_path: Path, options: tuple[str, ...], judge: str
) -> None:
    name = f"unsure-{len(options)}-model"
    held = notebook(mlflow_url, tmp_path, name)
    if not options:
        adopt(mlflow_url, name, "--data", held, "--unseen")
        notebook(mlflow_url, tmp_path, name)
    done = adopt(mlflow_url, name, "--data", held, *options, version="1" if options else "3")
    assert done.code == 2
    assert judge in done.err
    assert "write --unseen" in done.err
    assert len(client.search_model_versions(f"name='{name}'")) == (1 if options else 3)


def test_champion_that_is_the_adopted_version_itself_is_no_rival(
    mlflow_url: str, client: MlflowClient, tmp_path: Path
) -> None:
    """Who pointed the alias at what the notebook logged gets the same model as a package."""
    held = notebook(mlflow_url, tmp_path, "own-model")
    client.set_registered_model_alias("own-model", "champion", "1")
    done = adopt(mlflow_url, "own-model", "--data", held)
    assert done.code == 0, done.err
    assert aliases(client, "own-model")["champion"] == "2"


def test_numbers_are_adopted_with_what_a_yaml_says_of_them(mlflow_url: str, tmp_path: Path) -> None:
    """The YAML's features stand in the model's order; they bring units and ranges."""
    table = people().dropna(subset=["age"])[["fare", "age"]]
    table["price"] = 3 * table["fare"] - table["age"]
    held, features, target = split(table, "price")
    log(mlflow_url, "price-model", LinearRegression().fit(features, target))
    held.to_csv(tmp_path / "held.csv", index=False)
    (tmp_path / "price.yaml").write_text("""
data: { source: "csv:held.csv" }
features:
  - { name: age, type: number, unit: years, range: { min: 0, max: 120 } }
  - { name: fare }
target: price
output: { unit: GBP }
metrics: [r2]
gate: { floors: { r2: 0.99 } }
""")
    done = adopt(mlflow_url, "price-model", "--yaml", tmp_path / "price.yaml", "--unseen")
    assert done.code == 0, done.err
    found = package("price-model", "2", tmp_path / "package")
    assert [one["name"] for one in found["features"]] == ["fare", "age"]
    assert found["features"][1]["unit"] == "years"
    assert found["output"] == {"name": "price", "type": "number", "unit": "GBP"}
    assert found["training"]["metrics"] == {"r2": pytest.approx(1)}


def test_mlflow_is_asked_by_the_name_that_it_answers_to(mlflow_url: str, tmp_path: Path) -> None:
    """Behind a port-forward its own address is none of its names."""
    held = notebook(mlflow_url, tmp_path, "host-model")
    options = ("--data", held, "--unseen")
    env = {"SLIPWAY_MLFLOW_HOST": "nobody.example"}
    assert "refused its own name" in adopt(mlflow_url, "host-model", *options, **env).err
    env = {"SLIPWAY_MLFLOW_HOST": "127.0.0.1"}
    assert adopt(mlflow_url, "host-model", *options, **env).code == 0
