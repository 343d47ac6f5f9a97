"""Which rows a version was trained on: hashes of their content, kept with its run."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.row_hash import Hashes, row_hashes

FILE = "training-rows.u64"
_TARGET = "the target"  # its column may be renamed


@dataclass(frozen=True)
class SeenRows:
    """Sorted hashes of training rows, one a row, over `features` and the target."""

    features: list[str]
    hashes: Hashes

    @classmethod
    def of(cls, features: list[str], target: str, rows: pd.DataFrame) -> "SeenRows":
        """Record raw `rows`."""
        return cls(features, np.sort(_content(features, target, rows)))

    def to_bytes(self) -> bytes:
        """Return 8 bytes a row, little-endian."""
        return self.hashes.astype("<u8").tobytes()

    def describe(self) -> dict[str, Any]:
        """Return what the package says of the file, so that it can be checked."""
        content = self.to_bytes()
        digest = hashlib.sha256(content).hexdigest()
        return {"file": FILE, "sha256": digest, "rows": len(self.hashes), "columns": self.features}

    @classmethod
    def from_bytes(cls, described: dict[str, Any], content: bytes) -> "SeenRows | None":
        """Undo both; None when the content is not what was described."""
        if hashlib.sha256(content).hexdigest() != described.get("sha256"):
            return None
        return cls(list(described["columns"]), np.frombuffer(content, "<u8").astype(np.uint64))

    def unseen(
        self, target: str, table: pd.DataFrame, test: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        """Mark the rows at the positions `test` of `table` that are not among these.

        Equal rows are counted, since no one can tell them apart: of five in the table, two of
        which were seen, three were not.
        """
        hashes = _content(self.features, target, table)
        values, counts = np.unique(hashes, return_counts=True)
        seen = np.searchsorted(self.hashes, values, "right") - np.searchsorted(self.hashes, values)
        free = dict(zip(values.tolist(), (counts - seen).tolist(), strict=True))
        mine = pd.Series(hashes[test])
        nth = mine.groupby(mine).cumcount().to_numpy()
        return np.array([n < free[h] for h, n in zip(mine.tolist(), nth, strict=True)], dtype=bool)


def _content(features: list[str], target: str, rows: pd.DataFrame) -> Hashes:
    return row_hashes(rows[features].assign(**{_TARGET: rows[target]}))
