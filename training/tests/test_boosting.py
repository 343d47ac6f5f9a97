"""XGBoost, LightGBM and CatBoost: the same proof as for scikit-learn, and gaps that stay gaps."""

from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest

from support.boosting import CAT, LGBM, LIBRARIES, ODD, SERVED, XGB, boosted, chances, numbers
from test_parity import mixed
from training.drawn import UNKNOWN
from training.pipeline import Trained
from training.rounding import rounded_down


def nodes(found: Trained) -> set[str]:
    return {node.op_type for node in onnx.load_from_string(found.package.model).graph.node}


def tables() -> dict[str, pd.DataFrame]:
    """Targets of each kind, over decimals, integers, gaps, and a category that may be unknown."""
    text = mixed("text", 240).rename(columns=ODD)
    three = np.where(text[ODD["a"]] > 4, "très haut", text["y"])
    whole = np.select([text[ODD["n"]] < 3, text[ODD["n"]] < 6], [-7, 20], 400)
    return {
        "text": text,
        "three texts": text.assign(y=three),
        "whole numbers": text.assign(y=whole),
        "number": mixed("number", 240).rename(columns=ODD),
    }


@pytest.mark.parametrize("kind", tables())
@pytest.mark.parametrize("library", LIBRARIES)
def test_library_answers_as_its_onnx_form_and_the_server_do(library: str, kind: str) -> None:
    """On test rows and drawn ones beyond the training range, with gaps and unknown categories."""
    path = f"{library}{'Regressor' if kind == 'number' else 'Classifier'}"
    features = [{"name": name} for name in (ODD["a"], ODD["n"], ODD["g"])]
    category = {"name": ODD["k"], "type": "category", "unknown": "accept", "required": False}
    asked = {XGB: "three texts", LGBM: "number", CAT: "whole numbers"}
    serving = SERVED if kind == asked[library] else None
    found = boosted(tables()[kind], path, features=[*features, category], serving=serving)
    assert found.parity.drawn == 500
    assert found.parity.max_difference <= 1e-5
    assert "SimpleImputer" not in nodes(found)
    described = found.package.metadata["training"]
    assert described["estimator"] == {"class": path, "trees": 15, "validation_rows": None}
    assert described["libraries"][library.partition(".")[0]][0].isdigit()


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        (f"{XGB}Regressor", {"objective": "reg:absoluteerror"}),
        (f"{XGB}Regressor", {"objective": "count:poisson"}),
        (f"{XGB}Regressor", {"objective": "reg:gamma"}),
        (f"{XGB}Regressor", {"objective": "reg:tweedie", "tweedie_variance_power": 1.3}),
        (f"{XGB}Regressor", {"objective": "reg:quantileerror", "quantile_alpha": 0.7}),
        (f"{XGB}RFRegressor", {}),
        (f"{LGBM}Regressor", {"objective": "mae"}),
        (f"{LGBM}Regressor", {"objective": "poisson"}),
        (f"{LGBM}Regressor", {"objective": "gamma"}),
        (f"{LGBM}Regressor", {"objective": "tweedie"}),
        (f"{LGBM}Regressor", {"objective": "quantile", "alpha": 0.7}),
        (f"{LGBM}Regressor", {"objective": "huber"}),
        (f"{LGBM}Regressor", {"objective": "fair"}),
        (f"{LGBM}Regressor", {"objective": "mape"}),
        (f"{LGBM}Regressor", {"boosting_type": "dart"}),
        (f"{LGBM}Regressor", {"boosting_type": "rf", "subsample_freq": 1, "subsample": 0.5}),
        (f"{CAT}Regressor", {"loss_function": "MAE"}),
        (f"{CAT}Regressor", {"loss_function": "Poisson"}),
        (f"{CAT}Regressor", {"loss_function": "Tweedie:variance_power=1.5"}),
        (f"{CAT}Regressor", {"loss_function": "Quantile:alpha=0.7"}),
        (f"{CAT}Regressor", {"loss_function": "Huber:delta=1"}),
        (f"{XGB}Classifier", {"scale_pos_weight": 3, "base_score": 0.3}),
        (f"{XGB}RFClassifier", {}),
        (f"{LGBM}Classifier", {"boosting_type": "rf", "subsample_freq": 1, "subsample": 0.5}),
        (f"{LGBM}Classifier", {"sigmoid": 2.0, "is_unbalance": True}),
        (f"{CAT}Classifier", {"auto_class_weights": "Balanced", "nan_mode": "Max"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values())),
)
def test_objectives_have_the_link_of_their_library(path: str, parameters: dict[str, Any]) -> None:
    table = mixed("number" if path.endswith("Regressor") else "text")
    assert boosted(table, path, parameters=parameters).parity.max_difference <= 1e-5


