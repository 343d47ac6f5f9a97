"""Reads the prediction log (docs/prediction-log.md): the newest rows of one version, and labels."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.snapshots.store import open_store, told_store

VARIABLE = "PREDICTIONS"
_DAY = re.compile(r"(?:^|/)date=(\d{4}-\d{2}-\d{2})/[^/.][^/]*\.parquet$")


@dataclass(frozen=True)
class Window:
    """Predictions of whole days, newest first until there were enough; what could not be read."""

    rows: "pa.Table | None"
    days: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


class PredictionLog:
    """The log of one model in a folder or a bucket."""

    def __init__(self, address: str, model: str) -> None:
        """Open `address`, a folder or an `s3://` or `gs://` URL; nothing is read yet."""
        self.address, self.model = address, model
        self._store: Any = open_store(address, VARIABLE, make=False)

    def window(self, version: str, enough: int, most_days: int) -> Window:
        """Return a version's rows of as few of its newest days as hold `enough` of them.

        No more than `most_days` days with predictions are read. A day is read whole, so that no
        hour of it counts for more than another. What is no Parquet is left out and named.
        """
        parts: list[pa.Table] = []
        days: list[str] = []
        damaged: list[str] = []
        for day, names in self._days(f"model={self.model}"):
            if len(days) == most_days or sum(len(part) for part in parts) >= enough:
                break
            found = [
                table.filter(pa.compute.equal(table["version"], version))
                for table in self._tables(names, damaged)
            ]
            found = [table for table in found if len(table)]
            if found:
                days.append(day)
                parts += found
        rows = pa.concat_tables(parts, promote_options="default") if parts else None
        return Window(rows, sorted(days), damaged)

    def labels(self) -> "tuple[pa.Table | None, list[str]]":
        """Return all labels of the model: they may come months after what they are of."""
        damaged: list[str] = []
        names = [n for _, names in self._days(f"labels/model={self.model}") for n in names]
        parts = list(self._tables(names, damaged))
        return (pa.concat_tables(parts) if parts else None), damaged

    def _days(self, prefix: str) -> list[tuple[str, list[str]]]:
        import obstore

        days: dict[str, list[str]] = {}
        with told_store(self.address, VARIABLE, "is not read"):
            for batch in obstore.list(self._store, prefix):
                for one in batch:
                    if match := _DAY.search(one["path"]):
                        days.setdefault(match[1], []).append(one["path"])
        return sorted(((day, sorted(names)) for day, names in days.items()), reverse=True)

    def _tables(self, names: list[str], damaged: list[str]) -> "Iterator[pa.Table]":
        import obstore

        for name in names:
            with told_store(self.address, VARIABLE, "is not read"):
                content = bytes(obstore.get(self._store, name).bytes())
            try:
                yield pq.read_table(pa.BufferReader(content), partitioning=None)
            except (pa.ArrowException, OSError, ValueError):
                damaged.append(name)
