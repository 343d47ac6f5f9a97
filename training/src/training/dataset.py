"""Turns a raw table into typed features and a target, or lists every way it breaks the contract."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from training import target as targets
from training.columns import as_values, problems_of
from training.data import Data
from training.errors import InvalidInputError
from training.feature import AS_TEXT, Feature
from training.feature_ways import in_domain, way_problems
from training.leakage import leakage_note
from training.metrics import Task
from training.settings import Settings
from training.slices import Labels, labels
from training.sources import Table
from training.stated import column_problems, stated_features
from training.table.conventions import Values, foreign, is_infinite
from training.table.infer import infer
from training.table.missing import values_and_counts
from training.table.problem import type_key
from training.target_choice import domain_problem
from training.times import as_times, times_hint
from training.understanding import Reading, Understanding, notes_on, notes_on_target
from training.weights import Weights, class_problems, weights_in

Layout = Literal["matrix", "columns"]


@dataclass(frozen=True)
class Dataset:
    """What every later step works on.

    `features` have type, required and categories filled in. `rows` holds numbers as float64
    (missing: NaN) and categories as text (missing: ""), one column a feature. `target` holds class
    indices into `classes`, or float64 numbers (then `classes` is empty). `labels` are what people
    read for each class. `slices` tells of each column of the YAML's `slices` which value a row has,
    `weights` how much each row counts in the fit.
    """

    task: Task
    features: list[Feature]
    rows: pd.DataFrame
    target: npt.NDArray[Any]
    classes: list[int | str]
    positive: int | None
    sha256: str
    labels: list[str] = field(default_factory=list)
    understanding: Understanding = field(default_factory=Understanding)
    slices: dict[str, Labels] = field(default_factory=dict)
    weights: Weights | None = None

    @property
    def layout(self) -> Layout:
        """`matrix` when every feature is a number, see docs/model-package.md."""
        return "columns" if any(f.by_name for f in self.features) else "matrix"

    def take(self, index: npt.NDArray[np.int64]) -> "Dataset":
        """Keep the rows at these positions."""
        slices = {name: labels.take(index) for name, labels in self.slices.items()}
        rows, target = self.rows.iloc[index], self.target[index]
        weights = None if self.weights is None else self.weights[index]
        return replace(self, rows=rows, target=target, slices=slices, weights=weights)

    def joined(self, other: "Dataset") -> "Dataset":
        """Put two parts together again, without their slices and weights."""
        rows, target = pd.concat([self.rows, other.rows]), [self.target, other.target]
        return replace(self, rows=rows, target=np.concatenate(target), slices={}, weights=None)


def text_columns(settings: Settings, task: str) -> list[str]:
    """Columns whose text is needed: classes, stated categories, texts and times."""
    stated = [f.name for f in settings.features or [] if f.by_name]
    stated += [name for name, kind in settings.data.types.items() if kind in AS_TEXT]
    return [*stated, settings.target.column] if task == "classification" else stated


def build_dataset(settings: Settings, table: Table, task: str) -> Dataset:
    """Apply the YAML's contract to the table; `task` is `classification` or `regression`."""
    problems = column_problems(settings, table)
    columns: dict[str, pd.Series[Any]] = {}
    readings: list[Reading] = []
    features: list[Feature] = []
    for stated in stated_features(settings, table.frame, problems):
        if stated.name not in table.frame.columns:
            known = ", ".join(map(str, table.frame.columns))
            problems.append(f"features: the data has no column '{stated.name}'; it has {known}")
            continue
        feature, values, reading = _resolved(settings, stated, table, problems)
        feature = in_domain(settings, feature, values, problems)
        features.append(feature)
        columns[feature.name] = values
        readings.append(reading)
    if len(table.frame) < 10:
        problems.append(f"data.source: {len(table.frame)} rows are too few; at least 10 are needed")
    if problems:
        raise InvalidInputError(settings.name, problems)
    rows = pd.DataFrame(columns)
    for index, feature in enumerate(features):
        problems += [f"features.{index}.{p}" for p in problems_of(feature, rows[feature.name])]
    dataset = _with_target(
        settings,
        task,
        Dataset("regression", features, rows, np.array([]), [], None, table.sha256),
        table.frame[settings.target.column],
        problems,
    )
    problems += way_problems(settings, features, len(dataset.classes))
    if settings.output.type and (settings.output.type == "number") != (task == "regression"):
        problems.append(f"output.type: '{settings.output.type}' is not for {task}")
    if problems:
        raise InvalidInputError(settings.name, problems)
    readings = [_with_leakage(reading, dataset) for reading in readings]
    problems += class_problems(settings, dataset.classes)
    weights = weights_in(settings, table, problems)
    slices = labels(settings, table, features, problems)
    if problems:
        raise InvalidInputError(settings.name, problems)
    understanding = replace(
        dataset.understanding, readings=tuple(readings), dropped=_dropped(settings, table)
    )
    return replace(dataset, understanding=understanding, slices=slices, weights=weights)


