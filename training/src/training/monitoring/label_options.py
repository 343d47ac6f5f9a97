"""The options of `monitor` that name a table of labels which others keep."""

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from training.errors import InvalidInputError, TrainingEnvironmentError
from training.snapshots.credentials import Credentials

if TYPE_CHECKING:
    from training.data import Data

_WRITTEN = {  # what says how a table is written or asked for, and the key of `data` for it
    "query": "query",
    "table": "table",
    "credentials": "credentials",
    "format": "format",
    "delimiter": "separator",
    "encoding": "encoding",
    "compression": "compression",
    "line-breaks": "line_breaks",
}
_OPTION = re.compile(rf"--(in|{'|'.join(_WRITTEN)})\b")
_KEY = re.compile(r"'(source|query|table|credentials|format)'(?= |$)")


@dataclass(frozen=True)
class LabelTable:
    """Where the table is, what its columns are called, and the credentials it may need.

    Of a row, `id` has the id of the request, `row` (None: 0) its place in that, `label` what was
    true, or nothing as long as nobody knows, and `time` (None: now) when that was known.
    """

    data: "Data"
    id: str
    label: str
    time: str | None
    row: str | None
    credentials: Credentials


def add_labels(monitor: argparse.ArgumentParser) -> None:
    """Add the options that say where labels are beside those of the log."""
    add = monitor.add_argument_group("labels of a table, beside those that came").add_argument
    add("--labels", metavar="SOURCE", help="a file, s3://…, gs://…, https://… or postgres://…")
    add("--labels-query", metavar="SQL", help="of postgres://")
    add("--labels-table", metavar="NAME", help="of postgres://")
    add("--labels-credentials", metavar="NAME", help="of its account")
    add("--labels-format", choices=("parquet", "csv"), help="default: by the name")
    add("--labels-delimiter", metavar="SIGN", help="of CSV")
    add("--labels-encoding", help="of CSV; default: utf-8")
    add("--labels-compression", help="of CSV; default: by its name")
    add("--labels-line-breaks", action="store_true", default=None, help="in fields of CSV")
    add("--labels-id", metavar="COLUMN", help="X-Request-Id; default: request_id")
    add("--labels-label", metavar="COLUMN", help="what was true; default: label")
    add("--labels-time", metavar="COLUMN", help="when it was known; default: now")
    add("--labels-row", metavar="COLUMN", help="of a request of several; default: the first")


def label_table(options: argparse.Namespace, credentials: Credentials) -> LabelTable | None:
    """Return what the options name; None where they name no table."""
    from training.prediction.inputs import described

    told = {name: _given(options, name) for name in _WRITTEN}
    columns = {name: _given(options, name) for name in ("id", "label", "time", "row")}
    if options.labels is None:
        if given := [name for name, value in (told | columns).items() if value is not None]:
            problem = f"--labels-{given[0]}: goes with --labels, which names the table"
            raise InvalidInputError("monitor", [problem])
        return None
    with told_as_labels(keys=True):
        data = described(options.labels, {_WRITTEN[name]: value for name, value in told.items()})
    columns["id"] = columns["id"] or "request_id"
    columns["label"] = columns["label"] or "label"
    return LabelTable(data, credentials=credentials, **columns)


def _given(options: argparse.Namespace, name: str) -> Any:
    return getattr(options, f"labels_{name.replace('-', '_')}")


@contextmanager
def told_as_labels(*, keys: bool = False) -> Iterator[None]:
    """Raise the same errors, naming these options; with `keys`, also for keys in quotes."""

    def ours(text: str) -> str:
        told = _OPTION.sub(_option, text)
        return _KEY.sub(_option, told) if keys else told

    try:
        yield
    except InvalidInputError as error:
        where = str(error).split(":", 1)[0]
        raise InvalidInputError(ours(where), [ours(one) for one in error.problems]) from error
    except TrainingEnvironmentError as error:
        raise TrainingEnvironmentError(ours(str(error))) from error


def _option(found: "re.Match[str]") -> str:
    return "--labels" if found[1] in ("in", "source") else f"--labels-{found[1]}"
