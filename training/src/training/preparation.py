"""What is done to features before the estimator: imputing, scaling, encoding of categories."""

from itertools import product
from typing import Any

import numpy as np

from training.dataset import Dataset
from training.date_parts import DateParts, usual_parts
from training.errors import InvalidInputError
from training.feature import Feature
from training.function_form import FUNCTIONS
from training.preprocess import Preprocess, TextWords
from training.settings import Settings

NO_GAPS = ("bins", "polynomial")  # scikit-learn's steps that take no missing numbers


def preparation(
    settings: Settings, dataset: Dataset, wide: list[str], *, takes_gaps: bool
) -> list[Any]:
    """Return the steps before the estimator: none where every number goes in as it is.

    Where the estimator takes gaps, a column that has some in `dataset`, the training split, keeps
    them. Nothing was learned of those of other columns: they get the median.
    """
    from sklearn.compose import ColumnTransformer

    parts = _number_parts(dataset, wide, settings.preprocess, takes_gaps=takes_gaps)
    if dataset.layout == "matrix":
        if len(parts) == 1:
            return parts[0][1]
        return [ColumnTransformer([_step(*part) for part in parts])]
    steps = [_step(*part) for part in parts]
    steps += _text_parts(dataset, settings.preprocess)
    return [ColumnTransformer([*steps, *_category_parts(settings, dataset)])]


def prepared_columns(
    settings: Settings, dataset: Dataset, wide: list[str], *, takes_gaps: bool
) -> list[str]:
    """Name the feature of each column that comes out; bins and products are not told apart.

    How many columns a text becomes is not known before the fit: it must have none.
    """
    preprocess = settings.preprocess
    parts = _number_parts(dataset, wide, preprocess, takes_gaps=takes_gaps)
    numbers = [f.name for f in dataset.features if not f.is_text]
    matrix = dataset.layout == "matrix"
    found = [
        numbers[column] if matrix else column
        for _, steps, part in parts
        for column in part
        for _ in range(next((s.width for s in steps if isinstance(s, DateParts)), 1))
    ]
    for feature in dataset.features:
        if feature.type == "category" and feature.name not in preprocess.target_encoding:
            known = _frequent(settings, feature.name, feature.categories or [], dataset)
            found += [feature.name] * (1 if preprocess.categories == "native" else len(known))
    return [*found, *preprocess.target_encoding]


def _text_parts(dataset: Dataset, preprocess: Preprocess) -> list[tuple[str, Any, Any]]:
    """Return a step for each text: its columns are zero where it is missing."""
    from training.word_tfidf import WordTfidf

    names = [f.name for f in dataset.features if f.type == "text"]
    told = {name: preprocess.text.get(name, TextWords()).model_dump() for name in names}
    return [(f"text_{at}", WordTfidf(**told[name]), [name]) for at, name in enumerate(names)]


def _category_parts(settings: Settings, dataset: Dataset) -> list[tuple[str, Any, Any]]:
    """A missing or unknown category is none of the known: zeros only, a gap, or the mean of all."""
    from sklearn.model_selection import KFold, StratifiedKFold
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

    preprocess, folds = settings.preprocess, StratifiedKFold if dataset.classes else KFold
    texts = [f for f in dataset.features if f.type == "category"]
    means = [f for f in texts if f.name in preprocess.target_encoding]
    others = [f for f in texts if f not in means]
    known = [_frequent(settings, f.name, f.categories or [], dataset) for f in others]
    parts: list[tuple[str, Any, Any]] = []
    if others and preprocess.categories == "native":
        ordinal = OrdinalEncoder(
            categories=known, handle_unknown="use_encoded_value", unknown_value=np.nan
        )
        parts.append(("categories", ordinal, [f.name for f in others]))
    elif others:
        encoder = OneHotEncoder(categories=known, handle_unknown="ignore", sparse_output=False)
        parts.append(("categories", encoder, [f.name for f in others]))
    if means:
        encoder = TargetEncoder(
            categories=[f.categories for f in means],
            target_type="binary" if dataset.classes else "continuous",
            cv=folds(5, shuffle=True, random_state=settings.split.seed),
        )
        parts.append(("target_encoding", encoder, [f.name for f in means]))
    return parts