def gaps_that_tell() -> pd.DataFrame:
    """A gap means yes, so that the median, which others have, loses everything."""
    random = np.random.default_rng(3)
    gap = random.random(400) < 0.4
    noise = random.normal(size=400).round(3)
    x = np.where(gap, np.nan, random.integers(0, 5, 400))
    return pd.DataFrame({"x": x, "noise": noise, "y": np.where(gap, "yes", "no")})


@pytest.mark.parametrize("library", LIBRARIES)
def test_gap_is_kept_and_not_filled(library: str) -> None:
    found = boosted(gaps_that_tell(), f"{library}Classifier")
    assert found.metrics["accuracy"] == 1.0
    filled = boosted(gaps_that_tell(), f"{library}Classifier", preprocess={"impute": "median"})
    assert filled.metrics["accuracy"] < 1.0
    rows = pd.DataFrame({"x": [np.nan, 2], "noise": [0.0, 0.0]})
    chance = chances(found, rows)[:, 1]
    assert chance[0] > 2 * chance[1]


@pytest.mark.parametrize("library", LIBRARIES)
def test_gap_that_training_never_saw_counts_as_the_median(library: str) -> None:
    """Else LightGBM would take it for 0, which is far from all values here."""
    random = np.random.default_rng(4)
    table = pd.DataFrame({"x": random.uniform(900, 1000, 300), "z": random.random(300)})
    table["z"] = table["z"].mask(random.random(300) < 0.2)
    table["y"] = table["x"] * 2
    optional = [{"name": "x", "required": False}, {"name": "z"}]
    found = boosted(table, f"{library}Regressor", features=optional)
    median = found.package.metadata["features"][0]["observed"]["median"]
    rows = pd.DataFrame({"x": [np.nan, median], "z": [0.5, 0.5]})
    absent, middle = numbers(found, rows)
    assert absent == middle


def towns(rows: int = 400) -> pd.DataFrame:
    random = np.random.default_rng(5)
    town = random.integers(0, 25, rows)
    worth = random.normal(size=25) * 3
    table = pd.DataFrame({"town": [f"tówn {index}" for index in town]})
    table["a"] = random.normal(size=rows).round(3)
    table["town"] = table["town"].mask(random.random(rows) < 0.1)
    return table.assign(y=(worth[town] + table["a"]).round(3))


@pytest.mark.parametrize(
    ("library", "parameters"),
    [(XGB, {"max_cat_to_onehot": 2}), (LGBM, {"min_data_per_group": 2, "cat_smooth": 1})],
)
def test_native_categories_split_by_sets(library: str, parameters: dict[str, Any]) -> None:
    found = boosted(
        towns(),
        f"{library}Regressor",
        parameters=parameters,
        preprocess={"categories": "native"},
        features=[{"name": "a"}, {"name": "town", "type": "category", "unknown": "accept"}],
        serving=SERVED if library == LGBM else None,
    )
    assert found.parity.max_difference <= 1e-5
    graph = onnx.load_from_string(found.package.model).graph
    (trees,) = [node for node in graph.node if node.op_type.startswith("TreeEnsemble")]
    modes = next(one.strings for one in trees.attribute if one.name == "nodes_modes")
    assert b"BRANCH_EQ" in modes
    rows = pd.DataFrame({"a": [0.0, 0.0], "town": [UNKNOWN, ""]})
    unknown, missing = numbers(found, rows)
    assert unknown == missing


def test_thresholds_are_rounded_down_so_that_every_float32_keeps_its_side() -> None:
    exact = np.array([0.1, 1e-40, -0.1, 16_777_217.0, 1e308, -1e308])
    rounded = rounded_down(exact)
    assert (rounded[:4] <= exact[:4]).all()
    assert rounded[3] == 16_777_216.0
    assert rounded[4] == np.finfo(np.float32).max
    near = np.nextafter(rounded[:3].astype(np.float32), np.float32(np.inf))
    assert (near > exact[:3]).all()
