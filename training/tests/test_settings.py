"""The YAML: all problems at once, each with its path; exit code 2 before anything is written."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.command import run
from support.models import write_model
from training.errors import InvalidInputError
from training.load import load_settings
from training.settings import Settings

MINIMAL: dict[str, Any] = {
    "name": "m",
    "task": "regression",
    "data": {"source": "csv:x.csv"},
    "target": "y",
}


def problems(tmp_path: Path, **changes: Any) -> list[str]:
    """Return what is wrong with the minimal YAML after `changes`."""
    path = tmp_path / "m.yaml"
    path.write_text(yaml.safe_dump(MINIMAL | changes))
    with pytest.raises(InvalidInputError) as caught:
        load_settings(path)
    return caught.value.problems


def test_minimal_yaml_has_four_entries_and_good_defaults() -> None:
    settings = Settings.model_validate(MINIMAL)
    assert settings.target.column == "y"
    assert (settings.split.test, settings.split.seed) == (0.2, 42)
    assert settings.label == "M"


def test_all_problems_are_listed_with_their_paths(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        name="Not Valid",
        colour="red",
        split={"test": 1.5},
        features=[{"name": "a", "type": "word"}, {"name": "b", "range": {"min": 2, "max": 1}}],
    )
    paths = [line.split(":")[0] for line in found]
    assert paths == ["name", "features.0.type", "features.1.range", "split.test", "colour"]
    assert "'min' (2) exceeds 'max' (1)" in found[2]
    assert "is no known key" in found[4]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"data": {"source": "ftp://x"}}, "must start with"),
        ({"data": {"source": "https://u:p@x/y.csv"}}, "holds an account before the '@'"),
        ({"data": {"source": "csv:x", "rename": {"a": "c", "b": "c"}}}, "the same name"),
        ({"task": None}, "state 'task'"),
        ({"features": [{"name": "a"}, {"name": "a"}]}, "named twice: a"),
        ({"features": [{"name": "y"}]}, "the target 'y' is among 'features'"),
        ({"features": [{"name": "a", "categories": ["x"]}]}, "needs 'type: category'"),
        (
            {"features": [{"name": "a", "type": "category", "categories": ["x", "x"]}]},
            "names a value twice",
        ),
        (
            {"features": [{"name": "a", "type": "category", "categories": [""]}]},
            "means 'missing'",
        ),
        ({"features": [{"name": "a", "type": "boolean", "range": {}}]}, "'range' is for numbers"),
        ({"metrics": ["acuracy"]}, "unknown: acuracy"),
        ({"metrics": ["accuracy"]}, "'accuracy' is not for regression"),
        ({"gate": {"floors": {"auc_roc": 0.8}}}, "not among the model's metrics"),
        ({"slices": ["a", {"column": "a", "bins": [1]}]}, "named twice: a; name each column once"),
        ({"slices": ["y"]}, "'slices' names the target 'y'; name another column"),
        ({"slices": [{"column": "a", "bins": [2, 1]}]}, "must ascend, not [2.0, 1.0]; order them"),
        ({"output": {"name": "model"}}, "a key of every answer"),
        ({"risk_bands": [{"label": "a"}, {"label": "b"}]}, "every band but the last"),
        (
            {"risk_bands": [{"label": "a", "below": 0.5}, {"label": "b", "below": 0.5},
                            {"label": "c"}]},
            "must ascend",
        ),
        (
            {"risk_bands": [{"label": "a", "below": 0.5, "tone": "good"}, {"label": "b"}]},
            "give every band a 'tone' or none; 'b' has none",
        ),
        ({"risk_bands": [{"label": "a", "tone": "green"}]}, "'good', 'caution' or 'bad'"),
        ({"target": {"column": "y", "sentences": {0: ""}}}, "at least 1 character"),
    ],
)  # fmt: skip
def test_each_rule_names_its_field_and_remedy(
    tmp_path: Path, changes: dict[str, Any], expected: str
) -> None:
    assert any(expected in line for line in problems(tmp_path, **changes))


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        ({"class": "os.system"}, "estimator.class"),
        ({"class": "sklearn.os.system"}, "no module 'sklearn.os'"),
        ({"class": "sklearn.ensemble.RandomForestRegresor"}, "'RandomForestRegressor'"),
        ({"class": "sklearn.ensemble.BaseEnsemble"}, "abstract"),
        ({"class": "sklearn.preprocessing.StandardScaler"}, "neither a classifier nor"),
        ({"class": "sklearn.ensemble.RandomForestClassifier"}, "is made for classification"),
        ({"class": "sklearn.linear_model.RidgeClassifier"}, "gives no probabilities"),
        ({"class": "sklearn.ensemble.StackingRegressor"}, "needs estimators"),
        (
            {"class": "sklearn.ensemble.RandomForestRegressor", "parameters": {"n_estimator": 5}},
            "did you mean 'n_estimators'?",
        ),
        (
            {"class": "sklearn.ensemble.RandomForestRegressor", "parameters": {"max_depth": -1}},
            "estimator.parameters.max_depth",
        ),
    ],
)
def test_estimator_outside_the_rules_is_named_with_a_suggestion(
    tmp_path: Path, estimator: dict[str, Any], expected: str
) -> None:
    assert any(expected in line for line in problems(tmp_path, estimator=estimator))


@pytest.mark.parametrize(
    ("text", "expected"), [("a: [", "is no YAML"), ("- 1", "must be a mapping"), (None, "read")]
)
def test_file_that_is_no_yaml_is_named(tmp_path: Path, text: str | None, expected: str) -> None:
    path = tmp_path / "x.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InvalidInputError, match=expected):
        load_settings(path)


def test_validate_checks_every_file_and_ends_with_2(tmp_path: Path) -> None:
    good, bad = write_model(tmp_path, "good-model"), write_model(tmp_path, "bad-model", colour=1)
    done = run("validate", bad, good)
    assert done.code == 2
    assert "good-model is valid" in done.out
    assert "colour: is no known key" in done.err


def test_train_without_an_address_says_so(tmp_path: Path) -> None:
    done = run("train", write_model(tmp_path), env={"MLFLOW_TRACKING_URI": ""})
    assert done.code == 2
    assert "MLFLOW_TRACKING_URI (not set)" in done.err


def test_schema_is_printed_as_json() -> None:
    schema = json.loads(run("schema").out)
    assert schema["properties"]["estimator"]
    assert schema["additionalProperties"] is False


def test_reference_page_is_what_the_code_says() -> None:
    """Renew it with `python -m training schema --markdown > docs/model-yaml.md`."""
    page = Path(__file__).parents[1] / "docs" / "model-yaml.md"
    assert page.read_text() == run("schema", "--markdown").out
