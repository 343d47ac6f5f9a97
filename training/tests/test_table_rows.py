"""The rows of a CSV file: each fits the header, or the refusal names lines, counts and remedy."""

import bz2
import gzip
import lzma
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from training.errors import InvalidInputError
from training.settings import Data
from training.sources import Table, fetch

HEADER = "age,left,visits,spend"
ROWS = [f"{20 + i},{i % 2},{i % 7},{30 + i}" for i in range(12)]


def read(content: str | bytes, name: str = "x.csv", /, **data: Any) -> Table:
    """Fetch a file with this content."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        raw = content.encode() if isinstance(content, str) else content
        (Path(folder) / name).write_bytes(raw)
        return fetch(Data.model_validate({"source": f"csv:{name}"} | data), Path(folder))


def refusal(content: str | bytes, name: str = "x.csv", /, **data: Any) -> str:
    """Return why a file is refused."""
    with pytest.raises(InvalidInputError) as caught:
        read(content, name, **data)
    return str(caught.value)


def lines(*rows: str, header: str = HEADER, end: str = "\n") -> str:
    return end.join([header, *rows]) + end


def columns(table: Table) -> dict[str, list[Any]]:
    return {str(name): table.frame[name].tolist() for name in table.frame}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_rows_that_fit_are_read_whatever_line_ends_and_byte_order_mark(end: str, mark: str) -> None:
    table = read(mark + lines(*ROWS, end=end))
    assert list(table.frame.columns) == ["age", "left", "visits", "spend"]
    assert columns(table)["spend"] == [30 + i for i in range(12)]


def test_last_row_needs_no_line_end_and_blank_lines_are_no_rows() -> None:
    text = lines(*ROWS[:3], "", "   ", *ROWS[3:]).rstrip() + "\n\n"
    assert columns(read(text))["age"] == [20 + i for i in range(12)]
    assert len(read(lines(*ROWS).rstrip()).frame) == 12


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row + "," for row in ROWS],
         ["the header has 4 fields", "12 of 12 rows have 5 field(s) (lines 2, 3, 4, 5, 6, …)",
          "end with a separator that the header does not have", "after 'spend'"]),
        ([row + ",note" for row in ROWS], ["have 5 field(s)", "give the further field a name"]),
        ([*ROWS[:5], "70,1,2", *ROWS[5:]],
         ["1 of 13 rows has 3 field(s) (line 7)", "cut off"]),
        ([*ROWS, "4"], ["1 of 13 rows has 1 field(s) (line 14)", "cut off"]),
        ([*ROWS[:5], "70,1,2,3,4", *ROWS[5:]], ["1 of 13 rows has 5 field(s) (line 7)"]),
        ([*ROWS[:5], "1,200,1,2,3", *ROWS[5:]], ["line 7", 'quote ("…") a field that holds']),
        ([*ROWS[:2], "1,2,3", "1,2,3,4,5"], ["has 3 field(s)", "has 5 field(s) (lines 4, 5)"]),
        ([f"{i},{row}" for i, row in enumerate(ROWS)], ["have 5 field(s)"]),
        ([f'"{i}",{row},' for i, row in enumerate(ROWS)], ["have 6 field(s)"]),
        ([f'"{i}",4,5,8,' for i in range(12)], ["end with a separator"]),
        ([f'"{i * 3}",{row}' for i, row in enumerate(ROWS)], ["have 5 field(s)"]),
    ],
)  # fmt: skip
def test_row_that_does_not_fit_is_refused(rows: list[str], expected: list[str]) -> None:
    """A row one field short or long would move columns: the model would be another one."""
    message = refusal(lines(*rows))
    assert [part for part in expected if part not in message] == []


@pytest.mark.parametrize("first", [0, 1])
def test_row_names_that_r_writes_are_no_column(first: int) -> None:
    """R's write.table quotes and counts row names, which its header does not name."""
    rows = [f'"{i}",{row}' for i, row in enumerate(ROWS, first)]
    assert columns(read(lines(*rows))) == columns(read(lines(*ROWS)))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (['1,0,"free text,9', *ROWS], "opened in line 2 is never closed"),
        (['1,0,3,"open', *ROWS, '2,0,4,shut"'], "begins in line 2 holds 13 line break(s)"),
        (['1,0,"x,9', '2,1,y",7'], "begins in line 2 holds 1 line break(s)"),
        (['1,0,"x"y,9', *ROWS], "line 2: a quote is not paired"),
        (['1,0,"x,9', *ROWS, '2,0,"z,9'], "lines 2 to 15: a quote is not paired"),
    ],
)
def test_quote_that_is_not_paired_is_found(rows: list[str], expected: str) -> None:
    """It would swallow line breaks, and with them rows."""
    assert expected in refusal(lines(*rows))


def test_quoted_field_may_hold_separators_quotes_and_line_breaks() -> None:
    rows = [*ROWS, '50,0,3,"12 Main St\nFlat 5, ""B"""']
    assert columns(read(lines(*rows)))["spend"][-1] == '12 Main St\nFlat 5, "B"'
    looks_like_rows = [*ROWS, '50,0,3,"a\n1,2,3,4"']
    assert "'data.line_breaks: true'" in refusal(lines(*looks_like_rows))
    assert len(read(lines(*looks_like_rows), line_breaks=True).frame) == 13


def test_quote_inside_an_unquoted_field_is_text() -> None:
    rows = [f"{row[:-2]}{kind}" for row, kind in zip(ROWS, ['3" pipe', "x"] * 6, strict=True)]
    assert columns(read(lines(*rows)))["spend"][0] == '3" pipe'


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_other_separator_is_suspected(sign: str) -> None:
    """Also where the decimal comma would give every row another number of fields."""
    shown = "\\t" if sign == "\t" else sign
    text = f"wert{sign}y\n" + "".join(f"1,{i}{sign}2\n" for i in range(12))
    assert f"write 'data.separator: \"{shown}\"'" in refusal(text)
    assert columns(read(text, separator=sign, decimal=","))["wert"][:2] == [1.0, 1.1]


