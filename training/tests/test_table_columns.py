"""What a CSV's columns are taken for: text stays text, with the reason said."""

from typing import Any

import pytest

from support.columns import N, column, dataset, problem


@pytest.mark.parametrize("quote", [True, False])
@pytest.mark.parametrize(
    "texts",
    [
        ["02134", "2134", "10001"],
        ["1E5", "2E3", "100000", "3E10"],
        ["1.10", "1.1", "1.100"],
        ["TRUE", "FALSE"],
        ["true", "True", "1"],
        ["Infinity", "inf", "-inf"],
        ["1582218195625938945", "1582218195625938947"],
        ["9007199254740992", "9007199254740993"],
        ["+5", "5"],
        [" NO", "NO", "NO "],
        ["NA", "None", "null", "n/a"],
        ["00e100", "0000FF"],
        ["0x1F", "31"],
        ["1_000", "1000"],
        ["-0", "0"],
    ],
)  # fmt: skip
def test_category_is_the_files_text(texts: list[str], *, quote: bool) -> None:
    """Never a parsed number or boolean, whether quoted or not."""
    features = [{"name": "c", "type": "category"}]
    kept = dataset(column(*texts, quote=quote), features=features)
    assert kept.features[0].categories == sorted(texts)
    assert kept.rows["c"].tolist()[: len(texts)] == texts
    assert dataset(column(*texts), data={"types": {"c": "category"}}).features == kept.features


@pytest.mark.parametrize("gap", ["", '""'])
def test_category_with_a_gap_loses_nothing(gap: str) -> None:
    texts = ["1577134800018164904", "1577134800018226901", "1582218195625938945"]
    text = column(*texts, quote=False) + f"{gap},1\n"
    kept = dataset(text, features=[{"name": "c", "type": "category"}])
    assert kept.features[0].categories == texts
    assert kept.features[0].required is False
    assert kept.rows["c"].iloc[-1] == ""


@pytest.mark.parametrize(
    ("texts", "classes", "positive"),
    [
        (["0", "1"], [0, 1], 1),
        (["2", "1"], [1, 2], 1),
        (["10", "9"], [9, 10], 1),
        (["-1", "1"], [-1, 1], 1),
        (["+1", "-1"], ["+1", "-1"], 0),
        (["01", "02"], ["01", "02"], 1),
        (["1.10", "1.1"], ["1.1", "1.10"], 1),
        (["2.5", "10.5"], ["10.5", "2.5"], 0),
        (["1.0", "0.0"], ["0.0", "1.0"], 1),
        (["TRUE", "FALSE"], ["FALSE", "TRUE"], 1),
        (["17", "9007199254740993"], ["17", "9007199254740993"], 1),
        (["1582218195625938945", "1582218195625938947"],
         ["1582218195625938945", "1582218195625938947"], 1),
        (["None", "Apnea", "Insomnia"], ["Apnea", "Insomnia", "None"], None),
        (["NA", "NC"], ["NA", "NC"], 1),
        (["yes", "no"], ["no", "yes"], 1),
        (["ja", "nein"], ["ja", "nein"], 0),
        (["churn", "no churn"], ["churn", "no churn"], 0),
        (["stayed", "churned"], ["churned", "stayed"], 1),
    ],
)  # fmt: skip
def test_class_is_the_files_text_or_its_whole_number(
    texts: list[str], classes: list[Any], positive: int | None
) -> None:
    rows = [f"{i % 7},{texts[i % len(texts)]}" for i in range(N)]
    found = dataset("\n".join(["c,y", *rows]))
    assert (found.classes, found.positive) == (classes, positive)
    assert [str(found.classes[i]) for i in found.target[: len(texts)]] == texts


@pytest.mark.parametrize(
    ("stated", "texts", "expected"),
    [(True, ["TRUE", "FALSE"], 1), (False, ["True", "False"], 0), (1, ["+1", "-1"], 0),
     ("2", ["1", "2"], 1), (17, ["17", "9007199254740993"], 0), (True, ["0", "1"], 1)],
)  # fmt: skip
def test_positive_class_is_found_as_yaml_reads_it(
    stated: Any, texts: list[str], expected: int
) -> None:
    rows = [f"{i % 7},{texts[i % 2]}" for i in range(N)]
    target = {"column": "y", "positive": stated, "labels": {stated: "that one"}}
    found = dataset("\n".join(["c,y", *rows]), target=target)
    assert found.positive == expected
    assert found.labels[expected] == "that one"


