"""The threshold of a model: found on rows it was not fitted to, and in the graph that serves."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
from mlflow import MlflowClient
from pydantic import ValidationError
from sklearn.metrics import fbeta_score, precision_score, recall_score

from support.command import run
from support.flow import train
from support.models import frame, write_model
from test_parity import mixed, trained
from training.champion import Model, compare
from training.dataset import build_dataset
from training.decision import hold_calibration
from training.errors import InvalidInputError
from training.scoring import ClassScores
from training.settings import Settings
from training.sources import Table
from training.split import split_dataset
from training.threshold import short, threshold_of

LOGISTIC = "sklearn.linear_model.LogisticRegression"
COST = {"rule": "cost", "false_positive": 1, "false_negative": 5}
PRECISION = {"rule": "recall_at_precision", "precision": 0.9}


def settings(**more: Any) -> Settings:
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y"}
    return Settings.model_validate(content | {"task": "classification"} | more)


def chosen(rule: dict[str, Any], truth: Any, chances: Any) -> dict[str, Any]:
    """Choose by rows of two classes, of which 1 is the positive one."""
    table = pd.DataFrame({"a": np.arange(len(truth)), "y": truth})
    rows = build_dataset(settings(), Table(table, "0" * 64), "classification")
    both = np.column_stack([1 - np.asarray(chances), chances]).astype(np.float32)
    scores = ClassScores(np.zeros(len(truth), np.int64), both)
    return threshold_of(settings(threshold=rule), rows, scores)


def noisy(seed: int, rows: int = 60) -> tuple[Any, Any]:
    """Return truth and chances, several rows with the same chance."""
    random = np.random.default_rng(seed)
    truth = random.random(rows) < 0.4
    return truth.astype(int), np.clip(truth * 0.3 + random.random(rows) * 0.7, 0, 1).round(2)


@pytest.mark.parametrize("seed", range(5))
def test_no_other_threshold_fulfils_the_rule_better(seed: int) -> None:
    """Against every threshold there is, by scikit-learn's own metrics."""
    truth, chances = noisy(seed)
    answers = [chances >= cut for cut in np.unique(chances)[1:]]

    def cost(answer: Any) -> float:
        return float(np.sum(answer & (truth == 0)) + 5 * np.sum(~answer & (truth == 1)))

    found = chosen(COST, truth, chances)
    assert cost(chances >= found["value"]) == min(map(cost, answers))
    found = chosen({"rule": "f_beta", "beta": 2}, truth, chances)
    best = max(fbeta_score(truth, answer, beta=2) for answer in answers)
    assert fbeta_score(truth, chances >= found["value"], beta=2) == pytest.approx(best)
    found = chosen({"rule": "recall_at_precision", "precision": 0.8}, truth, chances)
    enough = [answer for answer in answers if precision_score(truth, answer) >= 0.8]
    answer = chances >= found["value"]
    assert found["precision"] == pytest.approx(precision_score(truth, answer))
    assert found["precision"] >= 0.8
    assert found["recall"] == recall_score(truth, answer)
    assert found["recall"] == max(recall_score(truth, one) for one in enough)


def test_threshold_lies_between_two_probabilities_with_few_digits() -> None:
    """Where it was one of them, a processor that rounds otherwise would change the answer."""
    assert short(0.2, 0.4) == 0.3
    assert short(0.12, 0.13) == 0.125
    low = float(np.float32(0.3))
    high = float(np.nextafter(np.float32(0.3), np.float32(1)))
    assert low < np.float32(short(low, high)) <= high


def test_precision_out_of_reach_names_the_best_there_is() -> None:
    truth, chances = [0, 1, 0, 1, 0] * 4, [0.9, 0.8, 0.7, 0.6, 0.1] * 4
    with pytest.raises(
        InvalidInputError,
        match=r"no threshold reaches precision 0\.9 on the 20 .*best is 0\.5000 \(recall 1\.0000\)",
    ):
        chosen(PRECISION, truth, chances)


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        (COST | {"false_negative": 100}, "every row"),
        (COST | {"false_positive": 100}, "no row"),
        ({"rule": "f_beta", "beta": 9}, "every row"),
    ],
    ids=["dear misses", "dear alarms", "recall alone"],
)
def test_rule_by_which_no_threshold_pays_is_refused(rule: dict[str, Any], answer: str) -> None:
    with pytest.raises(InvalidInputError, match=f"best to answer {answer} with the positive"):
        chosen(rule, [0, 1, 0, 1, 1] * 4, [0.9, 0.8, 0.7, 0.6, 0.5] * 4)


