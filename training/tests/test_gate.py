"""The gate decides from metrics alone."""

import numpy as np
import pandas as pd
import pytest

from training.chance import by_chance
from training.dataset import Dataset
from training.gate import Verdict, judge
from training.metrics import classification_metrics, regression_metrics
from training.scoring import NumberScores
from training.settings import Gate, Settings


def gate(max_regression: float = 0.02, **floors: float) -> Gate:
    return Gate(floors=floors, max_regression=max_regression)


def test_first_candidate_needs_only_its_floors() -> None:
    assert judge({"accuracy": 0.8}, gate(accuracy=0.8), None).passed
    assert not judge({"accuracy": 0.79}, gate(accuracy=0.8), None).passed
    assert judge({"accuracy": 0.1}, gate(), None).passed


@pytest.mark.parametrize(("value", "passed"), [(0.78, True), (0.779, False), (0.9, True)])
def test_score_may_fall_by_max_regression(value: float, *, passed: bool) -> None:
    assert judge({"accuracy": value}, gate(), {"accuracy": 0.8}, version="1").passed is passed


@pytest.mark.parametrize(("value", "passed"), [(10.2, True), (10.21, False), (3.0, True)])
def test_error_may_grow_by_a_share_of_the_champions(value: float, *, passed: bool) -> None:
    """An error has the target's unit, so an absolute allowance would mean nothing."""
    assert judge({"rmse": value}, gate(), {"rmse": 10.0}, version="1").passed is passed


def test_floor_of_an_error_is_a_ceiling() -> None:
    assert not judge({"rmse": 5.1}, gate(rmse=5.0), None).passed


def test_one_failed_figure_fails_all_and_is_marked() -> None:
    verdict = judge({"accuracy": 0.9, "recall": 0.5}, gate(), {"accuracy": 0.8, "recall": 0.6})
    assert [(f.metric, f.passed) for f in verdict.comparisons] == [
        ("accuracy", True),
        ("recall", False),
    ]
    assert "FAILED recall" in verdict.table()


def test_nan_never_passes() -> None:
    assert not judge({"r2": float("nan")}, gate(r2=-10.0), None).passed


def test_equal_figures_pass_without_allowance() -> None:
    assert judge({"auc_roc": 0.1 + 0.2}, gate(0.0), {"auc_roc": 0.3}).passed


def test_verdict_survives_json() -> None:
    verdict = judge({"accuracy": 0.9}, gate(accuracy=0.5), None, version="3", obstacle="why")
    assert Verdict.from_dict(verdict.as_dict()) == verdict


def test_metrics_of_a_binary_model_are_about_its_positive_class() -> None:
    truth, predicted = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]])
    names = ["accuracy", "precision", "recall", "f1_score", "auc_roc"]
    assert classification_metrics(names, truth, predicted, probabilities, 1) == pytest.approx(
        {"accuracy": 0.75, "precision": 2 / 3, "recall": 1.0, "f1_score": 0.8, "auc_roc": 1.0}
    )
    other = classification_metrics(names, truth, predicted, probabilities, 0)
    assert (other["precision"], other["recall"], other["auc_roc"]) == (1.0, 0.5, 1.0)


def test_metrics_of_rare_and_uneven_classes() -> None:
    """By hand: one of four rows positive; the confusion matrix is 2, 1, 0, 1."""
    truth, predicted = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    chances = np.array([0.1, 0.2, 0.9, 0.6])
    probabilities = np.column_stack([1 - chances, chances])
    names = ["auc_pr", "balanced_accuracy", "mcc", "brier"]
    found = classification_metrics(names, truth, predicted, probabilities, 1)
    expected = {
        "auc_pr": 1 / 2,  # found second: half of what was taken by then is right
        "balanced_accuracy": (2 / 3 + 1) / 2,
        "mcc": 2 / (2 * 3 * 1 * 2) ** 0.5,
        "brier": (0.1**2 + 0.2**2 + 0.9**2 + 0.4**2) / 4,
    }
    assert found == pytest.approx(expected)
    three = classification_metrics(
        names, np.array([0, 1, 2]), np.array([0, 1, 1]), np.eye(3)[[0, 1, 1]], None
    )
    assert three == pytest.approx(
        {"auc_pr": (1 + 1 / 2 + 1 / 3) / 3, "balanced_accuracy": 2 / 3, "brier": 2 / 3}
        | {"mcc": three["mcc"]}
    )
    assert 0 < three["mcc"] < 1


def test_metrics_of_many_classes_are_means_over_them() -> None:
    truth, probabilities = np.array([0, 1, 2]), np.eye(3)
    found = classification_metrics(
        ["precision", "auc_roc"], truth, np.array([0, 1, 1]), probabilities, None
    )
    assert found == pytest.approx({"precision": 0.5, "auc_roc": 1.0})


def test_metrics_of_a_regression() -> None:
    found = regression_metrics(["rmse", "mae", "r2"], np.array([1.0, 3.0]), np.array([2.0, 4.0]))
    assert found == pytest.approx({"rmse": 1.0, "mae": 1.0, "r2": 0.0})
    shares = regression_metrics(["mape"], np.array([1.0, -4.0]), np.array([2.0, -4.0]))
    assert shares == {"mape": 0.5}


def test_chance_widens_the_limit_of_its_metric_only() -> None:
    candidate, champion = {"r2": 0.75, "rmse": 10.4}, {"r2": 0.8, "rmse": 10.0}
    assert not judge(candidate, gate(0.01), champion).passed
    assert judge(candidate, gate(0.01), champion, chance={"r2": 0.04, "rmse": 0.3}).passed
    assert not judge(candidate, gate(0.01), champion, chance={"rmse": 0.3}).passed


def test_chance_is_what_differences_of_equal_models_stay_below() -> None:
    """Known for rmse: the error of a mean of 400 squared differences."""
    random = np.random.default_rng(0)
    target = random.normal(size=400)
    rows = pd.DataFrame({"a": target})
    data = Dataset("regression", [], rows, target, [], None, "")
    one, two = (NumberScores(target + random.normal(size=400)) for _ in range(2))
    settings = Settings.model_validate(
        {"name": "m", "data": {"source": "csv:x"}, "target": "y", "task": "regression"}
    )
    found = by_chance(settings, data, one, two)
    # The variance of rmse is that of one squared error, 2, over 4 n; of a difference twice that.
    assert found["rmse"] == pytest.approx(1.645 * (2 * 2 / 4 / 400) ** 0.5, rel=0.25)
    assert by_chance(settings, data, one, one)["rmse"] == 0
