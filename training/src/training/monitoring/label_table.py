"""Labels of a table that others keep: a file, files of a bucket, or a query of a database."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from training.errors import InvalidInputError
from training.monitoring.label_options import LabelTable, told_as_labels
from training.table.missing import WORDS

if TYPE_CHECKING:
    import pyarrow as pa

    from training.monitoring.log import PredictionLog

_WHOLE = re.compile(r"(?<=\d)\.0+$")  # of 1.0 in CSV, as a column of whole numbers with gaps has
_TRUTH = {"true", "false"}
_MOST = np.iinfo(np.int32).max  # place in a request


@contextmanager
def as_log(table: LabelTable, metadata: dict[str, Any]) -> "Iterator[PredictionLog]":
    """Give the table's labels as a log of them, in a folder that goes with it.

    Raises InvalidInputError for a table that lacks a column, or whose values are none of labels,
    TrainingEnvironmentError for one out of reach.
    """
    from training.monitoring.log import PredictionLog
    from training.prediction.inputs import opened_rows

    now, model = datetime.now(UTC), metadata["model"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "labels" / f"model={model}" / f"date={now:%Y-%m-%d}"
        folder.mkdir(parents=True)
        with (
            told_as_labels(),
            opened_rows(table.data, table.credentials, only=_named(table)) as rows,
        ):
            _check_columns(table, rows.schema, list(rows.names or rows.schema.names))
            for number, batch in enumerate(rows.batches):
                _write(_labels_in(batch, table, metadata, now), folder / f"{number:06}.parquet")
        yield PredictionLog(name, model)


def _write(labels: "pa.Table", path: Path) -> None:
    import pyarrow.parquet as pq

    if len(labels):
        pq.write_table(labels, path)


def _check_columns(table: LabelTable, schema: "pa.Schema", names: list[str]) -> None:
    import pyarrow as pa

    wanted = {"id": table.id, "label": table.label, "time": table.time, "row": table.row}
    problems = [
        f"two columns are called '{name}'; rename one"
        for name in dict.fromkeys(wanted.values())
        if name is not None and names.count(name) > 1
    ]
    problems += [
        f"there is no column '{name}'; it has {', '.join(names)}: name the right one by "
        f"--labels-{what}"
        for what, name in wanted.items()
        if name is not None and name not in names
    ]
    problems += [
        f"'{name}' is of the type {schema.field(name).type}, which is no text: write it as one"
        for name in (table.id, table.label)
        if names.count(name) == 1
        and (
            pa.types.is_nested(kind := schema.field(name).type)
            or pa.types.is_fixed_size_binary(kind)
        )
    ]
    if problems:
        raise InvalidInputError("--labels", problems)


def _labels_in(
    batch: "pa.RecordBatch", table: LabelTable, metadata: dict[str, Any], now: datetime
) -> "pa.Table":
    """Return the rows that have a label, with the columns and types of the log."""
    import pyarrow as pa

    # Not by to_pandas(), which makes whole numbers with gaps fractions, and 2^53 + 1 another id.
    frame = pd.DataFrame(
        {name: pd.Series(batch.column(name).to_pylist(), dtype=object) for name in _named(table)}
    )
    texts = frame[table.label].map(_text, na_action="ignore")
    known = texts.notna() & ~texts.isin(_nobody_knows(metadata)) & frame[table.id].notna()
    frame, texts = frame[known], texts[known]
    if metadata["task"] == "regression":
        _refuse_words(texts, table)
    stamp = pa.timestamp("ms", tz="UTC")
    count = len(frame)
    return pa.table(
        {
            "request_id": pa.array(frame[table.id].map(_text), pa.string()),
            "row": pa.array(_rows(frame, table), pa.int32()),
            "label": pa.array(texts.map(_answers(metadata)), pa.string()),
            "time": pa.array(_times(frame, table, now), stamp),
            "received": pa.array([now] * count, stamp),
        }
    )


def _nobody_knows(metadata: dict[str, Any]) -> frozenset[str]:
    """Return the texts that are no label, as those of the training's table: NULL, NA and empty."""
    from training.monitoring.quality import class_labels

    if metadata["task"] == "regression":
        return WORDS | {""}
    values = {_text(one["value"]) for one in metadata["classes"]}
    return (WORDS | {""}) - values - set(class_labels(metadata))


def _refuse_words(texts: "pd.Series[Any]", table: LabelTable) -> None:
    bad = texts[~np.isfinite(pd.to_numeric(texts, errors="coerce").astype(float))]
    if len(bad):
        problem = f"'{table.label}' holds {bad.iloc[0]!r}, which is no number such as 1234.5"
        if "," in bad.iloc[0]:
            problem += "; write a decimal point, and nothing between thousands"
        raise InvalidInputError("--labels-label", [problem])


def _named(table: LabelTable) -> list[str]:
    named = (table.id, table.label, table.time, table.row)
    return list(dict.fromkeys(name for name in named if name is not None))


def _rows(frame: pd.DataFrame, table: LabelTable) -> Any:
    if table.row is None:
        return np.zeros(len(frame), np.int32)
    rows = pd.to_numeric(frame[table.row], errors="coerce").astype(float)
    bad = frame[table.row][rows.isna() | (rows < 0) | (rows > _MOST) | (rows % 1 != 0)]
    if len(bad):
        problem = f"'{table.row}' holds {bad.iloc[0]!r}, which is no place in a request: 0, 1, 2 …"
        raise InvalidInputError("--labels-row", [problem])
    return rows.to_numpy(np.int32)


def _times(frame: pd.DataFrame, table: LabelTable, now: datetime) -> Any:
    if table.time is None:
        return [now] * len(frame)
    times = pd.to_datetime(frame[table.time], errors="coerce", format="ISO8601", utc=True)
    bad = frame[table.time][times.isna()]
    if len(bad):
        first = bad.iloc[0]
        problem = (
            f"'{table.time}' is empty in {len(bad)} row(s) that have a label; fill it in, or leave "
            "--labels-time out"
            if pd.isna(first) or first == ""
            else f"'{table.time}' holds {first!r}, which is no time such as 2026-11-28T09:30:00Z"
        )
        raise InvalidInputError("--labels-time", [problem])
    return times.dt.floor("ms").to_list()


def _answers(metadata: dict[str, Any]) -> dict[str, str] | Any:
    """Say of each label how the version would have answered it.

    A table has what the training's has, 1 say, where the answer is true or a class's label. Where
    the value of one class is the label of another, the label is meant.
    """
    from training.monitoring.quality import class_labels

    if metadata["task"] == "regression":
        return lambda text: text
    labels = class_labels(metadata)
    values = [_text(one["value"]) for one in metadata["classes"]]
    known = dict(zip(values, labels, strict=True)) | {label: label for label in labels}
    return lambda text: known.get(text) or known.get(_WHOLE.sub("", text), text)


def _text(value: Any) -> str:
    """Return a value as the log has it: true, 1 for 1.0, a text as it is."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return str(int(value))
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    text = str(value).strip()
    return text.lower() if text.lower() in _TRUTH else text
