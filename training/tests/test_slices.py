"""Which columns part the test rows into slices, and which are refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.columns import column, dataset, problem
from support.command import run
from support.models import write_model
from test_parity import trained
from training.errors import InvalidInputError
from training.split import split_dataset

CSV = column("north", "south")


def order(content: str, name: str, /, **changes: Any) -> list[str | None]:
    return dataset(content, **changes).slices[name].order


def test_each_value_is_a_slice_and_missing_ones_are_one() -> None:
    found = dataset(column("a", "b", "", quote=False), slices=["c"]).slices["c"]
    assert found.order == ["a", "b", None]
    assert found.rows("b").tolist()[:3] == [1, 4, 7]
    assert len(found.rows(None)) == 20


def test_true_and_false_are_slices() -> None:
    assert order(column("True", "False", quote=False), "c", slices=["c"]) == ["false", "true", None]


def test_bins_part_a_column_of_numbers() -> None:
    content = column("1", "2", "3.5", "", "9")
    found = dataset(content, slices=[{"column": "c", "bins": [2, 3.5]}]).slices["c"]
    assert found.order == ["below 2", "2 to below 3.5", "3.5 and more", None]
    assert found.codes.tolist()[:5] == [0, 1, 2, 3, 2]


def test_categories_keep_their_stated_order() -> None:
    stated = [{"name": "c", "type": "category", "categories": ["south", "north", "west"]}]
    assert order(CSV, "c", slices=["c"], features=stated) == ["south", "north", None]


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"drop": ["s"]}},
        {"data": {"drop": ["s"], "types": {"s": "category"}}},
        {"features": [{"name": "c"}]},
        {"split": {"key": "s"}},
    ],
)
def test_column_that_is_no_feature_makes_slices(changes: dict[str, Any]) -> None:
    rows = [f"{i % 7},{'ab'[i % 2]},{i % 3 % 2}" for i in range(60)]
    found = dataset("\n".join(["c,s,y", *rows]), slices=["s"], **changes)
    assert [f.name for f in found.features] == ["c"]
    assert found.slices["s"].order == ["a", "b", None]
    assert found.slices["s"].codes.tolist()[:3] == [0, 1, 0]


def test_dropped_column_of_packaged_data_makes_slices() -> None:
    changes = {"data": {"source": "sklearn:iris", "drop": ["petal width (cm)"]}}
    named = {"column": "petal width (cm)", "bins": [1]}
    found = dataset("", target="target", slices=[named], **changes)
    assert "petal width (cm)" not in found.rows
    assert found.slices["petal width (cm)"].codes.sum() > 50


def test_codes_of_a_dropped_column_stay_text_where_it_is_a_category() -> None:
    rows = [f"{i % 7},{['01', '02'][i % 2]},{i % 3 % 2}" for i in range(60)]
    data = {"drop": ["s"], "types": {"s": "category"}}
    assert order("\n".join(["c,s,y", *rows]), "s", slices=["s"], data=data) == ["01", "02", None]


def test_slices_move_no_row_to_the_other_side() -> None:
    """A dropped column that is read for its slices is no part of a row's hash."""
    from training.settings import Settings

    random = np.random.default_rng(0)
    rows = [f"{n:.3f},{'ab'[i % 2]},{i % 3 % 2}" for i, n in enumerate(random.random(300))]
    content = "\n".join(["c,s,y", *rows])
    sides = []
    for slices in ([], ["s"]):
        data = {"source": "csv:x.csv", "drop": ["s"]}
        whole = dataset(content, data=data, slices=slices)
        yaml = {"name": "m", "task": "classification", "data": data, "target": "y"}
        raw = whole.rows.assign(y=whole.target)
        sides.append(split_dataset(whole, raw, Settings.model_validate(yaml))[1].rows.index)
    assert sides[0].equals(sides[1])


@pytest.mark.parametrize(
    ("slices", "expected"),
    [
        (["region"], "slices.0: the data has no column 'region'; it has c, n, y"),
        (
            ["c", "n"],
            "(it is a column of type integer); state bounds, such as '{column: n, bins: [20, 40]}'",
        ),
        (
            [{"column": "c", "bins": [1]}],
            "slices.0: 'c' holds no numbers (it is a category); leave 'bins' out",
        ),
    ],
)
def test_column_that_makes_no_slices_is_named_with_the_remedy(
    slices: list[Any], expected: str
) -> None:
    rows = [f"{'ab'[i % 2]},{i},{i % 3 % 2}" for i in range(60)]
    assert expected in problem("\n".join(["c,n,y", *rows]), slices=slices)


def test_zeros_and_ones_are_parted_by_the_bound_that_is_advised() -> None:
    content = column("0", "1", quote=False)
    assert "bins: [1]" in problem(content, slices=["c"])
    assert order(content, "c", slices=[{"column": "c", "bins": [1]}])[:2] == [
        "below 1",
        "1 and more",
    ]


def test_column_of_many_values_is_refused() -> None:
    content = column(*[f"town {i}" for i in range(40)])
    said = problem(content, slices=["c"], data={"max_categories": 60})
    assert (
        "slices.0: 'c' has 40 different values, of which 30 at most can be slices; name a" in said
    )


def test_dropped_column_that_is_not_understood_is_named() -> None:
    rows = [f"{i % 7},2024-01-{i % 28 + 1:02},{i % 3 % 2}" for i in range(60)]
    said = problem("\n".join(["c,s,y", *rows]), slices=["s"], data={"drop": ["s"]})
    assert "slices.0: 's' holds dates" in said


def test_dropped_column_of_a_stated_type_holds_nothing_else() -> None:
    """It would be counted as missing."""
    rows = [f"{i % 7},{'x' if i == 3 else i},{i % 3 % 2}" for i in range(60)]
    data = {"drop": ["s"], "types": {"s": "number"}}
    said = problem("\n".join(["c,s,y", *rows]), slices=[{"column": "s", "bins": [9]}], data=data)
    assert "slices.0: 's' holds 'x', which is no number; name it in 'data.missing' or use" in said


def test_column_of_numbers_without_any_is_refused_as_others_are() -> None:
    table = pd.DataFrame({"a": range(40), "n": np.nan, "y": [0, 1] * 20})
    stated = {"task": "classification", "features": [{"name": "a"}], "slices": ["n"]}
    with pytest.raises(InvalidInputError, match=r"slices.0: 'n' holds numbers .* bins: \[0\]"):
        trained(table, **stated)


def test_training_with_a_wrong_slice_ends_with_2_and_trains_nothing(tmp_path: Path) -> None:
    done = run("check", write_model(tmp_path, slices=["a"]))
    assert done.code == 2
    assert "slices.0: 'a' holds numbers" in done.err
