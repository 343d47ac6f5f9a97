"""Reads the fields of a CSV file by the types of the features, as the prediction API does."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from training.data import Data
from training.errors import InvalidInputError
from training.feature import Feature
from training.moments import seconds
from training.prediction.checked import (
    Checked,
    Mask,
    check_numbers,
    check_seconds,
    check_texts,
    mask_of,
)
from training.prediction.package_model import Input
from training.table.conventions import OTHERS
from training.table.numbers import to_number

PLAIN = "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
WORD = "^(?i:true|false)$"
NUMBERS = ("number", "integer")
Read = Callable[[str], float]


def check_fields(given: Input, dtype: str, texts: Any, data: Data) -> Checked:
    """Check a column of texts, `[rows]`; `data` says how numbers are written."""
    feature = given.feature
    none = np.zeros(len(texts), bool)
    if feature.is_text:
        gone = _among(texts, given)
        present = pc.if_else(pa.array(~gone), texts, pa.scalar(None, texts.type))
        return check_texts(feature, present, none)
    trimmed = pc.utf8_trim_whitespace(texts)
    missing = _among(trimmed, given)
    if feature.type == "datetime":
        return check_seconds(feature, seconds_of(feature, trimmed), missing, none)
    values, wrong = numbers_of(feature, trimmed, data)
    return check_numbers(feature, dtype, values, missing, wrong & ~missing)


def refuse_other_numbers(given: Input, texts: Any, data: Data) -> None:
    """Refuse a column most of whose numbers are written otherwise than `data` says.

    Such as 3,14 without `--decimal ','`: nobody wants each of these rows refused.
    """
    if given.feature.type not in NUMBERS:
        return
    trimmed = pc.utf8_trim_whitespace(texts)
    _, wrong = numbers_of(given.feature, trimmed, data)
    missing = _among(trimmed, given)
    wrong &= ~missing
    if 2 * wrong.sum() <= (~missing).sum():
        return
    present = pc.unique(trimmed.filter(pa.array(~missing))).to_pylist()
    fits = [one for one in OTHERS if _fits(present, data.model_copy(update=_signs(one)))]
    if not fits:
        return
    first = trimmed[int(np.flatnonzero(wrong)[0])].as_py()
    fewest = [one for one in fits if not any(other.items() < one.items() for other in fits)]
    told = " or ".join(" ".join(f'--{key} "{sign}"' for key, sign in one.items()) for one in fewest)
    problem = (
        f"column '{given.feature.name}' holds '{first}', which is no number as the file is "
        f"described; say how numbers are written: {told}"
    )
    raise InvalidInputError("--in", [problem])


def _signs(told: dict[str, str]) -> dict[str, str | None]:
    return {"decimal": told.get("decimal", "."), "thousands": told.get("thousands")}


def _fits(texts: list[str], data: Data) -> bool:
    read = strict_reader(data)
    return all(not np.isnan(read(text)) for text in texts)


def numbers_of(feature: Feature, trimmed: Any, data: Data) -> tuple[npt.NDArray[np.float64], Mask]:
    """Return the numbers that texts are, and which are none; a boolean may be its word."""
    if data.decimal == "." and data.thousands is None:
        values, wrong = _plain(trimmed)
    else:
        values, wrong = _read(trimmed, strict_reader(data))
    if feature.type == "boolean":
        word = mask_of(pc.match_substring_regex(trimmed, WORD))
        if word.any():
            true = mask_of(pc.starts_with(trimmed, "t", ignore_case=True))
            values, wrong = np.where(word, true.astype(np.float64), values), wrong & ~word
    return values, wrong


def strict_reader(data: Data) -> Read:
    """Return a reader of one number; a point where commas are decimal is refused as unsure."""
    read = to_number(data)
    unsure = data.decimal == "," and data.thousands != "."
    return lambda text: float("nan") if unsure and "." in text else read(text)


def _plain(trimmed: Any) -> tuple[npt.NDArray[np.float64], Mask]:
    fits = pc.match_substring_regex(trimmed, PLAIN)
    bare = pc.utf8_ltrim(trimmed, "+")  # which arrow does not read
    numbers = pc.if_else(fits, bare, pa.scalar(None, trimmed.type)).cast(pa.float64())
    return numbers.to_numpy(zero_copy_only=False), ~mask_of(fits)


def _read(trimmed: Any, read: Read) -> tuple[npt.NDArray[np.float64], Mask]:
    """Read each different text once; NaN is none."""
    values = _by_text(trimmed, read)
    return values, np.isnan(values)


def seconds_of(feature: Feature, texts: Any) -> npt.NDArray[np.float64]:
    """Return the seconds of times in ISO 8601; NaN for what is none."""
    offset = bool(feature.offset)
    return _by_text(texts, lambda text: seconds(text, offset=offset))


def _by_text(texts: Any, read: Read) -> npt.NDArray[np.float64]:
    encoded = texts.dictionary_encode()
    known = np.array([read(text) for text in encoded.dictionary.to_pylist()] + [np.nan])
    at = pc.fill_null(encoded.indices, len(known) - 1).to_numpy(zero_copy_only=False)
    found: npt.NDArray[np.float64] = known[at]
    return found


def _among(texts: Any, given: Input) -> Mask:
    """Return where a text is one that means missing."""
    return mask_of(pc.is_in(texts, value_set=pa.array(sorted(given.missing), texts.type)))
