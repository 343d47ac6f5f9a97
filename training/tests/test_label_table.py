"""Labels of a table that others keep: `python -m training monitor --labels`."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.predictions import (
    NOW,
    asked,
    found,
    keep,
    labels_of,
    monitor,
    package_in,
    predictions,
)

COUNT = 200


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package_in(tmp_path_factory.mktemp("labelled"))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    keep(tmp_path / "log", predictions(asked(COUNT)))
    return tmp_path / "log"


def orders(**columns: Any) -> pd.DataFrame:
    """A row for each prediction, with what it answered as the truth, and ten rows of others."""
    rows = asked(COUNT)
    ids = predictions(rows)["request_id"].to_pylist()
    told = pd.DataFrame({"request_id": ids, "label": rows["answer"].to_numpy()})
    more = pd.DataFrame({"request_id": [f"other-{i}" for i in range(10)], "label": True})
    return pd.concat([told, more], ignore_index=True).assign(**columns)


def written(folder: Path, rows: pd.DataFrame, kind: str = "csv") -> Path:
    path = folder / f"orders.{kind}"
    if kind == "csv":
        rows.to_csv(path, index=False)
    else:
        rows.to_parquet(path, index=False)
    return path


def accuracy(judged: dict[str, Any]) -> Any:
    return judged["metrics"]["accuracy"]["value"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    "as_written",
    [
        pytest.param(lambda truth: truth, id="booleans"),
        pytest.param(lambda truth: truth.astype(int), id="the training's own values"),
        pytest.param(lambda truth: truth.astype(float), id="fractions that are whole"),
        pytest.param(lambda truth: truth.map({True: "TRUE", False: " False"}), id="texts"),
    ],
)
def test_a_table_is_joined_by_the_request_id(
    kind: str, as_written: Any, package: Path, log: Path, tmp_path: Path
) -> None:
    rows = orders()
    path = written(tmp_path, rows.assign(label=as_written(rows["label"])), kind)
    judged = found(package, log, "--labels", path)["quality"]
    assert (judged["labelled"], judged["elsewhere"]) == (COUNT, 10)
    assert accuracy(judged) == 1


def test_columns_are_named_and_rows_that_nobody_knows_yet_are_left_out(
    package: Path, log: Path, tmp_path: Path
) -> None:
    rows = orders().rename(columns={"request_id": "order", "label": "paid"})
    rows["paid"] = rows["paid"].astype(object).where(rows.index >= 50)
    words = ("--labels-id", "order", "--labels-label", "paid")
    path = written(tmp_path, rows)
    assert found(package, log, "--labels", path, *words)["quality"]["labelled"] == COUNT - 50
    wrong = monitor(package, log, "--labels", path)
    assert wrong.code == 2
    assert "there is no column 'request_id'; it has order, paid: name" in wrong.err
    assert "--labels-id" in wrong.err


def test_the_latest_of_table_and_log_counts(package: Path, log: Path, tmp_path: Path) -> None:
    rows = orders(known=(NOW + timedelta(hours=1)).isoformat())
    ids = rows["request_id"].to_list()[:COUNT]
    wrong = [str(not one).lower() for one in rows["label"][:COUNT]]
    keep(log, labels_of(ids, wrong, at=NOW), what="labels")
    path = written(tmp_path, rows)
    by_time = ("--labels-time", "known")
    assert accuracy(found(package, log, "--labels", path, *by_time)["quality"]) == 1
    keep(log, labels_of(ids, wrong, at=NOW + timedelta(hours=2)), what="labels")
    judged = found(package, log, "--labels", path, *by_time)["quality"]
    assert accuracy(judged) == 0
    assert judged["replaced"] == 2 * COUNT
    # Without a time the table is of now.
    assert accuracy(found(package, log, "--labels", path)["quality"]) == 1


def test_a_request_of_several_rows_is_labelled_by_place(
    package: Path, log: Path, tmp_path: Path
) -> None:
    rows = orders(place=1)
    judged = found(package, log, "--labels", written(tmp_path, rows), "--labels-row", "place")[
        "quality"
    ]
    assert judged["labelled"] == 0
    wrong = monitor(
        package, log, "--labels", written(tmp_path, orders(place=-1)), "--labels-row", "place"
    )
    assert wrong.code == 2
    assert "'place' holds '-1', which is no place in a request" in wrong.err


def test_times_that_are_none_are_refused(package: Path, log: Path, tmp_path: Path) -> None:
    path = written(tmp_path, orders(known="last week"))
    wrong = monitor(package, log, "--labels", path, "--labels-time", "known")
    assert wrong.code == 2
    assert "'known' holds 'last week', which is no time such as" in wrong.err


@pytest.mark.parametrize("last", [None, 7])
def test_ids_of_whole_numbers_stay_what_they_are(
    last: int | None, package: Path, tmp_path: Path
) -> None:
    """Of a column with a gap pandas makes fractions, and 2^53 + 1 then is another request."""
    table = predictions(asked(COUNT))
    first = 2**60 + 1
    ids = [str(first + at) for at in range(COUNT)]
    keep(tmp_path / "log", table.set_column(0, "request_id", pa.array(ids)))
    numbers: list[int | None] = [first + at for at in range(COUNT)]
    rows = {"request_id": [*numbers, last], "label": [*asked(COUNT)["answer"], True]}
    pq.write_table(pa.table(rows), tmp_path / "orders.parquet")
    judged = found(package, tmp_path / "log", "--labels", tmp_path / "orders.parquet")["quality"]
    assert judged["labelled"] == COUNT
    assert accuracy(judged) == 1


def test_a_file_is_read_as_the_options_say(package: Path, log: Path, tmp_path: Path) -> None:
    orders().to_csv(tmp_path / "orders.data", index=False, sep=";")
    path = ("--labels", tmp_path / "orders.data")
    refused = monitor(package, log, *path)
    assert "say it by --labels-format" in refused.err
    refused = monitor(package, log, *path, "--labels-format", "csv")
    assert "then write --labels-delimiter ';'" in refused.err
    words = ("--labels-format", "csv", "--labels-delimiter", ";")
    assert found(package, log, *path, *words)["quality"]["labelled"] == COUNT


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--labels", "a.csv", "--labels-query", "SELECT 1"), "--labels-query is for a postgres"),
        (
            ("--labels", "a.csv", "--labels-encoding", "xx"),
            "--labels-encoding (xx): is no encoding",
        ),
        (("--labels", "postgres://db/shop"), "one of --labels-query and --labels-table"),
        (("--labels-delimiter", ";"), "--labels-delimiter: goes with --labels"),
        (("--labels-id", "order"), "--labels-id: goes with --labels, which names the table"),
        (("--labels", "postgres://db/shop"), "--labels"),
        (("--labels", "nowhere.csv"), "nowhere.csv cannot be read"),
        (("--labels", "postgres://me:secret@db/shop", "--labels-table", "t"), "--labels"),
    ],
)
def test_what_is_no_table_is_refused(
    words: tuple[str, ...], says: str, package: Path, log: Path
) -> None:
    wrong = monitor(package, log, *words)
    assert wrong.code in (2, 4)
    assert says in wrong.err
    assert "secret" not in wrong.err
    assert "--in" not in wrong.err
