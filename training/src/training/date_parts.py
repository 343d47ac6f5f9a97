"""Parts of times, such as month and weekday, as a step of scikit-learn."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from training.moments import DAY

Numbers = npt.NDArray[np.float64]
_PARTS: dict[str, Callable[[pd.DatetimeIndex], Any]] = {
    "year": lambda times: times.year,
    "quarter": lambda times: times.quarter,
    "month": lambda times: times.month,
    "day": lambda times: times.day,
    "weekday": lambda times: times.day_of_week + 1,  # ISO 8601: Monday is 1
    "day_of_year": lambda times: times.day_of_year,
    "hour": lambda times: times.hour,
    "minute": lambda times: times.minute,
}
# Part: what it begins with, and after how many it begins again.
CYCLES = {"month": (1, 12.0), "weekday": (1, 7.0), "hour": (0, 24.0), "day_of_year": (1, 365.25)}
CYCLE = "_cycle"
PARTS = (*_PARTS, "days", *(f"{name}{CYCLE}" for name in CYCLES))


class DateParts(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Each column of seconds since 1970-01-01 becomes a number a part, `PARTS` names them all.

    `days` are those since 1970-01-01. A cycle, such as `month_cycle`, becomes two numbers, sine and
    cosine of its place in it, so that December lies beside January. A missing time (NaN) is missing
    in all of its parts.
    """

    def __init__(self, parts: tuple[str, ...]) -> None:
        """Take the names of parts, in order."""
        self.parts = parts

    @property
    def width(self) -> int:
        """How many numbers a column becomes."""
        return sum(1 + part.endswith(CYCLE) for part in self.parts)

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002, N803 - scikit-learn's names
        """Learn nothing but the number of columns."""
        self.n_features_in_ = np.asarray(X).shape[1]
        return self

    def transform(self, X: Any) -> Numbers:  # noqa: N803
        """Return `[rows, columns · width]`, the parts of one column after those of another."""
        columns = np.asarray(X, dtype=np.float64).T
        return np.column_stack(
            [self._of(column, part) for column in columns for part in self.parts]
        )

    def _of(self, column: Numbers, part: str) -> Numbers:
        """Return one number, or two, for each row."""
        if part == "days":
            return np.floor(column / DAY)
        if part.endswith(CYCLE):
            name = part.removesuffix(CYCLE)
            first, period = CYCLES[name]
            turn = 2 * np.pi * (self._of(column, name) - first) / period
            return np.column_stack([np.sin(turn), np.cos(turn)])
        known = np.where(np.isnan(column), 0, column).astype(np.int64).astype("datetime64[s]")
        found = np.asarray(_PARTS[part](pd.DatetimeIndex(known)), dtype=np.float64)
        return np.where(np.isnan(column), np.nan, found)


def usual_parts(columns: Numbers) -> tuple[str, ...]:
    """Return the parts where the YAML names none: the hour only where some time is not midnight."""
    times = bool((columns[~np.isnan(columns)] % DAY != 0).any())
    return ("days", "year", "month", "day", "weekday", *(["hour"] if times else []))
