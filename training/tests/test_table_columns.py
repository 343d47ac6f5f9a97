"""What a CSV's columns are taken for: text stays text, and what is no plain number is asked for."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.dataset import Dataset, build_dataset, text_columns
from training.errors import InvalidInputError
from training.settings import Settings
from training.sources import fetch

N = 60


def dataset(content: str, task: str = "classification", /, **changes: Any) -> Dataset:
    """Read a CSV by a YAML that names only the target `y`, and what `changes` say."""
    data = {"source": "csv:x.csv"} | changes.pop("data", {})
    yaml = {"name": "m", "task": task, "data": data, "target": "y"} | changes
    settings = Settings.model_validate(yaml)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.csv").write_text(content, encoding="utf-8")
        table = fetch(settings.data, Path(folder), text_columns(settings, task))
    return build_dataset(settings, table, task)


def column(*values: str, quote: bool = True, name: str = "c") -> str:
    """Return a CSV with one column, its values repeated, beside a target of 0 and 1."""
    mark = '"' if quote else ""
    rows = [f"{mark}{values[i % len(values)]}{mark},{i % 2}" for i in range(N)]
    return "\n".join([f"{name},y", *rows]) + "\n"


def numbers(pattern: str, count: int = N) -> list[str]:
    """Fill different numbers into a pattern such as `{0:.2f} €`."""
    return [pattern.format(13.25 * i + 1234.5) for i in range(count)]


def problem(content: str, task: str = "classification", /, **changes: Any) -> str:
    with pytest.raises(InvalidInputError) as caught:
        dataset(content, task, **changes)
    return str(caught.value)


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


def test_classes_that_differ_only_in_case_are_refused() -> None:
    rows = "\n".join(["c,y", *[f"{i % 7},{['yes', 'Yes', 'no'][i % 3]}" for i in range(N)]])
    assert "'Yes' and 'yes', which differ only in case" in problem(rows)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        (numbers("{0:.2f}"), None),
        ([text.replace(".", ",") for text in numbers("{0:.2f}")], "'data.decimal: \",\"'"),
        (numbers("{0:,.0f}"), "'data.thousands: \",\"'"),
        (numbers("{0:,.2f}"), "'data.thousands: \",\"'"),
        ([t.translate(str.maketrans(",.", ".,")) for t in numbers("{0:,.2f}")],
         "'data.decimal: \",\"' and 'data.thousands: \".\"'"),
        ([text.replace(",", " ") for text in numbers("{0:,.0f}")], "'data.thousands: \" \"'"),
        ([text.replace(",", "\u202f") for text in numbers("{0:,.0f}")], "'data.thousands: \" \"'"),
        ([text.replace(",", "'") for text in numbers("{0:,.1f}")], "'data.thousands: \"'\"'"),
        (numbers("${0:.2f}"), "'data.types: {c: number}', which takes the '$' off"),
        (numbers("{0:.2f} €"), "which takes the '€' off"),
        (numbers("EUR {0:.2f}"), "which takes the 'EUR' off"),
        (numbers("-£{0:.2f}"), "which takes the '£' off"),
        (numbers("({0:.2f})"), "which reads '(1234.50)' as -1234.50"),
        (numbers("{0:.1f}%"), "which takes the '%' off"),
        (numbers("{0:.1f} kg"), "which takes the 'kg' off"),
        (numbers("\u2212{0:.1f}"), "which reads '\u22121234.5' as -1234.5"),
        (numbers("{0:.1f}\N{DEGREE SIGN}C"), "which takes the '\N{DEGREE SIGN}C' off"),
        (numbers('{0:.1f}""'), "which takes the '\"' off"),
        (numbers("{0:.0f}/10"), "which takes the '/10' off"),
        (numbers("{0:.0f}+"), "which takes the '+' off"),
        (numbers("<{0:.1f}"), "which takes the '<' off"),
        (numbers("'{0:.0f}"), "which takes the \"'\" off"),
        (numbers('=""{0:.0f}""'), "which takes the '=\"…\"' off"),
        ([*numbers("{0:.1f} kg", 30), *numbers("{0:.1f} g", 30)], "'g' and 'kg' cannot be comp"),
        ([*numbers("{0:.1f}", 30), *numbers("{0:.1f} kg", 30)], "none and 'kg' cannot be comp"),
        ([*numbers("{0:.1f}", 50), *["<5"] * 10], "none and '<' cannot be compared"),
        (["0", "1", "0", "1", " "], "'data.missing: [' ']'"),
        (["0", "1", "0", "1", "-"], "'data.missing: ['-']'"),
        ([f"{i % 6} kg" for i in range(N)], "which takes the 'kg' off"),
        ([*numbers("${0:.2f}", 30), *numbers("€{0:.2f}", 30)], "cannot be compared"),
        ([*numbers("{0:.2f}", 30), *numbers("{0:.2f}%", 30)], "cannot be compared"),
        ([*numbers("{0:.2f}", 55), *["?"] * 5], "'data.missing: [''?'']'".replace("''", "'")),
        ([*numbers("{0:.2f}", 55), *[" "] * 5], "'data.missing: [' ']'"),
        ([*numbers("{0:.2f}", 55), *["-"] * 5], "'data.missing: ['-']'"),
        ([*numbers("{0:.2f}", 40), *["unknown"] * 20], "'data.missing: [unknown]'"),
        ([*numbers("{0:.2f}", 59), "inf"], "'inf', which is infinite, in 1 row"),
        ([*numbers("{0:.2f}", 59), "n.d."], "'n.d.' in 1 row"),
        ([f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(N)], "holds dates such as"),
        ([f"{1 + i % 28}.{1 + i % 12}.2024" for i in range(N)], "holds dates such as"),
        ([f"{1 + i % 12}/{1 + i % 28}/24" for i in range(N)], "holds dates such as"),
        ([f"2024-01-{1 + i % 28:02}T10:{i:02}:00Z" for i in range(N)], "holds dates such as"),
        ([f"{1 + i % 28} Jan 2024" for i in range(N)], "holds dates such as"),
        ([f"{i % 24:02}:{i:02}" for i in range(N)], "holds times such as"),
    ],
)  # fmt: skip
def test_numbers_written_otherwise_are_asked_for(values: list[str], key: str | None) -> None:
    """Never one-hot encoded in silence, never advised to be dropped as an identifier."""
    if key is None:
        assert dataset(column(*values)).features[0].type == "number"
        return
    message = problem(column(*values))
    assert key in message
    assert "identifier" not in message
    assert "'data.types: {c: category}'" in message
    few = dataset(column(*values), data={"types": {"c": "category"}, "max_categories": 100})
    assert few.features[0].type == "category"


@pytest.mark.parametrize(
    ("values", "data", "first"),
    [
        (numbers("{0:,.2f}"), {"thousands": ","}, 1234.5),
        (["1.234,5", "950,25", "12"], {"decimal": ",", "thousands": "."}, 1234.5),
        (["13,5", "7", "-2,25"], {"decimal": ","}, 13.5),
        (["1 234,5", "950,25"], {"decimal": ",", "thousands": " "}, 1234.5),
        (["1\u00a0234", "950"], {"thousands": " "}, 1234),
        (["1'234.5", "1\u2019234.5"], {"thousands": "'"}, 1234.5),
        (["\u221212.5 kg", "3 kg"], {"types": {"c": "number"}}, -12.5),
        (["\u22125", "3"], {"types": {"c": "number"}}, -5),
        (['=""5""', '=""3""'], {"types": {"c": "number"}}, 5),
        (["7/10", "3/10"], {"types": {"c": "number"}}, 7),
        (["$12.5", "$3"], {"types": {"c": "number"}}, 12.5),
        (["-$12.5", "$3"], {"types": {"c": "number"}}, -12.5),
        (["($12.5)", "$3", "$0"], {"types": {"c": "number"}}, -12.5),
        (["12,5 €", "3 €"], {"types": {"c": "number"}, "decimal": ","}, 12.5),
        (["CHF 1'200", "CHF 3"], {"types": {"c": "integer"}, "thousands": "'"}, 1200),
        (["12.5%", "3%", "0"], {"types": {"c": "number"}}, 12.5),
        (["12.5 kg", "3 kg"], {"types": {"c": "number"}}, 12.5),
        (["02134", "2134"], {"types": {"c": "number"}}, 2134),
        (["-999", "5", "-999.0"], {"missing": [-999]}, np.nan),
        (["?", "5"], {"missing": ["?"]}, np.nan),
        (["inf", "5.5"], {"missing": ["inf"]}, np.nan),
        (["NA", "5.5", "null"], {}, np.nan),
        (["26.6", "15.2"], {"decimal": ","}, 26.6),
    ],
)  # fmt: skip
def test_stated_key_makes_numbers(values: list[str], data: dict[str, Any], first: float) -> None:
    found = dataset(column(*values), data=data)
    assert found.features[0].type in ("number", "integer")
    np.testing.assert_equal(found.rows["c"].iloc[0], first)
    assert found.rows["c"].iloc[1] == float(found.rows["c"].iloc[1])


@pytest.mark.parametrize(
    ("values", "data", "expected"),
    [
        (["$1,234.50", "$3"], {"types": {"c": "number"}}, "'data.thousands: \",\"'"),
        (["1.5", "x"], {"types": {"c": "number"}}, "holds 'x', which is no number"),
        ([*numbers("{0:,.0f}", 59), "1,23,4"], {"thousands": ","}, "and '1,23,4' in 1 row"),
        (
            [*[f"{i}.234" for i in range(10, 68)], "12.5"],
            {"decimal": ",", "thousands": "."},
            "12.5",
        ),
        (["1.234", "2.500"], {"decimal": ","}, "'data.thousands: \".\"'"),
        (["5", "1e400"], {}, "infinite numbers in 30 row(s)"),
        (["5", "-inf"], {"types": {"c": "number"}}, "holds '-inf', which is infinite"),
        (["yes", "no"], {"types": {"c": "boolean"}}, "which is no boolean"),
    ],
)
def test_number_that_is_not_written_as_stated_is_refused(
    values: list[str], data: dict[str, Any], expected: str
) -> None:
    assert expected in problem(column(*values), data=data)


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


@pytest.mark.parametrize(
    ("values", "data", "expected"),
    [
        (["1,5", "2,5"], {}, "'data.decimal: \",\"'"),
        (["1,234", "2,345", "12"], {}, "'data.thousands: \",\"'"),
        (["1", "inf"], {}, "must hold finite numbers"),
        (["true", "false"], {}, "must hold finite numbers"),
    ],
)
def test_target_of_a_regression_is_asked_for_too(
    values: list[str], data: dict[str, Any], expected: str
) -> None:
    rows = [f'{i},"{values[i % len(values)]}"' for i in range(N)]
    assert expected in problem("\n".join(["c,y", *rows]), "regression", data=data)


def test_target_of_a_regression_takes_the_files_marks() -> None:
    """What a regression predicts is a number, so its sign is taken off."""
    dollars = "\n".join(["c,y", *[f"{i},${i}.5" for i in range(N)]])
    assert dataset(dollars, "regression").target[1] == 1.5
    rows = [f'{i},"1.{i:03},5"' for i in range(N)]
    data = {"decimal": ",", "thousands": "."}
    assert dataset("\n".join(["c,y", *rows]), "regression", data=data).target[1] == 1001.5


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
