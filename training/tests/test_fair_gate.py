"""The gate compares on rows that neither the champion nor the candidate was trained on."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from mlflow import MlflowClient
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from support.flow import aliases, train
from support.models import frame, write_model

FOREST = {
    "class": "sklearn.ensemble.RandomForestRegressor",
    "parameters": {"n_estimators": 20},
}


def wages(rows: int) -> pd.DataFrame:
    """Numbers that a forest remembers well and foresees badly."""
    random = np.random.default_rng(3)
    table = pd.DataFrame(random.normal(size=(rows, 3)).round(4), columns=list("abc"))
    table["y"] = (table["a"] + table["b"] * table["c"] + random.normal(size=rows)).round(4)
    return table


def write(folder: Path, name: str, table: pd.DataFrame, **changes: Any) -> Path:
    table.to_csv(folder / "data.csv", index=False)
    return write_model(
        folder, name, **({"estimator": FOREST, "metrics": None, "gate": None} | changes)
    )


def rules(result: dict[str, Any]) -> set[str]:
    return {compared["rule"] for compared in result["gate"]}


def test_model_of_appended_rows_is_not_judged_on_what_the_champion_remembers(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """The champion looked best on the rows it was trained on, and nothing ever replaced it."""
    table = wages(1600)
    assert train(mlflow_url, write(tmp_path, "wage-model", table[:1000]))[0] == 0
    grown = table.sample(frac=1, random_state=1)
    code, result = train(mlflow_url, write(tmp_path, "wage-model", grown))
    assert code == 0, result
    assert result["note"] == "the data is not the champion's, so its limits leave room for chance"
    assert {f["metric"] for f in result["gate"]} == {"rmse", "mae", "r2"}
    assert aliases(client, "wage-model") == {"champion": "2", "previous": "1"}


def test_worse_model_of_appended_rows_is_rejected(mlflow_url: str, tmp_path: Path) -> None:
    table = wages(1600)
    train(mlflow_url, write(tmp_path, "dull-model", table[:1000]))
    stump = FOREST | {"parameters": {"n_estimators": 1, "max_depth": 1}}
    code, _ = train(mlflow_url, write(tmp_path, "dull-model", table, estimator=stump))
    assert code == 3


def test_split_drawn_anew_compares_on_the_rows_that_are_left(
    mlflow_url: str, tmp_path: Path
) -> None:
    """With a random split the champion saw most of the new test rows; the note says how many."""
    table, split = wages(1600), {"method": "random"}
    train(mlflow_url, write(tmp_path, "drawn-model", table[:1000], split=split))
    code, result = train(mlflow_url, write(tmp_path, "drawn-model", table, split=split))
    assert code == 0
    assert "of 320 test rows that neither was trained on" in result["note"]
    compared = {f["metric"]: f["value"] for f in result["gate"]}
    assert compared["rmse"] != result["metrics"]["rmse"]


def test_floors_stand_on_the_whole_test_split(mlflow_url: str, tmp_path: Path) -> None:
    table, split, gate = wages(800), {"method": "random"}, {"floors": {"rmse": 5.0}}
    changes = {"split": split, "gate": gate}
    train(mlflow_url, write(tmp_path, "low-model", table[:500], **changes))
    _, result = train(mlflow_url, write(tmp_path, "low-model", table, **changes))
    (floor,) = [f for f in result["gate"] if f["rule"] == "floor"]
    assert floor["value"] == result["metrics"]["rmse"]
    assert rules(result) == {"floor", "champion"}


@pytest.mark.parametrize(("depth", "seed", "code"), [(3, 7, 0), (1, 11, 3)])
def test_too_few_unseen_rows_leave_the_champions_own_figures_to_decide(
    mlflow_url: str, tmp_path: Path, depth: int, seed: int, code: int
) -> None:
    name, tree = f"few-{code}-model", "sklearn.tree.DecisionTreeClassifier"
    first = {"class": tree, "parameters": {"max_depth": 3}}
    train(mlflow_url, write(tmp_path, name, frame(100), estimator=first, metrics=["accuracy"]))
    changed = write(
        tmp_path,
        name,
        frame(100),
        estimator={"class": tree, "parameters": {"max_depth": depth}},
        metrics=["accuracy"],
        split={"seed": seed},
    )
    ended, result = train(mlflow_url, changed)
    assert "was trained on all but" in result["note"]
    assert "its own test rows" in result["note"]
    assert (ended, rules(result)) == (code, {"champion"})


def test_champion_from_before_has_no_record_and_its_own_figures_decide(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    table = wages(1600)
    train(mlflow_url, write(tmp_path, "old-model", table[:1000]))
    version = client.get_model_version("old-model", "1")
    uri = client.get_run(version.run_id).info.artifact_uri
    get_artifact_repository(uri).delete_artifacts("training-rows.u64")
    code, result = train(mlflow_url, write(tmp_path, "old-model", table))
    assert "has no record of its training rows" in result["note"]
    assert code == 0
    assert rules(result) == {"champion"}


def test_record_holds_a_hash_a_row_and_no_value(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    train(mlflow_url, write(tmp_path, "record-model", wages(500)))
    version = client.get_model_version("record-model", "1")
    file = Path(client.download_artifacts(version.run_id, "training-rows.u64", str(tmp_path)))
    logged = client.download_artifacts(version.run_id, "model.yaml", str(tmp_path))
    assert yaml.safe_load(Path(logged).read_text())["name"] == "record-model"
    rows = int(client.get_run(version.run_id).data.params["rows.train"])
    assert file.stat().st_size == 8 * rows
    hashes = np.fromfile(file, "<u8").tolist()
    assert hashes == sorted(hashes)
