"""What `preprocess` makes of features is in the graph, proven and served."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.boosting import SERVED, boosted, numbers
from support.command import run
from support.models import write_model
from test_parity import FOREST, HISTOGRAM, LINEAR, trained
from training.errors import InvalidInputError

BOUNDED = [
    {"name": "a", "range": {"min": 0, "max": 50}},
    {"name": "b", "range": {"min": -5, "max": 5}},
    {"name": "n"},
    {"name": "g", "unknown": "accept"},
]
WAYS: dict[str, Any] = {
    "log1p": {"transform": {"a": "log1p"}},
    "sqrt": {"transform": {"a": "sqrt", "n": "log1p"}},
    "yeo-johnson": {"transform": {"a": "yeo-johnson", "b": "yeo-johnson"}},
    "bins": {"bins": {"a": 5, "n": 3}},
    "products": {"polynomial": {"columns": ["a", "b"]}},
    "interactions": {
        "polynomial": {"columns": ["a", "b", "n"], "degree": 3, "interaction_only": True}
    },
    "rare": {"min_frequency": {"g": 20}},
    "means": {"target_encoding": ["g"]},
    "all": {
        "transform": {"n": "log1p"},
        "bins": {"a": 4},
        "target_encoding": ["g"],
        "scale": True,
    },
}
ESTIMATORS = {
    "linear": LINEAR,
    "forest": FOREST,
    "histogram": f"{HISTOGRAM}Regressor",
    "lightgbm": {"class": "lightgbm.LGBMRegressor", "parameters": {"n_estimators": 15}},
}


def table(rows: int = 300) -> pd.DataFrame:
    """Two numbers, whole ones with gaps, and a category of common and of rare values."""
    random = np.random.default_rng(5)
    a, b = random.exponential(3, rows).round(3), random.normal(size=rows).round(3)
    n = pd.Series(random.poisson(4, rows).astype(float)).mask(random.random(rows) < 0.1)
    g = pd.Series([f"g{int(value)}" for value in random.exponential(2, rows)])
    g = g.replace("g1", "größe, é").mask(random.random(rows) < 0.05)
    y = np.log1p(a) + a * b + (g == "g0") + n.fillna(3) / 5 + random.normal(size=rows) / 9
    return pd.DataFrame({"a": a, "b": b, "n": n, "g": g, "y": y.round(4)})


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_keeps_parity_and_is_served(
    way: Any, estimator: Any, recwarn: pytest.WarningsRecorder
) -> None:
    found = trained(table(), estimator, SERVED, preprocess=way, features=BOUNDED)
    assert found.parity.max_difference <= 1e-5
    assert not [one for one in recwarn if issubclass(one.category, FutureWarning)]


def test_matrix_of_numbers_goes_every_way_of_numbers() -> None:
    ways = {"transform": {"n": "sqrt"}, "bins": {"a": 5}, "polynomial": {"columns": ["b"]}}
    found = trained(table().drop(columns="g"), LINEAR, SERVED, preprocess=ways)
    assert found.package.metadata["onnx"]["layout"] == "matrix"


def test_unix_seconds_are_transformed_and_binned_in_float64() -> None:
    whole = table().assign(t=1_700_000_000 + np.arange(300))
    for way in ({"bins": {"t": 4}}, {"transform": {"t": "log1p"}}, {"target_encoding": ["g"]}):
        found = trained(whole, LINEAR, SERVED, preprocess=way, features=None)
        assert found.package.metadata["onnx"]["inputs"][0]["dtype"] == "float64"


@pytest.mark.parametrize(("way", "low"), [("log1p", 0.0), ("sqrt", 0.0), ("yeo-johnson", None)])
def test_package_describes_the_raw_feature_in_what_the_transform_takes(
    way: str, low: float | None
) -> None:
    found = trained(table(), LINEAR, preprocess={"transform": {"a": way}})
    feature = found.package.metadata["features"][0]
    assert feature["range"] == (None if low is None else {"min": low, "max": None})
    assert feature["observed"]["max"] > 5
    assert feature["histogram"]["edges"][-1] > 5


def test_rare_values_answer_as_one_that_nobody_saw() -> None:
    found = trained(table(), LINEAR, preprocess={"min_frequency": {"g": 20}}, features=BOUNDED)
    row = {"a": 1.0, "b": 0.0, "n": 3.0}
    counts = found.package.metadata["features"][3]["histogram"]
    rare = counts["categories"][counts["counts"].index(min(counts["counts"]))]
    told = numbers(found, pd.DataFrame([row | {"g": g} for g in (rare, "new", "g0")]))
    assert told[0] == told[1] != told[2]
    assert rare in found.package.metadata["features"][3]["categories"]


def test_target_encoding_learns_from_other_rows_alone() -> None:
    """A category that says nothing is worth nothing, though each value has few rows."""
    random = np.random.default_rng(8)
    noise = pd.DataFrame({"g": random.integers(0, 150, 600).astype(str)})
    noise = noise.assign(b=random.normal(size=600), y=random.normal(size=600))
    data: dict[str, Any] = {"data": {"source": "csv:x.csv", "types": {"g": "category"}}}
    found = trained(noise, LINEAR, preprocess={"target_encoding": ["g"]}, **data)
    assert found.metrics["r2"] > -0.1


def test_two_classes_are_encoded_by_their_positive_share() -> None:
    two = table().assign(y=lambda t: np.where(t["y"] > 2, "high", "low"))
    estimator = "sklearn.linear_model.LogisticRegression"
    found = trained(two, estimator, SERVED, preprocess={"target_encoding": ["g"]})
    assert found.parity.max_difference <= 1e-5


def test_monotone_constraints_find_transformed_and_encoded_columns() -> None:
    ways = {"transform": {"n": "log1p"}, "min_frequency": {"g": 20}}
    found = boosted(
        table(),
        "lightgbm.LGBMRegressor",
        parameters={"monotone_constraints": {"n": 1}},
        preprocess=ways,
    )
    rows = pd.DataFrame({"a": 1.0, "b": 0.0, "n": np.arange(12.0), "g": "g0"})
    assert (np.diff(numbers(found, rows)) >= 0).all()


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ({"transform": {"z": "log1p"}}, "preprocess.transform: 'z' is no feature; those are a, b"),
        ({"transform": {"g": "sqrt"}}, "'g' is a category, this is for number or integer"),
        ({"bins": {"g": 3}}, "preprocess.bins: 'g' is a category"),
        ({"target_encoding": ["a"]}, "preprocess.target_encoding: 'a' is a number, this is for ca"),
        ({"min_frequency": {"n": 5}}, "preprocess.min_frequency: 'n' is a number"),
        (
            {"transform": {"b": "log1p"}},
            "preprocess.transform.b: 'log1p' takes numbers from 0 on, a",
        ),
        ({"min_frequency": {"g": 299}}, "no value has 299 training rows, the most frequent has "),
        ({"transform": {"a": "log"}}, "state the feature's 'range' with a 'min' above 0"),
    ],
    ids=str,
)
def test_way_that_a_column_cannot_go_is_refused(way: Any, expected: str) -> None:
    with pytest.raises(InvalidInputError, match=expected):
        trained(table(), LINEAR, preprocess=way)


def test_stated_range_must_fit_the_transform() -> None:
    features = [{"name": "a", "range": {"min": -1}}]
    with pytest.raises(InvalidInputError, match=r"'range\.min' is -1; write 0, or 'yeo-johnson'"):
        trained(table(), LINEAR, preprocess={"transform": {"a": "sqrt"}}, features=features)
    features = [{"name": "a", "range": {"min": 0.5}}]
    shifted = table().assign(a=lambda t: t["a"] + 0.5)
    assert trained(shifted, LINEAR, preprocess={"transform": {"a": "log"}}, features=features)


def test_three_classes_are_not_target_encoded() -> None:
    three = table().assign(y=lambda t: np.select([t["y"] < 1, t["y"] < 3], ["x", "z"], "w"))
    with pytest.raises(InvalidInputError, match="the target has 3 classes, this is for two"):
        trained(three, f"{HISTOGRAM}Classifier", preprocess={"target_encoding": ["g"]})


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ({"bins": {"a": 3}, "transform": {"a": "sqrt"}}, "'a' stands twice among 'transform', 'bi"),
        ({"bins": {"a": 1}}, "preprocess.bins.a: Input should be greater than or equal to 2"),
        ({"target_encoding": ["g"], "categories": "native"}, "not for 'categories: native'"),
        ({"transform": {"a": "cube"}}, "Input should be 'log', 'log1p', 'sqrt' or 'yeo-johnson'"),
    ],
    ids=str,
)
def test_yaml_that_contradicts_itself_is_refused(way: Any, expected: str, tmp_path: Path) -> None:
    done = run("validate", write_model(tmp_path, preprocess=way))
    assert done.code == 2
    assert expected in done.err


def test_products_of_monotone_constraints_are_refused(tmp_path: Path) -> None:
    choice = {"class": "lightgbm.LGBMClassifier", "parameters": {"monotone_constraints": {"a": 1}}}
    done = run("validate", write_model(tmp_path, estimator=choice, preprocess={"bins": {"b": 3}}))
    assert (done.code, "says nothing of bins and products" in done.err) == (2, True)


def test_products_that_grow_beyond_float32_name_the_range() -> None:
    with pytest.raises(InvalidInputError, match="state 'features' with a 'range'"):
        trained(table(), FOREST, preprocess={"polynomial": {"columns": ["a", "b"]}})
