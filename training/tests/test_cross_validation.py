"""`cross_validation`: mean and spread of each metric over folds of the training split."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeClassifier

from support.boosting import LIBRARIES
from support.command import run
from support.flow import train
from support.models import frame, write_model
from test_parity import mixed, trained
from training.errors import InvalidInputError

TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "parameters": {"max_depth": 3}}
METRICS = ["accuracy", "auc_roc"]


def validated(table: pd.DataFrame, estimator: Any = TREE, **more: Any) -> dict[str, Any]:
    """Return what the package says of the folds."""
    more = {"cross_validation": 4} | more
    found = trained(table, estimator, **more).package.metadata["training"]["cross_validation"]
    return dict(found)


def test_metrics_are_those_of_scikit_learn_on_the_same_folds() -> None:
    """On the training rows alone, in their order."""
    table = frame()
    made = trained(table, TREE, cross_validation={"folds": 4}, metrics=METRICS)
    found = made.package.metadata["training"]["cross_validation"]
    rows = table.drop(index=made.test.rows.index)
    scores = cross_validate(
        DecisionTreeClassifier(max_depth=3, random_state=42),
        rows[["a", "b"]].to_numpy(),
        rows["y"],
        cv=StratifiedKFold(4, shuffle=True, random_state=42),
        scoring=["accuracy", "roc_auc"],
    )
    assert (found["folds"], found["splitter"]) == (4, "StratifiedKFold")
    for ours, theirs in zip(METRICS, ("accuracy", "roc_auc"), strict=True):
        values = scores[f"test_{theirs}"]
        assert found["metrics"][ours]["mean"] == pytest.approx(values.mean(), abs=1e-12)
        assert found["metrics"][ours]["std"] == pytest.approx(values.std(), abs=1e-12)


def test_what_prepares_features_learns_from_the_fitted_rows_alone() -> None:
    table = mixed("number", 200).drop(columns=["k", "g"])
    table.loc[::9, "a"] = 1e4  # a scale that knew these rows would be another one
    more: dict[str, Any] = {"preprocess": {"scale": True}, "split": {"method": "random"}}
    made = trained(table, "sklearn.svm.SVR", cross_validation=4, metrics=["r2"], **more)
    found = made.package.metadata["training"]["cross_validation"]
    from sklearn.model_selection import KFold, train_test_split

    rows, _ = train_test_split(np.arange(200), test_size=0.2, random_state=42)
    scores = cross_validate(
        make_pipeline(StandardScaler(), SVR()),
        table.loc[rows, ["a", "n"]].to_numpy(np.float64),
        table.loc[rows, "y"],
        cv=KFold(4, shuffle=True, random_state=42),
    )
    assert found["metrics"]["r2"]["mean"] == pytest.approx(scores["test_score"].mean(), abs=1e-9)


def test_test_rows_have_no_part_in_it() -> None:
    """Other outcomes in the test split change no metric over folds."""
    table = frame()
    stated: dict[str, Any] = {"split": {"method": "random", "stratify": False}}
    rows = trained(table, TREE, **stated).test.rows.index
    changed = table.copy()
    changed.loc[rows, "y"] = 1 - changed.loc[rows, "y"]
    assert validated(changed, **stated) == validated(table, **stated)


@pytest.mark.parametrize("library", LIBRARIES)
def test_early_stopping_does_not_see_the_rows_that_are_scored(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import model

    seen: list[tuple[set[int], set[int], set[int]]] = []
    stop = model.hold_back

    def watched(settings: Any, fitted: Any, whole: Any) -> Any:
        parts = stop(settings, fitted, whole)
        seen.append(tuple(set(part.rows.index) for part in (fitted, *parts)))  # type: ignore[arg-type]
        return parts

    monkeypatch.setattr(model, "hold_back", watched)
    estimator = {"class": f"{library}Classifier", "early_stopping": {"rounds": 5}}
    validated(mixed("text", 240), estimator)
    assert len(seen) == 5  # four folds, and the model
    for whole, fitted, held in seen:
        assert held
        assert fitted | held == whole
        assert not fitted & held


def test_default_class_goes_by_the_rows_of_the_training_split(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Folds have fewer rows, and would else be scored with another class than is trained."""
    from training import estimator, model

    monkeypatch.setattr(estimator, "MANY_ROWS", 200)
    built: list[str] = []
    build = model.build_estimator

    def watched(*arguments: Any) -> Any:
        made = build(*arguments)
        built.append(type(made.steps[-1][1] if hasattr(made, "steps") else made).__name__)
        return made

    monkeypatch.setattr(model, "build_estimator", watched)
    made = trained(frame(270), None, task="classification", cross_validation=4)
    assert made.estimator.endswith("HistGradientBoostingClassifier")
    assert built == ["HistGradientBoostingClassifier"] * 5  # four folds, and the model