def test_one_probability_for_all_rows_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="one probability for all of the 20"):
        chosen(COST, [0, 1] * 10, [0.4] * 20)


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        (1.5, "less than 1"),
        ({}, "state a number such as 0.3, or a rule"),
        (COST | {"value": 0.3}, "and not both"),
        ({"rule": "cost", "false_positive": 1}, "takes false_positive, false_negative, not fal"),
        (COST | {"beta": 1}, "write {rule: cost, false_positive: 1, false_negative: 5}, say"),
        ({"value": 0.3, "beta": 1}, "takes nothing else, not beta; leave them out"),
        ({"rule": "f_beta", "beta": 0}, "greater than 0"),
    ],
)
def test_unclear_threshold_is_refused_with_what_to_write(stated: Any, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        settings(threshold=stated)


def test_share_of_calibration_rows_without_a_use_is_refused() -> None:
    with pytest.raises(
        ValidationError, match=r"'split\.calibration' \(0\.3\) keeps rows for a rule"
    ):
        settings(split={"calibration": 0.3}, threshold=0.4)


def test_several_classes_and_numbers_have_no_threshold() -> None:
    table = frame().assign(y=np.arange(300) % 3)
    with pytest.raises(InvalidInputError, match="threshold: only for two classes"):
        trained(table, {"class": LOGISTIC}, threshold=0.3)
    with pytest.raises(InvalidInputError, match="threshold: only for two classes"):
        trained(mixed("number"), threshold=0.3, task="regression")


@pytest.mark.parametrize(
    "split",
    [{}, {"method": "random"}, {"method": "hash", "key": "who"}, {"method": "time", "key": "who"}],
    ids=["hash", "random", "key", "time"],
)
def test_calibration_rows_are_of_the_training_split_and_apart_as_split_says(
    split: dict[str, Any],
) -> None:
    table = frame(600).assign(who=np.arange(600) // 3)
    asked = settings(split=split, threshold=COST)
    dataset = build_dataset(asked, Table(table, "0" * 64), "classification")
    training, test = split_dataset(dataset, table, asked)
    fitted, held = hold_calibration(asked, training, table)
    assert held is not None
    places = [set(part.rows.index) for part in (fitted, held, test)]
    assert places[0] | places[1] == set(training.rows.index)
    assert not places[0] & places[1]
    assert len(held.rows) / len(training.rows) == pytest.approx(0.2, abs=0.06)
    if "key" in split:
        people = [set(table.loc[list(place), "who"]) for place in places]
        assert not people[0] & people[1]
    if split.get("method") == "time":
        assert max(people[0]) < min(people[1]) <= max(people[1]) < min(people[2])
    else:
        assert held.target.mean() == pytest.approx(training.target.mean(), abs=0.08)


def test_without_the_key_all_training_rows_are_fitted_on_and_the_graph_is_as_before() -> None:
    plain = trained(frame(), {"class": LOGISTIC})
    stated = trained(frame(), {"class": LOGISTIC}, threshold=0.5)
    assert "threshold" not in plain.package.metadata
    before, after = (onnx.load_from_string(f.package.model).graph for f in (plain, stated))
    names = [node.op_type for node in before.node]
    assert [node.op_type for node in after.node][: len(names)] == names
    assert isinstance(plain.scores, ClassScores)
    assert isinstance(stated.scores, ClassScores)
    assert np.array_equal(plain.scores.probabilities, stated.scores.probabilities)


@pytest.mark.parametrize("positive", ["hi", "lo"])
@pytest.mark.parametrize(
    "path",
    [LOGISTIC, "sklearn.ensemble.HistGradientBoostingClassifier", "xgboost.XGBClassifier"],
)
def test_label_of_the_graph_and_metrics_go_by_the_threshold(path: str, positive: str) -> None:
    table, target = mixed("text", 400), {"column": "y", "positive": positive}
    found = trained(table, {"class": path}, target=target, threshold=0.2, metrics=["recall"])
    metadata = found.package.metadata
    assert metadata["threshold"] == 0.2
    scores, own = found.scores, metadata["positive"]
    assert isinstance(scores, ClassScores)
    reached = scores.probabilities[:, own] >= np.float32(0.2)
    assert np.array_equal(scores.labels == own, reached)
    assert not np.array_equal(scores.labels, scores.probabilities.argmax(axis=1))
    assert found.metrics["recall"] == recall_score(found.test.target == own, reached)


def test_precision_that_was_asked_for_is_told_with_the_rows_it_was_found_on() -> None:
    found = trained(frame(900), {"class": LOGISTIC}, threshold=PRECISION)
    told = found.package.metadata["training"]["threshold"]
    assert told["rule"] == {"name": "recall_at_precision", "precision": 0.9}
    assert told["value"] == found.package.metadata["threshold"]
    assert told["precision"] >= 0.9
    assert 0 < told["rows"] < 0.3 * found.package.metadata["training"]["rows"]["train"]


def test_champion_and_candidate_are_compared_each_with_its_own_threshold() -> None:
    table = frame(900)
    bold, shy = (trained(table, {"class": LOGISTIC}, threshold=t) for t in (0.1, 0.9))
    asked = settings(metrics=["recall", "precision"])
    candidate, champion = (
        Model(one.package.metadata, one.package.model, one.seen) for one in (bold, shy)
    )
    found = compare(asked, candidate, champion, bold.test, table)
    assert found.champion == {name: shy.metrics[name] for name in ("recall", "precision")}
    assert found.champion["recall"] < bold.metrics["recall"]


def test_folds_and_searches_go_by_the_threshold_too() -> None:
    tree = {"class": "sklearn.tree.DecisionTreeClassifier", "parameters": {"max_depth": 4}}
    more: dict[str, Any] = {"metrics": ["recall"], "cross_validation": 3}
    usual = trained(frame(), tree, **more)
    bold = trained(frame(), tree, threshold=0.02, **more)
    mean = [
        one.package.metadata["training"]["cross_validation"]["metrics"]["recall"]["mean"]
        for one in (usual, bold)
    ]
    assert mean[0] < mean[1]
    search = {"method": "grid", "space": {"max_depth": [2, 4]}, "cv": 3}
    found = trained(frame(), tree, threshold=COST, search=search, metrics=["recall"])
    assert found.package.metadata["training"]["search"]["trials"] == 2
    assert found.package.metadata["training"]["threshold"]["rule"]["name"] == "cost"


def test_package_and_run_have_the_threshold(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    path = write_model(tmp_path, "careful-model", threshold=COST)
    code, result = train(mlflow_url, path)
    assert (code, result["outcome"]) == (0, "promoted")
    value = result["threshold"]["value"]
    logged = client.get_run(client.get_model_version("careful-model", "1").run_id).data
    assert float(logged.params["threshold"]) == value
    done = run("build", path, "--out", tmp_path / "out")
    assert f"threshold {value:g} by cost: precision" in done.out
