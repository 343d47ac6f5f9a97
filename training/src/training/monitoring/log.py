"""Reads the prediction log (docs/prediction-log.md): the newest rows of one version, and labels."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.snapshots.store import open_store, told_store

VARIABLE = "PREDICTIONS"
MOST_ROWS = 500_000  # of a window: what a day has beyond them would fill the memory
KEY = ["request_id", "row"]
_DAY = re.compile(r"(?:^|/)date=(\d{4}-\d{2}-\d{2})/[^/.][^/]*\.parquet$")
_PREDICTION = [*KEY, "time", "version", "answer"]
LABEL = [*KEY, "label", "time", "received"]


@dataclass(frozen=True)
class Window:
    """Predictions of the newest days, a table a file; `sampled` where days had more than are read.

    Files of one version may have other columns: what is left out may have changed.
    """

    tables: "list[pa.Table]" = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    sampled: bool = False

    def __len__(self) -> int:
        """Return the number of rows."""
        return sum(len(table) for table in self.tables)

    def column(self, name: str) -> "pa.ChunkedArray | None":
        """Return a column of those files that have it; None where none has."""
        parts = [table.column(name) for table in self.tables if name in table.column_names]
        chunks = [chunk for part in parts for chunk in part.chunks]
        return pa.chunked_array(chunks) if chunks else None

    def answers(self) -> "pa.Table":
        """Return ids, times, answers and probabilities of all rows."""
        wanted = (
            [name for name in table.column_names if not name.startswith("feature_")]
            for table in self.tables
        )
        parts = [table.select(names) for table, names in zip(self.tables, wanted, strict=True)]
        return pa.concat_tables(parts, promote_options="default")


@dataclass(frozen=True)
class Labels:
    """Labels of rows of a window, how many there are of others, and files that were not read."""

    table: "pa.Table | None"
    elsewhere: int
    damaged: list[str]


class PredictionLog:
    """The log of one model in a folder or a bucket."""

    def __init__(self, address: str, model: str) -> None:
        """Open `address`, a folder or an `s3://` or `gs://` URL; nothing is read yet."""
        self.address, self.model = address, model
        self._store: Any = open_store(address, VARIABLE, make=False)

    def window(self, version: str, enough: int, most_days: int) -> Window:
        """Return a version's rows of as few of its newest days as hold `enough` of them.

        No more than `most_days` days with its predictions are read. A day is read whole, so that no
        hour of it counts for more than another; where days have more than MOST_ROWS rows, files of
        them are drawn. What is no file of the log is left out and named.
        """
        found = Window()
        rows, sampled = 0, False
        for day, names in self._days(f"model={self.model}"):
            if len(found.days) == most_days or rows >= enough:
                break
            random.Random(day).shuffle(names)  # noqa: S311 - no secret
            for table in self._tables(names, _PREDICTION, found.damaged):
                part = table.filter(pc.equal(table["version"], version))
                if len(part) == 0:
                    continue
                if rows >= MOST_ROWS:
                    sampled = True
                    break
                found.tables.append(part)
                rows += len(part)
                if day not in found.days:
                    found.days.append(day)
        return Window(found.tables, sorted(found.days), found.damaged, sampled)

    def labels(self, ids: "pa.Array") -> Labels:
        """Return the labels of these requests: they may come months after what they are of."""
        damaged: list[str] = []
        parts, elsewhere = [], 0
        names = [n for _, names in self._days(f"labels/model={self.model}") for n in names]
        for table in self._tables(names, LABEL, damaged):
            mine = table.select(LABEL).filter(pc.is_in(table["request_id"], value_set=ids))
            elsewhere += len(table) - len(mine)
            parts.append(mine)
        return Labels(pa.concat_tables(parts) if parts else None, elsewhere, damaged)

    def _days(self, prefix: str) -> list[tuple[str, list[str]]]:
        import obstore

        days: dict[str, list[str]] = {}
        with told_store(self.address, VARIABLE, "is not read"):
            for batch in obstore.list(self._store, prefix):
                for one in batch:
                    if match := _DAY.search(one["path"]):
                        days.setdefault(match[1], []).append(one["path"])
        return sorted(((day, sorted(names)) for day, names in days.items()), reverse=True)

    def _tables(
        self, names: list[str], columns: list[str], damaged: list[str]
    ) -> "Iterator[pa.Table]":
        import obstore

        for name in names:
            with told_store(self.address, VARIABLE, "is not read"):
                content = bytes(obstore.get(self._store, name).bytes())
            try:
                table = pq.read_table(pa.BufferReader(content), partitioning=None)
            except (pa.ArrowException, OSError, ValueError):
                damaged.append(name)
                continue
            if set(columns) <= set(table.column_names):
                yield table
            else:
                damaged.append(name)