def test_number_of_threads_changes_no_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    from training import cross_validation

    forest = {"class": "sklearn.ensemble.RandomForestClassifier", "parameters": {"n_estimators": 5}}
    one = validated(mixed("text", 200), forest)
    monkeypatch.setattr(cross_validation, "_workers", lambda *_: 4)  # this process has one
    assert validated(mixed("text", 200), forest) == one


@pytest.mark.parametrize(
    ("path", "parameters", "expected"),
    [
        ("sklearn.svm.SVR", {}, 3),
        ("sklearn.ensemble.RandomForestRegressor", {"n_jobs": 2}, 1),
        ("sklearn.ensemble.HistGradientBoostingRegressor", {}, 1),
        *((f"{library}Regressor", {}, 1) for library in LIBRARIES),
    ],
)
def test_folds_share_processors_unless_the_estimator_uses_them_all(
    path: str, parameters: dict[str, Any], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.utils import _openmp_helpers

    from training import cross_validation

    pools: list[int] = []
    pool = cross_validation.ThreadPoolExecutor

    def watched(workers: int) -> Any:
        pools.append(workers)
        return pool(workers)

    monkeypatch.setattr(cross_validation, "ThreadPoolExecutor", watched)
    monkeypatch.setattr(_openmp_helpers, "_openmp_effective_n_threads", lambda: 3)
    estimator = {"class": path, "parameters": parameters}
    validated(mixed("number").drop(columns="k"), estimator, cross_validation=4)
    assert pools == [expected]


def test_terminal_registry_and_result_tell_them(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    yaml = write_model(tmp_path, "folds-model", cross_validation=5)
    code, result = train(mlflow_url, yaml)
    assert code == 0
    found = result["cross_validation"]["metrics"]["auc_roc"]
    run_ = client.get_run(client.get_model_version("folds-model", "1").run_id)
    assert run_.data.metrics["cross_validation/auc_roc_mean"] == found["mean"]
    assert run_.data.metrics["cross_validation/auc_roc_std"] == found["std"]
    assert run_.data.params["cross_validation.folds"] == "5"
    done = run("build", yaml, "--out", tmp_path / "package")
    assert f"auc_roc {found['mean']:.4f} ± {found['std']:.4f} over 5 folds" in done.out


def test_model_is_the_same_with_and_without_it() -> None:
    with_folds = trained(mixed("text"), TREE, cross_validation=3)
    assert with_folds.package.model == trained(mixed("text"), TREE).package.model


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            {"metrics": ["recall_at_60"], "split": {"test": 0.3}},
            r"as a fold of 'cross_validation.folds' has 5\d rows; write fewer",
        ),
        (
            {
                "estimator": {
                    "class": "sklearn.neighbors.KNeighborsClassifier",
                    "parameters": {"n_neighbors": 200},
                },
                "cross_validation": 2,
            },
            "cannot answer a fold of this data: Expected n_neighbors <= n_samples_fit",
        ),
        ({"cross_validation": 300}, r"cross_validation.folds \(300\): .*; write fewer folds"),
    ],
)
def test_what_means_nothing_in_a_fold_is_refused(more: dict[str, Any], expected: str) -> None:
    more = {"estimator": TREE, "cross_validation": 4} | more
    with pytest.raises(InvalidInputError, match=expected):
        trained(frame(), more.pop("estimator"), **more)
