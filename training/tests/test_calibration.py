"""Calibrated probabilities are scikit-learn's, in the graph that serves, and are measured."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from support.boosting import SERVED
from support.command import run
from support.flow import train
from support.models import frame, write_model
from test_parity import mixed, trained
from training.dataset import build_dataset
from training.decision import hold_calibration
from training.errors import InvalidInputError
from training.metrics import classification_metrics
from training.pipeline import Trained
from training.scoring import ClassScores
from training.settings import Settings
from training.sources import Table
from training.split import split_dataset

BAYES = {"class": "sklearn.naive_bayes.GaussianNB"}
METHODS = ["sigmoid", "isotonic"]


def twice(rows: int = 900) -> pd.DataFrame:
    """Each number stands three times, so that naive Bayes is far too sure."""
    random = np.random.default_rng(5)
    a, b = random.normal(size=(2, rows))
    table = pd.DataFrame({"a": a, "b": b, "c": a, "d": b, "e": a, "f": b}).round(4)
    surely = 1 / (1 + np.exp(-a - b))
    return table.assign(y=np.where(random.random(rows) < surely, "hi", "lo"))


def scores(found: Trained) -> ClassScores:
    assert isinstance(found.scores, ClassScores)
    return found.scores


@pytest.mark.parametrize(
    ("method", "model"),
    [
        ("sigmoid", LogisticRegression()),
        ("isotonic", RandomForestClassifier(n_estimators=16, random_state=42)),
    ],
    ids=METHODS,
)
def test_probabilities_are_those_of_scikit_learn_on_the_same_rows(method: str, model: Any) -> None:
    """A forest of 16 trees has probabilities that float32 holds exactly, so ties are the same."""
    table = frame(600)
    kind = type(model)
    path = f"sklearn.{kind.__module__.split('.')[1]}.{kind.__name__}"
    choice = {"class": path, "parameters": {"n_estimators": 16} if method == "isotonic" else {}}
    found = trained(table, choice, calibration=method)
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y"}
    asked = Settings.model_validate(content | {"estimator": choice, "calibration": method})
    dataset = build_dataset(asked, Table(table, "0" * 64), "classification")
    training, test = split_dataset(dataset, table, asked)
    fitted, held = hold_calibration(asked, training, table)
    assert held is not None
    model.fit(fitted.rows.to_numpy(), fitted.target)
    wanted = CalibratedClassifierCV(FrozenEstimator(model), method=method)
    wanted.fit(held.rows.to_numpy(), held.target)
    chances = wanted.predict_proba(test.rows.to_numpy())
    assert np.allclose(scores(found).probabilities, chances, atol=1e-4)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("method", METHODS)
def test_brier_score_and_log_loss_are_told_before_and_after(method: str, classes: int) -> None:
    table = twice()
    if classes == 3:
        table["y"] = np.where(table["b"] > 1, "much", table["y"])
    found = trained(table, BAYES, calibration=method)
    told = found.package.metadata["training"]["calibration"]
    assert (told["method"], list(told["before"])) == (method, ["brier", "log_loss"])
    assert told["rows"] < 0.3 * found.package.metadata["training"]["rows"]["train"]
    assert told["after"]["brier"] < told["before"]["brier"]
    mine = scores(found)
    assert told["after"] == classification_metrics(
        ["brier", "log_loss"], found.test.target, mine.labels, mine.probabilities,
        found.test.positive,
    )  # fmt: skip
    assert np.array_equal(mine.labels, mine.probabilities.argmax(axis=1))
    assert mine.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("path", "method", "threshold"),
    [
        ("sklearn.ensemble.HistGradientBoostingClassifier", "isotonic", None),
        ("xgboost.XGBClassifier", "sigmoid", {"rule": "f_beta", "beta": 2}),
        ("catboost.CatBoostClassifier", "isotonic", 0.3),
    ],
)
def test_prediction_api_answers_alike_with_threshold_and_categories(
    path: str, method: str, threshold: Any
) -> None:
    found = trained(
        mixed("text", 400), {"class": path}, SERVED, calibration=method, threshold=threshold
    )
    if threshold is not None:
        metadata, mine = found.package.metadata, scores(found)
        reached = mine.probabilities[:, metadata["positive"]] >= np.float32(metadata["threshold"])
        assert np.array_equal(mine.labels == metadata["positive"], reached)


def test_several_classes_are_served_alike() -> None:
    table = twice().assign(y=lambda t: np.where(t["b"] > 1, "much", t["y"]))
    for method in METHODS:
        assert trained(table, BAYES, SERVED, calibration=method).metrics


def test_folds_are_calibrated_too() -> None:
    losses = [
        trained(
            twice(), BAYES, calibration=method, metrics=["log_loss"], cross_validation=3
        ).package.metadata["training"]["cross_validation"]["metrics"]["log_loss"]["mean"]
        for method in (None, "sigmoid")
    ]
    assert losses[1] < losses[0]


def test_calibration_of_numbers_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="calibration: is for classes"):
        trained(mixed("number"), calibration="sigmoid", task="regression")


def test_few_rows_for_an_isotonic_calibration_are_said(tmp_path: Path) -> None:
    texts = [
        run("build", write_model(tmp_path, calibration=method), "--out", tmp_path / method).out
        for method in METHODS
    ]
    assert ["'calibration: isotonic' has " in text for text in texts] == [False, True]


def test_run_has_method_scores_and_reliability_curve(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    for name, method in (("uncalibrated-model", None), ("calibrated-model", "sigmoid")):
        code, result = train(mlflow_url, write_model(tmp_path, name, calibration=method))
        assert (code, result["outcome"]) == (0, "promoted")
        run_id = client.get_model_version(name, "1").run_id
        files = [file.path for file in client.list_artifacts(run_id)]
        assert ("reliability.png" in files) == (method is not None)
    logged = client.get_run(run_id).data
    assert logged.params["calibration"] == "sigmoid"
    for when in ("before", "after"):
        told = result["calibration"][when]["brier"]
        assert logged.metrics[f"calibration/brier_{when}"] == told
