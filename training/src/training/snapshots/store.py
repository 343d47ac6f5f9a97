"""Where snapshots lie: a folder, or a bucket and prefix, one object a content."""

import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from training.errors import InvalidInputError, TrainingEnvironmentError
from training.snapshots.place import told_reason
from training.snapshots.snapshot import Snapshot, described_in, from_parquet, to_parquet
from training.snapshots.store_account import s3_options

VARIABLE = "DATA_STORE"
UNSET = (
    "DATA_STORE (not set): name the folder or the s3://BUCKET/PREFIX where snapshots of sources "
    "that change are kept"
)
LIST = "`npm run data -- list` tells those that there are"
RENEWED = timedelta(minutes=20)  # how old one in use may be; `prune` takes none of an hour
FOOTER = 1 << 16  # bytes that are read at once of a file whose end alone is wanted
DAMAGED = "bring it back from a backup, or remove it and read the source anew"
NAME = re.compile(r"^sha256=([0-9a-f]{64})\.parquet$")


@dataclass(frozen=True)
class Entry:
    """An object of the store: its content's hash, its size in bytes, and when it was written."""

    sha256: str
    size: int
    written_at: datetime


class SnapshotStore:
    """Puts snapshots where none of the content is yet, and takes them out again."""

    def __init__(self, address: str) -> None:
        """Open `address`, a folder or an `s3://` or `gs://` URL; nothing is read yet."""
        self.address = address
        if not address:
            raise InvalidInputError("environment", [UNSET])
        with self._told():
            self._store: Any = open_store(address, VARIABLE)

    def url(self, sha256: str) -> str:
        """Return where a content lies, for people and other programs."""
        base = self.address if "://" in self.address else Path(self.address).resolve().as_uri()
        return f"{base.rstrip('/')}/{_name(sha256)}"

    def has(self, sha256: str) -> bool:
        """Whether the content is there."""
        return self.written_at(sha256) is not None

    def written_at(self, sha256: str) -> datetime | None:
        """Return when the content was written last; None where it is not there."""
        import obstore

        with self._told():
            try:
                found = obstore.head(self._store, _name(sha256))
            except FileNotFoundError:
                return None
        written: datetime | None = found["last_modified"] if found["size"] > 0 else None
        return written

    def put(self, snapshot: Snapshot) -> bool:
        """Keep a snapshot unless its content is there already; returns whether it was not.

        The object appears whole or not at all: a folder's file is written under another name first,
        and S3 shows an upload when it has ended. An old one is written again, with the same
        content, so that nobody takes it for one that no training uses (`prune`).
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        written = self.written_at(snapshot.sha256)
        if written is not None and datetime.now(UTC) - written < RENEWED:
            return False
        mode = "create" if written is None else "overwrite"
        with self._told():
            try:
                name, content = _name(snapshot.sha256), to_parquet(snapshot)
                obstore.put(self._store, name, content, mode=mode, use_multipart=False)
            except AlreadyExistsError:  # another training was quicker, with the same content
                return False
        return written is None

    def get(self, sha256: str) -> Snapshot:
        """Return a snapshot whose content was checked."""
        import obstore

        with self._told():
            try:
                content = bytes(obstore.get(self._store, _name(sha256)).bytes())
            except FileNotFoundError as error:
                problem = f"{self.address} has no such snapshot; {LIST}"
                raise InvalidInputError(f"snapshot:{sha256}", [problem]) from error
        try:
            snapshot = from_parquet(content)
            if snapshot.sha256 != sha256:
                raise ValueError(f"it holds the content {snapshot.sha256}")  # noqa: TRY301
        except (ValueError, KeyError) as error:
            raise TrainingEnvironmentError(
                f"the snapshot {self.url(sha256)} is damaged: {error}; {DAMAGED}"
            ) from error
        return snapshot

    def about(self, sha256: str) -> dict[str, Any]:
        """Return what a snapshot says of itself, by the end of its file alone."""
        import obstore
        import pyarrow.parquet as pq

        name = _name(sha256)
        with self._told():
            size = obstore.head(self._store, name)["size"]

            def end(length: int) -> bytes:
                start = max(0, size - length)
                return bytes(obstore.get_range(self._store, name, start=start, end=size))

            tail = end(FOOTER)
            length = int.from_bytes(tail[-8:-4], "little") + 8
            tail = tail if length <= len(tail) else end(length)
        try:
            return described_in(pq.read_schema(pa.BufferReader(tail)).metadata)
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            raise TrainingEnvironmentError(
                f"the snapshot {self.url(sha256)} is damaged: {error}; {DAMAGED}"
            ) from error

    def entries(self) -> list[Entry]:
        """Return all snapshots, oldest first; what else lies there is none of ours."""
        import obstore

        with self._told():
            found = [one for batch in obstore.list(self._store) for one in batch]
        named = [(NAME.match(one["path"]), one) for one in found]
        entries = [Entry(m[1], one["size"], one["last_modified"]) for m, one in named if m]
        return sorted(entries, key=lambda entry: (entry.written_at, entry.sha256))

    def remove(self, sha256: str) -> None:
        """Delete a snapshot."""
        import obstore

        with self._told():
            obstore.delete(self._store, _name(sha256))

    def _told(self) -> "AbstractContextManager[None]":
        return told_store(self.address, VARIABLE, "does not keep snapshots")


@contextmanager
def told_store(address: str, variable: str, what: str) -> Iterator[None]:
    """Raise TrainingEnvironmentError for a store that is full, out of reach or closed to us."""
    from obstore.exceptions import AlreadyExistsError, BaseError

    try:
        yield
    except (FileNotFoundError, AlreadyExistsError):
        raise
    except (BaseError, OSError) as error:
        reason = told_reason(error)
        full = "No space left" in reason or "File too large" in reason
        remedy = "free space there" if full else f"correct {variable}, or its account"
        raise TrainingEnvironmentError(
            f"{variable} ({address}) {what}: {reason}; {remedy}, then run again"
        ) from error


def _name(sha256: str) -> str:
    return f"sha256={sha256}.parquet"


def open_store(address: str, variable: str, *, make: bool = True) -> Any:
    """Open a folder or an `s3://` or `gs://` URL; `variable` names it in errors.

    The account of the data's own store is that of `s3_options`, else the usual variables count.
    A folder is made where it is missing, unless `make` is off: then it is refused.
    """
    from obstore.store import LocalStore, from_url

    if address.startswith(("s3://", "gs://")):
        ours = s3_options(address, variable, os.environ) if address.startswith("s3://") else {}
        return from_url(address, retry_config={"max_retries": 2}, **ours)
    if "://" in address:
        raise InvalidInputError(
            "environment", [f"{variable} ({address}): give a folder, s3://… or gs://…"]
        )
    if not make and not (address and Path(address).is_dir()):
        raise InvalidInputError(
            "environment", [f"{variable} ({address or 'not set'}): is no folder; correct it"]
        )
    return LocalStore(Path(address).resolve(), mkdir=make)
