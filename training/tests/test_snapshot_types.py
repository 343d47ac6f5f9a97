"""What becomes of each type of a typed source: right, or refused with a remedy."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from support.changing import parquet, read
from training.errors import InvalidInputError
from training.snapshots.content import content_hash, in_one_order
from training.snapshots.reading import Reading
from training.snapshots.snapshot import from_parquet, snapshot_of, to_parquet

BEFORE_PANDAS = datetime(1492, 10, 12)  # noqa: DTZ001 - a time without a zone


def column(folder: Path, values: Any, name: str = "x") -> tuple[str | None, list[Any]]:
    """The feature type that a column is taken for, and its values."""
    parquet(folder / "t.parquet", {name: values, "y": pa.array(range(len(values)))})
    table = read(folder, "file:t.parquet")
    guess = table.kinds.get(name)
    frame = table.frame.sort_values("y")
    return guess and guess.type, [None if pd.isna(v) else v for v in frame[name]]


@pytest.mark.parametrize(
    ("values", "kind", "read_as"),
    [
        (pa.array([3, 1], pa.int8()), "integer", [3, 1]),
        (pa.array([3, None], pa.int32()), "integer", [3.0, None]),
        (pa.array([2**53, 1], pa.uint64()), "integer", [2**53, 1]),
        (pa.array([1.5, 2.5], pa.float16()), "number", [1.5, 2.5]),
        (pa.array([True, False]), "boolean", [True, False]),
        (pa.array([True, None]), "boolean", [True, None]),
        (pa.array(["02134", None]), None, ["02134", None]),
        (pa.array(["a", "b"]).dictionary_encode(), None, ["a", "b"]),
        (pa.array([Decimal("1.10"), Decimal("2.25")]), "number", [1.1, 2.25]),
        (pa.array([Decimal(7), None], pa.decimal128(10, 0)), "integer", [7.0, None]),
        (pa.array([date(2026, 11, 28), None]), "datetime", ["2026-11-28", None]),
        (pa.array([BEFORE_PANDAS, None]), "datetime", ["1492-10-12T00:00:00", None]),
        (
            pa.array([datetime(2026, 1, 1, 12, 30, 5, 999_999, UTC)]).cast(
                pa.timestamp("us", "Europe/Paris")
            ),
            "datetime",
            ["2026-01-01T12:30:05Z"],
        ),
        (
            pa.array([-1], pa.int64()).cast(pa.timestamp("ns")),
            "datetime",
            ["1969-12-31T23:59:59"],
        ),
    ],
)
def test_typed_column_keeps_its_type(
    values: Any, kind: str | None, read_as: list[Any], tmp_path: Path
) -> None:
    found, given = column(tmp_path, values)
    assert found == kind
    assert given == read_as


def test_whole_numbers_beyond_2_53_are_texts_as_in_a_csv(tmp_path: Path) -> None:
    """As float64, these two would be one."""
    kind, values = column(tmp_path, pa.array([2**53 + 1, 2**53 + 2]))
    assert kind is None
    assert values == ["9007199254740993", "9007199254740994"]


def test_not_a_number_is_missing_and_minus_zero_is_zero(tmp_path: Path) -> None:
    one = parquet(tmp_path / "a.parquet", {"x": [float("nan"), -0.0]})
    other = parquet(tmp_path / "b.parquet", {"x": pa.array([0.0, None])})
    hashes = {read(tmp_path, f"file:{path.name}").sha256 for path in (one, other)}
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (pa.array([[1, 2]]), "list<"),
        (pa.array([{"a": 1}]), "struct<"),
        (pa.array([b"x"]), "binary"),
        (pa.array([1], pa.duration("s")), "duration"),
        (pa.array([1], pa.int32()).cast(pa.time32("s")), "time32"),
    ],
)
def test_column_of_which_no_feature_can_be_made_is_named(
    values: Any, named: str, tmp_path: Path
) -> None:
    parquet(tmp_path / "t.parquet", {"x": values, "y": [1]})
    with pytest.raises(InvalidInputError, match=rf"'x' is of the type {named}.*'data\.drop'"):
        read(tmp_path, "file:t.parquet")
    assert read(tmp_path, "file:t.parquet", drop=["x"]).frame.columns.tolist() == ["y"]


def test_decimals_that_float64_does_not_tell_apart_are_refused(tmp_path: Path) -> None:
    close = [Decimal("0.10000000000000000001"), Decimal("0.10000000000000000002")]
    parquet(tmp_path / "t.parquet", {"x": pa.array(close)})
    with pytest.raises(InvalidInputError, match=r"'x'.*float64 does not tell apart"):
        read(tmp_path, "file:t.parquet")


def test_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    parquet(tmp_path / "t.parquet", pa.table([[1], [2]], names=["a", "a"]))
    with pytest.raises(InvalidInputError, match=r"two columns are called a"):
        read(tmp_path, "file:t.parquet")


def test_hash_goes_by_content_and_not_by_order_chunks_or_writer(tmp_path: Path) -> None:
    rows = {"n": [3, 1, 2, 1], "t": ["c", None, "ä", "x"], "d": [Decimal(i) for i in range(4)]}
    plain = pa.table(rows)
    mixed = pa.concat_tables([plain.slice(2), plain.slice(0, 2)])
    assert content_hash(in_one_order(plain)) == content_hash(in_one_order(mixed))
    parquet(tmp_path / "a.parquet", plain)
    parquet(tmp_path / "b.parquet", mixed, compression="gzip", row_group_size=1)
    one, other = read(tmp_path, "file:a.parquet"), read(tmp_path, "file:b.parquet")
    assert one.sha256 == other.sha256
    assert one.frame.equals(other.frame)


@pytest.mark.parametrize(
    "other",
    [
        pa.table({"n": pa.array([1, 2], pa.int32()), "t": ["a", "bc"]}),
        pa.table({"m": [1, 2], "t": ["a", "bc"]}),
        pa.table({"n": [1, 2], "t": ["ab", "c"]}),
        pa.table({"n": [1, 2], "t": ["a", None]}),
        pa.table({"n": [1, 2, 2], "t": ["a", "bc", "bc"]}),
        pa.table({"n": [1, 2], "t": ["", "bc"]}),
    ],
)
def test_hash_differs_where_name_type_value_or_row_does(other: pa.Table) -> None:
    base = pa.table({"n": [1, 2], "t": ["a", "bc"]})
    assert content_hash(in_one_order(base)) != content_hash(in_one_order(other))


def test_hash_of_a_content_is_the_same_for_ever() -> None:
    """Another would make every model new, and no snapshot be found again."""
    table = pa.table(
        {
            "i": pa.array([1, None], pa.int16()),
            "f": [0.5, None],
            "b": [True, None],
            "s": ["ä", None],
            "d": [Decimal("1.50"), None],
            "t": pa.array([datetime(2026, 1, 1, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "e": [date(2026, 1, 1), None],
        }
    )
    assert content_hash(in_one_order(table)) == (
        "eaf9122a78112d64d3a0975c4f1ba68837defdd657b3a0f31763bea348f10afc"
    )


def test_snapshot_that_was_altered_or_cut_off_is_noticed() -> None:
    good = snapshot_of(Reading(pa.table({"a": [1, 2]}), ["a"], "typed"), "file:x")
    again = from_parquet(to_parquet(good))
    assert again.table.equals(good.table)
    assert again.describe() == good.describe()
    with pytest.raises(ValueError, match=r"no whole Parquet file"):
        from_parquet(to_parquet(good)[:-20])
    with pytest.raises(ValueError, match=r"another hash than it says"):
        from_parquet(to_parquet(replace(good, table=pa.table({"a": [1, 3]}))))
