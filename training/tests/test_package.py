"""The model package: what `build` writes is what docs/model-package.md promises."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
import yaml

from support.command import run
from support.models import write_model
from training.feature import Feature
from training.histogram import histogram

MODELS = Path(__file__).parents[1] / "models"
MEASURED = {
    "diabetes": {
        "accuracy": 0.7792,
        "precision": 0.7174,
        "recall": 0.6111,
        "f1_score": 0.66,
        "auc_roc": 0.8209,
    },
    "iris": {"accuracy": 0.9333},
    "titanic": {"accuracy": 0.8473, "auc_roc": 0.8816},
}


def build(path: Path, out: Path, **env: str) -> dict[str, Any]:
    done = run("build", path, "--out", out, env=env)
    assert done.code == 0, done.err
    package: dict[str, Any] = yaml.safe_load((out / "MLmodel").read_text())["metadata"]["slipway"]
    return package


@pytest.mark.parametrize("name", MEASURED)
def test_shipped_models_have_their_figures(name: str, tmp_path: Path) -> None:
    """Diabetes must give the metrics of the write-up it replaces, to four digits."""
    package = build(MODELS / f"{name}.yaml", tmp_path / "out", GIT_SHA="abc")
    metrics = package["training"]["metrics"]
    assert {m: round(metrics[m], 4) for m in MEASURED[name]} == MEASURED[name]
    content = (tmp_path / "out" / "model.onnx").read_bytes()
    assert package["onnx"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert package["onnx"]["size"] == len(content)
    assert package["training"]["git_sha"] == "abc"
    names = [feature["name"] for feature in package["features"]]
    signature = yaml.safe_load((tmp_path / "out" / "MLmodel").read_text())["signature"]
    assert [column["name"] for column in json.loads(signature["inputs"])] == names
    for feature in package["features"]:
        bars = feature["histogram"]
        total = sum(bars["counts"]) + bars["missing"] + bars.get("other", 0)
        assert total == package["training"]["rows"]["train"]
    model = onnx.load(tmp_path / "out" / "model.onnx")
    assert [i.name for i in model.graph.input] == [i["name"] for i in package["onnx"]["inputs"]]
    assert [o.name for o in model.graph.output] == ["label", "probabilities"]
    assert not [t for t in model.graph.initializer if t.external_data]


def test_diabetes_package_holds_the_known_patient(tmp_path: Path) -> None:
    package = build(MODELS / "diabetes.yaml", tmp_path / "out")
    assert package["output"] == {"name": "has_diabetes", "type": "boolean", "unit": None}
    assert package["example"]["Insulin"] == 0
    assert package["expected"]["label"] == 1
    assert package["expected"]["probabilities"][1] > 0.7
    assert [band["label"] for band in package["risk_bands"]] == ["Faible", "Modéré", "Élevé"]


def test_what_people_read_of_an_answer_leaves_the_graph_as_it_is(tmp_path: Path) -> None:
    """And a YAML that says nothing of it has a package without the keys."""
    bands = [{"label": "low", "below": 0.5}, {"label": "high"}]
    plain = build(write_model(tmp_path, "told-model", risk_bands=bands), tmp_path / "one")
    assert [set(one) for one in plain["classes"]] == [{"value", "label"}] * 2
    assert plain["risk_bands"] == [{"label": "low", "below": 0.5}, {"label": "high", "below": None}]
    first, second = (one["value"] for one in plain["classes"])
    path = write_model(
        tmp_path,
        "told-model",
        target={"column": "y", "sentences": {second: "it is so", first: "it is not"}},
        risk_bands=[{**bands[0], "tone": "bad"}, {**bands[1], "tone": "good"}],
    )
    told = build(path, tmp_path / "two")
    assert [one["sentence"] for one in told["classes"]] == ["it is not", "it is so"]
    assert [band["tone"] for band in told["risk_bands"]] == ["bad", "good"]
    assert told["onnx"]["sha256"] == plain["onnx"]["sha256"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_same_inputs_give_the_same_bytes(tmp_path: Path, jobs: int) -> None:
    """In another process, and however many threads train."""
    forest = {
        "class": "sklearn.ensemble.RandomForestClassifier",
        "parameters": {"n_estimators": 10},
    }
    one = build(write_model(tmp_path, "same-model", estimator=forest), tmp_path / "one")
    forest["parameters"] = {"n_estimators": 10, "n_jobs": jobs}
    two = build(write_model(tmp_path, "same-model", estimator=forest), tmp_path / "two")
    assert one["onnx"]["sha256"] == two["onnx"]["sha256"]


def test_example_is_made_of_medians_when_none_is_stated(tmp_path: Path) -> None:
    pd.DataFrame(
        {"n": [1, 2, 3, None] * 20, "c": ["x", "x", "z", None] * 20, "y": [0.0, 1.0, 2.0, 3.0] * 20}
    ).to_csv(tmp_path / "data.csv", index=False)
    path = write_model(tmp_path, "example-model", task="regression", estimator=None,
                       metrics=None, gate={})  # fmt: skip
    package = build(path, tmp_path / "out")
    assert package["example"] in ({"n": 1.0, "c": "x"}, {"n": 2.0, "c": "x"})
    assert package["expected"]["label"] is None
    assert 0 <= package["expected"]["value"] <= 3
    assert package["output"] == {"name": "y", "type": "number", "unit": None}
    assert [f["required"] for f in package["features"]] == [False, False]
    assert package["onnx"]["outputs"] == {"label": None, "probabilities": None, "value": "value"}


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ({"a": 1}, "example.b: is required"),
        ({"a": 1, "b": "x"}, "example.b: 'x' is no number"),
        ({"a": 1, "b": 2, "c": 3}, "example.c: is no feature"),
        ({"a": 99, "b": 2}, "lie outside"),
    ],
)
def test_wrong_example_is_named(tmp_path: Path, example: dict[str, Any], expected: str) -> None:
    features = [{"name": "a", "range": {"max": 50}}, {"name": "b"}]
    path = write_model(tmp_path, features=features, example=example)
    done = run("build", path, "--out", tmp_path / "out")
    assert done.code == 2
    assert expected in done.err
    assert not (tmp_path / "out").exists()


def test_columns_may_be_called_like_parts_of_the_graph(tmp_path: Path) -> None:
    """The package says how the graph's outputs are called when a column has their usual name."""
    random = np.random.default_rng(1)
    names = ["label", "probabilities", "value", "features", "variable", "concat_result"]
    frame = pd.DataFrame({name: random.normal(size=60).round(2) for name in names})
    frame["kind"] = random.choice(["x", "z"], 60)
    frame.assign(y=frame["label"] > 0).to_csv(tmp_path / "data.csv", index=False)
    package = build(write_model(tmp_path), tmp_path / "classes")
    assert package["onnx"]["outputs"] == {
        "label": "label_",
        "probabilities": "probabilities_",
        "value": None,
    }
    tree = {"class": "sklearn.tree.DecisionTreeRegressor"}
    path = write_model(tmp_path, "n-model", target="value", estimator=tree, metrics=None, gate={})
    assert build(path, tmp_path / "numbers")["onnx"]["outputs"]["value"] == "value"


