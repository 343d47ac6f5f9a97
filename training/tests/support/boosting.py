"""Boosters trained the whole way, and what their graphs answer."""

import shlex
from typing import Any

import pandas as pd

from test_parity import trained
from test_serving import REAL
from training.pipeline import Trained
from training.scoring import ClassScores, NumberScores, Scores, run_onnx
from training.serving import Serving

XGB, LGBM, CAT = "xgboost.XGB", "lightgbm.LGBM", "catboost.CatBoost"
LIBRARIES = [XGB, LGBM, CAT]
SERVED = Serving(check=tuple(shlex.split(REAL)))
ODD = {"a": "größe [cm] <1>", "n": 'n of, "all"', "k": "f0", "g": "class_ids"}
FEW = {"n_estimators": 15}


def boosted(table: pd.DataFrame, path: str, /, **more: Any) -> Trained:
    estimator: dict[str, Any] = {"class": path}
    estimator["parameters"] = FEW | more.pop("parameters", {})
    return trained(table, estimator | more.pop("estimator", {}), **more)


def answers(found: Trained, rows: pd.DataFrame) -> Scores:
    classes = [one["value"] for one in found.package.metadata["classes"]]
    return run_onnx(found.package.model, found.package.features, rows, classes)


def numbers(found: Trained, rows: pd.DataFrame) -> Any:
    scores = answers(found, rows)
    assert isinstance(scores, NumberScores)
    return scores.numbers


def chances(found: Trained, rows: pd.DataFrame) -> Any:
    scores = answers(found, rows)
    assert isinstance(scores, ClassScores)
    return scores.probabilities
