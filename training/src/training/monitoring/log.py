"""Reads the prediction log (docs/prediction-log.md): the newest rows of one version, and labels."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
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
_TEXT = {"request_id": pa.string(), "version": pa.string(), "label": pa.string()}
_AT_ONCE = 200_000  # labels; of more only the latest of each row are kept in memory


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
        return pa.concat_tables(map(_answers, self.tables), promote_options="default")


@dataclass(frozen=True)
class Labels:
    """Labels of rows of a window, how many there are of others, and files that were not read.

    `replaced` are those that were left out as a later one of the same row is there.
    """

    table: "pa.Table | None"
    elsewhere: int
    damaged: list[str]
    replaced: int = 0

    @property
    def rows(self) -> int:
        """How many rows have a label, however many came of each."""
        return 0 if self.table is None else self.table.group_by(KEY).aggregate([]).num_rows


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
        types: dict[str, pa.DataType] = {}
        for day, names in self._days(f"model={self.model}"):
            if len(found.days) == most_days or rows >= enough:
                break
            random.Random(day).shuffle(names)  # noqa: S311 - no secret
            for name, table in self._tables(names, _PREDICTION, found.damaged):
                of_version = table.filter(pc.equal(table["version"], version))
                if len(of_version) == 0:
                    continue
                part = _typed(of_version, types)
                if part is None:
                    found.damaged.append(name)
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
        parts: list[pa.Table] = []
        elsewhere, replaced = 0, 0
        types: dict[str, pa.DataType] = {}
        names = [n for _, names in self._days(f"labels/model={self.model}") for n in names]
        for name, table in self._tables(names, LABEL, damaged):
            told = _typed(table.select(LABEL), types)
            if told is None:
                damaged.append(name)
                continue
            mine = told.filter(pc.is_in(told["request_id"], value_set=ids))
            elsewhere += len(told) - len(mine)
            parts.append(mine)
            if sum(map(len, parts)) > _AT_ONCE:
                whole = pa.concat_tables(parts)
                parts = [_latest(whole)]
                replaced += len(whole) - len(parts[0])
        return Labels(pa.concat_tables(parts) if parts else None, elsewhere, damaged, replaced)

    def label_ids(self) -> "npt.NDArray[np.uint64]":
        """Return hashes of all request ids that have a label: eight bytes each, however long."""
        names = [n for _, names in self._days(f"labels/model={self.model}") for n in names]
        found = [_hashes(table["request_id"]) for _, table in self._tables(names, LABEL, [])]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.uint64)

    def labelled(
        self, version: str, ids: "npt.NDArray[np.uint64]", enough: int, most_days: int
    ) -> "pa.Table | None":
        """Return a version's answers to requests of `ids`, of its newest days that hold `enough`.

        No more than `most_days` days with its predictions are read; None where there is none.
        """
        parts: list[pa.Table] = []
        types: dict[str, pa.DataType] = {}
        days = 0
        for _, names in self._days(f"model={self.model}"):
            if days == most_days or sum(map(len, parts)) >= min(enough, len(ids)):
                break
            seen = False
            for _, table in self._tables(names, _PREDICTION, []):
                of_version = table.filter(pc.equal(table["version"], version))
                seen = seen or len(of_version) > 0
                wanted = np.isin(_hashes(of_version["request_id"]), ids)
                part = _typed(_answers(of_version.filter(pa.array(wanted))), types)
                if part is not None and len(part) > 0:
                    parts.append(part)
            days += seen
        return pa.concat_tables(parts, promote_options="default") if parts else None

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
    ) -> "Iterator[tuple[str, pa.Table]]":
        import obstore

        for name in names:
            try:
                with told_store(self.address, VARIABLE, "is not read"):
                    content = bytes(obstore.get(self._store, name).bytes())
            except FileNotFoundError:  # grown too old since it was listed
                continue
            try:
                table = pq.read_table(pa.BufferReader(content), partitioning=None)
            except (pa.ArrowException, OSError, ValueError):
                damaged.append(name)
                continue
            fitting = set(columns) <= set(table.column_names)
            typed = _typed(table, dict(_TEXT)) if fitting else None
            if typed is None:
                damaged.append(name)
            else:
                yield name, typed


def _answers(table: "pa.Table") -> "pa.Table":
    return table.select([name for name in table.column_names if not name.startswith("feature_")])


def _hashes(ids: "pa.ChunkedArray") -> "npt.NDArray[np.uint64]":
    return np.asarray(pd.util.hash_array(ids.to_numpy(), categorize=False), np.uint64)


def _typed(table: "pa.Table", types: "dict[str, pa.DataType]") -> "pa.Table | None":
    """Return the table with the types of those before it; None where a value does not fit them.

    The same program writes all files of a version. Who rewrites one, to delete a person's rows, may
    write whole numbers as fractions, say. `types` is added to.
    """
    for at, column in enumerate(table.schema):
        kept = types.get(column.name, column.type)
        if column.type != kept:
            try:
                table = table.set_column(at, column.name, table.column(at).cast(kept))
            except pa.ArrowException:
                return None
    types.update({c.name: c.type for c in table.schema if not pa.types.is_null(c.type)})
    return table


def _latest(labels: "pa.Table") -> "pa.Table":
    """Return of each row the label of the latest time; of equal times what came last."""
    from training.monitoring.quality import latest

    kept = latest(labels.select([*KEY, "time", "received"]).to_pandas())
    return labels.take(pa.array(kept.index.to_numpy()))
