"""Checks columns that have a type, as JSON's values of the same meaning are checked by the API."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from training.feature import Feature
from training.moments import FIRST, LAST
from training.prediction import reasons
from training.prediction.checked import (
    Checked,
    Mask,
    check_numbers,
    check_seconds,
    check_texts,
    mask_of,
)
from training.prediction.texts import seconds_of

SAFE = 2**53 - 1  # whole numbers up to here are exact as JSON's readers have them
WHOLE = "^-?(0|[1-9][0-9]*)$"
REMEDY = {
    "number": "write it as numbers",
    "integer": "write it as whole numbers",
    "boolean": "write it as booleans, or 0 and 1",
    "category": "write it as texts",
    "text": "write it as texts",
}


def type_problem(feature: Feature, found: pa.DataType) -> str:
    """Say why no value of a column of this type can be the feature's; empty where one can."""
    plain = found.value_type if pa.types.is_dictionary(found) else found
    numbers = (
        pa.types.is_integer(plain) or pa.types.is_floating(plain) or pa.types.is_decimal(plain)
    )
    texts = _is_text(plain)
    fits = {
        "number": numbers,
        "integer": numbers,
        "boolean": numbers or pa.types.is_boolean(plain),
        "category": texts or numbers or pa.types.is_boolean(plain),
        "text": texts,
        "datetime": texts or _is_time(feature, plain),
    }[feature.type or "number"]
    if fits or pa.types.is_null(plain):
        return ""
    remedy = REMEDY.get(feature.type or "")
    if remedy is None:
        remedy = "write it as timestamps " + (
            "with a time zone" if feature.offset else "without a time zone, or days"
        )
    return f"column '{feature.name}' is {found}, and the model takes a {feature.type}; {remedy}"


def _is_text(plain: pa.DataType) -> bool:
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(kind(plain) for kind in kinds)


def _is_time(feature: Feature, plain: pa.DataType) -> bool:
    """Whether a type's moments have a time zone exactly where the feature's have."""
    if pa.types.is_date(plain):
        return not feature.offset
    return bool(pa.types.is_timestamp(plain)) and (plain.tz is not None) == bool(feature.offset)


def check_column(feature: Feature, dtype: str, column: Any) -> Checked:
    """Check a column whose type has no problem, `[rows]`; NaN is missing."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_null(column.type):
        column = column.cast(pa.string() if feature.by_name else pa.float64())
    none = np.zeros(len(column), bool)
    if feature.type == "datetime":
        return _check_times(feature, column)
    if feature.is_text:
        if _is_text(column.type):
            return check_texts(feature, column.cast(pa.large_string()), none)
        return _check_coded(feature, column)
    values, missing = _numbers(column)
    return check_numbers(feature, dtype, values, missing, none)


def _numbers(column: Any) -> tuple[npt.NDArray[np.float64], Mask]:
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())  # the nearest number, not one by digits
    wide = pc.cast(column, pa.float64(), safe=False)
    values = wide.to_numpy(zero_copy_only=False)
    return values, np.isnan(values)


def _check_times(feature: Feature, column: Any) -> Checked:
    missing = mask_of(pc.is_null(column))
    none = np.zeros(len(column), bool)
    if _is_text(column.type):
        spaced = mask_of(pc.not_equal(pc.utf8_trim_whitespace(column), column))
        return check_seconds(feature, seconds_of(feature, column), missing, spaced)
    if pa.types.is_date(column.type):
        column = column.cast(pa.date32()).cast(pa.timestamp("s"))
    whole = pc.floor_temporal(column, unit="second").cast(pa.timestamp("s", column.type.tz))
    counted = whole.cast(pa.int64())
    found = pc.fill_null(counted, 0).to_numpy(zero_copy_only=False).astype(np.float64)
    return check_seconds(feature, found, missing, none | (found < FIRST) | (found > LAST))


def _check_coded(feature: Feature, column: Any) -> Checked:
    """Check a category that is written as numbers or booleans: only where that means one text."""
    if pa.types.is_boolean(column.type):
        words = [_word(feature, "true"), _word(feature, "false")]
        index = pc.if_else(column, 0, 1)
        texts = pa.array(words, pa.large_string()).take(index)
        return check_texts(feature, texts, mask_of(pc.and_(pc.is_valid(column), pc.is_null(texts))))
    values, missing = _numbers(column)
    whole = ~missing & np.isfinite(values) & (values == np.floor(values))
    safe = whole & (np.abs(np.where(whole, values, 0)) <= SAFE)
    counted = pa.array(np.where(safe, values, 0).astype(np.int64), mask=~safe)
    texts = counted.cast(pa.large_string())
    known = pa.array(feature.categories or [], pa.large_string())
    if feature.unknown == "accept" and not pc.all(pc.match_substring_regex(known, WHOLE)).as_py():
        safe = np.zeros(len(values), bool)  # a number then is no text
        texts = pa.nulls(len(values), pa.large_string())
    checked = check_texts(feature, texts, ~missing & ~safe)
    for row in np.flatnonzero(whole & (np.abs(np.where(whole, values, 0)) > SAFE)).tolist():
        checked.faults[row] = reasons.ROUNDED
    return checked


def _word(feature: Feature, word: str) -> str | None:
    """Return the category that is this word in some case, where only one is."""
    found = [one for one in feature.categories or [] if one.lower() == word]
    return found[0] if len(found) == 1 else None
