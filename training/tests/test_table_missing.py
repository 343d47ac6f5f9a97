"""What counts as missing."""

from typing import Any

import pytest

from support.columns import N, column, dataset, problem


@pytest.mark.parametrize(
    ("data", "categories", "required"),
    [
        ({}, ["NA", "NC", "None"], True),
        ({"missing": ["NA"]}, ["NC", "None"], False),
        ({"missing": []}, ["NA", "NC", "None"], True),
        ({"missing": ["NA", "None"]}, ["NC"], False),
    ],
)
def test_what_counts_as_missing_is_the_users_to_say(
    data: dict[str, Any], categories: list[str], *, required: bool
) -> None:
    found = dataset(column("NA", "NC", "None"), data=data)
    assert found.features[0].categories == categories
    assert found.features[0].required is required


def test_words_of_machines_are_missing_unless_the_list_says_otherwise() -> None:
    assert dataset(column("NaN", "red", "blue")).features[0].categories == ["blue", "red"]
    kept = dataset(column("NaN", "red", "blue"), data={"missing": []})
    assert kept.features[0].categories == ["NaN", "blue", "red"]


@pytest.mark.parametrize("data", [{}, {"missing": ["NA", "nan"]}])
def test_stated_category_is_never_missing(data: dict[str, Any]) -> None:
    feature = {"name": "c", "type": "category", "categories": ["NA", "nan", "NC"]}
    found = dataset(column("NA", "NC", "nan"), data=data, features=[feature])
    assert found.rows["c"].tolist()[:3] == ["NA", "NC", "nan"]
    assert found.features[0].required is True


def test_missing_class_is_named_with_the_key() -> None:
    rows = "\n".join(["c,y", *[f"{i},{['a', 'b', 'NaN'][i % 3]}" for i in range(N)]])
    assert "'y' misses 20 values" in problem(rows)
    assert dataset(rows, data={"missing": []}).classes == ["NaN", "a", "b"]
