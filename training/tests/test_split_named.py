"""Test rows that a column of the data names: `split: {method: column}`."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from support.command import run
from support.models import frame, write_model
from training.dataset import Dataset, build_dataset
from training.errors import InvalidInputError
from training.folds import fold
from training.settings import Settings
from training.sources import Table
from training.split import Parts, hold_apart, split_dataset

NAMED = {"method": "column", "key": "part"}
PARTS = Parts("fitting", "calibration", "split.calibration", "state another")


def settings(**split: Any) -> Settings:
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y"}
    tree = {"class": "sklearn.tree.DecisionTreeClassifier"}
    return Settings.model_validate(content | {"estimator": tree, "split": NAMED | split})


def parts(table: pd.DataFrame, **split: Any) -> tuple[Dataset, Dataset]:
    stated = settings(**split)
    return split_dataset(
        build_dataset(stated, Table(table, "0" * 64), "classification"), table, stated
    )


def table(rows: int = 100, **columns: Any) -> pd.DataFrame:
    named = ["train", "test", "train", "train"] * (rows // 4)
    return frame(rows).assign(**({"part": named} | columns))


def test_each_row_is_where_the_column_puts_it_and_the_column_is_no_feature() -> None:
    data = table()
    train, test = parts(data)
    assert set(data["part"].loc[train.rows.index]) == {"train"}
    assert set(data["part"].loc[test.rows.index]) == {"test"}
    assert (len(train.rows), len(test.rows)) == (75, 25)
    assert list(train.rows.columns) == ["a", "b"]


@pytest.mark.parametrize(
    ("column", "test_values", "train_values"),
    [
        ([0, 1, 2, 3] * 25, [3], [0, 1, 2]),
        ([0.0, 1.0, 2.0, 3.0] * 25, [3], [0, 1, 2]),
        (["False", "False", "False", "True"] * 25, [True], [False]),
        ([False, False, False, True] * 25, [True], [False]),
        (["Train", "Train", "validation", "Holdout"] * 25, ["Holdout"], ["Train", "validation"]),
        (["2023", "2024", "2025", "2026"] * 25, [2026], [2023, 2024, 2025]),
        ([1, 2, 3, "2026-01-31"] * 25, [date(2026, 1, 31)], [1, 2, 3]),
        ([1, 2, 3, 2**60 + 1] * 25, [2**60 + 1], [1, 2, 3]),
        ([2**60, 2, 3, 2**60 + 1] * 25, [2**60 + 1], [2**60, 2, 3]),
    ],
)
def test_values_are_those_that_the_yaml_names(
    column: list[Any], test_values: list[Any], train_values: list[Any]
) -> None:
    train, test = parts(table(part=column), test_values=test_values, train_values=train_values)
    assert list(test.rows.index) == list(range(3, 100, 4))
    assert len(train.rows) == 75


@pytest.mark.parametrize(
    ("column", "split", "says"),
    [
        (
            ["train", "test", "val", "train"] * 25,
            {},
            r"'part' holds 'val' \(25 rows\), .* 'split.test_values' is \[test\].* in one of them",
        ),
        (["train", "Test", "train", "train"] * 25, {}, r"holds 'Test' \(25 rows\)"),
        (["train", "test", None, "train"] * 25, {}, r"'part' is missing in 25 row\(s\)"),
        (["train"] * 100, {}, r"no row of 'part' has \[test\]; nothing is tested"),
        (["test"] * 100, {}, r"no row of 'part' has \[train\]; nothing is trained on"),
        (
            ["train", "test"] * 50,
            {"test_values": ["test", "train"]},
            r"'train' is both in 'test_values' and in 'train_values'",
        ),
    ],
)
def test_a_row_of_no_side_is_refused(column: list[Any], split: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        parts(table(part=column), **split)


@pytest.mark.parametrize(
    ("split", "says"),
    [
        ({"method": "column"}, "needs 'key', the column that names the split"),
        (NAMED | {"test": 0.3}, r"'test' \(0.3\) is a share.*'part' says which rows"),
        ({"method": "hash", "test_values": ["t"]}, "'test_values' is for 'method: column'"),
        ({"train_values": ["t"]}, "'train_values' is for 'method: column'"),
        (NAMED | {"test_values": [None]}, "None is no value of a row"),
        (NAMED | {"train_values": ["train", ""]}, "'' is no value of a row"),
    ],
)
def test_keys_that_say_nothing_are_refused(split: dict[str, Any], says: str) -> None:
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y", "task": "regression"}
    with pytest.raises(ValueError, match=says):
        Settings.model_validate(content | {"split": split})


def test_a_class_without_test_rows_is_named() -> None:
    data = table(y=[0, 0, 0, 1] * 25)
    with pytest.raises(InvalidInputError, match="no test row has class 1; add such rows, or state"):
        parts(data)


def test_the_training_rows_are_parted_further_without_the_column() -> None:
    data = table(400)
    stated = settings()
    train, _ = parts(data)
    first, second = hold_apart(stated, train, data, 0.25, 1, PARTS)
    assert len(first.rows) + len(second.rows) == 300
    assert len(second.rows) == pytest.approx(75, abs=25)
    folds = fold(stated, train, data, 5, "search.cv").parts
    scored = np.concatenate([one.scored for one in folds])
    assert sorted(scored) == list(range(300))


def test_equal_rows_of_two_training_parts_stay_together() -> None:
    """Whatever their parts are called, and as without `split`."""
    rows = frame(300)
    data = pd.concat([rows.assign(part=one) for one in ("train", "validation")])
    tested = frame(50).assign(part="test", a=7.0)
    data = pd.concat([data, tested], ignore_index=True)
    stated = settings(train_values=["train", "validation"])
    train, _ = parts(data, train_values=["train", "validation"])
    for first, second in (
        *((one.fitted, one.scored) for one in fold(stated, train, data, 3, "search.cv").parts),
        tuple(part.rows.index for part in hold_apart(stated, train, data, 0.3, 1, PARTS)),
    ):
        assert not set(first % 300) & set(second % 300)


def test_a_key_that_is_dropped_is_pointed_out(tmp_path: Path) -> None:
    table().to_csv(tmp_path / "data.csv", index=False)
    source = {"source": "csv:data.csv", "drop": ["part"]}
    refused = run("check", write_model(tmp_path, "dropped-model", split=NAMED, data=source))
    assert refused.code == 2
    assert "split.key: 'part' is in 'data.drop'; take it out, it is no feature" in refused.err


def test_a_model_is_judged_on_the_rows_that_the_column_names(tmp_path: Path) -> None:
    table(400).to_csv(tmp_path / "data.csv", index=False)
    path = write_model(tmp_path, "named-model", split=NAMED, cross_validation=3)
    done = run("build", path, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    rows = yaml.safe_load((tmp_path / "out/MLmodel").read_text())["metadata"]["slipway"]["training"]
    assert rows["rows"] == {"train": 300, "test": 100}
    assert re.search(r"300 rows to train, 100 to test \(column\)", done.out)


def test_a_column_that_looks_like_the_name_of_a_split_is_pointed_out(tmp_path: Path) -> None:
    table(400).to_csv(tmp_path / "data.csv", index=False)
    told = run("check", write_model(tmp_path, "unnamed-split-model")).out
    assert "look at part: 'test', 'train' look like the names of a split" in told
    assert "write 'split: {method: column, key: part}'" in told
