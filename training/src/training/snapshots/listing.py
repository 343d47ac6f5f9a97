"""Which files of a place a source means: patterns, hidden files, Hive partitions."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

EMPTY = "__HIVE_DEFAULT_PARTITION__"  # Hive's word for a missing value
_ENDINGS = {"parquet": (".parquet",), "csv": (".csv", ".tsv", ".txt")}
_PACKED = (".gz", ".bz2", ".xz", ".zip")
_WHOLE = re.compile(r"^-?(0|[1-9][0-9]{0,14})$")
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True)
class File:
    """One file as it was listed: where it is below its place, its size, and its version."""

    path: str
    size: int
    tag: str

    def partitions(self, base: str) -> dict[str, str | None]:
        """Return the values that the folders below `base` state, such as `month=2026-11`."""
        stated = [part.split("=", 1) for part in self._below(base)[:-1] if "=" in part]
        return {unquote(k): None if v == EMPTY else unquote(v) for k, v in stated}

    def hidden(self, base: str) -> bool:
        """Whether it is no data: Spark's `_SUCCESS`, and what begins with `_` or `.`."""
        parts = self._below(base)
        return any(p.startswith(".") or (p.startswith("_") and "=" not in p) for p in parts)

    def _below(self, base: str) -> list[str]:
        return self.path.removeprefix(base).lstrip("/").split("/")


def base_of(pattern: str) -> str:
    """Return the part of a pattern that has no `*` or `?`, up to a whole folder's name."""
    parts = pattern.split("/")
    plain = next((i for i, part in enumerate(parts) if set(part) & {"*", "?"}), len(parts))
    return "/".join(parts[:plain])


def matcher(pattern: str) -> "re.Pattern[str]":
    """Return what matches whole paths: `*` and `?` within a name, `**` over folders."""
    translated = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(translated.get(part, re.escape(part)) for part in parts) + r"\Z")


def format_of(path: str) -> str:
    """Return `parquet` or `csv` by a file's name; empty where it is neither's."""
    name = path.lower()
    for ending in _PACKED:
        name = name.removesuffix(ending)
    return next((kind for kind, ends in _ENDINGS.items() if name.endswith(ends)), "")


def partition_column(values: list[str | None], counts: list[int]) -> Any:
    """Return a column with each file's value as often as it has rows.

    Whole numbers without a leading zero are int64, days are dates, else it is text: whatever all
    values are.
    """
    present = [value for value in values if value is not None]
    if present and all(map(_WHOLE.match, present)):
        told = pa.array([None if v is None else int(v) for v in values], pa.int64())
    elif present and all(map(_DAY.match, present)):
        told = pa.array(values, pa.large_string()).cast(pa.date32())
    else:
        told = pa.array(values, pa.large_string())
    return told.take(pa.array([at for at, count in enumerate(counts) for _ in range(count)]))
