"""What the command `data` tells of two snapshots."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from support.command import run
from training.snapshots.difference import difference
from training.snapshots.reading import Reading
from training.snapshots.snapshot import Snapshot, snapshot_of
from training.snapshots.store import SnapshotStore


def snapshot(columns: dict[str, Any]) -> Snapshot:
    table = pa.table(columns)
    return snapshot_of(Reading(table, table.column_names, "typed"), "file:x")


def test_rows_are_compared_by_content_and_counted() -> None:
    large = 2**53
    old = snapshot({"a": [1, 2, 2, large], "b": ["x", "y", "y", None]})
    new = snapshot({"a": [large, 2, large + 1, 1], "b": [None, "y", None, "x"]})
    assert difference(old, new)["rows"] == {"before": 4, "after": 4, "added": 1, "removed": 1}


def test_columns_that_came_went_or_changed_are_named() -> None:
    old = snapshot({"a": [1], "b": ["x"], "gone": [1.5]})
    new = snapshot({"new": [True], "b": ["x"], "a": ["1"]})
    found = difference(old, new)
    assert found["columns"] == {
        "added": {"new": "bool"},
        "removed": {"gone": "double"},
        "changed": {"a": ["int64", "text"]},
    }
    assert found["rows"]["added"] == 0  # 1 and "1" are the same content


def test_distributions_are_told_with_their_index() -> None:
    """The index of a half that moved from one of two values to the other, by hand."""
    same = {
        "n": list(range(100)),
        "day": pa.array([1] * 100, pa.int32()).cast(pa.date32()),
        "at": pa.array([2_500_000] * 100).cast(pa.timestamp("us", "UTC")),
    }
    old = snapshot({"c": ["x"] * 50 + ["y"] * 50, "gap": [1.0] * 100, **same})
    gap = pa.nulls(100, pa.float64())
    new = snapshot({"c": ["x"] * 90 + ["y"] * 10, "gap": gap, **same})
    told = {one["name"]: one for one in difference(old, new)["distributions"]}
    assert told["c"]["psi"] == pytest.approx(0.4 * 0.5877867 + (-0.4) * -1.6094379, abs=1e-4)
    assert told["c"]["values"][1] == {"different": 2, "most": {"x": 0.9, "y": 0.1}}
    assert told["n"]["psi"] == 0
    assert told["n"]["values"][0]["median"] == 49.5
    assert told["gap"]["missing"] == [0, 1]
    assert told["gap"]["values"][1]["mean"] is None
    assert told["day"]["values"][0]["median"] == "1970-01-02"
    assert told["at"]["values"][0]["max"] == "1970-01-01T00:00:02"
    assert told["gap"]["psi"] > 5


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, None]).cast(pa.decimal128(38, 2)),
        pa.array([1, 2]).cast(pa.timestamp("us", "UTC")),
        pa.array([1, 2], pa.int32()).cast(pa.date32()),
        pa.array([True, None]),
        pa.array([None, None], pa.float64()),
        pa.array([2**63, 1], pa.uint64()),
        ["1.5", ""],
        ["", ""],
    ],
)
def test_any_column_has_a_distribution(values: Any) -> None:
    (one,) = difference(snapshot({"a": values}), snapshot({"a": values}))["distributions"]
    assert one["psi"] == 0


def test_command_lists_shows_compares_and_removes(tmp_path: Path) -> None:
    store = SnapshotStore(str(tmp_path))
    old, new = snapshot({"a": [1.5, 2]}), snapshot({"a": [1.5, None]})
    for one in (old, new):
        store.put(one)
    env = {"DATA_STORE": str(tmp_path)}
    listed = json.loads(run("data", "list", env=env).out)
    assert {one["sha256"] for one in listed} == {old.sha256, new.sha256}
    assert listed[0]["rows"] == 2
    (shown,) = json.loads(run("data", "show", old.sha256, env=env).out)
    assert shown["columns"] == {"a": "double"}
    assert (
        json.loads(run("data", "diff", old.sha256, new.sha256, env=env).out)["rows"]["added"] == 1
    )
    assert run("data", "diff", old.sha256, env=env).code == 2
    assert run("data", "remove", old.sha256, env=env).code == 0
    assert run("data", "show", old.sha256, env=env).code == 2
    assert run("data", "list", env={"DATA_STORE": ""}).code == 2
