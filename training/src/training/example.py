"""The example row of a model package: checked when the YAML states it, else made from medians."""

from typing import Any

import numpy as np
import pandas as pd

from training.columns import as_values, problems_of
from training.dataset import Dataset
from training.errors import InvalidInputError
from training.feature import AS_TEXT, Feature
from training.moments import seconds, written
from training.settings import Settings


def example_row(settings: Settings, dataset: Dataset) -> dict[str, Any]:
    """Return one whole valid request row, in the order of the features."""
    if settings.example is None:
        return {f.name: _typical(f, dataset.rows[f.name]) for f in dataset.features}
    row, problems = dict(settings.example), []
    names = [f.name for f in dataset.features]
    problems += [f"example.{name}: is no feature" for name in row if name not in names]
    for feature in dataset.features:
        value = row.get(feature.name)
        if value is not None:
            problems += [f"example.{p}" for p in _value_problems(feature, value)]
        elif feature.required:
            problems.append(f"example.{feature.name}: is required; state it")
    if problems:
        raise InvalidInputError(settings.name, problems)
    return {name: row[name] for name in names if row.get(name) is not None}


def _typical(feature: Feature, column: "pd.Series[Any]") -> Any:
    """Median of a number that occurs, a text of median length, most frequent of the rest."""
    if feature.type == "text":
        texts = column[column != ""].sort_values(key=lambda texts: texts.map(len), kind="stable")
        return texts.iloc[(len(texts) - 1) // 2]
    if feature.type == "category":
        return column[column != ""].mode().iloc[0]
    present = column.dropna()
    if feature.type == "datetime":
        middle = present.quantile(0.5, interpolation="lower").item()
        return written(middle, offset=bool(feature.offset))
    if feature.type == "boolean":
        return bool(present.mode().iloc[0])
    middle = present.quantile(0.5, interpolation="lower").item()
    return int(middle) if feature.type == "integer" else middle


def _value_problems(feature: Feature, value: Any) -> list[str]:
    is_text, is_bool = isinstance(value, str), isinstance(value, bool)
    fits = {"boolean": is_bool, **dict.fromkeys(AS_TEXT, is_text)}.get(
        str(feature.type), not is_text and not is_bool
    )
    if not fits:
        return [f"{feature.name}: {value!r} is no {feature.type}"]
    if feature.type == "datetime":
        if not np.isnan(seconds(value, offset=bool(feature.offset))):
            return []
        how = "2026-11-27T08:30:00Z" if feature.offset else "2026-11-27 or 2026-11-27T08:30:00"
        return [f"{feature.name}: {value!r} is no datetime; write such as {how}"]
    return [f"{feature.name}: {p}" for p in problems_of(feature, pd.Series([value], dtype=object))]


def example_frame(features: list[Feature], row: dict[str, Any]) -> pd.DataFrame:
    """Return the row as converted columns, `[1, features]`, missing values included."""
    return pd.DataFrame(
        {f.name: as_values(f, pd.Series([row.get(f.name, np.nan)], dtype=object)) for f in features}
    )
