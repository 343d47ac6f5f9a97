"""Turns a raw table into typed features and a target, or lists every way it breaks the contract."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.columns import as_values, inferred_type, problems_of
from training.errors import InvalidInputError
from training.feature import Feature
from training.metrics import Task
from training.settings import Settings
from training.sources import Table

Layout = Literal["matrix", "columns"]


@dataclass(frozen=True)
class Dataset:
    """What every later step works on.

    `features` have type, required and categories filled in. `rows` holds numbers as float64
    (missing: NaN) and categories as text (missing: ""), one column a feature. `target` holds class
    indices into `classes`, or float64 numbers (then `classes` is empty).
    """

    task: Task
    features: list[Feature]
    rows: pd.DataFrame
    target: npt.NDArray[Any]
    classes: list[int | str]
    positive: int | None
    sha256: str

    @property
    def layout(self) -> Layout:
        """`matrix` when every feature is a number, see docs/model-package.md."""
        return "columns" if any(f.type == "category" for f in self.features) else "matrix"

    def take(self, index: npt.NDArray[np.int64]) -> "Dataset":
        """Keep the rows at these positions."""
        return replace(self, rows=self.rows.iloc[index], target=self.target[index])

    def joined(self, other: "Dataset") -> "Dataset":
        """Put two parts together again."""
        rows, target = pd.concat([self.rows, other.rows]), [self.target, other.target]
        return replace(self, rows=rows, target=np.concatenate(target))


def build_dataset(settings: Settings, table: Table, task: str) -> Dataset:
    """Apply the YAML's contract to the table; `task` is `classification` or `regression`."""
    problems: list[str] = []
    frame, column = table.frame, settings.target.column
    if column not in frame.columns:
        known = ", ".join(map(str, frame.columns))
        alone = "; is 'data.separator' right?" if len(frame.columns) == 1 else ""
        problems.append(f"target.column: the data has no column '{column}'; it has {known}{alone}")
    features = [_resolved(f, frame, problems) for f in _stated_features(settings, frame, problems)]
    if len(frame) < 10:
        problems.append(f"data.source: {len(frame)} rows are too few; at least 10 are needed")
    if problems:
        raise InvalidInputError(settings.name, problems)
    rows = pd.DataFrame({f.name: as_values(f, frame[f.name]) for f in features})
    for index, feature in enumerate(features):
        problems += [f"features.{index}.{p}" for p in problems_of(feature, rows[feature.name])]
    target, classes = _target(settings, frame[column], task, problems)
    positive = _positive(settings, classes, problems)
    if settings.output.type and (settings.output.type == "number") != (task == "regression"):
        problems.append(f"output.type: '{settings.output.type}' is not for {task}")
    if problems:
        raise InvalidInputError(settings.name, problems)
    kind: Task = (
        "regression" if task == "regression" else "binary" if len(classes) == 2 else "multiclass"
    )
    return Dataset(kind, features, rows, target, classes, positive, table.sha256)


def _stated_features(settings: Settings, frame: pd.DataFrame, problems: list[str]) -> list[Feature]:
    """Return the YAML's features, else all columns but the target and the split's key.

    The columns then need names.
    """
    if settings.features is not None:
        return settings.features
    others = {settings.target.column, settings.split.key}
    names = [str(name) for name in frame.columns if name not in others]
    problems += [
        f"features: a column has no name, as pandas' row numbers have none; put '{name}' into "
        "'data.drop', or give it a name in 'data.rename'"
        for name in names
        if name.startswith("Unnamed: ")
    ]
    return [Feature.model_validate({"name": name}) for name in names]


def _resolved(feature: Feature, frame: pd.DataFrame, problems: list[str]) -> Feature:
    """Fill in what the YAML leaves to the data: type, required, categories."""
    if feature.name not in frame.columns:
        known = ", ".join(map(str, frame.columns))
        problems.append(f"features: the data has no column '{feature.name}'; it has {known}")
        return feature
    column = frame[feature.name]
    kind = feature.type or inferred_type(column)
    resolved = feature.model_copy(update={"type": kind})
    values = as_values(resolved, column)
    absent = values == "" if kind == "category" else values.isna()
    missing = bool(absent.any())
    if len(unreadable := column[absent & column.notna()]):
        problems.append(
            f"features: '{feature.name}' holds {unreadable.iloc[0]!r}, which is no {kind}; "
            "name it in 'data.missing' or use another type"
        )
    if feature.required and missing:
        problems.append(
            f"features: '{feature.name}' is 'required: true' but misses values in the data; "
            "leave 'required' out to have them imputed"
        )
    update: dict[str, Any] = {
        "required": not missing if feature.required is None else feature.required
    }
    if kind == "category" and feature.categories is None:
        update["categories"] = sorted(set(values) - {""})
    return resolved.model_copy(update=update)


def _target(
    settings: Settings, column: "pd.Series[Any]", task: str, problems: list[str]
) -> tuple[npt.NDArray[Any], list[int | str]]:
    name = settings.target.column
    if missing := int(column.isna().sum()):
        problems.append(f"target.column: '{name}' misses {missing} values; remove those rows")
        return np.array([]), []
    number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if task == "regression":
        if not number or not np.isfinite(column.to_numpy(np.float64)).all():
            problems.append(f"target.column: '{name}' must hold finite numbers for a regression")
            return np.array([]), []
        return column.to_numpy(np.float64), []
    if number and (column % 1 != 0).any():
        problems.append(
            f"target.column: '{name}' holds fractions; state 'task: regression' or use classes"
        )
        return np.array([]), []
    values = (
        column.astype(np.int64)
        if number or pd.api.types.is_bool_dtype(column)
        else column.astype(str)
    )
    classes: list[int | str] = sorted(values.unique().tolist())
    if not 2 <= len(classes) <= 100:
        problems.append(f"target.column: '{name}' has {len(classes)} classes; 2 to 100 work")
    rare = values.value_counts()
    if (rare < 2).any():
        few = ", ".join(str(value) for value in rare[rare < 2].index)
        problems.append(f"target.column: only one row has {few}; at least two are needed")
    return values.map({c: i for i, c in enumerate(classes)}).to_numpy(np.int64), classes


def _positive(settings: Settings, classes: list[int | str], problems: list[str]) -> int | None:
    """Index of the positive class of a binary model, None for any other."""
    known = ", ".join(map(str, classes))
    problems += [
        f"target.labels: '{value}' is no class of the data; those are {known}"
        for value in settings.target.labels
        if value not in classes
    ]
    stated = settings.target.positive
    if stated is not None and stated not in classes:
        problems.append(f"target.positive: '{stated}' is no class of the data; those are {known}")
        return None
    if len(classes) != 2:
        only = {
            "target.positive": stated is not None,
            "risk_bands": bool(settings.risk_bands),
            "output.type": settings.output.type == "boolean",
        }
        problems += [f"{path}: only for two classes" for path, used in only.items() if used]
        return None
    return 1 if stated is None else classes.index(stated)
