"""`search`: the best parameters by cross-validation on the training split, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from support.boosting import LIBRARIES, SERVED, XGB
from support.command import run
from support.models import frame
from support.searches import GRID, SPACE, TREE, Kept, described, searched
from test_parity import mixed, trained
from training.errors import InvalidInputError
from training.serving import Serving
from training.trial import Trial

METHODS = ["random", "optuna"]
RANDOM: dict[str, Any] = {"method": "random", "trials": 6, "space": SPACE}


def test_winner_and_its_score_are_those_of_scikit_learns_grid_search() -> None:
    table = frame()
    found, _ = searched(table, GRID | {"metric": "auc_roc"}, metrics=["accuracy", "auc_roc"])
    rows = table.drop(index=found.test.rows.index)
    theirs = GridSearchCV(
        DecisionTreeClassifier(random_state=42),
        {"max_depth": [1, 2, 3, 9]},
        scoring="roc_auc",
        cv=StratifiedKFold(5, shuffle=True, random_state=42),
    ).fit(rows[["a", "b"]].to_numpy(), rows["y"])
    said = described(found)
    assert said["parameters"] == theirs.best_params_
    assert said["score"]["mean"] == pytest.approx(theirs.best_score_, abs=1e-12)
    own = theirs.cv_results_["mean_test_score"][0]
    assert said["default"]["mean"] == pytest.approx(own, abs=1e-12)
    assert (said["trials"], said["failed"]) == (3, 0)


@pytest.mark.parametrize("method", ["grid", *METHODS])
def test_winner_is_trained_as_if_the_yaml_had_named_it(method: str) -> None:
    """The same bytes, on the whole training split, with the same proof."""
    space = {"max_depth": [2, 3, 9], "criterion": ["gini", "entropy"]}
    stated = {"trials": 4} if method != "grid" else {}
    found, _ = searched(frame(), {"method": method, "space": space} | stated)
    parameters = described(found)["parameters"]
    assert found.parameters["max_depth"] == parameters["max_depth"]
    alone = trained(frame(), TREE | {"parameters": TREE["parameters"] | parameters})
    assert found.package.model == alone.package.model
    assert found.metrics == alone.metrics


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_tries_the_same_and_another_seed_others(method: str) -> None:
    def tried(seed: int) -> list[Any]:
        kept = Kept()
        searched(frame(), RANDOM | {"method": method}, kept, split={"seed": seed})
        return kept.scores

    assert tried(1) == tried(1)
    assert [one for one, _ in tried(1)] != [one for one, _ in tried(2)]


@pytest.mark.parametrize("method", ["grid", *METHODS])
def test_layout_of_the_yaml_changes_no_trial(method: str) -> None:
    space = {"max_depth": [2, 3], "criterion": ["gini", "entropy"]}
    stated = {"method": method} | ({} if method == "grid" else {"trials": 3})
    one, other = Kept(), Kept()
    searched(frame(), stated | {"space": space}, one)
    searched(frame(), stated | {"space": dict(reversed(space.items()))}, other)
    assert one.scores == other.scores


@pytest.mark.parametrize("metric", ["rmse", "r2"])
def test_optuna_goes_where_finished_trials_were_good(metric: str) -> None:
    """Whichever way is better; a line that is held back much answers badly."""
    space = {"alpha": {"low": 1e-3, "high": 1e4, "log": True}}
    most = {}
    for method in METHODS:
        kept, search = Kept(), {"method": method, "trials": 30, "cv": 3, "space": space}
        ridge = {"estimator": "sklearn.linear_model.Ridge", "metrics": [metric]}
        searched(mixed("number", 200), search, kept, **ridge)
        most[method] = max(trial.parameters["alpha"] for trial in kept.new[15:])
    assert most["optuna"] < 10 < most["random"]


def test_test_split_has_no_part_in_the_search() -> None:
    """Other outcomes in the test split change no trial."""
    table = frame()
    split = {"method": "random", "stratify": False}
    before, after = Kept(), Kept()
    found, _ = searched(table, RANDOM, before, split=split)
    table.loc[found.test.rows.index, "y"] ^= 1
    searched(table, RANDOM, after, split=split)
    assert before.scores == after.scores


def test_killed_search_goes_on_where_it_was() -> None:
    """With optuna too, whose proposals depend on what was finished; nothing is fitted twice."""
    search = RANDOM | {"method": "optuna", "trials": 14}
    whole = Kept()
    found, _ = searched(frame(), search, whole)
    rest = Kept(whole.new[:9])
    again, out = searched(frame(), search, rest)
    assert rest.scores == whole.scores[9:]
    assert described(again) == described(found)
    assert again.package.model == found.package.model
    assert out.count("kept") == 9


def test_own_parameters_stay_where_nothing_is_better() -> None:
    best = TREE | {"parameters": {"max_depth": 3}}
    search = {"method": "grid", "space": {"max_depth": [1]}}
    found, out = searched(frame(), search, estimator=best)
    assert described(found)["parameters"] == {}
    assert described(found)["score"] == described(found)["default"]
    assert "with the YAML's own parameters: no trial was better" in out
    assert found.parameters["max_depth"] == 3


def test_an_error_is_better_when_it_is_less() -> None:
    tree = {"class": "sklearn.tree.DecisionTreeRegressor", "parameters": {"max_depth": 1}}
    kept = Kept()
    search = {"method": "grid", "space": {"max_depth": [2, 5]}}
    found, out = searched(mixed("number"), search, kept, estimator=tree)
    means = {
        t.parameters.get("max_depth", 1): t.validated.metrics["rmse"]["mean"] for t in kept.new
    }  # type: ignore[union-attr]
    assert described(found)["parameters"]["max_depth"] == min(means, key=lambda d: means[d])
    assert described(found)["metric"] == "rmse"
    assert "better than the YAML's own parameters" in out


def test_combination_that_cannot_be_fitted_is_named_and_the_others_go_on() -> None:
    space = {"l1_ratio": [0.0, 1.0], "solver": ["lbfgs", "liblinear"]}
    logistic = {"class": "sklearn.linear_model.LogisticRegression"}
    found, out = searched(frame(), {"method": "grid", "space": space}, estimator=logistic)
    assert (described(found)["trials"], described(found)["failed"]) == (4, 1)
    assert "l1_ratio 1, solver lbfgs failed: estimator: cannot be fitted to this data: " in out
    assert "4 trials (1 failed)" in out


def test_minutes_end_the_search_and_say_how_to_have_it_anywhere() -> None:
    """No clock is read here: the trials of an earlier process took their time."""
    whole = Kept()
    searched(frame(), RANDOM, whole)
    slow = [Trial(t.number, t.parameters, 20.0, t.validated) for t in whole.new[:4]]
    rest = Kept(slow)
    found, out = searched(frame(), RANDOM | {"minutes": 1}, rest)
    assert rest.new == []
    assert described(found)["trials"] == 2
    assert "'search.minutes' (1) ended the search after 2 of 6 trials" in out
    assert "'trials: 2' instead of 'minutes' gives these everywhere" in out
    short = Kept()
    searched(frame(), RANDOM | {"trials": 2}, short)
    assert short.scores == whole.scores[:3]


def test_space_that_is_too_large_to_count_is_drawn_from() -> None:
    names = ("max_depth", "max_leaf_nodes", "min_samples_leaf", "min_samples_split")
    space = {name: {"low": 2, "high": 90_000} for name in names}
    kept, search = Kept(), {"method": "random", "trials": 3, "space": space}
    searched(frame(), search, kept)
    drawn = [value for trial in kept.new[1:] for value in trial.parameters.values()]
    assert len(set(drawn)) == 12
    assert all(2 <= value <= 90_000 for value in drawn)


def test_equal_combinations_are_fitted_once() -> None:
    space = {"max_depth": [1, 2], "ccp_alpha": {"low": 0.0, "high": 0.1, "step": 0.1}}
    kept = Kept()
    found, _ = searched(frame(), {"method": "optuna", "trials": 30, "space": space}, kept)
    tried = [str(trial.parameters) for trial in kept.new]
    assert len(tried) == len(set(tried)) <= 5
    assert described(found)["trials"] == len(tried) - 1


@pytest.mark.parametrize("library", LIBRARIES)
def test_boosting_is_searched_with_early_stopping(library: str) -> None:
    estimator = {"class": f"{library}Classifier", "parameters": {"n_estimators": 30}}
    estimator |= {"early_stopping": {"rounds": 5}}
    space = {"learning_rate": {"low": 0.01, "high": 0.5, "log": True}, "max_depth": [2, 4]}
    search = {"method": "optuna", "trials": 3, "cv": 3, "space": space}
    serving = SERVED if library == XGB else None
    found, _ = searched(mixed("text", 240), search, serving=serving, estimator=estimator)
    assert described(found)["trials"] == 3
    assert found.package.metadata["training"]["estimator"]["validation_rows"] > 0
    assert found.package.metadata["training"]["libraries"]["optuna"] == "5.0.0"


def test_estimator_without_an_onnx_form_is_refused_before_the_first_trial() -> None:
    kept = Kept()
    dart = {"class": "xgboost.XGBClassifier", "parameters": {"booster": "dart", "n_estimators": 5}}
    with pytest.raises(InvalidInputError, match="set 'booster: gbtree'"):
        searched(frame(), GRID, kept, estimator=dart)
    assert kept.new == []


def test_winner_that_is_refused_names_the_search() -> None:
    forest = {"class": "sklearn.ensemble.RandomForestClassifier", "parameters": {"n_estimators": 1}}
    search = {"method": "grid", "space": {"n_estimators": [60]}}
    small = Serving(max_bytes=20_000)
    found = r"found by 'search', so narrow 'search.space': {'n_estimators': 60}"
    with pytest.raises(InvalidInputError, match=found):
        searched(frame(), search, serving=small, estimator=forest)


PAGE = Path(__file__).parents[1] / "docs" / "search.md"


@pytest.mark.parametrize("block", [1, 2, 3])
def test_example_of_the_page_trains(block: int, tmp_path: Path) -> None:
    """The YAMLs of docs/search.md, on customers as they describe."""
    yaml = PAGE.read_text().split("```yaml\n")[block].partition("```")[0]
    (tmp_path / "churn.yaml").write_text(yaml)
    table = mixed("text", 300).rename(columns={"y": "churned", "n": "customer"})
    table["churned"] = table["churned"].map({"hi": "yes", "lo": "no"})
    table["customer"] = [i // 2 for i in range(300)]
    table.to_csv(tmp_path / "customers.csv", index=False)
    done = run("build", tmp_path / "churn.yaml", "--out", tmp_path / "package")
    assert done.code == 0, done.err
    assert " ± " in done.out
