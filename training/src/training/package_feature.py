"""What a model package says of one feature."""

from typing import Any

import pandas as pd

from training.data import Data
from training.feature import MAX_LENGTH, Feature
from training.histogram import histogram
from training.moments import DAY, written
from training.table.missing import missing_texts


def feature_metadata(feature: Feature, column: "pd.Series[Any]", data: Data) -> dict[str, Any]:
    """Describe a feature by its column of the training split."""
    present = column.dropna()
    return {
        "name": feature.name,
        "title": feature.title or feature.name,
        "description": feature.description,
        "type": feature.type,
        "unit": feature.unit,
        "required": feature.required,
        "range": feature.range.model_dump() if feature.range else None,
        "observed": None
        if feature.by_name
        else {
            "min": float(present.min()),
            "max": float(present.max()),
            "median": float(present.median()),
        },
        "categories": feature.categories,
        "unknown": feature.unknown,
        **_of_its_type(feature, present),
        "missing": missing_texts(
            [] if feature.type == "text" else feature.categories, data.missing
        ),
        "histogram": histogram(feature, column),
    }


def _of_its_type(feature: Feature, present: "pd.Series[Any]") -> dict[str, Any]:
    """Return what a text or a datetime has beside the keys of all."""
    if feature.type == "text":
        return {"max_length": feature.max_length or MAX_LENGTH}
    if feature.type != "datetime":
        return {}
    ends = {"min": present.min(), "max": present.max()}
    ends["median"] = present.quantile(0.5, interpolation="lower")
    offset = bool(feature.offset)
    observed = {name: written(float(one), offset=offset) for name, one in ends.items()}
    return {"datetime": {"offset": offset, "time": bool((present % DAY != 0).any()), **observed}}
