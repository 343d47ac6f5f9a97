"""Metrics whose name holds a number: recall among the highest rows, the loss of a quantile."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from sklearn import metrics as sk

from support.command import run
from support.flow import train
from support.models import frame, write_model
from test_intervals import classes, found, numbers
from test_parity import trained
from training.chance import by_chance
from training.errors import InvalidInputError
from training.gate_choice import Gate
from training.metrics import classification_metrics, regression_metrics
from training.ranked import ranked, recall_at
from training.settings import Settings
from training.slice_metrics import defined
from training.weighted import weighted_classification, weighted_regression

RECALLS = ["recall_at_12", "recall_at_0.25"]


def recall(truth: list[int], chances: list[float], k: float) -> float:
    score = ranked(np.array(truth, bool), np.array(chances), recall_at(k))
    return score(np.ones(len(truth)))


@pytest.mark.parametrize(
    ("k", "expected"), [(1, 0.0), (2, 1 / 2), (3, 1 / 2), (4, 1.0), (0.5, 1 / 2), (0.1, 0.0)]
)
def test_recall_at_k_is_the_share_of_the_true_rows_among_the_highest(
    k: float, expected: float
) -> None:
    """By hand; a share of four rows is at least one of them."""
    assert recall([0, 1, 0, 1], [0.9, 0.8, 0.7, 0.6], k) == expected


def test_rows_of_one_chance_count_for_the_part_that_is_taken() -> None:
    """Of three with one chance two are taken: two of three orders would take the true one."""
    assert recall([0, 1, 0, 0], [0.9, 0.5, 0.5, 0.5], 3) == pytest.approx(2 / 3)


def test_recall_at_k_is_scikit_learns_recall_of_labels_that_call_k_rows_true() -> None:
    data, scores = classes(80)
    random = np.random.default_rng(3)
    chance = random.permutation(80) / 100 + data.target * 0.1  # no two are equal
    chance = chance + np.arange(80) * 1e-6
    probabilities = np.column_stack([1 - chance, chance])
    mine = classification_metrics(RECALLS, data.target, scores.labels, probabilities, 1)
    for name, rows in {"recall_at_12": 12, "recall_at_0.25": 20}.items():
        labels = np.zeros(80, int)
        labels[np.argsort(-chance)[:rows]] = 1
        assert mine[name] == pytest.approx(sk.recall_score(data.target, labels))


def test_recall_at_k_of_many_classes_is_the_mean_of_each_against_the_rest() -> None:
    truth, probabilities = (
        np.array([0, 1, 2]),
        np.array([[0.9, 0.1, 0], [0.5, 0.2, 0.3], [0, 0, 1]]),
    )
    mine = classification_metrics(["recall_at_1"], truth, truth, probabilities, None)
    assert mine == {"recall_at_1": 1.0}
    other = classification_metrics(["recall_at_1"], truth[::-1], truth, probabilities, None)
    assert other == pytest.approx({"recall_at_1": 1 / 3})


def test_quantile_loss_weighs_what_lies_above_by_the_quantile() -> None:
    """By hand: one row above by 1, one below by 1."""
    truth, predicted = np.array([3.0, 1.0]), np.array([2.0, 2.0])
    mine = regression_metrics(["quantile_loss_0.9"], truth, predicted)
    assert mine == pytest.approx({"quantile_loss_0.9": (0.9 + 0.1) / 2})
    above = regression_metrics(["quantile_loss_0.9"], truth[:1], predicted[:1])
    assert above == pytest.approx({"quantile_loss_0.9": 0.9})


@pytest.mark.parametrize(("count", "positive"), [(2, 1), (2, 0), (4, None)])
def test_rows_that_count_twice_are_scored_as_if_they_stood_there_twice(
    count: int, positive: int | None
) -> None:
    data, scores = classes(60, count)
    weights = np.random.default_rng(1).integers(0, 4, 60)
    again = np.repeat(np.arange(60), weights)
    labels, chances = scores.labels, scores.probabilities
    score = weighted_classification(RECALLS, data.target, labels, chances, positive)
    expected = classification_metrics(
        RECALLS, data.target[again], labels[again], chances[again], positive
    )
    assert score(weights) == pytest.approx(expected)


def test_numbers_that_count_twice_are_scored_as_scikit_learn_scores_them() -> None:
    data, scores = numbers(60)
    weights = np.random.default_rng(1).integers(0, 4, 60)
    score = weighted_regression(["quantile_loss_0.1"], data.target, scores.numbers)
    expected = sk.mean_pinball_loss(data.target, scores.numbers, sample_weight=weights, alpha=0.1)
    assert score(weights) == pytest.approx({"quantile_loss_0.1": expected})


@pytest.mark.parametrize("rows", [400, 20_000])
def test_interval_of_recall_at_a_count_lies_around_it_however_many_rows_stand_for_all(
    rows: int,
) -> None:
    data, scores = classes(rows)
    name = f"recall_at_{rows // 4}"
    value = classification_metrics(
        [name], data.target, scores.labels, scores.probabilities, data.positive
    )[name]
    low, high = found(data, scores, metrics=[name])[name]
    assert low < value < high
    assert high - low < 0.1


def test_chance_of_a_count_is_that_of_the_same_share_of_fewer_rows() -> None:
    data, scores = classes(20_000)
    stated: dict[str, Any] = {
        "name": "m", "data": {"source": "csv:x"}, "target": "y", "task": "classification",
        "metrics": ["recall_at_10000", "recall_at_0.5"],
    }  # fmt: skip
    spread = by_chance(Settings.model_validate(stated), data, scores)
    assert spread["recall_at_10000"] == pytest.approx(spread["recall_at_0.5"])
    assert 0 < spread["recall_at_10000"] < 0.02


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"metrics": ["recall_at_k"]}, "'recall_at_k' is not understood; write recall_at_50 (k"),
        ({"metrics": ["recall_at_0"]}, "'recall_at_0' is not understood"),
        ({"metrics": ["recall_at_1.5"]}, "recall_at_0.1 (a share of the rows, below 1)"),
        ({"metrics": ["quantile_loss"]}, "write quantile_loss_0.9 (a quantile between 0 and 1)"),
        ({"metrics": ["quantile_loss_1"]}, "'quantile_loss_1' is not understood"),
        ({"metrics": ["acuracy", "rms"]}, "unknown: acuracy; choose from accuracy, precision"),
        ({"metrics": ["acuracy", "rms"]}, "unknown: rms; choose from"),
        ({"metrics": ["quantile_loss_0.9"]}, "'quantile_loss_0.9' is not for classification"),
        ({"gate": {"floors": {"recall_at_5": 1}}}, "gate.floors: 'recall_at_5' is not among the"),
    ],
)
def test_name_that_is_not_understood_is_answered_with_how_to_write_it(
    tmp_path: Path, changes: dict[str, Any], expected: str
) -> None:
    done = run("validate", write_model(tmp_path, **changes))
    assert done.code == 2
    assert expected in done.err


def test_count_of_all_test_rows_is_refused_since_every_model_has_1() -> None:
    said = (
        "metrics: 'recall_at_48' is 1 for every model, as the test split has 48 rows; write fewer"
    )
    tree = "sklearn.tree.DecisionTreeClassifier"
    with pytest.raises(InvalidInputError, match=said):
        trained(frame(300), tree, metrics=["recall_at_48"])
    assert trained(frame(300), tree, metrics=["recall_at_47"]).metrics["recall_at_47"] < 1


def test_slice_of_fewer_rows_than_the_count_leaves_it_out() -> None:
    data, _ = classes(40)
    stated = {"name": "m", "data": {"source": "csv:x"}, "target": "y", "task": "classification"}
    settings = Settings.model_validate(stated | {"metrics": ["accuracy", "recall_at_40"]})
    assert defined(settings, data) == (
        ["accuracy"],
        "no recall_at_40, as there are 40 rows alone",
    )


def test_model_is_trained_and_judged_by_a_quantile() -> None:
    table = pd.DataFrame({"a": np.arange(200.0), "y": np.arange(200.0) % 7})
    estimator = {
        "class": "sklearn.ensemble.GradientBoostingRegressor",
        "parameters": {"loss": "quantile", "alpha": 0.9, "n_estimators": 5},
    }
    gate = {"floors": {"quantile_loss_0.9": 3.0}}
    model = trained(table, estimator, metrics=["quantile_loss_0.9", "mae"], gate=gate)
    assert set(model.metrics) == set(model.intervals) == {"quantile_loss_0.9", "mae"}
    from training.gate import judge

    verdict = judge(model.metrics, Gate.model_validate(gate), None)
    assert verdict.passed
    assert "at most 3.0000" in verdict.table()
    assert not judge(
        model.metrics | {"quantile_loss_0.9": 3.1}, Gate.model_validate(gate), None
    ).passed


def test_rows_of_no_true_class_have_no_recall() -> None:
    data, scores = classes(40)
    none = replace(data, target=np.zeros(40, dtype=np.int64))
    mine = classification_metrics(
        ["recall_at_5"], none.target, scores.labels, scores.probabilities, 1
    )
    assert np.isnan(mine["recall_at_5"])


def test_champions_record_of_a_count_of_other_rows_is_not_compared_and_said(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """Without a record of its rows, what the champion measured on its own test rows decides."""
    metrics = ["accuracy", "recall_at_20", "recall_at_0.3"]
    frame(300).to_csv(tmp_path / "data.csv", index=False)
    path = write_model(tmp_path, "count-model", metrics=metrics, gate={"max_regression": 1.0})
    assert train(mlflow_url, path)[0] == 0
    version = client.get_model_version("count-model", "1")
    uri = client.get_run(version.run_id).info.artifact_uri
    get_artifact_repository(uri).delete_artifacts("training-rows.u64")
    rows = client.get_run(version.run_id).data.params["rows.test"]
    frame(600).to_csv(tmp_path / "data.csv", index=False)
    code, result = train(mlflow_url, path)
    assert code == 0
    assert {one["metric"] for one in result["gate"]} == {"accuracy", "recall_at_0.3"}
    assert f"not compared, as of {rows} rows: recall_at_20" in result["note"]


def test_count_that_takes_all_rows_that_neither_saw_is_not_compared_and_said(
    mlflow_url: str, tmp_path: Path
) -> None:
    """A new draw of the test split leaves fewer rows that the champion was not trained on."""
    frame(400).to_csv(tmp_path / "data.csv", index=False)
    more: dict[str, Any] = {
        "metrics": ["accuracy", "recall_at_60"],
        "gate": {"max_regression": 1.0},
    }
    more["split"] = {"method": "random", "test": 0.4}
    assert train(mlflow_url, write_model(tmp_path, "fewer-model", **more))[0] == 0
    more["split"] |= {"test": 0.38, "seed": 7}
    code, result = train(mlflow_url, write_model(tmp_path, "fewer-model", **more))
    assert code == 0, result
    compared = {one["metric"] for one in result["gate"]}
    rows = re.search(r"on the (\d+) of 152 test rows", result["note"])
    assert rows is not None
    assert compared == {"accuracy"}
    assert (
        f"not compared with the champion: no recall_at_60, as there are {rows[1]}" in result["note"]
    )
