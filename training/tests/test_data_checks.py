"""What is looked at before a training, and what of it a YAML's `checks` lets stop it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from mlflow import MlflowClient

from support.command import Ended, run
from support.flow import aliases, train
from support.models import frame, write_model
from training.data_checks import repeats_in


def table(rows: int = 300) -> pd.DataFrame:
    return frame(rows).assign(n=np.arange(rows) % 50, c=["red", "blue", "green"] * (rows // 3))


def checked(folder: Path, rows: pd.DataFrame, checks: dict[str, Any], **more: Any) -> Ended:
    rows.to_csv(folder / "data.csv", index=False)
    return run("check", write_model(folder, "checked-model", checks=checks, **more))


def gap(data: pd.DataFrame, name: str, rows: int) -> pd.DataFrame:
    values = data[name].astype(object).where(np.arange(len(data)) >= rows)
    return data.assign(**{name: values})


def twice(data: pd.DataFrame, rows: int) -> pd.DataFrame:
    return pd.concat([data, data.head(rows)], ignore_index=True)


RARE = table().assign(y=[1] * 12 + [0] * 288)
TELLS = table().assign(told=lambda t: t["y"].map({0: "no", 1: "yes"}))
CASES: dict[str, tuple[pd.DataFrame, dict[str, Any], dict[str, Any], str]] = {
    "rows": (table(), {"rows": 301}, {"rows": 300}, r"checks\.rows: 300 rows are fewer than 301"),
    "missing": (
        gap(table(), "n", 60),
        {"missing": 0.19},
        {"missing": 0.2},
        r"checks\.missing: 20\.0% of 'n' is missing, more than 19\.0%; .*'data\.drop'",
    ),
    "missing of one": (
        gap(table(), "c", 60),
        {"missing": {"c": 0.1}},
        {"missing": {"n": 0.1}},
        r"checks\.missing: 20\.0% of 'c' is missing",
    ),
    "duplicates": (
        twice(table(), 30),
        {"duplicates": 0.09},
        {"duplicates": 0.1},
        r"checks\.duplicates: 9\.1% of the rows repeat an earlier one, more than 9\.0%",
    ),
    "overlap": (
        twice(table(), 300),
        {"overlap": 0.5},
        {"overlap": 1},
        r"checks\.overlap: \d+ of \d+ test rows have the features of a training row",
    ),
    "ranges": (
        table(),
        {"ranges": {"n": {"max": 48}, "a": {"min": -100}}},
        {"ranges": {"n": {"min": 0, "max": 49}}},
        r"checks\.ranges\.n: 6 value\(s\) are not from -inf to 48, such as 49 in row 50",
    ),
    "class_rows": (
        RARE,
        {"class_rows": 13},
        {"class_rows": 12},
        r"checks\.class_rows: rows of '1' 12, fewer than 13",
    ),
    "leakage": (
        TELLS,
        {"leakage": "stop"},
        {},
        r"checks\.leakage: 'told' alone tells the target in every row",
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_check_stops_what_goes_against_it_and_lets_the_rest_pass(
    name: str, tmp_path: Path
) -> None:
    data, stops, passes, says = CASES[name]
    split = {"split": {"method": "random"}}
    refused = checked(tmp_path, data, stops, **split)
    assert refused.code == 2
    assert pd.Series([refused.err]).str.contains(says).all(), refused.err
    assert "1 problem(s)" in refused.err
    passed = checked(tmp_path, data, passes, **split)
    assert passed.code == 0, passed.err


def test_all_that_stops_is_told_at_once(tmp_path: Path) -> None:
    checks = {"rows": 400, "ranges": {"n": {"max": 3}, "nowhere": {"min": 0}}, "missing": {"z": 0}}
    refused = checked(tmp_path, table(), checks)
    assert "4 problem(s)" in refused.err
    assert "checks.ranges.nowhere: the data has no such column; it has a, b, y" in refused.err
    assert "checks.missing.z: there is no such feature; those are a, b" in refused.err


def test_words_among_numbers_are_out_of_every_range(tmp_path: Path) -> None:
    data = table().assign(n=lambda t: t["n"].astype(object).where(t["n"] != 7, "many"))
    refused = checked(tmp_path, data, {"ranges": {"n": {"min": 0}}}, data=dropping("n"))
    assert refused.code == 2
    data = data.assign(c=data["n"])
    refused = checked(tmp_path, data, {"ranges": {"c": {"min": 0}}}, data=typed("c", "n"))
    assert "6 value(s) are no numbers, such as 'many' in row 8" in refused.err


def dropping(*names: str) -> dict[str, Any]:
    return {"source": "csv:data.csv", "drop": list(names)}


def typed(*names: str) -> dict[str, Any]:
    return {"source": "csv:data.csv", "types": dict.fromkeys(names, "category")}


@pytest.mark.parametrize(
    "checks",
    [
        {"missing": 1.2},
        {"duplicates": -0.1},
        {"leakage": "warn"},
        {"drift": 0},
        {"ranges": {"n": {"min": 2, "max": 1}}},
        {"nothing": 1},
        {"rows": True},
        {"duplicates": True},
        {"drift": True},
        {"missing": True},
        {"missing": {"n": True}},
        {"missing": {"n": 1.2}},
        {"ranges": {"n": {}}},
    ],
)
def test_a_check_that_cannot_be_is_refused(checks: dict[str, Any], tmp_path: Path) -> None:
    refused = checked(tmp_path, table(), checks)
    assert refused.code == 2
    assert "1 problem(s)" in refused.err
    assert f"checks.{next(iter(checks))}" in refused.err
    assert "constrained" not in refused.err


def test_classes_of_a_regression_are_not_counted(tmp_path: Path) -> None:
    numbers = {"task": "regression", "estimator": None, "metrics": ["rmse"], "gate": None}
    data = table().assign(y=lambda t: t["a"] + t["n"])
    refused = checked(tmp_path, data, {"class_rows": 2}, **numbers)
    assert refused.code == 2
    assert "checks.class_rows: a regression has no classes; remove it" in refused.err


def test_what_lies_near_a_limit_is_told_in_as_many_digits_as_it_takes(tmp_path: Path) -> None:
    data = gap(table(3000), "n", 601).assign(b=0.1 + 0.2)
    checks = {"missing": {"n": 0.2003}, "ranges": {"b": {"max": 0.3}}}
    refused = checked(tmp_path, data, checks).err
    assert "20.033% of 'n' is missing, more than 20.030%" in refused
    assert "not from -inf to 0.3, such as 0.30000000000000004 in row 1" in refused


@pytest.mark.parametrize(
    ("method", "remedy"), [("random", "state 'split: {method: hash}'"), ("hash", "raise the limit")]
)
def test_the_remedy_is_none_that_is_there(method: str, remedy: str, tmp_path: Path) -> None:
    """Repeats of a table that contradicts itself go their own ways, by their hash too."""
    data = pd.concat([table(), table().assign(y=lambda t: 1 - t["y"])])
    refused = checked(tmp_path, data, {"overlap": 0.1}, split={"method": method})
    assert f"remove what repeats, or {remedy}" in refused.err


@pytest.mark.parametrize("numbers", [True, False])
def test_repeats_are_counted_whatever_the_types(*, numbers: bool) -> None:
    columns = {"c": ["x", "x", "y", "x", None, None]} | (
        {"n": [1, 1, 1, 2, 3, 3]} if numbers else {}
    )
    assert repeats_in(pd.DataFrame(columns)) == (2 if numbers else 3)


def test_repeats_are_told_where_nothing_stops(tmp_path: Path) -> None:
    told = checked(tmp_path, twice(table(), 300), {}, split={"method": "random"}).out
    assert "300 of 600 rows repeat an earlier one" in told
    assert "test rows have the features of a training row, so the metrics flatter" in told


@pytest.mark.parametrize("word", ["drift", "columns", "classes"])
def test_data_that_left_the_champions_stop_and_it_stays(
    word: str, client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """Of a CSV file, whose columns nothing else compares."""
    name = f"checked-{word}-model"
    table().to_csv(tmp_path / "data.csv", index=False)
    code, first = train(mlflow_url, write_model(tmp_path, name))
    assert (code, first["version"]) == (0, "1")
    changed, checks, says = {
        "drift": (
            {"a": lambda t: t["a"] + 3},
            {"drift": 0.25},
            r"checks.drift: the PSI of 'a' (",
        ),
        "columns": (
            {"n": lambda t: t["n"].astype(str) + " or so"},
            {"columns": "stop"},
            "checks.columns: since version 1, the champion: 'n' was integer and is category",
        ),
        "classes": (
            {"y": lambda t: t["y"] + 1},
            {"columns": "stop"},
            "the classes were 0, 1 and are 1, 2",
        ),
    }[word]
    table().assign(**changed).to_csv(tmp_path / "data.csv", index=False)
    env = {"MLFLOW_TRACKING_URI": mlflow_url}
    refused = run("train", write_model(tmp_path, name, checks=checks), env=env)
    assert refused.code == 2
    assert says in refused.err
    assert aliases(client, name) == {"champion": "1"}
    assert len(client.search_model_versions(f"name='{name}'")) == 1
    told = run("train", write_model(tmp_path, name), env=env)
    assert told.code != 2, told.err
    assert "version 1, the champion" in told.out


def test_checks_make_no_other_model_of_the_same_data(mlflow_url: str, tmp_path: Path) -> None:
    table().to_csv(tmp_path / "data.csv", index=False)
    name = "checked-again-model"
    train(mlflow_url, write_model(tmp_path, name))
    path = write_model(tmp_path, name, checks={"rows": 10, "drift": 0.25, "columns": "stop"})
    code, again = train(mlflow_url, path)
    assert (code, again["outcome"], again["version"]) == (0, "unchanged", "1")
    assert yaml.safe_load(path.read_text())["checks"]["rows"] == 10
