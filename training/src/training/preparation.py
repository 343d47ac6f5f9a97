"""What is done to features before the estimator: imputing, scaling, one-hot encoding."""

from typing import Any

from training.dataset import Dataset


def preparation(dataset: Dataset, wide: list[str], *, scale: bool) -> list[Any]:
    """Return the steps before the estimator: none where every number goes in as it is."""
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder

    names = [f.name for f in dataset.features if f.type != "category"]
    if dataset.layout == "matrix":
        if scale or not wide:
            return _numeric_steps(dataset, scale=scale)
        at = [names.index(name) for name in wide]
        others = [index for index in range(len(names)) if index not in at]
        return [ColumnTransformer(_number_parts(dataset, at, others, scale=False))]
    texts = [f for f in dataset.features if f.type == "category"]
    encoder = OneHotEncoder(
        categories=[f.categories for f in texts], handle_unknown="ignore", sparse_output=False
    )
    rest = [name for name in names if scale or name not in wide]
    parts = _number_parts(dataset, [n for n in names if n not in rest], rest, scale=scale)
    return [ColumnTransformer([*parts, ("categories", encoder, [f.name for f in texts])])]


def _numeric_steps(dataset: Dataset, *, scale: bool) -> list[Any]:
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import StandardScaler

    optional = any(not f.required for f in dataset.features if f.type != "category")
    steps = [SimpleImputer(strategy="median")] if optional else []
    return [*steps, StandardScaler()] if scale else steps


def _number_parts(
    dataset: Dataset, wide: list[Any], rest: list[Any], *, scale: bool
) -> list[tuple[str, Any, list[Any]]]:
    """Name the columns that are centred and scaled in any case, and the others."""
    from sklearn.pipeline import make_pipeline

    parts = {"wide": (wide, True), "numbers": (rest, scale)}
    found = []
    for name, (columns, scaled) in parts.items():
        steps = _numeric_steps(dataset, scale=scaled)
        if columns:
            found.append((name, make_pipeline(*steps) if steps else "passthrough", columns))
    return found
