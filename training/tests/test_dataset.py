"""The data contract: types, missing values, categories and targets of small frames."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset, build_dataset
from training.errors import InvalidInputError
from training.settings import Settings
from training.sources import Table

ROWS = 12


def build(
    columns: dict[str, list[Any]],
    values: list[Any],
    task: str = "classification",
    /,
    **changes: Any,
) -> Dataset:
    """Repeat short columns to enough rows."""
    frame = pd.DataFrame(
        {k: (v * ROWS)[:ROWS] for k, v in columns.items()} | {"y": (values * ROWS)[:ROWS]}
    )
    content = {"name": "m", "task": task, "data": {"source": "csv:x"}, "target": "y"} | changes
    return build_dataset(Settings.model_validate(content), Table(frame, "0" * 64), task)


def problem(*args: Any, **changes: Any) -> str:
    with pytest.raises(InvalidInputError) as caught:
        build(*args, **changes)
    return str(caught.value)


def test_types_are_inferred_from_what_is_stored() -> None:
    """Whole floats stay numbers, 0 and 1 stay integers, text is a category."""
    columns: dict[str, list[Any]] = {
        "number": [1.0, 2.0],
        "integer": [0, 1],
        "boolean": [True, False],
        "gaps": [True, None, False],
        "text": ["b", "a"],
    }
    dataset = build(columns, [0, 1])
    kinds = {f.name: f.type for f in dataset.features}
    assert kinds == {
        "number": "number",
        "integer": "integer",
        "boolean": "boolean",
        "gaps": "boolean",
        "text": "category",
    }
    assert dataset.features[4].categories == ["a", "b"]
    assert dataset.layout == "columns"
    assert [f.required for f in dataset.features] == [True, True, True, False, True]


def test_missing_becomes_nan_or_empty_text() -> None:
    dataset = build({"n": [1.5, None], "c": ["x", None]}, [0, 1])
    assert dataset.rows["n"].isna().tolist()[:2] == [False, True]
    assert dataset.rows["c"].tolist()[:2] == ["x", ""]
    assert [f.required for f in dataset.features] == [False, False]


def test_integers_as_categories_lose_no_form() -> None:
    """Integers with gaps are read as floats; `1.0` is the category `1`."""
    dataset = build({"c": [1, None, 2]}, [0, 1], features=[{"name": "c", "type": "category"}])
    assert dataset.features[0].categories == ["1", "2"]


@pytest.mark.parametrize(
    ("target", "classes", "positive"),
    [
        ([0, 1], [0, 1], 1),
        ([True, False], [0, 1], 1),
        (["no", "yes"], ["no", "yes"], 1),
        ([2, 1, 3], [1, 2, 3], None),
        ([0.0, 1.0], [0, 1], 1),
    ],
)
def test_target_classes_are_integers_or_text(
    target: list[Any], classes: list[Any], positive: int | None
) -> None:
    dataset = build({"a": [1.5, 2.5]}, target)
    assert (dataset.classes, dataset.positive) == (classes, positive)
    assert [dataset.classes[i] for i in dataset.target[:2]] == target[:2]


def test_positive_class_may_be_stated() -> None:
    assert build({"a": [1.5]}, ["x", "z"], target={"column": "y", "positive": "x"}).positive == 0


def test_regression_keeps_numbers() -> None:
    dataset = build({"a": [1.5]}, [1, 2, 3], "regression")
    assert (dataset.task, dataset.classes) == ("regression", [])
    assert dataset.target.dtype == np.float64


@pytest.mark.parametrize(
    ("columns", "target", "changes", "expected"),
    [
        ({"a": [1]}, [0, 1], {"target": "z"}, "target.column: the data has no column 'z'"),
        ({"a": [1]}, [0, 1], {"features": [{"name": "b"}]}, "no column 'b'; it has a, y"),
        ({"a": [1]}, [0, None], {}, "misses 6 values"),
        ({"a": [1]}, [0.5, 1.5], {}, "holds fractions"),
        ({"a": [1]}, [1], {}, "has 1 classes"),
        ({"a": [1]}, list(range(12)), {}, "only one row has"),
        ({"a": ["x", "1"]}, [0, 1], {"features": [{"name": "a", "type": "number"}]},
         "holds 'x', which is no number"),
        ({"a": [1.5]}, [0, 1], {"features": [{"name": "a", "type": "integer"}]}, "fractions"),
        ({"a": [1, None]}, [0, 1], {"features": [{"name": "a", "required": True}]},
         "'required: true' but misses"),
        ({"a": [1, 9]}, [0, 1], {"features": [{"name": "a", "range": {"max": 5}}]},
         "6 values of 'a' lie outside"),
        ({"a": [1e300]}, [0, 1], {}, "float32 cannot hold"),
        ({"Unnamed: 0": [1]}, [0, 1], {}, "put 'Unnamed: 0' into 'data.drop'"),
        ({"a": [None]}, [0, 1], {}, "no value at all"),
        ({"a": [float("nan")]}, [0, 1], {}, "no value at all"),
        ({"a": ["x", "y"]}, [0, 1],
         {"features": [{"name": "a", "type": "category", "categories": ["x"]}]}, "lacks y"),
        ({"a": [1]}, [0, 1, 2], {"target": {"column": "y", "positive": 1}}, "only for two classes"),
        ({"a": [1]}, [0, 1], {"target": {"column": "y", "labels": {7: "x"}}}, "'7' is no class"),
        (
            {"a": [1]},
            [0, 1],
            {"target": {"column": "y", "sentences": {0: "it is", 7: "it is not"}}},
            "target.sentences: '7' is no class of the data; those are 0, 1",
        ),
        (
            {"a": [1]},
            [0, 1],
            {"target": {"column": "y", "sentences": {0: "it is"}}},
            "target.sentences: there is none for 1; write it too",
        ),
        ({"a": [1]}, [0, 1], {"output": {"type": "number"}}, "'number' is not for classification"),
    ],
)  # fmt: skip
def test_each_breach_is_named(
    columns: dict[str, list[Any]], target: list[Any], changes: dict[str, Any], expected: str
) -> None:
    assert expected in problem(columns, target, **changes)


def test_wrong_separator_is_suspected_when_there_is_one_column() -> None:
    settings = Settings.model_validate(
        {"name": "m", "task": "classification", "data": {"source": "csv:x"}, "target": "y"}
    )
    with pytest.raises(InvalidInputError, match=r"it has a;y; is 'data.separator' right\?"):
        build_dataset(settings, Table(pd.DataFrame({"a;y": ["1;0"] * 20}), ""), "classification")


def test_identifier_column_is_named() -> None:
    frame = pd.DataFrame({"id": [f"row {i}" for i in range(300)], "y": [0, 1] * 150})
    settings = Settings.model_validate(
        {"name": "m", "task": "classification", "data": {"source": "csv:x"}, "target": "y"}
    )
    with pytest.raises(InvalidInputError, match="looks like an identifier"):
        build_dataset(settings, Table(frame, ""), "classification")


def test_unknown_category_may_be_accepted() -> None:
    feature = {"name": "a", "type": "category", "categories": ["x"], "unknown": "accept"}
    assert build({"a": ["x", "y"]}, [0, 1], features=[feature]).features[0].categories == ["x"]