def _frequent(settings: Settings, name: str, known: list[str], dataset: Dataset) -> list[str]:
    """Leave out categories of too few training rows."""
    least = settings.preprocess.min_frequency.get(name)
    if least is None:
        return known
    counts = dataset.rows[name].value_counts()
    kept = [value for value in known if counts.get(value, 0) >= least]
    if not kept:
        problem = (
            f"preprocess.min_frequency.{name}: no value has {least} training rows, the most "
            f"frequent has {counts.max()}; write fewer, or name '{name}' in 'data.drop'"
        )
        raise InvalidInputError(settings.name, [problem])
    return kept


def _step(name: str, steps: list[Any], columns: list[Any]) -> tuple[str, Any, list[Any]]:
    from sklearn.pipeline import make_pipeline

    return name, make_pipeline(*steps) if steps else "passthrough", columns


def _number_parts(
    dataset: Dataset, wide: list[str], preprocess: Preprocess, *, takes_gaps: bool
) -> list[tuple[str, list[Any], list[Any]]]:
    """Put numbers that go through the same steps together; wide ones are scaled in any case."""
    numbers = [f for f in dataset.features if not f.is_text]
    optional = {f.name for f in numbers if not f.required}
    ways = {f.name: _way(f, preprocess, dataset) for f in numbers}
    if (preprocess.impute or ("none" if takes_gaps else "median")) == "none":
        filled = {name for name in optional if not dataset.rows[name].isna().any()}
        filled |= {name for name in optional if ways[name].partition("-")[0] in NO_GAPS}
    else:
        filled = {f.name for f in numbers} if optional else set()
    matrix = dataset.layout == "matrix"
    found = []
    for way in dict.fromkeys(["", *ways.values()]):
        for scaled, imputed in product((True, False), (True, False)):
            columns = [
                index if matrix else f.name
                for index, f in enumerate(numbers)
                if ways[f.name] == way
                and (f.name in wide and not preprocess.scale) == scaled
                and (f.name in filled) == imputed
            ]
            if columns:
                name = ("wide" if scaled else "numbers") + (
                    "" if imputed or not filled else "_gaps"
                )
                name += f"_{way}" if way else ""
                made = _made(way, preprocess)
                steps = _numeric_steps(made, imputed=imputed, scaled=scaled or preprocess.scale)
                found.append((name, steps, columns))
    return found


def _way(feature: Feature, preprocess: Preprocess, dataset: Dataset) -> str:
    """Return what a number goes through beside imputing and scaling; empty for nothing."""
    name = feature.name
    if feature.type == "datetime":
        parts = preprocess.datetime.get(name) or usual_parts(dataset.rows[name].to_numpy())
        return "-".join(["datetime", *parts])
    if name in preprocess.bins:
        return f"bins-{preprocess.bins[name]}"
    if preprocess.polynomial is not None and name in preprocess.polynomial.columns:
        return "polynomial"
    return preprocess.transform.get(name, "")


def _made(way: str, preprocess: Preprocess) -> list[Any]:
    from sklearn.preprocessing import (
        FunctionTransformer,
        KBinsDiscretizer,
        PolynomialFeatures,
        PowerTransformer,
    )

    if way in FUNCTIONS:
        return [FunctionTransformer(FUNCTIONS[way])]
    if way == "yeo-johnson":
        return [PowerTransformer()]
    if way == "polynomial" and (told := preprocess.polynomial) is not None:
        return [
            PolynomialFeatures(
                told.degree, interaction_only=told.interaction_only, include_bias=False
            )
        ]
    if way.startswith("datetime-"):
        return [DateParts(tuple(way.split("-")[1:]))]
    if way.startswith("bins-"):
        count = int(way.removeprefix("bins-"))
        return [KBinsDiscretizer(count, encode="onehot-dense", subsample=None)]
    return []


def _numeric_steps(made: list[Any], *, imputed: bool, scaled: bool) -> list[Any]:
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import StandardScaler

    steps = [SimpleImputer(strategy="median"), *made] if imputed else made
    return [*steps, StandardScaler()] if scaled else steps
