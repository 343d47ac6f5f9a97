"""Decides what a column holds from all of its values, with the reason that is shown."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from training.data import Data
from training.feature import ColumnType
from training.table.conventions import Values, foreign
from training.table.layout import PADDED
from training.table.missing import BOOLEAN, values_and_counts
from training.table.numbers import as_floats, dots_are_groups, to_number
from training.table.problem import Problem, type_key, yaml_text
from training.table.prose import is_prose
from training.table.read import EXACT


@dataclass(frozen=True)
class Guess:
    """A column's type and why; `problem` has a text when no type is sure."""

    type: ColumnType
    reason: str
    problem: Problem = field(default_factory=Problem)


def infer(name: str, column: "pd.Series[Any]", data: Data) -> Guess:
    """Judge by the text of all values, or by the stored type where the source has types."""
    if column.dtype != "category" or not _holds_text(column):
        return _by_stored_type(name, column)
    values = Values(*values_and_counts(column))
    if not values.texts:
        return Guess("category", "no value")
    if all(map(BOOLEAN.fullmatch, values.texts)):
        return Guess("boolean", "all values are true or false")
    numbers = as_floats(values.texts, to_number(data))
    codes = _codes(values.texts)
    if not codes and not np.isnan(numbers).any():
        return _number(name, column, values, data)
    if not codes and (problem := foreign(name, values, data)).text:
        return Guess("category", "", problem)
    return _category(name, values, codes)


def _holds_text(column: "pd.Series[Any]") -> bool:
    return all(isinstance(category, str) for category in column.cat.categories)


def _by_stored_type(name: str, column: "pd.Series[Any]") -> Guess:
    """Whole floats stay numbers, 0 and 1 stay integers; texts are judged as those of a file."""
    if pd.api.types.is_bool_dtype(column):
        return Guess("boolean", "all values are true or false")
    if pd.api.types.is_integer_dtype(column):
        return Guess("integer", "all values are whole numbers")
    if pd.api.types.is_numeric_dtype(column):
        return Guess("number", "all values are numbers")
    present = column.dropna()
    if len(present) and present.map(lambda value: isinstance(value, bool)).all():
        return Guess("boolean", "all values are true or false")
    texts = present.map(str).astype("category")
    if texts.empty:
        return Guess("category", "no value")
    return _category(name, Values(*values_and_counts(texts)), "")


def _number(name: str, column: "pd.Series[Any]", values: Values, data: Data) -> Guess:
    if data.decimal == "," and data.thousands is None and dots_are_groups(values.texts):
        example = next(text for text in values.texts if "." in text)
        problem = (
            f"'{name}' holds {example!r}, and the decimal mark is ',': if the point marks "
            "thousands, write 'data.thousands: \".\"'"
        )
        return Guess("number", "", Problem(problem, {"thousands": "."}))
    signs = (".", ",", "e", "E") if data.thousands != "," else (".", "e", "E")
    whole = not any(sign in text for text in values.texts for sign in signs)
    if whole and not column.isna().any():
        return Guess("integer", "all values are whole numbers")
    return Guess("number", "all values are numbers")


def _codes(texts: list[str]) -> str:
    """Say why whole numbers are codes, whose text counts; empty when they are none."""
    padded = next((text for text in texts if PADDED.fullmatch(text)), "")
    if padded and not any("." in text for text in texts):
        return f"codes: some begin with a zero, such as {padded}"
    whole = [text.strip().lstrip("+-") for text in texts]
    if all(text.isdecimal() for text in whole):
        large = next((text for text in whole if int(text) > EXACT), "")
        if large:
            return f"codes: whole numbers beyond 2^53, such as {large}, exact only as text"
    return ""


def _prose(name: str, different: int) -> Problem:
    text = (
        f"'{name}' looks like free text ({different} different values): write "
        f"{type_key(name, 'text')} to learn from its words, 'data.drop: [{yaml_text(name)}]' to "
        f"leave it out, or {type_key(name, 'category')} to take it as a category all the same"
    )
    return Problem(text, {"types": {name: "text"}})


def _category(name: str, values: Values, codes: str) -> Guess:
    singles = int((values.counts == 1).sum())
    different = len(values.texts)
    if 2 * singles > values.counts.sum() and different > 2:
        if not codes and is_prose(values.texts):
            return Guess("category", "", _prose(name, different))
        looks = f"{codes}; they look like identifiers" if codes else "it looks like an identifier"
        number = f", {type_key(name, 'number')} if they measure something" if codes else " or text"
        rows = int(values.counts.sum())
        problem = (
            f"'{name}' has {different} different values in {rows} rows, most of them once: {looks}"
            f"{'' if codes else number}, from which nothing can be learned; write "
            f"'data.drop: [{yaml_text(name)}]'{number if codes else ''}, or "
            f"{type_key(name, 'category')} to take it as a category all the same"
        )
        return Guess("category", "", Problem(problem, {"drop": [name]}))
    return Guess("category", codes or f"text, {different} different values")
