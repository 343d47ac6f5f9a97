"""Sets of files: what belongs to them, and that what does not fit is refused by name."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from support.changing import parquet, read, stored
from training.errors import InvalidInputError, TrainingEnvironmentError
from training.snapshots import place


def rows(folder: Path, source: str, **fields: Any) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = read(folder, source, **fields).frame.to_dict("records")
    return records


def test_folder_of_spark_is_read_without_its_own_files(tmp_path: Path) -> None:
    parquet(tmp_path / "t.parquet" / "part-0.snappy.parquet", {"a": [2]})
    parquet(tmp_path / "t.parquet" / "part-1.snappy.parquet", {"a": [1]})
    for name in ("_SUCCESS", ".part-0.crc", "_temporary/0/part-2.parquet"):
        (tmp_path / "t.parquet" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "t.parquet" / name).write_bytes(b"" if name == "_SUCCESS" else b"half")
    assert rows(tmp_path, "file:t.parquet") == [{"a": 1}, {"a": 2}]
    assert rows(tmp_path, "file:t.parquet/") == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("d/*.parquet", [1]), ("d/**/*.parquet", [1, 2, 3]), ("d/?/b.parquet", [2]), ("d", [1, 2, 3])],
)
def test_patterns_choose_files(pattern: str, found: list[int], tmp_path: Path) -> None:
    for number, name in enumerate(["d/a.parquet", "d/e/b.parquet", "d/e/f/c.parquet"], 1):
        parquet(tmp_path / name, {"a": [number]})
    assert [row["a"] for row in rows(tmp_path, f"file:{pattern}")] == found


def test_folders_of_hive_become_columns_of_one_type(tmp_path: Path) -> None:
    for month, shop, day in (("1", "01", "2026-11-01"), ("12", "x%20y", "2026-11-02")):
        parquet(tmp_path / f"t/month={month}/shop={shop}/day={day}/p.parquet", {"a": [int(month)]})
    parquet(
        tmp_path / "t/month=__HIVE_DEFAULT_PARTITION__/shop=z/day=2026-11-03/p.parquet", {"a": [7]}
    )
    table = read(tmp_path, "file:t")
    assert table.snapshot is not None
    assert table.snapshot.columns == {
        "a": "int64",
        "month": "int64",
        "shop": "text",
        "day": "date32[day]",
    }
    found = table.snapshot.table.to_pydict()
    assert found["month"] == [1, None, 12]
    assert found["shop"] == ["01", "z", "x y"]
    assert found["day"][0] == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"a.parquet": {"x": [1], "y": [1]}, "b.parquet": {"y": [1]}},
            "'x' is a column of 'a.parquet' and not of 'b.parquet'",
        ),
        (
            {"a.parquet": {"y": [1]}, "b.parquet": {"x": [1], "y": [1]}},
            "'x' is a column of 'b.parquet' and not of 'a.parquet'",
        ),
        (
            {"a.parquet": {"x": [1]}, "b.parquet": {"x": ["1"]}},
            "'x' is int64 in 'a.parquet' and text in 'b.parquet'",
        ),
        (
            {"a.parquet": {"x": [1]}, "b.parquet": {"x": pa.array([1], pa.int32())}},
            "'x' is int64 in 'a.parquet' and int32 in 'b.parquet'",
        ),
        (
            {"m=1/a.parquet": {"x": [1]}, "b.parquet": {"x": [1]}},
            "the folders of 'b.parquet' state nothing, those of 'm=1/a.parquet' 'm'",
        ),
        (
            {"x=1/a.parquet": {"x": [1]}},
            "'x' stands in 'x=1/a.parquet' and in the name of its folder",
        ),
    ],
)
def test_files_that_differ_are_named(
    files: dict[str, dict[str, Any]], message: str, tmp_path: Path
) -> None:
    for name, columns in files.items():
        parquet(tmp_path / "t" / name, columns)
    with pytest.raises(InvalidInputError) as refused:
        read(tmp_path, "file:t/")
    assert message in str(refused.value)
    assert not stored(tmp_path)


def test_file_without_a_value_fits_any_type_and_dropped_columns_may_differ(tmp_path: Path) -> None:
    parquet(tmp_path / "t/a.parquet", {"x": pa.nulls(1), "z": [[1]]})
    parquet(tmp_path / "t/b.parquet", {"z": [1], "x": [2.5]})
    parquet(tmp_path / "t/c.parquet", {"x": pa.array([], pa.float64()), "z": pa.array([], "int8")})
    table = read(tmp_path, "file:t", drop=["z"])
    assert table.snapshot is not None
    assert table.snapshot.columns == {"x": "double"}
    assert table.snapshot.table.to_pydict() == {"x": [2.5, None]}
    with pytest.raises(InvalidInputError, match=r"data.drop: the source has no column 'w'; .*x, z"):
        read(tmp_path, "file:t", drop=["z", "w"])


def test_file_that_is_still_being_written_is_named(tmp_path: Path) -> None:
    whole = parquet(tmp_path / "t/a.parquet", {"x": list(range(1000))}).read_bytes()
    (tmp_path / "t/b.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TrainingEnvironmentError, match=r"'b.parquet' is no whole Parquet file"):
        read(tmp_path, "file:t")
    (tmp_path / "t/b.parquet").write_bytes(b"")
    with pytest.raises(TrainingEnvironmentError, match=r"'b.parquet' is empty; is it still"):
        read(tmp_path, "file:t")
    assert not stored(tmp_path)


def test_file_that_changes_while_the_set_is_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is read once; what is read is what was listed."""
    for name in ("a", "b"):
        parquet(tmp_path / f"t/{name}.parquet", {"x": [1]})
    honest = place.Place.read

    def read_late(self: place.Place, file: Any) -> bytes:
        if file.path == "b.parquet":
            parquet(tmp_path / "t/b.parquet", {"x": [1, 2]})
        return honest(self, file)

    monkeypatch.setattr(place.Place, "read", read_late)
    with pytest.raises(TrainingEnvironmentError, match=r"'b.parquet' changed while it was read"):
        read(tmp_path, "file:t")
    assert not stored(tmp_path)


