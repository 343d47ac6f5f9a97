"""Each metric of the test split has a 95 % interval by bootstrap."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from scipy import stats
from sklearn import metrics as sk

from support.flow import train
from support.models import write_model
from training.dataset import Dataset
from training.evaluate import evaluate
from training.interval import Intervals, interval_notes, intervals, shown
from training.metrics import METRICS, classification_metrics, regression_metrics
from training.scoring import ClassScores, NumberScores, Scores
from training.settings import Settings
from training.weighted import weighted_classification, weighted_regression

BINARY = [name for name, metric in METRICS.items() if "binary" in metric.tasks]
NUMBERS = [name for name, metric in METRICS.items() if "regression" in metric.tasks]


def settings(**changes: Any) -> Settings:
    least = {"name": "m", "data": {"source": "csv:x"}, "target": "y", "task": "classification"}
    return Settings.model_validate(least | changes)


def classes(rows: int, count: int = 2, seed: int = 0) -> tuple[Dataset, ClassScores]:
    """Draw a truth and chances that tell of it, rounded so that some are equal."""
    random = np.random.default_rng(seed)
    target = random.integers(0, count, rows)
    raw = random.random((rows, count)) + 0.7 * np.eye(count)[target]
    chances = (raw / raw.sum(axis=1, keepdims=True)).round(2).astype(np.float32)
    chances[:, -1] = 1 - chances[:, :-1].sum(axis=1)
    positive = 1 if count == 2 else None
    kind = "binary" if count == 2 else "multiclass"
    names: list[int | str] = list(range(count))
    data = Dataset(kind, [], pd.DataFrame({"a": target}), target, names, positive, "")
    return data, ClassScores(chances.argmax(axis=1), chances)


def numbers(rows: int, seed: int = 0) -> tuple[Dataset, NumberScores]:
    random = np.random.default_rng(seed)
    target = random.normal(5, 2, rows)
    data = Dataset("regression", [], pd.DataFrame({"a": target}), target, [], None, "")
    return data, NumberScores(target + random.normal(size=rows))


def found(data: Dataset, scores: Scores, **changes: Any) -> Intervals:
    stated = settings(**changes)
    return intervals(stated, data, scores, evaluate(stated, data, scores))


@pytest.mark.parametrize(("count", "positive"), [(2, 1), (2, 0), (4, None)])
def test_rows_that_count_twice_are_scored_as_scikit_learn_scores_them_twice(
    count: int, positive: int | None
) -> None:
    data, scores = classes(60, count)
    score = weighted_classification(
        BINARY, data.target, scores.labels, scores.probabilities, positive
    )
    weights = np.random.default_rng(1).integers(0, 4, 60)
    again = np.repeat(np.arange(60), weights)
    expected = classification_metrics(
        BINARY, data.target[again], scores.labels[again], scores.probabilities[again], positive
    )
    assert score(weights) == pytest.approx(expected, rel=1e-9)


def test_weights_are_those_of_scikit_learn() -> None:
    """Asked itself, not by our metrics."""
    data, scores = classes(60)
    weights, chance = np.random.default_rng(2).integers(0, 4, 60), scores.probabilities[:, 1]
    found = weighted_classification(BINARY, data.target, scores.labels, scores.probabilities, 1)(
        weights
    )
    by_label = {
        "accuracy": sk.accuracy_score,
        "f1_score": sk.f1_score,
        "mcc": sk.matthews_corrcoef,
    }
    by_chance = {"auc_roc": sk.roc_auc_score, "auc_pr": sk.average_precision_score}
    for name, score in by_label.items():
        expected = score(data.target, scores.labels, sample_weight=weights)
        assert found[name] == pytest.approx(expected)
    for name, score in by_chance.items():
        assert found[name] == pytest.approx(score(data.target, chance, sample_weight=weights))


def test_numbers_that_count_twice_are_scored_as_scikit_learn_scores_them_twice() -> None:
    data, scores = numbers(60)
    weights = np.random.default_rng(1).integers(0, 4, 60)
    again = np.repeat(np.arange(60), weights)
    expected = regression_metrics(NUMBERS, data.target[again], scores.numbers[again])
    score = weighted_regression(NUMBERS, data.target, scores.numbers)
    assert score(weights) == pytest.approx(expected)


def scipys_of_pairs(truth: Any, answers: Any, metric: Any) -> tuple[float, ...]:
    """Resample rows of truth and answer together, by scipy."""
    found = stats.bootstrap(
        (truth, answers),
        metric,
        n_resamples=1000,
        method="percentile",
        paired=True,
        vectorized=False,
        rng=1,
    )
    return tuple(found.confidence_interval)


@pytest.mark.parametrize("rows", [120, 400])
def test_intervals_are_those_of_scipys_percentile_bootstrap(rows: int) -> None:
    data, scores = classes(rows, seed=rows)
    mine = found(data, scores, metrics=["accuracy", "auc_roc"])
    right = (data.target == scores.labels).astype(float)
    theirs = stats.bootstrap(
        (right,), np.mean, n_resamples=4000, method="percentile", rng=1
    ).confidence_interval
    assert mine["accuracy"] == pytest.approx(tuple(theirs), abs=0.012)
    pairs = scipys_of_pairs(data.target, scores.probabilities[:, 1], sk.roc_auc_score)
    assert mine["auc_roc"] == pytest.approx(pairs, abs=0.012)


def test_intervals_of_numbers_are_scipys() -> None:
    data, scores = numbers(200)
    mine = found(data, scores, task="regression", metrics=["mae", "r2"])
    theirs = stats.bootstrap(
        (np.abs(data.target - scores.numbers),), np.mean, method="percentile", rng=1
    ).confidence_interval
    assert mine["mae"] == pytest.approx(tuple(theirs), abs=0.015)
    pairs = scipys_of_pairs(data.target, scores.numbers, sk.r2_score)
    assert mine["r2"] == pytest.approx(pairs, abs=0.02)


def test_same_seed_gives_the_same_intervals_and_another_others() -> None:
    data, scores = classes(100)
    assert found(data, scores) == found(data, scores)
    assert found(data, scores) != found(data, scores, split={"seed": 7})


def test_many_rows_are_stood_for_by_5000_and_the_interval_is_as_narrow_as_theirs() -> None:
    """Known for a share: 1.96 standard errors to either side."""
    data, scores = classes(200_000)
    accuracy = float((data.target == scores.labels).mean())
    (low, high) = found(data, scores, metrics=["accuracy"])["accuracy"]
    error = 1.96 * (accuracy * (1 - accuracy) / 200_000) ** 0.5
    assert (low, high) == pytest.approx((accuracy - error, accuracy + error), abs=error / 5)


def test_rare_class_of_many_rows_is_not_lost() -> None:
    data, scores = classes(50_000)
    rare = np.zeros(50_000, dtype=np.int64)
    rare[:20] = 1
    few = Dataset("binary", [], data.rows, rare, [0, 1], 1, "")
    assert "auc_roc" in found(few, scores)


def test_many_classes_of_many_rows_have_intervals_in_bounded_time() -> None:
    data, scores = classes(12_000, 300)
    metrics = ["accuracy", "auc_roc", "f1_score", "log_loss", "brier"]
    known = found(data, scores, metrics=metrics)
    assert set(known) == set(metrics)
    accuracy = float((data.target == scores.labels).mean())
    error = 1.96 * (accuracy * (1 - accuracy) / 12_000) ** 0.5
    assert known["accuracy"] == pytest.approx((accuracy - error, accuracy + error), abs=error / 2)


def test_metric_that_most_resamples_leave_undefined_has_no_interval_and_it_is_said() -> None:
    """Three classes of one row each are all drawn in 2 of 9 resamples; a share needs none."""
    target, chances = np.array([0, 1, 2]), np.eye(3)
    data = Dataset("multiclass", [], pd.DataFrame({"a": target}), target, [0, 1, 2], None, "")
    scores, stated = ClassScores(target, chances), settings(metrics=["accuracy", "auc_roc"])
    metrics = evaluate(stated, data, scores)
    known = intervals(stated, data, scores, metrics)
    assert known == {"accuracy": (1.0, 1.0)}
    assert shown(metrics, known) == "accuracy 1.0000 (1.0000 to 1.0000), auc_roc 1.0000"
    (note,) = interval_notes(stated, metrics, known)
    assert note.startswith("no interval of auc_roc: most resamples of the test rows lack a class")


def test_class_that_a_few_resamples_lack_leaves_the_others_to_count() -> None:
    """One positive row among 20 is lost in 36 % of the resamples."""
    target = np.array([1] + [0] * 19)
    data = Dataset("binary", [], pd.DataFrame({"a": target}), target, [0, 1], 1, "")
    chance = np.linspace(0.9, 0.1, 20)
    scores = ClassScores((chance > 0.5).astype(np.int64), np.column_stack([1 - chance, chance]))
    assert found(data, scores, metrics=["auc_roc"]) == {"auc_roc": (1.0, 1.0)}


def test_rows_that_belong_together_make_intervals_too_narrow_which_is_said() -> None:
    stated = settings(split={"method": "hash", "key": "customer"})
    (note,) = interval_notes(stated, {}, {})
    assert "'customer'" in note
    assert "too narrow" in note


def test_intervals_are_in_mlflow_in_the_package_and_in_the_result(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    code, result = train(mlflow_url, write_model(tmp_path, "sure-model"))
    assert code == 0
    low, high = result["intervals"]["accuracy"]
    assert low < result["metrics"]["accuracy"] < high
    version = client.get_model_version("sure-model", "1")
    logged = client.get_run(version.run_id).data.metrics
    assert (logged["accuracy_low"], logged["accuracy_high"]) == (low, high)
    assert {"accuracy", "auc_roc", "auc_roc_low", "parity_difference"} <= set(logged)
