"""Before a version is registered, the server's own loader loads it and answers rows."""

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient

from support.command import run
from support.flow import aliases, train
from support.models import frame, write_model

CHECK = Path(__file__).parents[2] / "serving" / "src" / "check.ts"
REAL = shlex.join(["node", "--import", "tsx", str(CHECK)])


def fake(folder: Path, script: str) -> str:
    """Write a check command that behaves as the script says."""
    path = folder / "check.py"
    path.write_text(f"import json, sys\nrows = json.load(sys.stdin)\n{script}\n")
    return shlex.join([sys.executable, str(path)])


REFUSES = "print('checksum: model.onnx is another', file=sys.stderr); sys.exit(2)"
STACK = "node:internal\\n  throw error\\nError: Cannot find module\\n" + "    at resolve\\n" * 99
BREAKS = f"print('{STACK}', file=sys.stderr); sys.exit(1)"
WRONG = "print(json.dumps({'ok': True, 'answer': [{'y': True, 'probability': 0.123}] * len(rows)}))"


@pytest.mark.parametrize(
    ("script", "code", "reason"),
    [
        (REFUSES, 2, "would refuse this model, so it is not registered: checksum"),
        (WRONG, 2, "answers .* rows otherwise"),
        (BREAKS, 4, "ended with exit code 1: Error: Cannot find module;"),
    ],
    ids=["refuses", "answers otherwise", "cannot run"],
)
def test_version_that_serving_would_not_answer_is_never_registered(
    client: MlflowClient, mlflow_url: str, tmp_path: Path, script: str, code: int, reason: str
) -> None:
    name = f"served-{len(script)}-model"
    path = write_model(tmp_path, name)
    ended, result = train(mlflow_url, path, SLIPWAY_SERVING_CHECK=fake(tmp_path, script))
    assert (ended, result["outcome"]) == (code, "failed")
    assert re.search(reason, result["error"])
    assert client.search_model_versions(f"name='{name}'") == []


def test_newer_server_proves_what_an_older_one_serves_where_that_is_asked_for(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    path = write_model(tmp_path, "proven-model")
    assert train(mlflow_url, path)[0] == 0
    refusing = {"SLIPWAY_SERVING_CHECK": fake(tmp_path, REFUSES)}
    code, result = train(mlflow_url, path, "--prove-unchanged", **refusing)
    assert code == 2
    assert "refuse this model, version 1, which was promoted" in result["error"]
    assert "npm run rollback -- --image serving" in result["error"]
    assert aliases(client, "proven-model") == {"champion": "1"}
    code, result = train(mlflow_url, path, "--prove-unchanged", SLIPWAY_SERVING_CHECK=REAL)
    assert (code, result["outcome"], result["version"]) == (0, "unchanged", "1")
    assert train(mlflow_url, path, **refusing)[1]["outcome"] == "unchanged"


def test_limit_of_serving_is_asked_before_anything_is_registered(
    mlflow_url: str, tmp_path: Path
) -> None:
    path = write_model(tmp_path, "huge-model")
    code, result = train(mlflow_url, path, MAX_MODEL_BYTES="100")
    assert code == 2
    assert "MAX_MODEL_BYTES=100" in result["error"]
    done = run("train", path, env={"MLFLOW_TRACKING_URI": mlflow_url, "MAX_MODEL_BYTES": "much"})
    assert (done.code, "MAX_MODEL_BYTES (much)" in done.err) == (2, True)


TABLES: dict[str, dict[str, Any]] = {
    "binary": {},
    "many classes": {"y": ["low", "mid", "top"] * 100},
    "integer classes": {"y": [3, 5, 8] * 100},
    "number": {"y": [value / 7 for value in range(300)]},
    "all kinds": {
        "k": ["red", None, "grün"] * 100,
        "flag": [True, False] * 150,
        "n": [float("nan"), 1, 2] * 100,
    },
    "texts like numbers": {"k": ["08001", "00e100", "1.5e3", "0o17", "+1e5", "no"] * 50},
    "Unix seconds": {"at": [1_760_000_000 + n for n in range(300)]},
}


@pytest.mark.parametrize("table", TABLES)
def test_server_answers_test_rows_and_drawn_rows_as_the_model_does(
    table: str, tmp_path: Path
) -> None:
    frame().assign(**{k: pd.Series(v, dtype=object) for k, v in TABLES[table].items()}).to_csv(
        tmp_path / "data.csv", index=False
    )
    kind = "LinearRegression" if table == "number" else "LogisticRegression"
    path = write_model(
        tmp_path,
        estimator={"class": f"sklearn.linear_model.{kind}"},
        metrics=None,
        gate=None,
        preprocess={"scale": True},
        **({"features": [{"name": "k", "type": "category"}]} if "texts" in table else {}),
    )
    done = run("build", path, "--out", tmp_path / "out", env={"SLIPWAY_SERVING_CHECK": REAL})
    assert done.code == 0, done.err
    assert "the server's loader answers" in done.out


def test_report_says_when_serving_was_not_asked(tmp_path: Path) -> None:
    done = run("build", write_model(tmp_path), "--out", tmp_path / "out")
    assert "SLIPWAY_SERVING_CHECK names no command" in done.out
