"""Tells of each row which slice it is in, one for each column of the YAML's `slices`."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.columns import as_values
from training.feature import Feature
from training.settings import Settings
from training.slice_choice import Slice
from training.sources import Table
from training.table.infer import infer

MOST_VALUES = 30


@dataclass(frozen=True)
class Labels:
    """The values of a column in order (None: missing), and which of them each row has."""

    order: list[str | None]
    codes: npt.NDArray[np.int64]

    def take(self, index: npt.NDArray[np.int64]) -> "Labels":
        """Keep the rows at these positions."""
        return replace(self, codes=self.codes[index])

    def rows(self, value: str | None) -> npt.NDArray[np.int64]:
        """Return the positions of the rows with a value."""
        return np.flatnonzero(self.codes == self.order.index(value))


def aside(settings: Settings) -> list[str]:
    """Columns that are read although `data.drop` names them."""
    return [one.column for one in settings.slices]


def labels(
    settings: Settings, table: Table, features: list[Feature], problems: list[str]
) -> dict[str, Labels]:
    """Return each column's labels for all rows of the table, adding to `problems` what is wrong."""
    known = {feature.name: feature for feature in features}
    found = {}
    for index, stated in enumerate(settings.slices):
        try:
            found[stated.column] = _labels(settings, table, stated, known)
        except ValueError as error:
            problems.append(f"slices.{index}: {error}")
    return found


def _labels(settings: Settings, table: Table, stated: Slice, known: dict[str, Feature]) -> Labels:
    name = stated.column
    frame = table.frame if name in table.frame.columns else table.aside
    if name not in frame.columns:
        columns = ", ".join(map(str, [*table.frame.columns, *table.aside.columns]))
        raise ValueError(f"the data has no column '{name}'; it has {columns}")
    feature = known.get(name) or Feature(name=name, type=settings.data.types.get(name))
    if feature.type is None:
        guess = infer(name, frame[name], settings.data)
        if guess.problem.text:
            raise ValueError(guess.problem.text)
        feature = Feature(name=name, type=guess.type)
    if feature.type in ("text", "datetime"):
        what = {"text": "is free text", "datetime": "holds times"}[feature.type]
        raise ValueError(f"'{name}' {what}, whose values are no groups; name one of categories")
    column = table.column(feature) if frame is table.frame else frame[name]
    values = as_values(feature, column, settings.data)
    absent = values == "" if feature.is_text else values.isna()
    if len(unreadable := column[absent & column.notna()]):
        raise ValueError(
            f"'{name}' holds {unreadable.iloc[0]!r}, which is no {feature.type}; name it in "
            "'data.missing' or use another type"
        )
    if feature.type in ("number", "integer"):
        return _binned(stated, feature, values)
    if stated.bins is not None:
        raise ValueError(f"'{name}' holds no numbers (it is a {feature.type}); leave 'bins' out")
    if feature.type == "boolean":
        return _numbered(["false", "true"], values.map({0.0: "false", 1.0: "true"}).fillna(""))
    present = set(values) - {""}
    if len(present) > MOST_VALUES:
        raise ValueError(
            f"'{name}' has {len(present)} different values, of which {MOST_VALUES} at most can be "
            "slices; name a column of fewer, larger groups"
        )
    order = [value for value in feature.categories or [] if value in present]
    return _numbered([*order, *sorted(present - set(order))], values)


def _numbered(order: list[str], values: "pd.Series[Any]") -> Labels:
    codes = {value: code for code, value in enumerate(order)} | {"": len(order)}
    return Labels([*order, None], np.array([codes[value] for value in values]))


def _binned(stated: Slice, feature: Feature, values: "pd.Series[Any]") -> Labels:
    name, present = stated.column, values.dropna()
    if stated.bins is None:
        thirds = np.quantile(present if len(present) else [0.0], [1 / 3, 2 / 3])
        thirds = np.ceil(thirds) if feature.type == "integer" else thirds
        some = [f"{bound:.3g}" for bound in np.unique(thirds) if (present < bound).any()]
        some = some or [f"{thirds[-1]:.3g}"]
        raise ValueError(
            f"'{name}' holds numbers (it is a column of type {feature.type}); state bounds, such "
            f"as '{{column: {name}, bins: [{', '.join(some)}]}}', or name a column of categories"
        )
    bounds = [f"{bound:.10g}" for bound in stated.bins]
    order: list[str | None] = [f"below {bounds[0]}"]
    order += [f"{low} to below {high}" for low, high in pairwise(bounds)]
    order += [f"{bounds[-1]} and more", None]
    codes = np.searchsorted(stated.bins, values.to_numpy(np.float64), side="right")
    codes[values.isna().to_numpy()] = len(order) - 1
    return Labels(order, codes.astype(np.int64))
