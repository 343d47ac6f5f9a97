"""Fetches the raw table that a YAML's `data.source` names, with the sha256 of what was read."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pandas as pd

from training.data import Data
from training.errors import InvalidInputError, TrainingEnvironmentError
from training.feature import Feature
from training.packaged import packaged
from training.snapshots.access import Access, lacking
from training.source_choice import FROM_SNAPSHOTS, POLICY
from training.table.infer import Guess
from training.table.layout import scan
from training.table.missing import WORDS
from training.table.read import CsvFile
from training.table.spool import CHUNK, spool

if TYPE_CHECKING:
    from training.snapshots.snapshot import Snapshot

TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Table:
    """The rows as read; `sha256` is of the file's bytes, or of a packaged data set as CSV.

    Of a CSV file, a column is numbers where every value is a plain one, else the file's own text
    (categorical); `csv` then gives any column's text, `names` its name there. `aside` holds
    dropped columns that were asked for all the same. `kinds` are the types that a source states,
    with the reason; `snapshot` is what was kept of a source that changes.
    """

    frame: pd.DataFrame
    sha256: str
    csv: CsvFile | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    aside: pd.DataFrame = field(default_factory=pd.DataFrame)
    kinds: Mapping[str, Guess] = field(default_factory=dict)
    snapshot: "Snapshot | None" = None

    def column(self, feature: Feature) -> "pd.Series[Any]":
        """Return what a feature is made of: the file's text for what is no number."""
        column = self.frame[feature.name]
        if not feature.by_name or self.csv is None:
            return column
        kept = set(feature.categories or ()) & (WORDS | set(self.csv.data.missing or ()))
        if column.dtype == "category" and not kept:
            return column
        name = self.names[feature.name]
        return self.csv.texts([name], kept)[name].rename(feature.name)

    def with_text(self, names: Collection[str]) -> pd.DataFrame:
        """Return the frame with these columns as the file's text, where they are numbers."""
        frame = self.frame
        known = [n for n in names if n in frame and frame[n].dtype != "category"]
        if self.csv is None or not known:
            return frame
        texts = self.csv.texts([self.names[name] for name in known])
        return frame.assign(**{name: texts[self.names[name]] for name in known})


def fetch(
    data: Data,
    folder: Path,
    text: Collection[str] = (),
    aside: Collection[str] = (),
    access: Access | None = None,
) -> Table:
    """Read the source (a CSV path is relative to `folder`), check it, name its columns.

    `text` names columns whose text will be asked for, `aside` columns that are read even if they
    are dropped. Raises InvalidInputError for a source that
    cannot be this table, TrainingEnvironmentError for one out of reach or with another checksum.
    """
    if data.kind in FROM_SNAPSHOTS:
        return _from_snapshot(data, folder, text, aside, access)
    scheme, _, rest = data.source.partition(":")
    if data.kind == "packaged":
        frame = packaged(scheme, rest)
        sha256 = hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()
        _check_sum(data, sha256)
        frame = frame.set_axis(frame.columns.map(str), axis="columns")
        return _of_frame(data, frame, sha256, aside)
    csv = _local(data, folder / rest) if scheme == "csv" else _remote(data)
    return _of_csv(data, csv, text, aside)


def _of_frame(data: Data, frame: pd.DataFrame, sha256: str, aside: Collection[str]) -> Table:
    names = _names([str(column) for column in frame.columns], data)
    taken, dropped = _taken(frame, names), _taken(frame, _dropped(data, names, aside))
    return Table(taken, sha256, names=names, aside=dropped)


def _of_csv(data: Data, csv: CsvFile, text: Collection[str], aside: Collection[str]) -> Table:
    names = _names(csv.layout.names, data)
    frame = csv.columns(list(names.values()), [names[name] for name in text if name in names])
    others = _dropped(data, names, aside)
    table = Table(_taken(frame, names), csv.sha256, csv, names)
    if not others:
        return table
    dropped = csv.columns(list(others.values()), [others[name] for name in text if name in others])
    return replace(table, aside=_taken(dropped, others))