def test_excels_separator_line_is_left_out_or_names_the_key() -> None:
    text = "sep=;\r\n" + "age;left\r\n" + "1;2\r\n" * 12
    assert list(read(text, separator=";").frame.columns) == ["age", "left"]
    assert "line 1 says that the separator is ';'; write 'data.separator: \";\"'" in refusal(text)


def test_header_in_the_middle_is_found() -> None:
    """As in files of several months that were put together: a class `spend` would be trained."""
    message = refusal(lines(*ROWS, HEADER, *ROWS))
    assert "line 14 is the header again" in message


@pytest.mark.parametrize("title", ["Report 2026", "# from the billing system"])
def test_title_before_the_header_is_named(title: str) -> None:
    message = refusal(title + "\n" + lines(*ROWS))
    assert "if the first line is a title or a comment, remove it" in message


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp1251", "mac-roman", "iso8859-15"])
def test_utf8_is_not_read_as_another_encoding(encoding: str) -> None:
    """It would read Évry as Ã‰vry, and ask callers for that."""
    text = lines(*ROWS, "30,0,3,Évry").encode()
    assert f"the file is UTF-8, not {encoding}: remove 'data.encoding'" in refusal(
        text, encoding=encoding
    )
    assert len(read(lines(*ROWS).encode(), encoding=encoding).frame) == 12


@pytest.mark.parametrize("encoding", ["shift_jis", "gbk", "big5"])
def test_encoding_of_several_bytes_a_letter_is_believed(encoding: str) -> None:
    text = lines(*ROWS, "30,0,3,東京")
    assert columns(read(text.encode(encoding), encoding=encoding))["spend"][-1] == "東京"


def test_utf16_that_is_none_is_named() -> None:
    message = refusal(lines(*ROWS).encode(), encoding="utf-16")
    assert "it is no utf-16: UTF-16 stream does not start with BOM" in message


def test_mark_of_utf8_before_text_in_another_encoding_is_no_name() -> None:
    text = b"\xef\xbb\xbf" + lines(*ROWS, "30,0,3,Évry").encode("latin-1")
    table = read(text, encoding="latin-1")
    assert columns(table)["spend"][-1] == "Évry"
    assert "age" in table.frame


def test_column_that_has_no_name_keeps_its_place() -> None:
    table = read(lines(*[row + "," for row in ROWS], header=HEADER + ","))
    assert list(table.frame.columns)[-1] == "Unnamed: 4"
    assert (
        "spend"
        in read(lines(*[row + "," for row in ROWS], header=HEADER + ","), drop=["Unnamed: 4"]).frame
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfea\0,\0b\0", "UTF-16; write 'data.encoding: utf-16'"),
        (b"a\0,\0b\0\n\0", "line 1 holds a NUL character"),
        (b"a,b\r1,2\r3,4\r", "a carriage return without a line feed"),
        (b"a,a\n1,2\n", "two columns are called a"),
        (b"PAR1....", "it is a Parquet file"),
        (gzip.compress(b"a,b\n1,2\n"), "gzip-compressed; write 'data.compression: gzip'"),
        (bz2.compress(b"a,b\n1,2\n"), "bz2-compressed; write 'data.compression: bz2'"),
        ("ville\nÉvry\n".encode("latin-1"), "line 2 holds byte 0xC9, which is no utf-8"),
        ("ville\nÉvry\n".encode("latin-1"), "in which that line reads 'Évry'"),
    ],
)  # fmt: skip
def test_file_that_is_something_else_is_named(content: bytes, expected: str) -> None:
    assert expected in refusal(content)


def zipped(*names: str) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, lines(*ROWS))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv.gz", gzip.compress(lines(*ROWS).encode())),
        ("x.csv.bz2", bz2.compress(lines(*ROWS).encode())),
        ("x.csv.xz", lzma.compress(lines(*ROWS).encode())),
        ("x.zip", zipped("x.csv")),
    ],
)
def test_packed_file_is_read_by_its_name_or_by_the_key(name: str, content: bytes) -> None:
    assert len(read(content, name).frame) == 12
    kind = {"gz": "gzip", "bz2": "bz2", "xz": "xz", "zip": "zip"}[name.rpartition(".")[2]]
    assert len(read(content, "x.csv", compression=kind).frame) == 12


def test_packed_file_that_is_none_or_more_than_one_is_refused() -> None:
    assert "the file is not compressed, not gzip by its name" in refusal(lines(*ROWS), "x.csv.gz")
    assert "the zip holds 2 files" in refusal(zipped("a", "b"), "x.zip")
    assert "it is an Excel workbook" in refusal(zipped("[Content_Types].xml"))
    cut = gzip.compress(lines(*ROWS).encode())[:-9]
    assert "cannot be unpacked as gzip" in refusal(cut, compression="gzip")
    bomb = gzip.compress(b"a,b\n" + b"1,2\n" * (1 << 19))
    assert "data.max_mebibytes (1)" in refusal(bomb, compression="gzip", max_mebibytes=1)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8-sig", "cp437"])
def test_text_is_read_in_the_stated_encoding(encoding: str) -> None:
    text = "ville,n\n" + "Évry,1\nNîmes,2\n" * 6
    table = read(text.encode(encoding), encoding=encoding)
    assert columns(table)["ville"][:2] == ["Évry", "Nîmes"]