def test_class_that_yaml_reads_as_true_is_explained() -> None:
    rows = "\n".join(["c,y", *[f"{i},{'yes' if i % 2 else 'no'}" for i in range(N)]])
    assert "unless they are in quotes" in problem(rows, target={"column": "y", "positive": True})


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (["yes", "Yes", "no"], "'Yes' and 'yes', which differ only in case"),
        (["a b", "a\u00a0b", "a  b"], "which differ only in case or spaces"),
        (["caf\u00e9", "cafe\u0301"], r"'cafe\u0301' and 'caf\xe9', which differ only"),
        (["TRUE", "1", "FALSE"], "'1' and 'TRUE', which mean the same"),
        (["yes", "1", "0", "no"], "which mean the same; bring them to one spelling"),
        (["1", "1.0"], "'1' and '1.0', which mean the same"),
    ],
)
def test_classes_that_are_one_are_refused(classes: list[str], expected: str) -> None:
    rows = [f"{i % 7},{classes[i % len(classes)]}" for i in range(N)]
    assert expected in problem("\n".join(["c,y", *rows]))


@pytest.mark.parametrize(
    "classes", [["1", "01"], ["1.1", "1.10"], ["yes", "no", "none"], ["F", "N", "T"], ["0", "yes"]]
)
def test_classes_that_are_not_one_stay_apart(classes: list[str]) -> None:
    rows = [f"{i % 7},{classes[i % len(classes)]}" for i in range(N)]
    assert len(dataset("\n".join(["c,y", *rows])).classes) == len(classes)


@pytest.mark.parametrize(
    ("values", "kind", "reason"),
    [
        (["1", "2"], "integer", "all values are whole numbers"),
        (["1", "", "2"], "number", "all values are numbers"),
        (["1.0", "2.0"], "number", "all values are numbers"),
        (["NA", "1.5"], "number", "all values are numbers"),
        (["true", "False", "TRUE"], "boolean", "all values are true or false"),
        (["True", "NA", "False"], "boolean", "all values are true or false"),
        (["02134", "10001"], "category", "codes: some begin with a zero, such as 02134"),
        (["1577134800018164904", "1577134800018164905", ""], "category",
         "codes: whole numbers beyond 2^53, such as 1577134800018164904, exact only as text"),
        (["9007199254740993", "5"], "category",
         "codes: whole numbers beyond 2^53, such as 9007199254740993, exact only as text"),
        (["99999999999999999999999", "5"], "category",
         "codes: whole numbers beyond 2^53, such as 99999999999999999999999, exact only as text"),
        (["5e37", "2e20"], "number", "all values are numbers"),
        (["red", "blue"], "category", "text, 2 different values"),
        (["1st", "2nd", "3rd"], "category", "text, 3 different values"),
        (["0-9", "10-19", "20+"], "category", "text, 3 different values"),
        (["S", "M", "L", "38", "40"], "category", "text, 5 different values"),
        (["#1", "#2", "#3"], "category", "text, 3 different values"),
        (["Q1", "Q2", "Q3", "Q4"], "category", "text, 4 different values"),
        (["+", "-", "+/-"], "category", "text, 3 different values"),
        (["0", "1", "unknown"], "category", "text, 3 different values"),
        (["'01", "'02", "'10", "'11", "'12"], "category", "text, 5 different values"),
    ],
)  # fmt: skip
def test_type_is_inferred_from_all_values_with_a_reason(
    values: list[str], kind: str, reason: str
) -> None:
    found = dataset(column(*values, quote=False))
    reading = found.understanding.readings[0]
    assert (found.features[0].type, reading.type, reading.reason) == (kind, kind, reason)


def test_text_far_down_a_column_counts_too() -> None:
    """The first rows may all be numbers."""
    rows = [*(f"{i},{i % 2}" for i in range(5000)), "A7,1", "B8,0"]
    message = problem("\n".join(["c,y", *rows]))
    assert "holds numbers and 'A7', 'B8' in 2 rows" in message


