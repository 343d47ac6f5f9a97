"""A 64-bit hash of each row's content: equal for equal rows, wherever and in whatever file."""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Hashes = npt.NDArray[np.uint64]
_MISSING = np.uint64(0x6D697373696E6700)  # any constant
_BOOLEANS = {"true": "1", "false": "0"}


def row_hashes(frame: pd.DataFrame) -> Hashes:
    """Return one hash a row, whatever the order of the rows and of the columns.

    A cell counts by its value: 3, 3.0 and "3" are equal, because a column of integers becomes one
    of floats when an appended row has a gap. Missing values are equal to each other.
    """
    total = np.zeros(len(frame), np.uint64)
    for name in frame.columns:
        total += _mixed(_cells(frame[name]) ^ _text_hash(f"column {name}"))
    return _mixed(total)


def numbered(hashes: Hashes) -> Hashes:
    """Return different hashes for equal rows: the first of them, the second and so on."""
    nth = pd.Series(hashes).groupby(hashes).cumcount().to_numpy().astype(np.uint64)
    return _mixed(hashes + nth * np.uint64(0x9E3779B97F4A7C15))


def seeded(hashes: Hashes, seed: int) -> npt.NDArray[np.float64]:
    """Return a place in [0, 1) for each hash, another one for each seed."""
    return _mixed(hashes ^ _text_hash(f"seed {seed}")).astype(np.float64) / 2.0**64


def _cells(column: "pd.Series[Any]") -> Hashes:
    if pd.api.types.is_numeric_dtype(column):
        return _number_cells(column.to_numpy(np.float64, na_value=np.nan))
    codes, values = pd.factorize(column.astype(object))
    texts = [str(value) for value in values]
    texts = [_BOOLEANS.get(text.lower(), text) for text in texts]
    numbers = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
    found = _number_cells(numbers.to_numpy(np.float64))
    for index in np.flatnonzero(numbers.isna()):
        if texts[index]:
            found[index] = _text_hash(texts[index])
    return np.append(found, _MISSING)[codes]  # a missing value has code -1


def _number_cells(numbers: npt.NDArray[np.float64]) -> Hashes:
    bits = (numbers + 0.0).view(np.uint64)  # -0.0 becomes 0.0
    cells: Hashes = np.where(np.isnan(numbers), _MISSING, bits)
    return cells


def _text_hash(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()))


def _mixed(values: Hashes) -> Hashes:
    """Spread every bit over all 64: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
