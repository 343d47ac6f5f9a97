"""`predict` on files: what it writes, what it refuses by row, and what before anything is read."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.batch import build, counts, houses, predict, table

HEADER = "id,size,rooms,garden,zone,street,built,note\n"
GOOD = '1,150,3,true,2,Elm,2020-01-15,"a, ""b"""\n'
SMALL = "2,50.5,3,FALSE,12,New,2020-01-15T08:30,\n"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("house"))


def written(folder: Path, text: str, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def parts(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_all_columns_stay_in_their_order_and_text(package: Path, tmp_path: Path) -> None:
    source = written(tmp_path, HEADER + GOOD + SMALL)
    done = predict(package, source, tmp_path / "out.csv", "--json")
    assert (done.code, done.err) == (0, "")
    assert table(tmp_path / "out.csv") == [
        [*HEADER.strip().split(","), "sold", "probability", "model_version"],
        ["1", "150", "3", "true", "2", "Elm", "2020-01-15", 'a, "b"', "yes", "1", "7"],
        ["2", "50.5", "3", "FALSE", "12", "New", "2020-01-15T08:30", "", "no", "0", "7"],
    ]
    found = counts(done)
    assert found.pop("seconds") >= 0
    assert found == {
        "version": "7",
        "rows": 2,
        "answered": 2,
        "refused": 0,
        "faults": 0,
        "absent": [],
        "out": str(tmp_path / "out.csv"),
        "errors": None,
    }
    assert parts(tmp_path) == ["out.csv", "rows.csv"]


def test_parquet_of_a_csv_has_the_types_of_the_features(package: Path, tmp_path: Path) -> None:
    source = written(tmp_path, HEADER + GOOD + SMALL + "3,,1,1,1,Elm,2020-01-15,\n")
    assert predict(package, source, tmp_path / "out.parquet").code == 0
    found = pq.read_table(tmp_path / "out.parquet")
    assert {field.name: str(field.type) for field in found.schema} == {
        "id": "large_string",
        "size": "double",
        "rooms": "int64",
        "garden": "bool",
        "zone": "large_string",
        "street": "large_string",
        "built": "large_string",
        "note": "large_string",
        "sold": "string",
        "probability": "double",
        "model_version": "string",
    }
    assert found["size"].to_pylist() == [150.0, 50.5, None]
    assert found["garden"].to_pylist() == [True, False, True]


def test_rows_that_the_api_would_refuse_go_into_a_side_file(package: Path, tmp_path: Path) -> None:
    rows = [
        *(GOOD, "2,5,3,true,2,Elm,2020-01-15,\n", "3,abc,2.5,yes,7,,2020-02-30,\n"),
        *("4,1e400,,true,2,Elm,2020-01-15Z,\n", SMALL),
    ]
    done = predict(package, written(tmp_path, HEADER + "".join(rows)), tmp_path / "out.csv")
    assert done.code == 0
    assert "answered 2 of 5 rows" in done.out
    assert f"refused: 3 row(s) for 10 value(s), listed in {tmp_path}/out.csv.errors.csv" in done.out
    assert [row[0] for row in table(tmp_path / "out.csv")[1:]] == ["1", "2"]
    moment = "must be a date or time without an offset, such as 2026-11-27 or 2026-11-27T08:30:00"
    assert table(tmp_path / "out.csv.errors.csv") == [
        ["row", "column", "value", "reason"],
        ["2", "size", "5", "must be at least 10 m²"],
        ["3", "size", "abc", "must be a number from 10 to 500 m², or null"],
        ["3", "rooms", "2.5", "must be an integer of at least 1"],
        ["3", "garden", "yes", "must be true or false"],
        ["3", "zone", "7", "must be one of 1, 12, 2"],
        ["3", "street", "", "is missing: must be a string"],
        ["3", "built", "2020-02-30", moment],
        ["4", "size", "1e400", "must be at most 500 m²"],
        ["4", "rooms", "", "is missing: must be an integer of at least 1"],
        ["4", "built", "2020-01-15Z", moment],
    ]


def test_values_with_a_type_mean_what_json_of_them_would(package: Path, tmp_path: Path) -> None:
    good: dict[str, Any] = {
        "size": [Decimal("150.25"), None, Decimal("15.00")],
        "rooms": [3.0, 2.0, 1.0],
        "garden": [1, 0, 2],
        "zone": [12.0, 1.0, 7.0],
        "street": ["Elm", "Oak", ""],
        "built": [datetime(2020, 1, 15, 8, 30), None, datetime(2020, 1, 15)],  # noqa: DTZ001
    }
    source = tmp_path / "rows.parquet"
    pq.write_table(pa.table(good), source)
    assert predict(package, source, tmp_path / "out.parquet").code == 0
    found = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [(row["size"], row["zone"], row["sold"]) for row in found] == [
        (Decimal("150.25"), 12.0, "yes")
    ]
    assert table(tmp_path / "out.parquet.errors.csv")[1:] == [
        ["2", "built", "", table(tmp_path / "out.parquet.errors.csv")[1][3]],
        ["3", "garden", "2", "must be true or false"],
        ["3", "zone", "7.0", "must be one of 1, 12, 2"],
        ["3", "street", "", "must not be empty"],
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"size": ["150"]}, "column 'size' is string, and the model takes a number; write it as"),
        ({"built": [datetime(2020, 1, 15, tzinfo=UTC)]}, "timestamps without a time zone, or days"),
        ({"rooms": None}, "column 'rooms' is missing, which house-model needs"),
        ({"sold": ["yes"]}, "a column 'sold' already, as the answers would be called; put"),
        ({"model_version": [1]}, "--prefix predicted_"),
    ],
)
def test_columns_that_do_not_fit_are_refused_before_anything_is_written(
    change: dict[str, Any], said: str, package: Path, tmp_path: Path
) -> None:
    row: dict[str, Any] = {
        "size": [150.0],
        "rooms": [3],
        "garden": [True],
        "zone": ["2"],
        "street": ["Elm"],
        "built": [date(2020, 1, 15)],
    } | change
    source = tmp_path / "rows.parquet"
    pq.write_table(pa.table({name: value for name, value in row.items() if value}), source)
    done = predict(package, source, tmp_path / "out.csv")
    assert done.code == 2
    assert said in done.err
    assert parts(tmp_path) == ["rows.parquet"]


