"""A transformed target is learned; answers, metrics and proof are of the target itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import PowerTransformer

from support.boosting import SERVED, boosted, numbers
from support.command import run
from support.models import write_model
from test_parity import FOREST, HISTOGRAM, LINEAR, dtype, trained
from training.drawn import far_rows
from training.errors import InvalidInputError
from training.target_transform import fitted_transformer

TRANSFORMS = ["log", "log1p", "sqrt", "yeo-johnson"]
KNN = {"class": "sklearn.neighbors.KNeighborsRegressor", "parameters": {"n_neighbors": 3}}


def skewed(rows: int = 200) -> pd.DataFrame:
    """A target that is the exponential of a sum, as prices are."""
    random = np.random.default_rng(3)
    a, b = random.normal(size=rows).round(3), random.normal(size=rows).round(3)
    return pd.DataFrame({"a": a, "b": b, "y": np.exp(3 + a + b / 2).round(2)})


def of(transform: str) -> dict[str, Any]:
    return {"target": {"column": "y", "transform": transform}}


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize(
    "estimator",
    [LINEAR, FOREST, f"{HISTOGRAM}Regressor", KNN],
    ids=["linear", "forest", "hist", "k"],
)
def test_every_transform_keeps_parity_and_is_served(estimator: Any, transform: str) -> None:
    found = trained(skewed(), estimator, SERVED, task="regression", **of(transform))
    assert found.parity.max_difference <= 1e-5
    assert found.package.metadata["training"]["estimator"]["target_transform"] == transform


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_answers_are_those_of_scikit_learn_in_the_targets_unit(transform: str) -> None:
    table = skewed().assign(y=lambda t: (5 + t["a"] + t["b"] / 2) ** 2)
    found = trained(table, LINEAR, **of(transform))
    functions = {"log": (np.log, np.exp), "log1p": (np.log1p, np.expm1)}
    functions["sqrt"] = (np.sqrt, lambda z: np.square(np.maximum(z, 0)))
    told: dict[str, Any] = {"transformer": PowerTransformer()}
    if transform in functions:
        told = dict(zip(("func", "inverse_func"), functions[transform], strict=True))
    truth = TransformedTargetRegressor(LinearRegression(), check_inverse=False, **told)
    held = found.test.rows
    fitted = table.drop(index=held.index)
    assert 0 < PowerTransformer().fit(fitted[["y"]]).lambdas_[0] < 2  # no bound binds
    expected = truth.fit(fitted[["a", "b"]].to_numpy(), fitted["y"]).predict(held.to_numpy())
    np.testing.assert_allclose(numbers(found, held), expected, rtol=2e-5)


def test_metrics_are_in_the_targets_unit() -> None:
    plain, logs = trained(skewed(), LINEAR), trained(skewed(), LINEAR, **of("log"))
    assert logs.metrics["rmse"] < plain.metrics["rmse"] / 10
    assert logs.test.target.min() > 0
    assert "log" not in str(plain.package.metadata["training"]["estimator"])


def test_folds_are_scored_in_the_targets_unit() -> None:
    table, folds = skewed(), {"cross_validation": 3}
    plain, logs = trained(table, LINEAR, **folds), trained(table, LINEAR, **folds, **of("log"))
    mean = [t.package.metadata["training"]["cross_validation"]["metrics"] for t in (plain, logs)]
    assert mean[1]["rmse"]["mean"] < mean[0]["rmse"]["mean"] / 10
    assert mean[1]["rmse"]["mean"] < 10 * logs.metrics["rmse"]


def test_boosters_stop_early_on_the_transformed_target() -> None:
    found = boosted(
        skewed(400),
        "lightgbm.LGBMRegressor",
        parameters={"n_estimators": 300, "min_child_samples": 5},
        estimator={"early_stopping": {"rounds": 5}},
        **of("log1p"),
    )
    described = found.package.metadata["training"]["estimator"]
    assert 1 < described["trees"] < 300
    assert found.metrics["r2"] > 0.3


def test_power_stays_where_every_answer_has_an_inverse() -> None:
    heavy = np.exp(np.random.default_rng(1).standard_cauchy(500).clip(-20, 20))
    assert PowerTransformer().fit(heavy.reshape(-1, 1)).lambdas_[0] < 0
    transformer = fitted_transformer("yeo-johnson", heavy)
    assert transformer[0].lambdas_[0] == 0
    far = np.array([[-9.0], [9.0]])
    assert np.isfinite(transformer.inverse_transform(far)).all()


def test_root_below_zero_answers_zero() -> None:
    table = pd.DataFrame({"a": np.arange(100.0), "y": (np.arange(100.0) / 10) ** 2})
    found = trained(table, LINEAR, **of("sqrt"))
    assert numbers(found, pd.DataFrame({"a": [-50.0, -5.0]})).tolist() == [0.0, 0.0]


def test_linear_model_far_out_needs_no_range() -> None:
    found = trained(skewed(), LINEAR, **of("log"))
    assert dtype(found) in ("float32", "float64")
    assert np.isfinite(numbers(found, far_rows(found.test, 1))).all()


@pytest.mark.parametrize(
    ("transform", "shift", "expected"),
    [
        (
            "log",
            0.0,
            "'log' takes no number not above 0, .*in 3 row.*; write 'log1p'",
        ),
        ("log", -5.0, "in 200 row.s.; write 'yeo-johnson', or remove the rows"),
        ("log1p", -1.0, "'log1p' takes no number not above -1, and 'y' has one in 3 row"),
        ("sqrt", -0.5, "'sqrt' takes no number below 0, and 'y' has one in 3 row.*'yeo-johnson'"),
    ],
)
def test_numbers_that_it_cannot_take_are_counted(
    transform: str, shift: float, expected: str
) -> None:
    random = np.random.default_rng(2)
    table = pd.DataFrame({"a": random.normal(size=200), "y": random.uniform(1, 2, 200)})
    table.loc[:2, "y"] = 0.0
    with pytest.raises(InvalidInputError, match=expected):
        trained(table.assign(y=table["y"] + shift), LINEAR, **of(transform))


def test_classes_have_none(tmp_path: Path) -> None:
    done = run("validate", write_model(tmp_path, **of("log")))
    assert (done.code, "target.transform: is for regression; remove it" in done.err) == (2, True)