def people(rows: int, different: int) -> str:
    names = [f"{i % different},street {i % different} b,{i % 2}" for i in range(rows)]
    return "\n".join(["n,address,y", *names])


def test_text_that_stands_once_is_no_category() -> None:
    message = problem(people(N, N))
    assert "'address' has 60 different values in 60 rows, most of them once" in message
    assert "'data.drop: [address]'" in message
    stated = {"types": {"address": "category"}, "max_categories": N}
    assert len(dataset(people(N, N), data=stated).features[1].categories or []) == N


def test_limit_of_categories_grows_with_the_rows_and_can_be_raised() -> None:
    assert len(dataset(people(400, 100)).features[1].categories or []) == 100
    message = problem(people(400, 150))
    assert "'address' has 150 different texts in 400 rows (limit 100)" in message
    raised = dataset(people(400, 150), data={"max_categories": 150})
    assert raised.features[1].type == "category"


def test_codes_that_stand_once_are_asked_for() -> None:
    message = problem(column(*[f"{i:05}" for i in range(N)]))
    assert "codes: some begin with a zero" in message
    assert "'data.types: {c: number}' if they measure something" in message


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["NA", "NC"], "'NA' is a value (30 rows)"),
        (["DK", " DK"], "' DK' and 'DK' differ only in case or spaces"),
        (["7"], "every row has the same value, 7"),
        (["red"], "every row has the same value, 'red'"),
        ([str(1700000000 + i) for i in range(N)], "seconds since 1970"),
        ([str(20240101 + i % 28) for i in range(N)], "dates as YYYYMMDD"),
        ([str(100 + i) for i in range(N)], "it counts the rows"),
        ([f"{5 + i / 1000:.3f}" for i in range(1, N)], "if the point marks thousands"),
        ([f"{1 + i % 50}.234" if i % 2 else str(950 - i) for i in range(N)], "marks thousands"),
        (["5", "", ""], "40 of 60 values are missing"),
        (["red", "-", "blue"], "'-' is a value (20 rows); if it means missing"),
        (["-999", "0.5", "0.7", "0.9"], "-999 stands in 15 rows, far from the other values"),
        (["0", "1"], "it alone tells the target in every row"),
    ],
)
def test_what_looks_odd_is_said(values: list[str], expected: str) -> None:
    notes = dataset(column(*values)).understanding.readings[0].notes
    assert any(expected in note for note in notes)


@pytest.mark.parametrize(
    ("values", "unsaid"),
    [
        (["0.950", "1.234"], "thousands"),
        (["12.125", "7", "13.5", "2.25"], "thousands"),
        ([str(40 + i) for i in range(N)], "far from"),
        (["0", "1", "1"], "alone"),
        (["7"], "alone"),
    ],
)
def test_what_is_usual_is_not_said(values: list[str], unsaid: str) -> None:
    notes = dataset(column(*values)).understanding.readings[0].notes
    assert not any(unsaid in note for note in notes)


def test_understanding_has_types_target_and_positive_class() -> None:
    rows = [f"{i / 7},{i % 5},{'stayed' if i % 10 else 'churned'},{i}" for i in range(N)]
    text = "\n".join(["x,k,y,id", *rows])
    lines = dataset(text, data={"drop": ["id"]}).understanding.lines()
    assert lines[:3] == [
        "number (all values are numbers): x",
        "integer (all values are whole numbers): k",
        "dropped: id",
    ]
    assert "target: classes churned 6 (10%), stayed 54 (90%)" in lines
    assert any(
        "the positive class is 'stayed' (only because it is the last" in one for one in lines
    )


def test_name_with_spaces_gets_the_line_to_write() -> None:
    text = "\n".join(["x, y", *[f"{i}, {i % 2}" for i in range(N)]])
    assert "write 'data.rename: {' y': 'y'}'" in problem(text)
    assert dataset(text, data={"rename": {" y": "y"}}).classes == [0, 1]


def test_types_of_absent_columns_and_of_the_target_are_refused() -> None:
    assert "data.types.z: the data has no column 'z'" in problem(
        column("1", "2"), data={"types": {"z": "number"}}
    )
    assert "data.types.y: is the target" in problem(
        column("1", "2"), data={"types": {"y": "category"}}
    )