def test_optional_column_that_is_not_there_is_told(package: Path, tmp_path: Path) -> None:
    text = "rooms,garden,zone,street,built\n3,true,2,Elm,2020-01-15\n"
    done = predict(package, written(tmp_path, text), tmp_path / "out.csv")
    assert done.code == 0
    assert "taken as missing in all rows, having no column: size" in done.out


def test_prefix_goes_before_all_that_is_added(package: Path, tmp_path: Path) -> None:
    source = written(tmp_path, HEADER.replace("note", "sold") + GOOD)
    done = predict(package, source, tmp_path / "out.csv", "--prefix", "predicted_")
    assert done.code == 0
    assert table(tmp_path / "out.csv")[0][-4:] == [
        *("sold", "predicted_sold", "predicted_probability", "predicted_model_version")
    ]


def test_no_row_answered_has_an_exit_code_of_its_own(package: Path, tmp_path: Path) -> None:
    done = predict(package, written(tmp_path, HEADER + "1,,,,,,,\n"), tmp_path / "out.csv")
    assert done.code == 3
    assert f"no row could be answered, so {tmp_path}/out.csv was not written" in done.out
    assert parts(tmp_path) == ["out.csv.errors.csv", "rows.csv"]


def test_file_without_rows_gives_one_without_rows(package: Path, tmp_path: Path) -> None:
    for out in ("out.csv", "out.parquet"):
        assert predict(package, written(tmp_path, HEADER), tmp_path / out).code == 0
    assert len(table(tmp_path / "out.csv")) == 1
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 0


def test_package_with_another_file_is_refused(package: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "MLmodel").write_bytes((package / "MLmodel").read_bytes())
    (other / "model.onnx").write_bytes((package / "model.onnx").read_bytes() + b"\0")
    done = predict(other, written(tmp_path, HEADER + GOOD), tmp_path / "out.csv")
    assert done.code == 2
    assert "version 7 is no whole model package: model.onnx has sha256" in done.err


def test_set_of_files_is_one_table_with_what_its_folders_say(package: Path, tmp_path: Path) -> None:
    for month, rows in ((1, 3), (2, 2)):
        folder = tmp_path / f"in/month={month}"
        folder.mkdir(parents=True)
        houses(folder / "p.parquet", rows)
    done = predict(package, f"file:{tmp_path}/in", tmp_path / "out.csv")
    assert done.code == 0
    header, *found = table(tmp_path / "out.csv")
    assert header[-4:] == ["month", "sold", "probability", "model_version"]
    assert [(row[0], row[-4]) for row in found] == [
        *(("0", "1"), ("1", "1"), ("2", "1"), ("0", "2"), ("1", "2"))
    ]
