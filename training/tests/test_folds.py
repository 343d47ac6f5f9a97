"""Folds of the training split keep to the rules of the split, and never see the test split."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.command import Ended, run
from support.models import frame, write_model
from test_split import settings
from training.dataset import Dataset, build_dataset
from training.errors import InvalidInputError
from training.folds import Fold, Folds, fold
from training.sources import Table
from training.split import split_dataset

BY_TIME = {"method": "time", "key": "at"}


def parted(table: pd.DataFrame, count: int = 4, **changes: Any) -> tuple[Folds, Dataset]:
    """Return folds of the training split, and that split."""
    stated = settings(**changes)
    dataset = build_dataset(stated, Table(table, "0" * 64), "classification")
    train, _ = split_dataset(dataset, table, stated)
    return fold(stated, train, table, count, "search.cv"), train


def sides(table: pd.DataFrame, train: Dataset, part: Fold, column: str) -> list[Any]:
    """Return a column's values in the fitted and in the scored rows."""
    values = table.loc[train.rows.index, column].to_numpy()
    return [values[rows] for rows in part]


@pytest.mark.parametrize(
    ("split", "splitter"),
    [
        ({}, "StratifiedKFold"),
        ({"method": "random"}, "StratifiedKFold"),
        ({"stratify": False}, "KFold"),
        ({"key": "who"}, "StratifiedGroupKFold"),
        ({"key": "who", "stratify": False}, "GroupKFold"),
    ],
)
def test_each_training_row_is_scored_once_by_a_model_that_did_not_see_it(
    split: dict[str, Any], splitter: str
) -> None:
    table = frame(400).assign(who=np.arange(400) // 4)
    folds, train = parted(table, split=split)
    assert folds.splitter == splitter
    scored = np.concatenate([part.scored for part in folds.parts])
    assert sorted(scored.tolist()) == list(range(len(train.rows)))
    for part in folds.parts:
        assert set(part.fitted) | set(part.scored) == set(range(len(train.rows)))
        if "key" in split:
            fitted, held = sides(table, train, part, "who")
            assert not set(fitted) & set(held)
        if splitter.startswith("Stratified"):
            share = train.target[part.scored].mean()
            assert share == pytest.approx(train.target.mean(), abs=0.05)


def test_rows_of_equal_features_are_in_one_fold() -> None:
    once = frame(200).assign(n=range(200))
    table = pd.concat([once, once], ignore_index=True)
    folds, train = parted(table)
    assert folds.splitter == "StratifiedGroupKFold"
    for part in folds.parts:
        fitted, held = sides(table, train, part, "n")
        assert not set(fitted) & set(held)


def test_by_time_each_fold_is_scored_by_what_came_before_it() -> None:
    """Rows of one day are on one side, wherever they stand in the file."""
    days = pd.date_range("2026-01-01", periods=50).strftime("%Y-%m-%d")
    table = frame(400).assign(at=np.random.default_rng(0).choice(days, 400))
    folds, train = parted(table, split=BY_TIME)
    assert folds.splitter == "TimeSeriesSplit"
    assert len(folds.parts) == 4
    for part in folds.parts:
        fitted, held = sides(table, train, part, "at")
        assert max(fitted) < min(held)


def test_seed_draws_other_folds_and_the_same_seed_the_same() -> None:
    def first(seed: int) -> list[int]:
        stated = {"method": "random", "seed": 1}
        folds, _ = parted(frame(), split=stated | {"seed": seed})
        return [int(row) for row in folds.parts[0].scored]

    assert first(1) == first(1)
    assert first(1) != first(2)


@pytest.mark.parametrize(
    ("changes", "split", "expected"),
    [
        (
            {"who": lambda t: t.index % 3},
            {"key": "who", "stratify": False},
            "different ones, of which 6",
        ),
        ({"y": lambda t: (t.index % 100 == 0).astype(int)}, {}, "has no row of class 1 to score"),
        (
            {"at": lambda t: t.index, "y": lambda t: t.index // 200 * t.index % 2},
            BY_TIME,
            "to fit on",
        ),
        ({"at": lambda t: t.index // 100}, BY_TIME, "has 2 different ones, of which 7"),
    ],
    ids=["few groups", "rare class", "late class", "few times"],
)
def test_folds_that_cannot_be_name_the_key_and_fewer(
    changes: dict[str, Any], split: dict[str, Any], expected: str
) -> None:
    table = frame().assign(**changes)
    with pytest.raises(InvalidInputError, match=rf"search\.cv \(6\): .*{expected}") as caught:
        parted(table, 6, split=split)
    assert "fewer" in str(caught.value)


@pytest.mark.parametrize("stated", ["search", "cross_validation"])
def test_check_parts_the_training_split_as_training_will(stated: str, tmp_path: Path) -> None:
    """A class of five rows is in five folds at most."""
    rare = frame(100).assign(y=lambda t: (t.index % 20 == 0).astype(int))
    key = {"search": "cv", "cross_validation": "folds"}[stated]

    def checked(count: int) -> Ended:
        choice: dict[str, Any] = {key: count}
        if stated == "search":
            choice |= {"space": {"max_depth": [1, 2]}, "method": "grid"}
        return run("check", write_model(tmp_path, metrics=["accuracy"], **{stated: choice}))

    rare.to_csv(tmp_path / "data.csv", index=False)

    done = checked(2)
    assert (done.code, "2 of the training split (StratifiedKFold)" in done.out) == (0, True), done
    done = checked(9)
    assert (done.code, f"{stated}.{key} (9): fold" in done.err) == (2, True), done
