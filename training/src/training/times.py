"""A column of times: whether they have offsets, and what to write where they cannot be read."""

from typing import Any

import pandas as pd

from training.data import Data
from training.feature import Feature
from training.moments import forms_of, has_offset
from training.table.missing import number_words
from training.table.problem import format_key

SAMPLE = 5000


def as_times(
    feature: Feature, column: "pd.Series[Any]", data: Data, problems: list[str]
) -> "tuple[Feature, pd.Series[Any]]":
    """Return the feature with its `offset`, and the column without the words that mean missing.

    Adds to `problems` where some times have an offset and some have none.
    """
    name, form = feature.name, data.formats.get(feature.name)
    column = column.astype(object)
    column = column.mask(column.isin(number_words(data.missing)))
    if feature.offset is not None:
        return feature, column
    texts = [str(one) for one in column.dropna().unique()]
    with_offset = [one for one in texts if has_offset(one, form)]
    if with_offset and len(with_offset) < len(texts):
        without = next(one for one in texts if one not in set(with_offset))
        problems.append(
            f"features: '{name}' holds {with_offset[0]!r} and {without!r}: with an offset and "
            "without one, so nobody knows how they lie to each other; bring them to one way"
        )
    return feature.model_copy(update={"offset": bool(with_offset)}), column


def times_hint(feature: Feature, column: "pd.Series[Any]", data: Data) -> str:
    """Say what to write so that the column's texts are read."""
    name = feature.name
    if form := data.formats.get(name):
        return f"correct 'data.formats' ('{form}'), or name it in 'data.missing'"
    texts = [str(one) for one in column.dropna().unique()[:SAMPLE]]
    found = [one for one in forms_of(texts) if one is not None]
    if not found:
        also = "with 'offset: true' it must end in Z or +02:00; " if feature.offset else ""
        return (
            f"{also}write such as 2026-11-27 or 2026-11-27T08:30:00, all in one form (of strptime "
            "in 'data.formats'), or name it in 'data.missing'"
        )
    keys = [format_key(name, form) for form in found]
    return f"write {' or '.join(keys)}{', whichever it is' if len(keys) > 1 else ''}"