def _with_leakage(reading: Reading, dataset: Dataset) -> Reading:
    values = dataset.rows[reading.name]
    note = leakage_note(values, dataset.target, classes=bool(dataset.classes))
    return replace(reading, notes=(*reading.notes, note)) if note else reading


def _dropped(settings: Settings, table: Table) -> tuple[str, ...]:
    unnamed = ("the row names",) if table.csv is not None and table.csv.layout.row_names else ()
    return (*settings.data.drop, *unnamed)


def _resolved(
    settings: Settings, feature: Feature, table: Table, problems: list[str]
) -> "tuple[Feature, pd.Series[Any], Reading]":
    """Fill in what the YAML leaves to the data: type, required, categories."""
    column, data, kind, reason = table.frame[feature.name], settings.data, feature.type, "stated"
    if kind is None:
        guess = table.kinds.get(feature.name) or infer(feature.name, column, data)
        kind, reason = guess.type, guess.reason
        if guess.problem.text:
            problems.append(f"features: {guess.problem.text}")
    resolved = feature.model_copy(update={"type": kind})
    if feature.by_name:
        column = table.column(resolved)
    if feature.name in data.formats and kind != "datetime":
        problems.append(
            f"data.formats.{feature.name}: is for a datetime, and this is a {kind}; remove it, or "
            f"write {type_key(feature.name, 'datetime')}"
        )
    if kind == "datetime":
        resolved, column = as_times(resolved, column, data, problems)
    values = as_values(resolved, column, data)
    absent = values == "" if resolved.is_text else values.isna()
    missing = int(absent.sum())
    if reason and len(unreadable := column[absent & column.notna()]):
        problems.append(_unreadable(resolved, column, unreadable, settings))
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
        if reason and (
            problem := too_many(settings.data, feature.name, len(update["categories"]), len(values))
        ):
            problems.append(problem)
    notes = notes_on(kind, column, values, data)
    resolved = resolved.model_copy(update=update)
    return resolved, values, Reading(feature.name, kind, reason, missing, notes)


def _unreadable(
    feature: Feature, column: "pd.Series[Any]", unreadable: "pd.Series[Any]", settings: Settings
) -> str:
    hint = ""
    if feature.type == "datetime":
        hint = times_hint(feature, column, settings.data)
    if column.dtype == "category" and feature.type in ("number", "integer"):
        values = Values(*values_and_counts(column))
        hint = foreign(feature.name, values, settings.data, stated=str(feature.type)).text
    example = unreadable.iloc[0]
    what = "is infinite" if is_infinite(str(example)) else f"is no {feature.type}"
    hint = hint or "name it in 'data.missing' or use another type"
    return f"features: '{feature.name}' holds {example!r}, which {what}; {hint}"


def too_many(data: Data, name: str, categories: int, rows: int) -> str:
    """A category needs several rows each; the limit grows with the table."""
    limit = data.max_categories or min(max(20, rows // 4), 1000)
    if categories <= limit:
        return ""
    return (
        f"categories: '{name}' has {categories} different texts in {rows} rows (limit "
        f"{limit}) and looks like an identifier or text; name it in 'data.drop', write "
        f"{type_key(name, 'text')} to learn from its words, or raise 'data.max_categories', and "
        f"write {type_key(name, 'category')}"
    )


def _with_target(
    settings: Settings,
    task: str,
    dataset: Dataset,
    column: "pd.Series[Any]",
    problems: list[str],
) -> Dataset:
    """Add what is to be predicted."""
    if task == "regression":
        numbers = targets.numbers(settings, column, problems)
        if problem := domain_problem(settings.target.column, settings.target.transform, numbers):
            problems.append(problem)
        targets.labels(settings, [], problems)
        targets.sentences(settings, [], problems)
        targets.positive(settings, [], problems)
        return replace(
            dataset, target=numbers, understanding=notes_on_target(numbers, [], None, "")
        )
    index, known = targets.classes(settings, column, problems)
    labels = targets.labels(settings, known, problems)
    targets.sentences(settings, known, problems)
    positive, why = targets.positive(settings, known, problems)
    kind: Task = "binary" if len(known) == 2 else "multiclass"
    return replace(
        dataset,
        task=kind,
        target=index,
        classes=known,
        positive=positive,
        labels=labels,
        understanding=notes_on_target(index, known, positive, why),
    )