def test_full_folder_is_not_overwritten(tmp_path: Path) -> None:
    done = run("build", write_model(tmp_path), "--out", tmp_path)
    assert done.code == 2
    assert "exists and is not empty" in done.err


def test_estimator_without_onnx_form_is_named(tmp_path: Path) -> None:
    estimator = {"class": "sklearn.semi_supervised.LabelPropagation"}
    done = run("build", write_model(tmp_path, estimator=estimator), "--out", tmp_path / "out")
    assert done.code == 2
    assert "LabelPropagation has no ONNX form" in done.err


def test_bins_of_a_number_are_open_below_and_closed_above() -> None:
    bars = histogram(Feature(name="a", type="number"), pd.Series([1.0] * 5 + [2.0] * 5 + [np.nan]))
    assert bars == {"edges": [1.0], "counts": [5, 5], "missing": 1}


def test_constant_number_has_one_bin() -> None:
    bars = histogram(Feature(name="a", type="number"), pd.Series([3.0] * 4))
    assert bars == {"edges": [], "counts": [4], "missing": 0}


def test_bars_of_a_category_are_in_declared_order() -> None:
    feature = Feature(name="a", type="category", categories=["z", "x"])
    bars = histogram(feature, pd.Series(["x", "z", "x", "", "other"]))
    assert bars == {"categories": ["z", "x"], "counts": [1, 2], "other": 1, "missing": 1}
