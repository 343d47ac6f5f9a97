"""Holds the features that `preprocess` names against what each way takes."""

from typing import Any

import pandas as pd

from training.feature import Feature, Range
from training.settings import Settings

_NUMBERS = ("number", "integer")
_TAKES = {
    "transform": _NUMBERS,
    "bins": _NUMBERS,
    "polynomial.columns": (*_NUMBERS, "boolean"),
    "min_frequency": ("category",),
    "target_encoding": ("category",),
    "text": ("text",),
    "datetime": ("datetime",),
}


def way_problems(settings: Settings, features: list[Feature], classes: int) -> list[str]:
    """Return what is wrong with the columns that `preprocess` names, by their types."""
    kinds, problems = {f.name: f.type for f in features}, []
    for name, key in settings.preprocess.named.items():
        where = f"preprocess.{key}: '{name}'"
        if name not in kinds:
            problems.append(f"{where} is no feature; those are {', '.join(kinds)}")
        elif kinds[name] not in _TAKES[key]:
            takes = " or ".join(_TAKES[key])
            problems.append(f"{where} is a {kinds[name]}, this is for {takes}; remove it there")
    if settings.preprocess.target_encoding and classes > 2:
        problems.append(
            f"preprocess.target_encoding: the target has {classes} classes, this is for two, or "
            "for a number; remove it, so that the categories are one-hot encoded"
        )
    return problems


def in_domain(
    settings: Settings, feature: Feature, values: "pd.Series[Any]", problems: list[str]
) -> Feature:
    """Bound a feature to the numbers that its transformation takes, for serving to enforce.

    A logarithm has no lowest number to bound it by: the YAML must state one.
    """
    transform = settings.preprocess.transform.get(feature.name)
    if transform in (None, "yeo-johnson") or feature.type not in _NUMBERS:
        return feature
    where = f"preprocess.transform.{feature.name}: '{transform}'"
    stated = feature.range or Range()
    if transform == "log" and (stated.min is None or stated.min <= 0):
        problems.append(
            f"{where} takes numbers above 0, and a request may have others; state the feature's "
            "'range' with a 'min' above 0, or write 'log1p'"
        )
    elif stated.min is not None and stated.min < 0:
        problems.append(
            f"{where} takes numbers from 0 on, and its 'range.min' is {stated.min:g}; write 0, or "
            "'yeo-johnson'"
        )
    elif stated.min is None and (below := int((values < 0).sum())):
        problems.append(
            f"{where} takes numbers from 0 on, and {below} row(s) have less; write 'yeo-johnson'"
        )
    bounds = stated.model_copy(update={"min": 0.0 if stated.min is None else stated.min})
    return feature.model_copy(update={"range": bounds})
