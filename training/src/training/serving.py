"""What training knows of serving: how large a model it loads, and its own check of a package."""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.dataset import Dataset
from training.drawn import near_rows
from training.errors import InvalidInputError, TrainingEnvironmentError
from training.feature import Feature
from training.moments import written
from training.package import Package, save_package
from training.scoring import NumberScores, Scores, run_onnx

ROWS = 50  # of the test split, and as many drawn ones
TOLERANCE = 1e-6  # answers are written with the digits of a float32
SECONDS = 120


@dataclass(frozen=True)
class Serving:
    """`max_bytes` of a model file; `check` is the command that loads a package as the server does.

    Without `check` (it needs Node and the serving package) a version is not tried on the server.
    With `again` a version that was promoted earlier is, for a server that is newer than it.
    """

    max_bytes: int = 256 << 20
    check: tuple[str, ...] = ()
    again: bool = False


def check_served(
    serving: Serving,
    package: Package,
    train: Dataset,
    test: Dataset,
    so: str = "so it is not registered",
) -> str:
    """Let the server's own loader load the package and answer rows; say what was done.

    `so` says what a refusal means.

    Raises InvalidInputError where it refuses package or rows, or answers otherwise than the graph
    did here; TrainingEnvironmentError when the check itself cannot run.
    """
    if not serving.check:
        return "not tried: SLIPWAY_SERVING_CHECK names no command"
    drawn = near_rows(train, 0)[:ROWS]
    rows = pd.concat([test.rows[:ROWS], drawn], ignore_index=True)
    body = json.dumps([_request(package.features, row) for row in rows.to_dict("records")])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "package"
        save_package(package, path)
        answered = _run([*serving.check, str(path), "--rows"], body, package.metadata["model"], so)
    scores = run_onnx(package.model, package.features, rows, train.classes)
    differs = _differences(package.metadata, answered["answer"], scores) > TOLERANCE
    if differs.any():
        problem = (
            f"the prediction API answers {differs.sum()} of {len(rows)} rows otherwise than the "
            f"model does in training, {so}; report this with the YAML, and use another estimator "
            "until it is mended"
        )
        raise InvalidInputError(package.metadata["model"], [problem])
    return f"the server's loader answers {len(rows)} rows alike"


def _run(command: list[str], body: str, name: str, so: str) -> Any:
    try:
        done = subprocess.run(  # noqa: S603 - the command is the operator's own
            command, input=body, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TrainingEnvironmentError(
            f"SLIPWAY_SERVING_CHECK ({command[0]}) failed: {error}"
        ) from error
    if done.returncode == 2:
        reason = " ".join(done.stderr.split())[:1000]
        problem = f"the prediction API would refuse this model, {so}: {reason}"
        raise InvalidInputError(name, [problem])
    if done.returncode != 0:
        lines = done.stderr.splitlines()
        telling = [line for line in lines if "Error" in line] or lines[-3:]  # not the stack below
        reason = " ".join(" ".join(telling).split())[:500]
        raise TrainingEnvironmentError(
            f"SLIPWAY_SERVING_CHECK ({' '.join(command[:-2])}) ended with exit code "
            f"{done.returncode}: {reason}; correct the variable, or leave it out"
        )
    return json.loads(done.stdout)


def _request(features: list[Feature], row: dict[Any, Any]) -> dict[str, Any]:
    """Write a row as a caller would; what is missing is left out."""
    kinds: dict[str | None, Any] = {"category": str, "text": str, "boolean": bool, "integer": int}
    return {
        f.name: written(row[f.name], offset=bool(f.offset))
        if f.type == "datetime"
        else kinds.get(f.type, float)(row[f.name])
        for f in features
        if row[f.name] != "" and not pd.isna(row[f.name])
    }


def _differences(
    metadata: dict[str, Any], answers: list[dict[str, Any]], scores: Scores
) -> npt.NDArray[np.float64]:
    """Compare numbers by their size, probabilities as they are; no number is null."""
    if isinstance(scores, NumberScores):
        key = metadata["output"]["name"]
        truth = np.asarray(scores.numbers, dtype=np.float64)
        scale = np.maximum(np.abs(truth), 1e-30)
    else:
        key, scale = "probability", np.ones(len(scores.labels))
        column = scores.labels if metadata["positive"] is None else metadata["positive"]
        chances = np.asarray(scores.probabilities, dtype=np.float64)
        truth = chances[np.arange(len(chances)), column]
    found = np.array([row[key] for row in answers], dtype=np.float64)
    with np.errstate(all="ignore"):
        difference = np.abs(found - truth) / scale
    absent = np.isnan(found) & ~np.isfinite(truth)
    return np.where(absent, 0.0, np.nan_to_num(difference, nan=np.inf))
