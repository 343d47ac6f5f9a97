"""What is worth an alert, and what is noise, few rows or unknown."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.monitoring.alarms import shifted, worse
from training.monitoring.drift import feature_drift


def found(**more: Any) -> dict[str, Any]:
    return {"features": {}, "prediction": None, "quality": None, **more}


def test_shifted_is_what_both_the_psi_and_the_test_say() -> None:
    calm, noise = {"psi": 0.2, "p_value": 0.0}, {"psi": 0.3, "p_value": 0.01}
    moved = {"psi": 0.25, "p_value": 1e-9}
    features = {"a": calm, "b": noise, "c": moved}
    assert shifted(found(features=features)) == {"features": 1}
    assert shifted(found(features=features, prediction=moved)) == {"features": 1, "predictions": 1}
    assert shifted(found(features={"a": calm}, prediction=noise)) == {
        "features": 0,
        "predictions": 0,
    }
    assert shifted(found()) == {"features": 0}


def test_a_hundred_rows_of_what_has_many_categories_are_noise() -> None:
    """Their PSI is mostly above 0.25, although they are of the very same distribution."""
    categories = [f"c{at}" for at in range(60)]
    histogram = {"categories": categories, "counts": [50] * 60, "other": 0, "missing": 0}
    feature = {"type": "category", "histogram": histogram}
    random = np.random.default_rng(3)
    drifts = [
        vars(feature_drift(feature, pd.Series(random.choice(categories, 100)))) for _ in range(50)
    ]
    assert sum(one["psi"] >= 0.25 for one in drifts) > 25
    assert shifted(found(features={str(at): one for at, one in enumerate(drifts)})) == {
        "features": 0
    }
    moved = vars(feature_drift(feature, pd.Series(random.choice(categories[:20], 100))))
    assert shifted(found(features={"a": moved})) == {"features": 1}


def live(name: str, low: float | None, high: float | None, **more: Any) -> dict[str, Any]:
    metrics = {name: {"value": 0.5, "low": low, "high": high}}
    return found(quality={"labelled": 100, "metrics": metrics}, **more)


@pytest.mark.parametrize(
    ("name", "low", "high", "expected"),
    [
        ("accuracy", 0.6, 0.69, {"accuracy": True}),
        ("accuracy", 0.6, 0.71, {"accuracy": False}),  # the intervals touch: it may be chance
        ("accuracy", 0.95, 0.99, {"accuracy": False}),  # better
        ("rmse", 3.1, 4.0, {"rmse": True}),
        ("rmse", 2.9, 4.0, {"rmse": False}),
        ("rmse", 0.1, 0.2, {"rmse": False}),
        ("accuracy", None, None, {}),
        ("recall_at_50", 0.0, 0.1, {}),
        ("mcc", 0.0, 0.1, {}),  # which the training did not measure
    ],
)
def test_worse_is_a_metric_whose_intervals_are_apart(
    name: str, low: float | None, high: float | None, expected: dict[str, bool]
) -> None:
    trained = {"accuracy": 0.8, "rmse": 2.0, "recall_at_50": 0.9}
    bounds = {"accuracy": [0.7, 0.9], "rmse": [1.0, 3.0]}
    told = worse(live(name, low, high, training=trained, training_intervals=bounds))
    assert told == expected


def test_a_package_without_intervals_has_its_values_alone() -> None:
    trained = {"accuracy": 0.8}
    assert worse(live("accuracy", 0.6, 0.79, training=trained)) == {"accuracy": True}
    assert worse(live("accuracy", 0.6, 0.81, training=trained)) == {"accuracy": False}


def test_without_labels_nothing_is_said() -> None:
    assert worse(found(training={"accuracy": 0.8})) == {}
    few = {"labelled": 29, "metrics": {}}
    assert worse(found(quality=few, training={"accuracy": 0.8})) == {}
