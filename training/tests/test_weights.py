"""Rows weigh in the fit as the YAML says, by a column or by their class, and nowhere else."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from pydantic import ValidationError
from sklearn.linear_model import LinearRegression, LogisticRegression

from support.boosting import LIBRARIES
from support.command import run
from support.flow import train
from support.models import frame, write_model
from test_parity import mixed, trained
from training.dataset import build_dataset
from training.errors import InvalidInputError
from training.pipeline import Trained
from training.scoring import ClassScores, NumberScores
from training.settings import Settings
from training.sources import Table
from training.split import split_dataset
from training.weights import fit_weights

LOGISTIC = {"class": "sklearn.linear_model.LogisticRegression"}
LINEAR = {"class": "sklearn.linear_model.LinearRegression"}
OWN = {"class_weight": "balanced"}
NEAR = {"class": "sklearn.neighbors.KNeighborsClassifier"}
XGB = {"class": "xgboost.XGBClassifier", "parameters": {"scale_pos_weight": 2}}


def weighed(table: pd.DataFrame) -> pd.DataFrame:
    """Add weights that are 0 in a quarter of the rows."""
    return table.assign(w=np.arange(len(table)) % 4)


def chances(found: Trained) -> Any:
    assert isinstance(found.scores, ClassScores)
    return found.scores.probabilities


def rare(rows: int = 400) -> pd.DataFrame:
    """A class of which there are few rows."""
    table = frame(rows)
    return table.assign(y=(table["a"] + table["b"] > 1.7).astype(int))


def test_column_of_weights_weighs_the_fit_as_scikit_learn_does_and_is_no_feature() -> None:
    table = weighed(mixed("number", 300)[["a", "n", "y"]])
    found = trained(table, LINEAR, sample_weight="w")
    assert [f["name"] for f in found.package.metadata["features"]] == ["a", "n"]
    rows = table.drop(index=found.test.rows.index)
    model = LinearRegression().fit(rows[["a", "n"]], rows["y"], sample_weight=rows["w"])
    wanted = model.predict(table.loc[found.test.rows.index, ["a", "n"]])
    assert isinstance(found.scores, NumberScores)
    assert found.scores.numbers == pytest.approx(wanted, rel=1e-5)
    unweighted = trained(table.drop(columns="w"), LINEAR)
    assert found.metrics["rmse"] != unweighted.metrics["rmse"]


def test_metrics_count_each_row_once() -> None:
    found = trained(weighed(frame()), LOGISTIC, sample_weight="w", metrics=["accuracy"])
    assert found.test.weights is not None
    assert isinstance(found.scores, ClassScores)
    assert found.metrics["accuracy"] == np.mean(found.scores.labels == found.test.target)


def test_rows_that_differ_in_their_weight_alone_stay_together() -> None:
    """Or the model would be tested on rows that it knows."""
    table = pd.concat([frame(200).assign(w=1), frame(200).assign(w=2)], ignore_index=True)
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y", "sample_weight": "w"}
    asked = Settings.model_validate(content | {"task": "classification"})
    dataset = build_dataset(asked, Table(table, "0" * 64), "classification")
    one, other = split_dataset(dataset, table, asked)
    both = [set(map(tuple, part.rows[["a", "b"]].to_numpy().tolist())) for part in (one, other)]
    assert not both[0] & both[1]


@pytest.mark.parametrize(
    "path",
    [
        "sklearn.linear_model.LogisticRegression",
        "sklearn.ensemble.RandomForestClassifier",
        "sklearn.ensemble.HistGradientBoostingClassifier",
        "lightgbm.LGBMClassifier",
    ],
)
@pytest.mark.parametrize("stated", ["balanced", {0: 1, 1: 7}], ids=["balanced", "by class"])
def test_weights_of_classes_are_those_of_the_estimators_that_have_them(
    path: str, stated: Any
) -> None:
    """The answers are the same, whether the YAML says it or the estimator's own parameter."""
    own = {"class": path, "parameters": {"class_weight": stated}}
    ours, theirs = trained(rare(), {"class": path}, class_weight=stated), trained(rare(), own)
    assert np.allclose(chances(ours), chances(theirs), atol=1e-6)
    assert not np.allclose(chances(ours), chances(trained(rare(), {"class": path})), atol=1e-3)


BOOSTED = [f"{library}Classifier" for library in LIBRARIES]
STOPPING = {"early_stopping": {"rounds": 5, "validation": 0.3}}


@pytest.mark.parametrize(
    "choice",
    [
        {"class": "sklearn.naive_bayes.GaussianNB"},
        *({"class": path} for path in BOOSTED),
        *({"class": path} | STOPPING for path in BOOSTED),
    ],
    ids=lambda choice: f"{choice['class']}{' stopping' if 'early_stopping' in choice else ''}",
)
def test_class_without_such_a_parameter_finds_more_of_a_class_that_weighs_more(
    choice: dict[str, Any],
) -> None:
    table = rare(800).assign(k=lambda t: np.where(t["a"] > 0, "x", "z"))
    table["y"] = np.where((table["y"] == 1) ^ (np.arange(800) % 7 == 0), "hi", "lo")
    usual = trained(table, choice, metrics=["recall"], target={"column": "y", "positive": "hi"})
    found = trained(
        table,
        choice,
        metrics=["recall"],
        target={"column": "y", "positive": "hi"},
        class_weight={"hi": 20},
    )
    assert found.metrics["recall"] > usual.metrics["recall"]


