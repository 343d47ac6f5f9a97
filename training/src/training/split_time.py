"""The times by which `split: {method: time}` keeps the latest rows apart."""

from typing import Any

import pandas as pd

from training.errors import InvalidInputError
from training.moments import forms_of, seconds
from training.settings import Settings
from training.table.problem import format_key


def times_of(frame: pd.DataFrame, settings: Settings) -> "pd.Series[Any]":
    """Read the key as numbers or times, which have an order: by `data.formats`, else ISO 8601.

    Raises InvalidInputError where a row has neither.
    """
    key = str(settings.split.key)
    form = settings.data.formats.get(key)
    column = frame[key].astype(object)
    if form is None:
        times = pd.to_numeric(column, errors="coerce")
        if times.isna().any():
            times = pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True)
    else:
        read = {
            one: seconds(str(one), form, offset="%z" in form) for one in column.dropna().unique()
        }
        times = column.map(read).astype(float)
    if times.isna().any():
        raise InvalidInputError("split", [_problem(key, column, times.isna(), form)])
    return times


def _problem(
    key: str, column: "pd.Series[Any]", unread: "pd.Series[bool]", form: str | None
) -> str:
    """Name a row that is not read, and what to write."""
    needs = "'method: time' needs a time in each row"
    example = column[unread].iloc[0]
    if pd.isna(example):
        return f"split.key: '{key}' is missing in {column.isna().sum()} row(s); {needs}"
    if form is not None:
        what = f"which is not of the form '{form}'; correct 'data.formats'"
        return f"split.key: '{key}' holds {example!r}, {what}. {needs}"
    what = "which is neither a number nor a time such as 2026-11-25 or 2026-11-25T08:30:00"
    forms = [one for one in forms_of([str(one) for one in column.dropna().unique()]) if one]
    keys = [format_key(key, one) for one in forms]
    write = f"; write {' or '.join(keys)}" if keys else ""
    return f"split.key: '{key}' holds {example!r}, {what}{write}. {needs}"
