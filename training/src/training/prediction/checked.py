"""Values of one column that are checked as the prediction API checks a request's."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from training.feature import Feature
from training.prediction import reasons

LARGEST = {"float32": float(np.finfo(np.float32).max), "float64": float(np.finfo(np.float64).max)}
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Checked:
    """`fed` is as the graph takes them: float64 (missing: NaN) or texts (missing: ""), `[rows]`.

    `faults` has a reason for each row that the API refuses.
    """

    fed: npt.NDArray[Any]
    faults: dict[int, str] = field(default_factory=dict)


class Faults:
    """Collects one reason a row: the first that is found."""

    def __init__(self) -> None:
        """Begin with none."""
        self.found: dict[int, str] = {}

    def note(self, where: Mask, reason: str) -> None:
        """Give the rows of a mask this reason."""
        for row in np.flatnonzero(where).tolist():
            self.found.setdefault(row, reason)


def check_numbers(
    feature: Feature, dtype: str, values: npt.NDArray[np.float64], missing: Mask, wrong: Mask
) -> Checked:
    """Check numbers, integers and booleans; `wrong` are rows whose value is no number at all."""
    faults = Faults()
    if feature.required:
        faults.note(missing, reasons.missing(feature))
    faults.note(wrong, reasons.wanted(feature))
    present = ~(missing | wrong)
    with np.errstate(invalid="ignore"):
        if feature.type == "boolean":
            faults.note(present & (values != 0) & (values != 1), reasons.wanted(feature))
        else:
            if feature.type == "integer":
                odd = present & np.isfinite(values) & (values != np.floor(values))
                faults.note(odd, reasons.wanted(feature))
            low, high = (feature.range.min, feature.range.max) if feature.range else (None, None)
            _note_beyond(faults, feature, dtype, low, present, values, "least")
            _note_beyond(faults, feature, dtype, high, present, values, "most")
    return Checked(np.where(present, values, np.nan), faults.found)


def _note_beyond(
    faults: Faults,
    feature: Feature,
    dtype: str,
    limit: float | None,
    present: Mask,
    values: npt.NDArray[np.float64],
    word: str,
) -> None:
    """Note numbers beyond a stated bound, else beyond what the model's type holds."""
    sign = -1 if word == "least" else 1
    bound = sign * LARGEST[dtype] if limit is None else limit
    said = reasons.too_large(dtype) if limit is None else reasons.beyond(feature, word, limit)
    faults.note(present & (sign * values > sign * bound), said)


def check_texts(feature: Feature, texts: Any, wrong: Mask) -> Checked:
    """Check categories and texts; null is missing, `wrong` are rows whose value is no text."""
    faults = Faults()
    faults.note(wrong, reasons.wanted(feature))
    missing = mask_of(pc.is_null(texts)) & ~wrong
    if feature.required:
        faults.note(missing, reasons.missing(feature))
    present = ~(missing | wrong)
    if feature.type == "category" and feature.unknown == "reject":
        known = pc.is_in(texts, value_set=pa.array(feature.categories or [], texts.type))
        faults.note(present & ~mask_of(known), reasons.wanted(feature))
    else:
        lengths = pc.fill_null(pc.utf8_length(texts), 1).to_numpy(zero_copy_only=False)
        faults.note(present & (lengths == 0), reasons.EMPTY)
        if feature.max_length is not None:
            faults.note(present & (lengths > feature.max_length), reasons.too_long(feature))
    return Checked(pc.fill_null(texts, "").to_numpy(zero_copy_only=False), faults.found)


def check_seconds(
    feature: Feature, seconds: npt.NDArray[np.float64], missing: Mask, wrong: Mask
) -> Checked:
    """Check times, in seconds since 1970-01-01; NaN beside `missing` is none."""
    faults = Faults()
    if feature.required:
        faults.note(missing, reasons.missing(feature))
    faults.note(wrong | (np.isnan(seconds) & ~missing), reasons.wanted(feature))
    return Checked(np.where(missing | wrong, np.nan, seconds), faults.found)


def mask_of(column: Any) -> Mask:
    """Return booleans of arrow as numpy's; null is false."""
    found: Mask = pc.fill_null(column, False).to_numpy(zero_copy_only=False)
    return found