def test_balanced_classes_have_equal_sums_with_a_column_of_weights_too() -> None:
    table = weighed(rare())
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y", "sample_weight": "w"}
    asked = Settings.model_validate(content | {"task": "classification", **OWN})
    rows = build_dataset(asked, Table(table, "0" * 64), "classification")
    weights = fit_weights(asked, rows, rows)
    assert weights is not None
    sums = np.bincount(rows.target, weights)
    assert sums[0] == pytest.approx(sums[1])
    assert not weights[table["w"] == 0].any()
    both = LogisticRegression(class_weight="balanced")
    both.fit(table[["a", "b"]], table["y"], sample_weight=table["w"])
    one = LogisticRegression().fit(table[["a", "b"]], table["y"], sample_weight=weights)
    assert one.coef_ == pytest.approx(both.coef_, rel=1e-3)


def test_weights_are_those_of_each_folds_rows() -> None:
    more: dict[str, Any] = {"metrics": ["recall"], "cross_validation": 3}
    recalls = [
        trained(rare(), LOGISTIC, **more, **weight).package.metadata["training"][
            "cross_validation"
        ]["metrics"]["recall"]["mean"]
        for weight in ({}, {"class_weight": {1: 30}})
    ]
    assert recalls[0] < recalls[1]
    search = {"method": "grid", "space": {"C": [0.1, 1.0]}, "cv": 3}
    found = trained(weighed(rare()), LOGISTIC, sample_weight="w", class_weight=OWN["class_weight"],
                    search=search)  # fmt: skip
    assert found.package.metadata["training"]["search"]["failed"] == 0


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (-1.0, r"in row 4 of the data it is '-1\.0' \(rows 4, 8\)"),
        (np.inf, r"in row 4 of the data it is 'inf' \(rows 4, 8\)"),
        (np.nan, r"in row 4 of the data it is missing \(rows 4, 8\)"),
    ],
    ids=["negative", "infinite", "missing"],
)
def test_row_without_a_good_weight_is_named(bad: float, problem: str) -> None:
    table = frame().assign(w=1.0)
    table.loc[[3, 7], "w"] = bad
    with pytest.raises(InvalidInputError, match=problem):
        trained(table, LOGISTIC, sample_weight="w")


def test_text_in_a_file_is_no_weight(tmp_path: Path) -> None:
    frame().assign(w=["1"] * 299 + ["much"]).to_csv(tmp_path / "data.csv", index=False)
    done = run("check", write_model(tmp_path, sample_weight="w"))
    assert done.code == 2
    assert "in row 300 of the data it is 'much' (rows 300)" in done.err


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"sample_weight": "v"}, "the data has no column 'v'; it has a, b, y, w"),
        ({"sample_weight": "w", "estimator": NEAR},
         "the fit of KNeighborsClassifier takes no weights; use another class, such as sklearn."),
        ({"class_weight": "balanced", "estimator": NEAR},
         "class_weight: the fit of KNeighborsClassifier takes no weights"),
        ({"class_weight": {2: 3}}, "class_weight: '2' is no class of the data; those are 0, 1"),
        ({"class_weight": {1: 3, "1": 2}}, "two keys mean one class"),
        ({**OWN, "estimator": LOGISTIC | {"parameters": OWN}},
         "'estimator.parameters.class_weight'"),
        ({**OWN, "estimator": XGB},
         "'estimator.parameters.scale_pos_weight' weighs classes too"),
        ({**OWN, "estimator": LINEAR}, "class_weight: is for classes"),
    ],
)  # fmt: skip
def test_weights_that_cannot_be_are_refused(more: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        trained(weighed(frame()), **({"estimator": LOGISTIC} | more))


def test_class_without_any_weight_is_refused() -> None:
    table = frame()
    with pytest.raises(InvalidInputError, match="'w' is 0 in every row of class 1"):
        trained(table.assign(w=1 - table["y"]), LOGISTIC, sample_weight="w")


def test_column_that_was_dropped_says_that_it_need_not_be() -> None:
    table = weighed(frame()).drop(columns="w")
    with pytest.raises(InvalidInputError, match=r"take it out of 'data\.drop'"):
        trained(table, LOGISTIC, sample_weight="w", data={"source": "csv:x.csv", "drop": ["w"]})


@pytest.mark.parametrize(
    "more", [{"sample_weight": "y"}, {"sample_weight": "a", "features": [{"name": "a"}]}]
)
def test_weights_are_neither_target_nor_feature(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="is the target or among 'features'"):
        trained(frame(), LOGISTIC, **more)


def test_run_says_how_rows_weigh(client: MlflowClient, mlflow_url: str, tmp_path: Path) -> None:
    weighed(frame()).to_csv(tmp_path / "data.csv", index=False)
    path = write_model(tmp_path, "weighed-model", sample_weight="w", **OWN)
    code, result = train(mlflow_url, path)
    assert (code, result["outcome"]) == (0, "promoted")
    params = client.get_run(client.get_model_version("weighed-model", "1").run_id).data.params
    assert (params["sample_weight"], params["class_weight"]) == ("w", "balanced")


def test_own_pipeline_hands_weights_to_its_last_step_or_is_refused(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "data.csv", index=False)
    source = """
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def able():
    return make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), LogisticRegression()))


def unable():
    return make_pipeline(StandardScaler(), KNeighborsClassifier())
"""
    (tmp_path / "own.py").write_text(source)
    more: dict[str, Any] = {"estimator": None, "task": "classification", "class_weight": {1: 9}}
    for name, code in (("able", 0), ("unable", 2)):
        path = write_model(tmp_path, f"{name}-model", pipeline=f"own:{name}", **more)
        done = run("build", path, "--out", tmp_path / name)
        assert done.code == code, done.err
    assert "pipeline: cannot be fitted to this data" in done.err
