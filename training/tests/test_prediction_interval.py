"""Prediction intervals hold the share of rows that they promise, whatever the estimator."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from pydantic import ValidationError

from support.flow import train
from support.models import write_model
from test_parity import mixed, trained
from training.conformal import interval_of
from training.dataset import Dataset
from training.errors import InvalidInputError
from training.scoring import NumberScores
from training.settings import Settings

LINEAR = "sklearn.linear_model.LinearRegression"


def settings(**more: Any) -> Settings:
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y", "task": "regression"}
    return Settings.model_validate(content | more)


def interval(residuals: Any, coverage: float) -> dict[str, Any]:
    """Measure rows that a model, which answers 0, is so far from."""
    target = np.asarray(residuals, np.float64)
    rows = Dataset("regression", [], pd.DataFrame(index=range(len(target))), target, [], None, "")
    scores = NumberScores(np.zeros(len(target)))
    return interval_of(settings(prediction_interval=coverage), rows, scores)


def heavy(rows: int, seed: int) -> pd.DataFrame:
    """A line with noise of heavy tails, for which no normal distribution would do."""
    random = np.random.default_rng(seed)
    a = random.normal(size=rows)
    return pd.DataFrame({"a": a, "y": 2 * a + random.standard_t(2, size=rows)})


def test_half_width_is_the_residual_of_the_rank_that_the_proof_asks_for() -> None:
    """Rank ceil((n + 1) * coverage): of 9 residuals and 0.9 the 9th, of 19 the 18th."""
    residuals = np.array([3, -1, 2, 9, -5, 4, -8, 7, 6])
    assert interval(residuals, 0.9) == {"coverage": 0.9, "half_width": 9.0, "rows": 9}
    assert interval(residuals, 0.5)["half_width"] == 5.0
    assert interval(np.arange(1, 20), 0.9)["half_width"] == 18.0


def test_too_few_calibration_rows_are_refused_with_how_many_are_needed() -> None:
    with pytest.raises(InvalidInputError, match=r"8 calibration rows are too few, 9 are needed"):
        interval(np.arange(8), 0.9)
    assert interval(np.arange(9), 0.9)["half_width"] == 8.0
    with pytest.raises(InvalidInputError, match=r"99 are needed; write less"):
        interval(np.arange(98), 0.99)


def test_rows_without_a_number_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as those on which a model overflows, far from all others."""

    def lost(model: bytes, features: Any, rows: pd.DataFrame, classes: Any) -> NumberScores:
        del model, features, classes
        return NumberScores(np.where(np.arange(len(rows)) < 2, np.inf, 0.0))

    monkeypatch.setattr("training.decision.run_onnx", lost)
    with pytest.raises(
        InvalidInputError, match=r"the model has no number for 2 of \d+ calibration"
    ):
        trained(heavy(200, 0), {"class": LINEAR}, prediction_interval=0.9)


def test_coverage_is_kept_over_many_tables() -> None:
    """Its mean over calibration and test rows is at least what was stated, and hardly more."""
    covered = [
        trained(heavy(300, seed), {"class": LINEAR}, prediction_interval=0.8).package.metadata[
            "training"
        ]["interval"]["metrics"]["interval_coverage"]
        for seed in range(20)
    ]
    assert np.mean(covered) == pytest.approx(0.81, abs=0.03)


@pytest.mark.parametrize(
    "path", [LINEAR, "sklearn.ensemble.RandomForestRegressor", "catboost.CatBoostRegressor"]
)
def test_interval_is_in_the_package_with_what_it_covers(path: str) -> None:
    found = trained(mixed("number", 400), {"class": path}, prediction_interval=0.9)
    metadata = found.package.metadata
    told = metadata["training"]["interval"]
    assert metadata["interval"] == {"coverage": 0.9, "half_width": told["half_width"]}
    assert isinstance(found.scores, NumberScores)
    inside = np.abs(found.test.target - found.scores.numbers) <= told["half_width"]
    assert told["metrics"] == {
        "interval_coverage": np.mean(inside),
        "interval_width": 2 * told["half_width"],
    }
    assert 0.75 <= told["metrics"]["interval_coverage"] <= 1
    assert told["rows"] < 0.3 * metadata["training"]["rows"]["train"]


def test_model_without_the_key_has_no_interval_and_is_fitted_on_all_training_rows() -> None:
    plain = trained(heavy(200, 0), {"class": LINEAR})
    assert "interval" not in plain.package.metadata
    less = trained(heavy(200, 0), {"class": LINEAR}, prediction_interval=0.5)
    assert plain.package.model != less.package.model
    assert plain.package.metadata["onnx"]["size"] == less.package.metadata["onnx"]["size"]


def test_interval_of_classes_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="prediction_interval: is for regression"):
        trained(mixed("text"), {"class": "sklearn.svm.SVC"}, prediction_interval=0.9)


@pytest.mark.parametrize("stated", [0, 1, 90, float("nan")])
def test_coverage_is_a_share(stated: float) -> None:
    with pytest.raises(ValidationError, match="prediction_interval"):
        settings(prediction_interval=stated)


def test_answer_may_not_be_called_interval_beside_one() -> None:
    with pytest.raises(ValidationError, match="may not be 'interval'"):
        settings(prediction_interval=0.9, output={"name": "interval"})
    assert settings(output={"name": "interval"}).output.name == "interval"


def test_run_has_coverage_width_and_what_the_promise_rests_on(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    heavy(300, 1).assign(day=range(300)).to_csv(tmp_path / "data.csv", index=False)
    path = write_model(
        tmp_path,
        "ranges-model",
        estimator={"class": LINEAR},
        metrics=None,
        gate=None,
        prediction_interval=0.9,
        split={"method": "time", "key": "day"},
    )
    code, result = train(mlflow_url, path)
    assert (code, result["outcome"]) == (0, "promoted")
    told = result["interval"]
    logged = client.get_run(client.get_model_version("ranges-model", "1").run_id).data
    assert logged.metrics["interval_coverage"] == told["metrics"]["interval_coverage"]
    assert logged.metrics["interval_width"] == pytest.approx(2 * told["half_width"])
    assert float(logged.params["interval.half_width"]) == told["half_width"]


def test_interval_of_a_transformed_target_is_in_the_targets_own_unit() -> None:
    random = np.random.default_rng(2)
    a = random.normal(size=400)
    table = pd.DataFrame({"a": a, "y": np.exp(5 + a + random.normal(scale=0.2, size=400))})
    target = {"column": "y", "transform": "log"}
    found = trained(table, {"class": LINEAR}, target=target, prediction_interval=0.9)
    told = found.package.metadata["training"]["interval"]
    assert told["half_width"] > 10
    assert told["metrics"]["interval_coverage"] == pytest.approx(0.9, abs=0.08)
