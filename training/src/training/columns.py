"""One column: which type it looks like, its values in that type, and what is wrong with them."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from training.feature import Feature, Range

FeatureType = Literal["number", "integer", "boolean", "category"]
MAX_CATEGORIES = 200
_BOOLEANS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}


def inferred_type(column: "pd.Series[Any]") -> FeatureType:
    """Judge by the stored type alone: whole floats stay numbers, 0 and 1 stay integers."""
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_integer_dtype(column):
        return "integer"
    if pd.api.types.is_numeric_dtype(column):
        return "number"
    present = column.dropna()
    if len(present) and present.map(lambda value: isinstance(value, bool)).all():
        return "boolean"
    return "category"


def as_values(feature: Feature, column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Convert to float64 (missing and unreadable: NaN) or to text (missing: "")."""
    if feature.type == "category":
        return column.map(_text, na_action="ignore").astype(object).fillna("")
    if feature.type == "boolean":
        return column.map(lambda value: _BOOLEANS.get(str(value).lower(), np.nan)).astype(float)
    return pd.to_numeric(column, errors="coerce").astype(float)


def _text(value: object) -> str:
    """A whole float (integers with gaps are read as floats) loses its `.0`."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def problems_of(feature: Feature, values: "pd.Series[Any]") -> list[str]:
    """Compare a column's converted values with what its feature allows."""
    name = feature.name
    if feature.type == "category":
        return _category_problems(feature, values)
    present = values.dropna()
    if present.empty:
        return [f"name: '{name}' has no value that reads as {feature.type}; state its type"]
    problems = []
    if (present.abs() > np.finfo(np.float32).max).any():
        problems.append(f"name: '{name}' has numbers that float32 cannot hold; rescale it")
    if feature.type == "integer" and (present % 1 != 0).any():
        problems.append(f"type: '{name}' holds fractions; use 'type: number'")
    bounds = feature.range or Range()
    low = -np.inf if bounds.min is None else bounds.min
    high = np.inf if bounds.max is None else bounds.max
    if outside := int((~present.between(low, high)).sum()):
        problems.append(
            f"range: {outside} values of '{name}' lie outside; widen it "
            f"(data: {present.min():g} to {present.max():g}) or clean the data"
        )
    return problems


def _category_problems(feature: Feature, values: "pd.Series[Any]") -> list[str]:
    known = feature.categories or []
    if not known:
        return [f"name: '{feature.name}' has no value at all; leave it out of 'features'"]
    if len(known) > MAX_CATEGORIES:
        problem = (
            f"categories: '{feature.name}' has {len(known)} different texts and looks like an "
            f"identifier; leave it out of 'features' (limit {MAX_CATEGORIES})"
        )
        return [problem]
    strange = sorted(set(values) - set(known) - {""})
    if strange and feature.unknown == "reject":
        return [f"categories: '{feature.name}' lacks {', '.join(strange[:5])}, which are in data"]
    return []
