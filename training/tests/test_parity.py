"""ONNX answers as scikit-learn does on numbers as they were read, or training says what to do."""

import io
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.utils import all_estimators

from training.dataset import Dataset, build_dataset
from training.drawn import UNKNOWN, extreme_rows, far_rows, near_rows
from training.errors import InvalidInputError
from training.estimator import check_estimator
from training.pipeline import Trained, prepare, train_model
from training.report import Report
from training.scoring import run_onnx
from training.serving import Serving
from training.settings import Settings
from training.sources import Table

LINEAR, HISTOGRAM = "sklearn.linear_model.LinearRegression", "sklearn.ensemble.HistGradientBoosting"
FOREST = {
    "class": "sklearn.ensemble.RandomForestRegressor",
    "parameters": {"n_estimators": 10},
}


def trained(
    table: pd.DataFrame, estimator: Any = None, serving: Serving | None = None, **more: Any
) -> Trained:
    """Take a table the whole way; what is wrong with the YAML is raised as by the command."""
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y", "estimator": estimator}
    settings = Settings.model_validate(content | more)
    task, problems = check_estimator(settings)
    if problems:
        raise InvalidInputError("m", problems)
    report, raw = Report("m", out=io.StringIO()), Table(table, "0" * 64)
    train, test = prepare(settings, task, raw, report)
    return train_model(settings, raw, train, test, "key", "sha", report, serving or Serving())


def dtype(found: Trained) -> str:
    kind: str = found.package.metadata["onnx"]["inputs"][0]["dtype"]
    return kind


def mixed(target: str, rows: int = 120) -> pd.DataFrame:
    """Decimals, integers, a category and gaps; every number positive, for those that ask it."""
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {"a": random.gamma(3, size=rows).round(2), "n": random.integers(0, 9, rows)}
    )
    table["k"] = random.choice(["x", "y"], rows)
    table["g"] = np.where(random.random(rows) < 0.1, np.nan, random.random(rows).round(2))
    score = table["a"] + table["n"] / 3 + random.normal(scale=0.3, size=rows)
    table["y"] = score.round(2) + 1 if target == "number" else np.where(score > 4, "hi", "lo")
    return table


EVERY = [
    (f"{kind.__module__.split('._')[0]}.{name}", target)
    for target, family in (("text", "classifier"), ("number", "regressor"))
    for name, kind in all_estimators(family)
]


@pytest.mark.parametrize(("path", "target"), EVERY, ids=[path for path, _ in EVERY])
def test_every_estimator_trains_or_names_another_class(path: str, target: str) -> None:
    """No traceback from scikit-learn, skl2onnx or onnxruntime reaches a person."""
    try:
        found = trained(mixed(target), {"class": path})
    except InvalidInputError as error:
        problem = str(error)
    else:
        assert found.parity.max_difference <= 1e-5
        assert found.parity.drawn == 500
        return
    classes = re.findall(r"sklearn(?:\.\w+)+", problem.replace(path, ""))
    assert any(name.rpartition(".")[2] in WORKING for name in classes), problem
    assert path.rpartition(".")[2] not in MUST_WORK


WORKING = {
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "LogisticRegression",
    "RandomForestClassifier",
    "RandomForestRegressor",
}
MUST_WORK = WORKING | {
    *("GaussianNB", "KNeighborsClassifier", "KNeighborsRegressor", "LinearDiscriminantAnalysis"),
    *("LinearRegression", "Ridge", "SVR", "MLPClassifier", "PoissonRegressor"),
    *("GradientBoostingClassifier", "GradientBoostingRegressor", "ExtraTreesClassifier"),
}


@pytest.mark.parametrize(
    ("parameters", "works"), [({}, False), ({"probability": True}, True)], ids=["plain", "set"]
)
def test_class_without_probabilities_names_the_switch(
    parameters: dict[str, bool], *, works: bool
) -> None:
    estimator = {"class": "sklearn.svm.SVC", "parameters": parameters}
    if works:
        assert trained(mixed("text"), estimator, preprocess={"scale": True}).metrics
        return
    with pytest.raises(InvalidInputError, match=r"gives no probabilities; set .*probability: true"):
        trained(mixed("text"), estimator)


def clock(rows: int = 600, first: float = 1.76e9, step: float = 1) -> pd.DataFrame:
    """Unix seconds that decide the target."""
    at = first + step * np.random.default_rng(1).permutation(rows)
    return pd.DataFrame({"at": at, "y": np.sin((at - first) / step / 100)})


