"""How a CSV file is written is never guessed: it is said, or the refusal says how to say it."""

from pathlib import Path

import pytest

from support.batch import build, predict, table
from training.prediction.told import as_options

HEADER = "size,rooms,garden,zone,street,built\n"
ROWS = "150.5,3,true,2,Elm,2020-01-15\n50,3,true,2,Elm,2020-01-15\n"
SEMICOLONS = (HEADER + ROWS).replace(",", ";").replace("150.5", "150,5")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("house"))


def test_signs_that_are_said_hold_for_both_files(package: Path, tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    source.write_text(SEMICOLONS.replace("Elm", "Königsweg"), encoding="cp1252")
    options = ("--delimiter", ";", "--decimal", ",", "--encoding", "cp1252")
    done = predict(package, source, tmp_path / "out.csv", *options)
    assert done.code == 0, done.err
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == HEADER.strip().replace(",", ";") + ";sold;probability;model_version"
    assert lines[1] == "150,5;3;true;2;Königsweg;2020-01-15;yes;1;7"
    assert predict(package, source, tmp_path / "out.parquet", *options).code == 0


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (SEMICOLONS, (), "is the separator a semicolon? then write --delimiter ';'"),
        (
            SEMICOLONS,
            ("--delimiter", ";"),
            "",  # one of two numbers has a comma: that row alone is refused
        ),
        (
            SEMICOLONS.replace("\n50;", "\n50,25;"),
            ("--delimiter", ";"),
            'no number as the file is described; say how numbers are written: --decimal ","\n',
        ),
        (HEADER + ROWS.replace("Elm", '"Elm'), (), "a quote"),
        (HEADER + "1,2\n", (), "the header has 6 fields, but 1 of 1 rows has 2 field(s)"),
        ("", (), "the file is empty"),
        (HEADER + ROWS, ("--delimiter", ";;"), "--in: 1 problem(s)"),
        (HEADER + ROWS, ("--encoding", "nonsense"), "is no encoding that Python knows"),
        (HEADER + ROWS, ("--compression", "gzip"), "not compressed"),
    ],
)
def test_what_is_unsure_is_refused_with_what_to_say(
    text: str, options: tuple[str, ...], said: str, package: Path, tmp_path: Path
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text(text, encoding="utf-8")
    done = predict(package, source, tmp_path / "out.csv", *options)
    if said == "":
        assert done.code == 0
        assert table(tmp_path / "out.csv.errors.csv")[1][:3] == ["1", "size", "150,5"]
        return
    assert done.code == 2
    assert said in done.err
    assert "data." not in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_point_among_decimal_commas_is_refused_as_it_may_be_either(
    package: Path, tmp_path: Path
) -> None:
    source = tmp_path / "rows.csv"
    rows = ("150,5;3;true;2;Elm;2020-01-15", "1.500;3;true;2;Elm;2020-01-15")
    source.write_text("\n".join([HEADER.strip().replace(",", ";"), *rows, ""]))
    known = ("--delimiter", ";", "--decimal", ",")
    assert predict(package, source, tmp_path / "out.csv", *known).code == 0
    assert table(tmp_path / "out.csv.errors.csv")[1][:3] == ["2", "size", "1.500"]
    told = predict(package, source, tmp_path / "out.csv", *known, "--thousands", ".", "--overwrite")
    assert told.code == 0
    refusal = ["2", "size", "1.500", "must be at most 500 m²"]
    assert table(tmp_path / "out.csv.errors.csv")[1:] == [refusal]


def test_keys_of_a_yaml_are_told_as_options() -> None:
    assert as_options("then write 'data.separator: \"\\t\"'") == "then write --delimiter '\\t'"
    assert as_options("write 'data.line_breaks: true'") == "write --line-breaks"
    assert as_options("data.source: not a readable CSV") == "--in: not a readable CSV"
    assert as_options("state 'data.encoding', such as cp1252") == "state --encoding, such as cp1252"