def _from_snapshot(
    data: Data,
    folder: Path,
    text: Collection[str],
    aside: Collection[str],
    access: Access | None,
) -> Table:
    """Read a source that changes once, and make the table of what was kept of it."""
    if access is None:
        problem = f"data.source: {data.source} is not read by this command; give a CSV file"
        raise InvalidInputError(data.source, [problem])
    try:
        from training.snapshots.frame import as_csv, as_frame
        from training.snapshots.take import take

        snapshot = take(data, folder, aside, access)
    except ModuleNotFoundError as error:
        raise lacking(error, data.source) from error
    kept = [name for name in data.drop if name in snapshot.table.column_names]
    data = data.model_copy(update={"drop": kept})
    if snapshot.written == "text":
        return replace(_of_csv(data, as_csv(snapshot, data), text, aside), snapshot=snapshot)
    frame, kinds = as_frame(snapshot, data)
    table = _of_frame(data, frame, snapshot.sha256, aside)
    named = {name: kinds[old] for name, old in table.names.items() if old in kinds}
    return replace(table, kinds=named, snapshot=snapshot)


def _taken(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    return frame[list(names.values())].set_axis(list(names), axis="columns")


def _dropped(data: Data, names: Mapping[str, str], aside: Collection[str]) -> dict[str, str]:
    """Return those of `aside` that are dropped, with their names in the source."""
    renamed = {data.rename.get(column, column): column for column in data.drop}
    return {name: renamed[name] for name in aside if name in renamed and name not in names}


def _local(data: Data, path: Path) -> CsvFile:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise TrainingEnvironmentError(
            f"'data.source' ({data.source}): cannot read {path}: {error.strerror}; "
            "the path is relative to the YAML file"
        ) from error
    with stream:
        return _opened(data, iter(lambda: stream.read(CHUNK), b""))


def _remote(data: Data) -> CsvFile:
    """Stream a URL or S3 object to a temporary file and read that."""
    try:
        if data.source.startswith("s3://"):
            return _opened(data, _s3_chunks(data.source))
        with urlopen(data.source, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - scheme checked
            return _opened(data, iter(lambda: response.read(CHUNK), b""))
    except HTTPError as error:
        raise TrainingEnvironmentError(
            f"'data.source' ({data.source}) answered {error.code} {error.reason}"
        ) from error
    except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise TrainingEnvironmentError(
            f"'data.source' ({data.source}) is out of reach: "
            f"{getattr(error, 'reason', error)}; {POLICY}"
        ) from error


def _s3_chunks(uri: str) -> Iterator[bytes]:
    """Stream an object; credentials, region and endpoint come from the usual AWS_* variables."""
    try:
        import obstore
        from obstore.exceptions import BaseError
        from obstore.store import S3Store
    except ModuleNotFoundError as error:
        raise TrainingEnvironmentError(
            f"'data.source' ({uri}) needs the Python package 'obstore': uv pip install obstore"
        ) from error
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        store = S3Store(bucket, retry_config={"max_retries": 2})
        for chunk in obstore.get(store, key).stream(min_chunk_size=CHUNK):
            yield bytes(chunk)
    except (BaseError, OSError) as error:  # obstore raises FileNotFoundError and the like
        reason = str(error).splitlines()[0]
        raise TrainingEnvironmentError(
            f"'data.source' ({uri}) is out of reach: {reason}; {POLICY}"
        ) from error


def _opened(data: Data, chunks: Iterable[bytes]) -> CsvFile:
    """Keep the file, check its size, sum, encoding and every row."""
    spooled = spool(data, chunks, lambda actual: _check_sum(data, actual))
    return CsvFile(spooled.file, scan(spooled.file, data), data, spooled.sha256)


def _check_sum(data: Data, actual: str) -> None:
    if data.sha256 is not None and data.sha256 != actual:
        raise TrainingEnvironmentError(
            f"'data.sha256' does not match {data.source}: expected {data.sha256}, got {actual}; "
            "if the new content is right, state its sum"
        )


def _names(columns: list[str], data: Data) -> dict[str, str]:
    """Return the model's name of each column that is not dropped, with its name in the source."""
    problems = [
        f"data.{key}: the source has no column '{name}'; it has {', '.join(columns)}"
        for key, names in {"rename": data.rename, "drop": data.drop}.items()
        for name in names
        if name not in columns
    ]
    kept = [column for column in columns if column not in data.drop]
    renamed = [data.rename.get(column, column) for column in kept]
    if twice := sorted({name for name in renamed if renamed.count(name) > 1}):
        problems.append(f"data.rename: gives two columns the name {', '.join(twice)}")
    if problems:
        raise InvalidInputError(data.source, problems)
    return dict(zip(renamed, kept, strict=True))