@pytest.mark.parametrize(
    ("estimator", "least"),
    [
        ({"class": f"{HISTOGRAM}Regressor"}, 0.99),
        ({"class": "sklearn.neighbors.KNeighborsRegressor"}, 0.999),
        (FOREST, 0.999),
        ({"class": "sklearn.ensemble.ExtraTreesRegressor"}, 0.999),
        ({"class": "sklearn.svm.SVR"}, 0.98),
    ],
    ids=lambda value: value["class"].rpartition(".")[2] if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("gap", [False, True])
def test_unix_seconds_keep_their_meaning(estimator: Any, least: float, *, gap: bool) -> None:
    """Float32 keeps steps of 128 s: everything within ten minutes was one of five numbers."""
    table = clock()
    if gap:
        table.loc[::50, "at"] = np.nan
        table.loc[::50, "y"] = 0.0
        least -= 0.1
    found = trained(table, estimator)
    assert found.metrics["r2"] > least
    assert dtype(found) == "float64"


@pytest.mark.parametrize("first", [20_261_101, 3e12])
def test_wide_whole_numbers_beside_other_columns(first: float) -> None:
    """Such as 20261101, where float32 has the even numbers only, also with a category beside."""
    table = clock(400, first).assign(k=lambda t: np.where(t["y"] > 0, "up", "down"))
    table["n"] = np.arange(400) % 7
    found = trained(table, FOREST)
    assert dtype(found) == "float64"
    assert found.metrics["r2"] > 0.999
    kinds = [given["dtype"] for given in found.package.metadata["onnx"]["inputs"]]
    assert kinds == ["float64", "string", "float64"]


def test_linear_model_of_unix_seconds_is_exact() -> None:
    table = clock().assign(y=lambda t: t["at"] - 1.76e9)
    for scale in (True, False):
        found = trained(table, {"class": LINEAR}, preprocess={"scale": scale})
        assert found.metrics["r2"] == pytest.approx(1.0, abs=1e-9)


def test_ordinary_numbers_stay_float32() -> None:
    assert dtype(trained(mixed("number"), FOREST)) == "float32"


def test_column_that_float32_loses_even_scaled_is_named() -> None:
    """Zeros among Unix seconds make the spread so large that scaling does not help."""
    table = clock()
    table.loc[::2, "at"] = 0
    with pytest.raises(InvalidInputError, match=r"'at' has 301 different values.*would see \d+ of"):
        trained(table, FOREST)


def test_target_far_from_zero_is_refused_where_float32_would_answer() -> None:
    """Unix seconds to be predicted: 64 s would be lost, with a difference of 4e-8 of their size."""
    table = clock().assign(y=lambda t: t["at"], at=lambda t: t["at"] - 1.76e9)
    with pytest.raises(InvalidInputError, match="subtract a constant"):
        trained(table, FOREST)
    assert trained(table, {"class": LINEAR}).metrics["rmse"] < 0.01


@pytest.mark.parametrize("far", [1e20, 1e30])
def test_extreme_numbers_are_answered_as_by_scikit_learn(far: float) -> None:
    """Naive Bayes squares them, which float32 cannot hold."""
    found = trained(mixed("text")[["a", "n", "y"]], {"class": "sklearn.naive_bayes.GaussianNB"})
    row = pd.DataFrame({"a": [far], "n": [3.0]})
    scores = run_onnx(found.package.model, found.package.features, row, ["hi", "lo"])
    assert np.isfinite(scores.probabilities).all()  # type: ignore[union-attr]


def dataset(**features: Any) -> Dataset:
    listed = [{"name": name, **feature} for name, feature in features.items()]
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y", "features": listed}
    settings = Settings.model_validate(content | {"task": "classification"})
    return build_dataset(settings, Table(mixed("text"), "0" * 64), "classification")


def test_drawn_rows_reach_beyond_the_range_and_hold_gaps_and_unknowns() -> None:
    kind = {"type": "category", "unknown": "accept"}
    data = dataset(a={}, n={}, g={}, k=kind)
    near, far, extreme = (draw(data, 1) for draw in (near_rows, far_rows, extreme_rows))
    low, high = data.rows["a"].min(), data.rows["a"].max()
    assert near["a"].min() < low
    assert high < near["a"].max() < high + (high - low) / 5
    assert far["a"].max() > high + 10 * (high - low)
    assert extreme[["a", "n", "g"]].abs().max().max() > 1e15
    assert near["g"].isna().any()
    assert UNKNOWN in set(near["k"])
    assert (near["n"] % 1 == 0).all()
    halves = set(data.rows["a"].drop_duplicates().sort_values().rolling(2).mean().dropna())
    assert halves & set(near["a"])


def test_drawn_rows_are_those_that_serving_lets_through() -> None:
    data = dataset(a={"range": {"min": 0}}, k={"type": "category"})
    for draw in (near_rows, far_rows, extreme_rows):
        rows = draw(data, 1)
        assert (rows["a"] >= 0).all()
        assert set(rows["k"]) == {"x", "y"}
        assert rows.equals(draw(data, 1))


@pytest.mark.parametrize(
    ("estimator", "hint"),
    [
        ({"class": f"{HISTOGRAM}Regressor", "parameters": {"loss": "poisson"}}, "squared_error"),
        ({"class": f"{HISTOGRAM}Regressor", "parameters": {"loss": "gamma"}}, "squared_error"),
        (
            {
                "class": "sklearn.neighbors.KNeighborsRegressor",
                "parameters": {"weights": "distance"},
            },
            "weights: uniform",
        ),
    ],
)
def test_refusal_names_the_cause(estimator: dict[str, Any], hint: str) -> None:
    with pytest.raises(InvalidInputError, match=hint):
        trained(mixed("number"), estimator)


def test_model_larger_than_serving_loads_is_refused_before_conversion() -> None:
    with pytest.raises(InvalidInputError, match=r"at least .* MiB, and serving loads at most"):
        trained(mixed("number"), FOREST, Serving(max_bytes=1000))
    with pytest.raises(InvalidInputError, match=r"its ONNX file has 0.*MAX_MODEL_BYTES=300"):
        trained(mixed("number"), {"class": LINEAR}, Serving(max_bytes=300))


@pytest.mark.parametrize("rows", [300, 7000])
def test_default_estimator_goes_by_the_number_of_rows(rows: int) -> None:
    """A default forest on many rows is larger than serving loads."""
    found = trained(mixed("text", rows)[["n", "y"]].assign(i=range(rows)), task="classification")
    expected = "RandomForestClassifier" if rows == 300 else "HistGradientBoostingClassifier"
    assert found.estimator.endswith(expected)


def test_walk_meets_every_estimator_that_must_work() -> None:
    assert {path.rpartition(".")[2] for path, _ in EVERY} >= MUST_WORK
