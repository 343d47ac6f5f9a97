"""What is done to features before the estimator: imputing, scaling, encoding of categories."""

from itertools import product
from typing import Any

import numpy as np

from training.dataset import Dataset
from training.estimator_choice import Preprocess


def preparation(
    dataset: Dataset, wide: list[str], preprocess: Preprocess, *, takes_gaps: bool
) -> list[Any]:
    """Return the steps before the estimator: none where every number goes in as it is.

    Where the estimator takes gaps, a column that has some in `dataset`, the training split, keeps
    them. Nothing was learned of those of other columns: they get the median.
    """
    from sklearn.compose import ColumnTransformer

    parts = _number_parts(dataset, wide, preprocess, takes_gaps=takes_gaps)
    if dataset.layout == "matrix":
        if len(parts) == 1:
            return parts[0][1]
        return [ColumnTransformer([_step(*part) for part in parts])]
    texts = [f for f in dataset.features if f.type == "category"]
    encoder = _encoder([f.categories for f in texts], native=preprocess.categories == "native")
    steps = [_step(*part) for part in parts]
    return [ColumnTransformer([*steps, ("categories", encoder, [f.name for f in texts])])]


def prepared_columns(
    dataset: Dataset, wide: list[str], preprocess: Preprocess, *, takes_gaps: bool
) -> list[str]:
    """Name the feature of each column that comes out."""
    parts = _number_parts(dataset, wide, preprocess, takes_gaps=takes_gaps)
    numbers = [f.name for f in dataset.features if f.type != "category"]
    matrix = dataset.layout == "matrix"
    found = [numbers[column] if matrix else column for _, _, part in parts for column in part]
    for feature in dataset.features:
        if feature.type == "category":
            native = preprocess.categories == "native"
            found += [feature.name] * (1 if native else len(feature.categories or []))
    return found


def _encoder(categories: list[Any], *, native: bool) -> Any:
    """A missing or unknown category is none of the known: zeros only, or a gap."""
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

    if native:
        return OrdinalEncoder(
            categories=categories, handle_unknown="use_encoded_value", unknown_value=np.nan
        )
    return OneHotEncoder(categories=categories, handle_unknown="ignore", sparse_output=False)


def _step(name: str, steps: list[Any], columns: list[Any]) -> tuple[str, Any, list[Any]]:
    from sklearn.pipeline import make_pipeline

    return name, make_pipeline(*steps) if steps else "passthrough", columns


def _number_parts(
    dataset: Dataset, wide: list[str], preprocess: Preprocess, *, takes_gaps: bool
) -> list[tuple[str, list[Any], list[Any]]]:
    """Put numbers that go through the same steps together; wide ones are scaled in any case."""
    numbers = [f for f in dataset.features if f.type != "category"]
    optional = {f.name for f in numbers if not f.required}
    if (preprocess.impute or ("none" if takes_gaps else "median")) == "none":
        filled = {name for name in optional if not dataset.rows[name].isna().any()}
    else:
        filled = {f.name for f in numbers} if optional else set()
    matrix = dataset.layout == "matrix"
    found = []
    for scaled, imputed in product((True, False), (True, False)):
        columns = [
            index if matrix else f.name
            for index, f in enumerate(numbers)
            if (f.name in wide and not preprocess.scale) == scaled and (f.name in filled) == imputed
        ]
        if columns:
            name = ("wide" if scaled else "numbers") + ("" if imputed or not filled else "_gaps")
            steps = _numeric_steps(imputed=imputed, scaled=scaled or preprocess.scale)
            found.append((name, steps, columns))
    return found


def _numeric_steps(*, imputed: bool, scaled: bool) -> list[Any]:
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import StandardScaler

    steps = [SimpleImputer(strategy="median")] if imputed else []
    return [*steps, StandardScaler()] if scaled else steps
