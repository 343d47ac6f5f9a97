"""One column: its values in the type it was given, and what is wrong with them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.data import Data
from training.feature import MAX_LENGTH, Feature, Range
from training.moments import seconds
from training.table.missing import as_text
from training.table.numbers import to_number, unsigned

_BOOLEANS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}


def as_values(
    feature: Feature, column: "pd.Series[Any]", data: Data | None = None
) -> "pd.Series[Any]":
    """Convert to float64 (missing and unreadable: NaN) or to text (missing: ""); a time to seconds.

    `data` says how a file's numbers are written; text stays as the file has it.
    """
    if feature.type == "datetime":
        return _times(feature, column, data)
    if column.dtype == "category":
        return _from_texts(feature, as_text(column), data)
    if feature.is_text:
        return column.map(_text, na_action="ignore").astype(object).fillna("")
    if feature.type == "boolean":
        return column.map(lambda value: _BOOLEANS.get(str(value).lower(), np.nan)).astype(float)
    return pd.to_numeric(column, errors="coerce").astype(float)


def _times(feature: Feature, column: "pd.Series[Any]", data: Data | None) -> "pd.Series[Any]":
    """Read each different text once, to seconds since 1970."""
    form = None if data is None else data.formats.get(feature.name)
    offset = bool(feature.offset)
    found = column.astype(object)
    read = {one: seconds(str(one), form, offset=offset) for one in found.dropna().unique()}
    return found.map(read).astype(float)


def _from_texts(feature: Feature, column: "pd.Series[Any]", data: Data | None) -> "pd.Series[Any]":
    """Convert each different text once."""
    texts, codes = column.cat.categories.tolist(), column.cat.codes.to_numpy()
    if feature.is_text:
        values: npt.NDArray[Any] = np.array([*texts, ""], dtype=object)
    elif feature.type == "boolean":
        values = np.array(
            [*(_BOOLEANS.get(text.strip().lower(), np.nan) for text in texts), np.nan]
        )
    else:
        values = np.array([*_numbers(texts, data), np.nan])
    taken = values[codes]  # a missing value has code -1: the last
    return pd.Series(taken, index=column.index, name=column.name, dtype=values.dtype)


def _numbers(texts: list[str], data: Data | None) -> list[float]:
    """Read numbers; a sign or unit that all of the others share is taken off."""
    read: Callable[[str], float] = to_number(data or Data(source="csv:any"))
    plain = [read(text) for text in texts]
    if not any(np.isnan(plain)):
        return plain
    bare = unsigned(texts)
    return plain if bare is None else [read(text) for text in bare]


def _text(value: object) -> str:
    """A whole float (integers with gaps are read as floats) loses its `.0`."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def problems_of(feature: Feature, values: "pd.Series[Any]") -> list[str]:
    """Compare a column's converted values with what its feature allows."""
    name = feature.name
    if feature.type == "category":
        return _category_problems(feature, values)
    if feature.type == "text":
        return _text_problems(feature, values)
    present = values.dropna()
    if present.empty:
        return [f"name: '{name}' has no value at all; name it in 'data.drop'"]
    problems = []
    if infinite := int(np.isinf(present.to_numpy(np.float64)).sum()):
        problem = (
            f"name: '{name}' holds infinite numbers in {infinite} row(s); if they mean missing, "
            "name their text, such as inf, in 'data.missing', else clean the data"
        )
        return [problem]
    if (present.abs() > np.finfo(np.float32).max).any():
        problems.append(f"name: '{name}' has numbers that float32 cannot hold; rescale it")
    if feature.type == "integer" and (present % 1 != 0).any():
        problems.append(f"type: '{name}' holds fractions; use 'type: number'")
    bounds = feature.range or Range()
    low = -np.inf if bounds.min is None else bounds.min
    high = np.inf if bounds.max is None else bounds.max
    if outside := int((~present.between(low, high)).sum()):
        problems.append(
            f"range: {outside} values of '{name}' lie outside; widen it "
            f"(data: {present.min():g} to {present.max():g}) or clean the data"
        )
    return problems


def _text_problems(feature: Feature, values: "pd.Series[Any]") -> list[str]:
    lengths, most = values.map(len), feature.max_length or MAX_LENGTH
    if not lengths.any():
        return [f"name: '{feature.name}' has no value at all; name it in 'data.drop'"]
    if longer := int((lengths > most).sum()):
        problem = (
            f"max_length: {longer} value(s) of '{feature.name}' have more than {most} characters, "
            f"the longest {lengths.max()}; state 'max_length: {lengths.max()}', or cut them"
        )
        return [problem]
    return []


def _category_problems(feature: Feature, values: "pd.Series[Any]") -> list[str]:
    known = feature.categories or []
    if not known:
        return [f"name: '{feature.name}' has no value at all; name it in 'data.drop'"]
    strange = sorted(set(values) - set(known) - {""})
    if strange and feature.unknown == "reject":
        return [f"categories: '{feature.name}' lacks {', '.join(strange[:5])}, which are in data"]
    return []
