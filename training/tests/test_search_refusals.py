"""A search that means nothing, or not one thing, ends with exit code 2 and what to write."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from support.boosting import CAT, LGBM, XGB
from support.command import run
from support.models import write_model
from training import search_space
from training.dimension import Dimension
from training.errors import InvalidInputError
from training.load import load_settings
from training.search_choice import Search

FOREST = "sklearn.ensemble.RandomForestClassifier"
LOGISTIC = "sklearn.linear_model.LogisticRegression"


def problems(folder: Path, space: dict[str, Any], path: str = FOREST, /, **more: Any) -> list[str]:
    """Return what `validate` says, before any data is touched."""
    search = {"method": "random", "space": space} | more.pop("search", {})
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y", "estimator": path}
    file = folder / "m.yaml"
    file.write_text(yaml.safe_dump(content | {"search": search} | more))
    try:
        load_settings(file)
    except InvalidInputError as error:
        return error.problems
    return []


@pytest.mark.parametrize(
    ("path", "space", "expected"),
    [
        (
            FOREST,
            {"max_dept": [1]},
            "max_dept (1): RandomForestClassifier has no 'max_dept'; did y",
        ),
        (FOREST, {"classifier__max_depth": [1]}, "has no 'classifier__max_depth'; did you mean 'm"),
        (
            FOREST,
            {"max_depth": [1, "x"]},
            "max_depth (x): The 'max_depth' parameter of RandomForest",
        ),
        (
            FOREST,
            {"max_depth": {"low": 1.0, "high": 9.5}},
            "max_depth (1.0): The 'max_depth' param",
        ),
        (FOREST, {"min_samples_split": {"low": 1, "high": 9}}, "min_samples_split (1): The 'min_s"),
        (f"{XGB}Classifier", {"max_dept": [1]}, "has no use for 'max_dept'; did you mean 'max_dep"),
        (
            f"{LGBM}Classifier",
            {"num_leave": [4]},
            "has no use for 'num_leave'; did you mean 'num_l",
        ),
        (f"{CAT}Classifier", {"dept": [4]}, "has no use for 'dept'; did you mean 'depth'?"),
        (
            f"{CAT}Classifier",
            {"depth": {"low": 2, "high": 40}},
            "depth (40): CatBoostClassifier ref",
        ),
        (f"{XGB}Classifier", {"early_stopping_rounds": [5]}, "write 'estimator.early_stopping"),
        (LOGISTIC, {"C": {"low": 1, "high": 100}}, "C: from 1 to 100, whole numbers or also those"),
        (LOGISTIC, {"C": {"low": 1, "high": 100}}, "Write 'low: 1.0' for all, 'step: 1' for whole"),
        (LOGISTIC, {"C": {"low": 1, "high": 9, "log": True}}, "for all, a list for whole ones"),
        (f"{XGB}Classifier", {"learning_rate": {"low": 0, "high": 1}}, "Write 'low: 0.0' for all"),
    ],
)
def test_parameter_that_the_class_does_not_take_is_named_with_its_value(
    path: str, space: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    (problem,) = problems(tmp_path, space, path)
    assert problem.startswith("search.space.")
    assert expected in problem


@pytest.mark.parametrize(
    ("path", "space"),
    [
        (FOREST, {"max_depth": [1, None], "max_features": {"low": 1, "high": 5}}),
        (LOGISTIC, {"C": {"low": "1e-4", "high": 10.0, "log": True}}),
        (LOGISTIC, {"C": {"low": 1, "high": 5, "step": 1}}),
        (f"{XGB}Classifier", {"n_estimators": {"low": 10, "high": 90}, "eta": [0.1]}),
        (f"{LGBM}Classifier", {"num_leaves": {"low": 4, "high": 9}, "reg_lambda": [0, 1.5]}),
        (f"{CAT}Classifier", {"iterations": {"low": 10, "high": 90}, "depth": [2, 6]}),
    ],
)
def test_space_of_what_the_class_takes_is_valid(
    path: str, space: dict[str, Any], tmp_path: Path
) -> None:
    assert problems(tmp_path, space, path) == []


RANGE = {"low": 0.0, "high": 1.0}


@pytest.mark.parametrize(
    ("space", "search", "expected"),
    [
        ({"a": []}, {}, "search.space.a.values: List should have at least 1 item"),
        ({"a": 3}, {}, "search.space.a: "),
        ({"a": {"low": 1}}, {}, "search.space.a: write a list of values, or both 'low' and 'high'"),
        (
            {"a": {"low": 2, "high": 2}},
            {},
            "search.space.a: 'low' (2) must be less than 'high' (2)",
        ),
        ({"a": {"low": "x", "high": 2}}, {}, "search.space.a.low"),
        ({"a": {"low": 1, "high": float("inf")}}, {}, "search.space.a.high"),
        ({"a": RANGE | {"log": True}}, {}, "search.space.a: 'log' needs a 'low' above 0, not 0.0"),
        ({"a": RANGE | {"log": True, "step": 0.1}}, {}, "'log' has no 'step' (0.1)"),
        (
            {"a": RANGE | {"step": 0.3}},
            {},
            "'high' (1.0) is no multiple of 'step' (0.3) from 'low'",
        ),
        ({"a": RANGE | {"step": 0.3}}, {}, "write 'high: 0.9'"),
        ({"a": RANGE | {"step": 0}}, {}, "'step' (0) must be above 0"),
        ({"a": RANGE | {"values": [1]}}, {}, "has 'values' and a range; write one of them"),
        ({"a": RANGE | {"stepp": 1}}, {}, "search.space.a.stepp: is no known key"),
        ({"a": RANGE}, {"method": "grid"}, "'space.a' has no end of values, and 'method: grid'"),
        ({"a": [1]}, {"method": "grid", "trials": 5}, "tries every combination, not 'trials' (5)"),
        (
            {"a": [1]},
            {"method": "bayes"},
            "search.method: Input should be 'grid', 'random' or 'opt",
        ),
        ({"a": [1]}, {"trials": 0}, "search.trials: "),
        ({"a": [1]}, {"minutes": 0}, "search.minutes: "),
        ({"a": [1]}, {"cv": 1}, "search.cv: Input should be greater than or equal to 2, not 1"),
        ({}, {}, "search.space: "),
    ],
)
def test_search_that_contradicts_itself_names_the_key(
    space: dict[str, Any], search: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    found = problems(tmp_path, space, search=search)
    assert any(expected in problem for problem in found), found


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            {"search": {"metric": "auc"}},
            "search.metric: 'auc' is not among the model's metrics, acc",
        ),
        ({"cross_validation": 5}, "cross_validation: 'search' has folds of its own (5)"),
        ({"estimator": None, "task": "regression"}, "search: needs 'estimator'"),
        (
            {"cross_validation": 1},
            "cross_validation.folds: Input should be greater than or equal t",
        ),
        ({"cross_validation": "x"}, "cross_validation.folds: Input should be a valid integer"),
    ],
)
def test_search_that_does_not_fit_the_model_names_the_key(
    more: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    found = problems(tmp_path, {"max_depth": [1, 2]}, **more)
    assert any(problem.startswith(expected) for problem in found), found


def test_optuna_that_is_not_installed_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_space, "find_spec", lambda _: None)
    (problem,) = problems(tmp_path, {"max_depth": [1]}, search={"method": "optuna"})
    assert "run 'uv pip sync requirements-dev.lock --require-hashes'" in problem
    assert problems(tmp_path, {"max_depth": [1]}) == []


def test_refusal_ends_the_command_with_exit_code_2(tmp_path: Path) -> None:
    search = {"method": "grid", "space": {"max_dept": [1]}}
    done = run("validate", write_model(tmp_path, search=search))
    assert done.code == 2
    assert "search.space.max_dept (1)" in done.err


def test_range_holds_both_ends_and_every_step() -> None:
    assert Dimension(low=0.1, high=0.5, step=0.1).choices == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert list(Dimension(low=2, high=8, step=3).choices or []) == [2, 5, 8]
    whole = Dimension(low=1, high=3, log=True)
    assert {whole.drawn(place / 100) for place in range(100)} == {1, 2, 3}
    assert Dimension(low=0.01, high=1.0, log=True).drawn(0.5) == pytest.approx(0.1)
    assert Dimension(low=2.0, high=4.0).drawn(0.25) == 2.5


def test_text_with_an_exponent_is_the_number_that_it_means() -> None:
    """YAML 1.1 reads 1e-4 as text."""
    stated = yaml.safe_load("{method: random, space: {C: {low: 1e-4, high: 1.0}, a: [1e-3, x]}}")
    search = Search.model_validate(stated)
    assert search.space["C"].low == 0.0001
    assert search.space["a"].values == [0.001, "x"]
