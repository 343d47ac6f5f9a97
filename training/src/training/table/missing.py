"""Which texts mean that there is no value: the user's list, or the usual words among numbers."""

import re
from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

# What pandas.read_csv takes for a missing value; serving's CSV reader knows the same words.
_MACHINE = "#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|NaN|nan"
# No person writes these for a value: they mean missing among words too.
MACHINE_MADE = frozenset(_MACHINE.split("|"))
WORDS = MACHINE_MADE | {"N/A", "NA", "NULL", "None", "n/a", "null"}
PLAIN = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
BOOLEAN = re.compile(r"true|false", re.IGNORECASE)


def number_words(stated: list[str] | None) -> frozenset[str]:
    """Return the texts that mean missing in a column of numbers; an empty field always does."""
    return WORDS if stated is None else frozenset(stated)


def text_words(texts: Collection[str], stated: list[str] | None) -> frozenset[str]:
    """Return which of a column's `texts` mean missing.

    By default `NA`, `None` and `null` do only where all other texts are numbers, or true and
    false; among other words they are values, as Namibia's NA is.
    """
    if stated is not None:
        numbers = {float(word) for word in stated if PLAIN.fullmatch(word)}
        alike = {
            text for text in texts if numbers and PLAIN.fullmatch(text) and float(text) in numbers
        }
        return frozenset(stated) | (alike if _one_kind(set(texts) - set(stated)) else set())
    return WORDS if _one_kind(set(texts) - WORDS) else MACHINE_MADE


def missing_texts(categories: list[str] | None, stated: list[str] | None) -> list[str]:
    """Return the texts that mean missing in a CSV column, beside the empty one, for serving."""
    if categories is None:
        return sorted(number_words(stated))
    return sorted(text_words(categories, stated) - set(categories))


def _one_kind(texts: Collection[str]) -> bool:
    """Whether texts are all numbers, or all true and false."""
    return bool(texts) and (all(map(PLAIN.fullmatch, texts)) or all(map(BOOLEAN.fullmatch, texts)))


def without(column: "pd.Series[Any]", words: Collection[str]) -> "pd.Series[Any]":
    """Make `words` of a categorical column missing."""
    gone = [text for text in column.cat.categories if text in words]
    return column.cat.remove_categories(gone) if gone else column


def values_and_counts(column: "pd.Series[Any]") -> tuple[list[str], "np.ndarray[Any, Any]"]:
    """Return a categorical column's texts that occur, and how often each."""
    codes = column.cat.codes.to_numpy()
    counts = np.bincount(codes[codes >= 0], minlength=len(column.cat.categories))
    present = counts > 0
    texts = np.asarray(column.cat.categories.to_numpy(), dtype=object)[present]
    return texts.tolist(), counts[present]


def as_text(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a categorical column with its categories as text; a packaged one may hold numbers."""
    if all(isinstance(category, str) for category in column.cat.categories):
        return column
    return column.cat.rename_categories(list(map(str, column.cat.categories)))
