"""Maps a batch of rows to the answered ones and the faults of the others.

`Plan.answer` is pure, and all that an engine has to call which spreads batches over machines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from training.data import Data
from training.errors import InvalidInputError
from training.prediction.checked import Checked
from training.prediction.package_model import Input, PackageModel
from training.prediction.texts import check_fields
from training.prediction.typed import check_column, type_problem
from training.scoring import NumberScores, Scores
from training.spelling import like

TYPED = {"number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}
SHOWN = 200  # characters of a value in a fault


@dataclass(frozen=True)
class Fault:
    """Why a row has no answer; `row` counts within its batch, from 0."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Answered:
    """The rows that were answered, with their answers, and what is wrong with the others."""

    batch: pa.RecordBatch
    faults: list[Fault]


Answer = Callable[[pa.RecordBatch], Answered]


@dataclass(frozen=True)
class Plan:
    """`schema` is of the answered batches; `absent` are optional features that no column has."""

    answer: Answer
    schema: pa.Schema
    absent: list[str]


def plan_answers(
    model: PackageModel, schema: pa.Schema, *, data: Data | None, typed: bool, prefix: str
) -> Plan:
    """Prepare for rows of this schema.

    `data` says how the fields of CSV files are written, and is None for columns that have types.
    With `typed`, numbers and booleans of CSV files are answered as such, else as they are written.
    Raises InvalidInputError for a column that is absent, of a wrong type, or called as an answer.
    """
    ours = answer_fields(model, prefix)
    _refuse_collisions(schema, ours)
    absent = [one for one in model.inputs if one.feature.name not in schema.names]
    _refuse_problems(model, schema, absent, untyped=data is not None)
    types = {
        one.feature.name: TYPED[one.feature.type or ""]
        for one in model.inputs
        if typed and data is not None and one.feature.type in TYPED
    }
    kept = [field.with_type(types.get(field.name, field.type)) for field in schema]
    whole = pa.schema([*kept, *ours])

    def answer(batch: pa.RecordBatch) -> Answered:
        columns = {one.feature.name: _check(one, model.dtype, batch, data) for one in model.inputs}
        faults = [
            Fault(row, name, _shown(batch, name, row), reason)
            for name, column in columns.items()
            for row, reason in column.faults.items()
        ]
        good = np.ones(batch.num_rows, bool)
        good[[one.row for one in faults]] = False
        rows = pd.DataFrame({name: one.fed[good] for name, one in columns.items()})
        found = _answers(model, model.score(rows)) if good.any() else _none(ours)
        chosen = batch if good.all() else batch.filter(pa.array(good))
        own = [
            _as_typed(columns[field.name], good, types[field.name])
            if field.name in types
            else chosen.column(at)
            for at, field in enumerate(batch.schema)
        ]
        faults.sort(key=lambda one: one.row)
        return Answered(pa.RecordBatch.from_arrays([*own, *found], schema=whole), faults)

    return Plan(answer, whole, [one.feature.name for one in absent])


def answer_fields(model: PackageModel, prefix: str) -> list[pa.Field]:
    """Return the columns that are added: the answer, its probability, the version."""
    name = prefix + model.metadata["output"]["name"]
    more = [prefix + "model_version"]
    if model.metadata["classes"]:
        more.insert(0, prefix + "probability")
    more = [one + "_" if one == name else one for one in more]
    types = [_answer_type(model), *[pa.float64()] * (len(more) - 1), pa.string()]
    return [pa.field(one, kind) for one, kind in zip([name, *more], types, strict=True)]


def _refuse_collisions(schema: pa.Schema, ours: list[pa.Field]) -> None:
    taken = [field.name for field in ours if field.name in schema.names]
    twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
    problems = [f"two columns are called '{name}'; rename one" for name in twice]
    if taken:
        problems.append(
            f"the input has a column '{taken[0]}' already, as the answers would be called; put "
            "something before the names of the answers: --prefix predicted_"
        )
    if problems:
        raise InvalidInputError("--in", problems)


def _refuse_problems(
    model: PackageModel, schema: pa.Schema, absent: list[Input], *, untyped: bool
) -> None:
    problems = [
        f"column '{one.feature.name}' is missing, which {model.name} needs"
        + like(one.feature.name, list(schema.names))
        for one in absent
        if one.feature.required
    ]
    if not untyped:
        problems += [
            problem
            for one in model.inputs
            if one not in absent
            and (problem := type_problem(one.feature, schema.field(one.feature.name).type))
        ]
    if problems:
        raise InvalidInputError("--in", problems)


def _check(given: Input, dtype: str, batch: pa.RecordBatch, data: Data | None) -> Checked:
    name = given.feature.name
    if name not in batch.schema.names:
        return check_column(given.feature, dtype, pa.nulls(batch.num_rows))
    if data is None:
        return check_column(given.feature, dtype, batch.column(name))
    return check_fields(given, dtype, batch.column(name), data)


def _shown(batch: pa.RecordBatch, name: str, row: int) -> str:
    value = batch.column(name)[row].as_py() if name in batch.schema.names else None
    text = "" if value is None else str(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _as_typed(column: Checked, good: Any, kind: pa.DataType) -> Any:
    """Return the numbers of texts; raises where a whole number is beyond 64 bits."""
    values = column.fed[good]
    try:
        return pa.array(values, pa.float64(), from_pandas=True).cast(kind)
    except pa.ArrowInvalid as error:
        problem = f"a whole number is too large for Parquet ({error}); name --out FILE.csv"
        raise InvalidInputError("--out", [problem]) from error


def _answer_type(model: PackageModel) -> pa.DataType:
    if not model.metadata["classes"]:
        return pa.float64()
    if model.metadata["output"]["type"] == "boolean":
        return pa.bool_()
    whole = all(isinstance(one, int) for one in map(_answered, model.metadata["classes"]))
    return pa.int64() if whole else pa.string()


def _answered(described: dict[str, Any]) -> int | str:
    """Return what a class is called: its value, unless people call it otherwise."""
    value, label = described["value"], described["label"]
    answered: int | str = value if label == str(value) else label
    return answered


def _answers(model: PackageModel, scores: Scores) -> list[Any]:
    """Return the answers as the API gives them: no number is null."""
    version = pa.repeat(pa.scalar(model.version, pa.string()), _length(scores))
    if isinstance(scores, NumberScores):
        return [_as_json(scores.numbers), version]
    labels, positive = scores.labels, model.metadata["positive"]
    if model.metadata["output"]["type"] == "boolean":
        answers = pa.array(labels == positive)
    else:
        kind = _answer_type(model)
        names = [_answered(one) for one in model.metadata["classes"]]
        told = names if pa.types.is_integer(kind) else [str(name) for name in names]
        answers = pa.array(told, kind).take(pa.array(labels))
    column = labels if positive is None else positive
    chances = scores.probabilities[np.arange(len(labels)), column]
    return [answers, _as_json(chances), version]


def _length(scores: Scores) -> int:
    return len(scores.numbers if isinstance(scores, NumberScores) else scores.labels)


def _as_json(numbers: Any) -> Any:
    """Return float64 of the shortest decimal that is the same number: 0.81, not 0.8100000023."""
    found = pa.array(numbers, mask=~np.isfinite(numbers))
    return found if found.type == pa.float64() else found.cast(pa.string()).cast(pa.float64())


def _none(fields: list[pa.Field]) -> list[Any]:
    return [pa.array([], field.type) for field in fields]
