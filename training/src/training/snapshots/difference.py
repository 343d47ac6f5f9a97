"""What changed between two snapshots: rows by content, columns, and how values are distributed."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from training.snapshots.snapshot import Snapshot
from training.stability import Shares, population_stability_index

BINS = 10
SHOWN = 5  # categories
QUANTILES = (0, 0.25, 0.5, 0.75, 1)
NAMED = ("mean", "min", "q25", "median", "q75", "max")


def difference(old: Snapshot, new: Snapshot) -> dict[str, Any]:
    """Compare two snapshots; rows are compared by the columns that both have."""
    before, after = old.columns, new.columns
    both = _both(old, new)
    added, removed = rows_changed(old, new)
    return {
        "rows": {
            "before": old.table.num_rows,
            "after": new.table.num_rows,
            "added": added,
            "removed": removed,
        },
        "columns": {
            "added": {name: kind for name, kind in after.items() if name not in before},
            "removed": {name: kind for name, kind in before.items() if name not in after},
            "changed": {n: [before[n], after[n]] for n in both if before[n] != after[n]},
        },
        "distributions": [
            {"name": name, **_distribution(old.table.column(name), new.table.column(name))}
            for name in both
        ],
    }


def rows_changed(old: Snapshot, new: Snapshot) -> tuple[int, int]:
    """Count rows that were added and removed, by the columns that both have."""
    both = _both(old, new)
    return _rows(old.table.select(both), new.table.select(both))


def _both(old: Snapshot, new: Snapshot) -> list[str]:
    return [name for name in new.columns if name in old.columns]


def _rows(old: pa.Table, new: pa.Table) -> tuple[int, int]:
    """Count rows that one has and the other lacks; of equal rows each counts."""
    if not old.num_columns:
        return new.num_rows, old.num_rows
    hashes = (pd.util.hash_pandas_object(_texts(table), index=False) for table in (old, new))
    before, after = (Counter(one.tolist()) for one in hashes)
    return (after - before).total(), (before - after).total()


def _texts(table: pa.Table) -> pd.DataFrame:
    """Return all values as texts, so that whole numbers of any size and decimals stay exact."""
    columns = {name: table.column(name).cast(pa.large_string()) for name in table.column_names}
    return pd.DataFrame(
        {name: pd.Series(column.to_pylist(), dtype=object) for name, column in columns.items()}
    )


def _distribution(old: pa.ChunkedArray, new: pa.ChunkedArray) -> dict[str, Any]:
    missing = [column.null_count / max(len(column), 1) for column in (old, new)]
    numbers = [_numbers(column) for column in (old, new)]
    before, after = numbers
    if before is not None and after is not None:
        told = [_told_numbers(one, column.type) for one, column in ((before, old), (after, new))]
        shares = _shares_of_numbers(before, after)
    else:
        counted = [Counter(column.cast(pa.large_string()).to_pylist()) for column in (old, new)]
        for one in counted:
            one.pop(None, None)
        told = [_told_texts(one) for one in counted]
        shares = _shares_of_texts(*counted)
    psi = population_stability_index(
        *(_with_missing(one, gap) for one, gap in zip(shares, missing, strict=True))
    )
    return {"missing": missing, "values": told, "psi": psi}


def _numbers(column: pa.ChunkedArray) -> Shares | None:
    """Return what is there as float64; None for what is no number or time."""
    kept = column.type
    column = column.drop_null()
    try:
        if pa.types.is_timestamp(kept):
            column = column.cast(pa.timestamp("us", kept.tz), safe=False).cast(pa.int64())
        elif pa.types.is_date(kept):
            column = column.cast(pa.int32())
        elif pa.types.is_decimal(kept):
            column = column.cast(pa.large_string())
        elif pa.types.is_boolean(kept):
            return None
        elif pa.types.is_large_string(kept):
            column = column.filter(pc.not_equal(column, ""))
        found = np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), np.float64)
    except pa.ArrowInvalid:
        return None
    if pa.types.is_large_string(kept) and not len(found):
        return None
    return found[np.isfinite(found)]


def _told_numbers(values: Shares, kept: pa.DataType) -> dict[str, Any]:
    if not len(values):
        return dict.fromkeys(NAMED)
    found = [float(values.mean()), *map(float, np.quantile(values, QUANTILES))]
    return dict(zip(NAMED, (_shown(value, kept) for value in found), strict=True))


def _shown(value: float, kept: pa.DataType) -> float | str:
    """Return a number, or a time as ISO 8601."""
    if pa.types.is_date(kept):
        return str(pa.scalar(round(value), pa.int32()).cast(kept))
    if pa.types.is_timestamp(kept):
        time = pa.scalar(round(value), pa.int64()).cast(pa.timestamp("us"))
        return str(time.cast(pa.timestamp("s"), safe=False)).replace(" ", "T")
    return value


def _told_texts(counted: "Counter[str]") -> dict[str, Any]:
    total = max(counted.total(), 1)
    most = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN]
    return {"different": len(counted), "most": {text: count / total for text, count in most}}


def _shares_of_numbers(old: Shares, new: Shares) -> tuple[Shares, Shares]:
    """Return the shares in the tenths of the old values."""
    inner = np.linspace(0, 1, BINS + 1)[1:-1]
    edges = np.unique(np.quantile(old, inner)) if len(old) else np.array([])
    places = (np.searchsorted(edges, values, side="left") for values in (old, new))
    before, after = (np.bincount(at, minlength=len(edges) + 1) for at in places)
    return before / max(len(old), 1), after / max(len(new), 1)


def _shares_of_texts(old: "Counter[str]", new: "Counter[str]") -> tuple[Shares, Shares]:
    """Return the shares of the most frequent old texts, and of all others together."""
    most = [text for text, _ in old.most_common(BINS)]
    found = []
    for counted in (old, new):
        total = max(counted.total(), 1)
        shares = [counted[text] / total for text in most]
        found.append(np.array([*shares, max(0.0, 1 - sum(shares))]))
    return found[0], found[1]


def _with_missing(shares: Shares, missing: float) -> Shares:
    return np.append(shares * (1 - missing), missing)
