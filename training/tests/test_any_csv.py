"""Any tabular CSV trains by YAML alone, and ONNX answers as scikit-learn does."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from training.load import load_settings
from training.pipeline import Trained, prepare, train_model
from training.report import Report
from training.serving import Serving
from training.sources import fetch

CLASSIFIERS: list[dict[str, Any]] = [
    {"class": "sklearn.ensemble.RandomForestClassifier", "parameters": {"n_estimators": 10}},
    {"class": "sklearn.linear_model.LogisticRegression", "parameters": {"max_iter": 500}},
    {"class": "sklearn.ensemble.HistGradientBoostingClassifier", "parameters": {"max_iter": 20}},
    {"class": "sklearn.ensemble.GradientBoostingClassifier", "parameters": {"n_estimators": 10}},
    {"class": "sklearn.naive_bayes.GaussianNB"},
    {"class": "sklearn.neural_network.MLPClassifier", "parameters": {"max_iter": 50}},
]
REGRESSORS: list[dict[str, Any]] = [
    {"class": "sklearn.ensemble.RandomForestRegressor", "parameters": {"n_estimators": 10}},
    {"class": "sklearn.linear_model.Ridge"},
    {"class": "sklearn.ensemble.HistGradientBoostingRegressor", "parameters": {"max_iter": 20}},
    {"class": "sklearn.ensemble.ExtraTreesRegressor", "parameters": {"n_estimators": 10}},
]
SCALED = ("LogisticRegression", "MLP", "Ridge")
TARGETS = ["text", "boolean", "integer", "many", "number"]


def random_table(seed: int, target: str) -> pd.DataFrame:
    """Columns of all kinds and sizes, gaps in some, a target that depends on them."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(60, 160))
    number = random.normal(scale=10.0 ** random.integers(-2, 4), size=rows)
    frame = pd.DataFrame({"number": number, "count": random.integers(0, 9, rows)})
    signal = number / number.std() + frame["count"] / 4
    if seed % 2:
        frame["flag"] = random.random(rows) > 0.5
        frame["kind"] = random.choice(["red", "grün", "a b", "it's"], rows)
        signal += (frame["kind"] == "red") * 1.5
    if seed % 3:
        frame.loc[random.random(rows) < 0.1, "number"] = np.nan
        if "kind" in frame:
            frame.loc[random.random(rows) < 0.1, "kind"] = None
    signal += random.normal(scale=0.5, size=rows)
    high = signal > signal.median()
    frame["y"] = {
        "text": high.map({True: "oui", False: "non"}),
        "boolean": high,
        "integer": high.astype(int) + 3,
        "many": pd.qcut(signal, 3, labels=["low", "mid", "top"]).astype(str),
        "number": signal * 10.0 ** random.integers(-3, 5),
    }[target]
    return frame


def trained_on(content: dict[str, Any], folder: Path) -> Trained:
    """Take a YAML's content the whole way to its package."""
    path = folder / "any.yaml"
    path.write_text(yaml.safe_dump(content))
    settings, task = load_settings(path)
    report = Report("any-model", out=io.StringIO())
    table = fetch(settings.data, folder)
    train, test = prepare(settings, task, table, report)
    return train_model(settings, table, train, test, "key", "sha", report, Serving())


@pytest.mark.parametrize("seed", range(20))
def test_random_table_trains_and_parity_holds(seed: int, tmp_path: Path) -> None:
    """The proof itself is part of training: without parity nothing comes out."""
    target = TARGETS[seed % len(TARGETS)]
    choices = REGRESSORS if target == "number" else CLASSIFIERS
    estimator = choices[seed % len(choices)]
    random_table(seed, target).to_csv(tmp_path / "x.csv", index=False)
    content = {
        "name": "any-model",
        "data": {"source": "csv:x.csv"},
        "target": "y",
        "estimator": estimator,
        "preprocess": {"scale": any(name in estimator["class"] for name in SCALED)},
    }
    trained = trained_on(content, tmp_path)
    assert trained.parity.rows == len(trained.test.rows)
    assert trained.parity.max_difference <= 1e-5
    assert trained.package.metadata["task"] == (
        "regression" if target == "number" else "multiclass" if target == "many" else "binary"
    )


ANY_NAMES = [
    *("monthly spend", "monthly_spend", "monthly_spend1", "prix (€)", "a/b~c", "1st", " x ", "x"),
    *("model", "label", "probabilities", "probability", "features", "variable", "名前"),
]


def test_columns_may_be_called_anything(tmp_path: Path) -> None:
    """The graph's inputs have the features' own names, whatever signs these hold."""
    random = np.random.default_rng(5)
    frame = pd.DataFrame(random.normal(size=(120, len(ANY_NAMES))), columns=ANY_NAMES)
    frame["a kind"] = random.choice(["red", "blue"], 120)
    frame["y"] = frame["monthly spend"] > frame["monthly_spend"]
    frame.to_csv(tmp_path / "x.csv", index=False)
    content = {"name": "any-model", "data": {"source": "csv:x.csv"}, "target": "y"}
    trained = trained_on(content | {"task": "classification"}, tmp_path)
    inputs = [given["name"] for given in trained.package.metadata["onnx"]["inputs"]]
    assert inputs == [*ANY_NAMES, "a kind"]
    assert trained.metrics["accuracy"] > 0.6