@pytest.mark.parametrize("content", [{"x": pa.array([], pa.int64())}, None])
def test_source_without_a_row_or_a_file_is_refused(
    content: dict[str, Any] | None, tmp_path: Path
) -> None:
    (tmp_path / "t").mkdir()
    if content is not None:
        parquet(tmp_path / "t/a.parquet", content)
    with pytest.raises(InvalidInputError, match=r"there is no row|no file is there"):
        read(tmp_path, "file:t")


def test_strange_files_and_a_mixture_are_refused(tmp_path: Path) -> None:
    parquet(tmp_path / "t/a.parquet", {"x": [1]})
    (tmp_path / "t/readme.md").write_text("read me")
    with pytest.raises(InvalidInputError, match=r"'readme.md' is neither Parquet nor CSV"):
        read(tmp_path, "file:t")
    (tmp_path / "t/readme.md").rename(tmp_path / "t/b.csv")
    with pytest.raises(InvalidInputError, match=r"'a.parquet' is Parquet and 'b.csv' is CSV"):
        read(tmp_path, "file:t")
    assert len(rows(tmp_path, "file:t/*.parquet")) == 1
    with pytest.raises(InvalidInputError, match=r"'data.separator' is for CSV"):
        read(tmp_path, "file:t/*.parquet", separator=";")
    with pytest.raises(
        TrainingEnvironmentError, match=r"there is no folder .*relative to the YAML"
    ):
        read(tmp_path, "file:nowhere/t/*.parquet")
    parquet(tmp_path / "l/a.parquet", {"x": list(range(1 << 18))}, use_dictionary=False)
    with pytest.raises(InvalidInputError, match=r"data.max_mebibytes \(1\)"):
        read(tmp_path, "file:l", max_mebibytes=1)


def test_set_of_csv_files_is_read_by_the_rules_of_one(tmp_path: Path) -> None:
    """Names count and not positions; texts stay as they are written."""
    (tmp_path / "a.csv").write_text('code;n\n02134;1,5\n"x;y";\n')
    (tmp_path / "b.csv").write_text("n;code\nNA;7\n")
    table = read(tmp_path, "file:*.csv", separator=";", decimal=",")
    assert table.snapshot is not None
    assert table.snapshot.written == "text"
    assert table.snapshot.table.to_pydict() == {
        "code": ["02134", "7", "x;y"],
        "n": ["1,5", "NA", ""],
    }
    assert table.frame["code"].tolist() == ["02134", "7", "x;y"]
    assert table.frame["n"].isna().tolist() == [False, True, True]
    assert table.frame["n"][0] == 1.5


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("a,c\n1,2\n", "'c' is a column of 'b.csv' and not of 'a.csv'"),
        ("a\n1\n", "'b' is a column of 'a.csv' and not of 'b.csv'"),
        ("a,b\n1,2,3\n", "b.csv: 1 problem"),
    ],
)
def test_csv_files_that_differ_are_named(second: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_text(second)
    with pytest.raises(InvalidInputError) as refused:
        read(tmp_path, "file:*.csv")
    assert message in str(refused.value)


def test_packed_csv_is_unpacked_by_its_name(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert rows(tmp_path, "file:*.csv.gz") == [{"a": 1, "b": 2}]
