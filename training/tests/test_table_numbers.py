"""What is no plain number is asked for, and read as the YAML says."""

from typing import Any

import numpy as np
import pytest

from support.columns import N, column, dataset, numbers, problem


def in_digits_of(zero: str, text: str) -> str:
    """Write a text with the digits of another script."""
    return text.translate({ord("0") + i: chr(ord(zero) + i) for i in range(10)})


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
        (numbers("{0:.1f}-"), "which reads '1234.5-' as -1234.5"),
        (numbers("{0:_.0f}"), "'data.thousands: \"_\"'"),
        ([f"12,{34 + i:02},567" for i in range(N)], "'data.thousands: \",\"'"),
        ([in_digits_of("\u0660", text) for text in numbers("{0:.0f}")], "' as 1234"),
        ([in_digits_of("\uff10", text) for text in numbers("{0:.0f}")], "' as 1234"),
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
        (["5-", "3"], {"types": {"c": "number"}}, -5),
        (["1.234,5-", "3"], {"types": {"c": "number"}, "decimal": ",", "thousands": "."}, -1234.5),
        (["1_234", "3"], {"thousands": "_"}, 1234),
        (["12,34,567.5", "1,234"], {"thousands": ","}, 1234567.5),
        (["\u0661\u0662\u066b\u0665", "3"], {"types": {"c": "number"}}, 12.5),
        (["\uff0d\uff11\uff12", "3"], {"types": {"c": "number"}}, -12),
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


def test_share_of_a_zero_is_refused() -> None:
    rows = "\n".join(["c,y", *[f"{i % 7},{i % 5}" for i in range(N)]])
    message = problem(rows, "regression", metrics=["mape"])
    assert "'mape' divides by 'y', which is 0 in 12 row(s); use mae or rmse" in message
