"""Ids, labels and times of a table of labels, in whatever types a file or a database has them."""

import argparse
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.predictions import NOW
from support.servers import PASSWORD, execute, postgres
from training.errors import InvalidInputError
from training.monitoring.label_options import LabelTable, add_labels, label_table
from training.monitoring.label_table import as_log
from training.snapshots.credentials import Credentials

BINARY = {
    "model": "m",
    "task": "binary",
    "positive": 1,
    "output": {"type": "boolean"},
    "classes": [{"value": 0, "label": "0"}, {"value": 1, "label": "1"}],
}
ORDERS = """
CREATE TABLE orders (id bigint, paid boolean, at timestamptz, u uuid, n numeric(6,2), j jsonb,
  ever timestamp);
INSERT INTO orders VALUES (1152921504606846977, true, '2026-11-28 12:00+02',
  '6F9619FF-8B86-D011-B42D-00CF4FC964FF', 1.00, '{}', 'infinity');
INSERT INTO orders (id, paid, at) VALUES (3, false, now()), (4, NULL, NULL), (NULL, true, now());
GRANT SELECT ON orders TO reader;
"""


def options(source: Any, *words: Any) -> LabelTable:
    parser = argparse.ArgumentParser()
    add_labels(parser)
    read = label_table(parser.parse_args(["--labels", str(source), *words]), Credentials("", {}))
    assert read is not None
    return read


def told_in(
    table: LabelTable, account: Credentials | None = None, task: str = "binary"
) -> dict[str, str]:
    """Return the label of each id, as it is joined with the log."""
    known = table if account is None else replace(table, credentials=account)
    with as_log(known, BINARY | {"task": task}) as log:
        files = sorted(Path(log.address).rglob("*.parquet"))
        rows = [row for path in files for row in pq.ParquetFile(path).read().to_pylist()]
    return {row["request_id"]: row["label"] for row in rows}


def read(folder: Path, rows: Any, *words: str, task: str = "binary") -> dict[str, str]:
    pq.write_table(rows if isinstance(rows, pa.Table) else pa.table(rows), folder / "t.parquet")
    return told_in(options(folder / "t.parquet", *words), task=task)


@pytest.mark.parametrize(
    ("columns", "ids"),
    [
        ([Decimal("12.00"), Decimal("13.00")], ["12", "13"]),
        ([b"a", b"b"], ["a", "b"]),
        (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
        (pa.array([2**64 - 1, 2], pa.uint64()), [str(2**64 - 1), "2"]),
    ],
)
def test_ids_of_any_type_are_texts(columns: Any, ids: list[str], tmp_path: Path) -> None:
    assert list(read(tmp_path, {"request_id": columns, "label": [1, 0]})) == ids


@pytest.mark.parametrize(
    ("columns", "task", "words", "says"),
    [
        (
            {"label": ["1,5", "2"]},
            "regression",
            (),
            "'label' holds '1,5', which is no number .*point",
        ),
        (
            {"label": [1.5, float("inf")]},
            "regression",
            (),
            "'label' holds 'inf', which is no number",
        ),
        ({"label": [[1], [0]]}, "binary", (), "'label' is of the type list.*which is no text"),
        ({"request_id": pa.array([b"1" * 16, b"2" * 16], pa.binary(16))}, "binary", (), "no text"),
        ({"at": pa.array([None, NOW])}, "binary", ("--labels-time", "at"), r"empty in 1 row\(s\)"),
        ({"at": [2**31, 1]}, "binary", ("--labels-row", "at"), "2147483648, which is no place"),
    ],
)
def test_values_that_mean_nothing_are_refused(
    columns: dict[str, Any], task: str, words: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError, match=says):
        read(tmp_path, {"request_id": ["a", "b"], "label": [1, 0], **columns}, *words, task=task)


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    twice = [pa.array(["a"]), pa.array([1]), pa.array([0])]
    table = pa.Table.from_arrays(twice, names=["request_id", "label", "label"])
    with pytest.raises(InvalidInputError, match="two columns are called 'label'"):
        read(tmp_path, table)


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_words_for_nothing_are_no_label(task: str, tmp_path: Path) -> None:
    rows = {"request_id": ["a", "b", "c", "d"], "label": ["NULL", "NA", " ", "1"]}
    told = read(tmp_path, rows, task=task)
    assert told == {"d": "true" if task == "binary" else "1"}


def test_a_table_of_postgres_needs_no_more_than_its_columns_to_be_readable() -> None:
    account = Credentials("", {"SHOP_USERNAME": "reader", "SHOP_PASSWORD": PASSWORD})
    with postgres() as url:
        execute(url, ORDERS)
        words = ("--labels-table", "orders", "--labels-credentials", "shop")
        columns = ("--labels-id", "id", "--labels-label", "paid", "--labels-time", "at")
        labels = told_in(options(url, *words, *columns), account)
        assert labels == {"1152921504606846977": "true", "3": "false"}
        by_uuid = ("--labels-id", "u", "--labels-label", "n")
        labels = told_in(options(url, *words, *by_uuid), account)
        assert labels == {"6f9619ff-8b86-d011-b42d-00cf4fc964ff": "true"}
        with pytest.raises(InvalidInputError, match="there is no column 'label'; it has id, paid"):
            told_in(options(url, *words, "--labels-id", "id"), account)
        with pytest.raises(InvalidInputError, match="--labels-query: timestamp too large") as error:
            told_in(options(url, *words, *columns[:4], "--labels-time", "ever"), account)
        assert "data.query" not in str(error.value)
        with pytest.raises(InvalidInputError, match="cast it in --labels-query") as error:
            told_in(options(url, *words, "--labels-id", "j", "--labels-label", "n"), account)
        assert "drop" not in str(error.value)
