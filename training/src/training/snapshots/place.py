"""A place that holds files: a folder, a bucket or a web server, each file read once."""

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from training.data import Data
from training.errors import InvalidInputError, TrainingEnvironmentError
from training.snapshots.buckets import RETRY, SCHEMES, opened_bucket
from training.snapshots.credentials import Credentials
from training.snapshots.listing import File, base_of, format_of, matcher
from training.snapshots.store_account import s3_options
from training.source_choice import POLICY
from training.table.spool import CHUNK


class Place:
    """Lists the files of a source, and reads them."""

    def __init__(self, data: Data, folder: Path, credentials: Credentials) -> None:
        """Open the place of `data.source`; `folder` is the YAML's.

        A source in the bucket of DATA_STORE that names no credentials has that one's account.
        """
        self.data = data
        own = s3_options(data.source, "data.source", credentials.variables)
        self._store, self._pattern = _opened(data, folder, credentials, own)
        self.base = base_of(self._pattern)
        self.web = data.source.startswith(("http://", "https://"))

    def files(self) -> list[File]:
        """Return the files that the source means, by their paths; raises where there is none."""
        with self.told():
            found = self._found()
        if not found:
            raise self._refused("no file is there that is not hidden; correct the path")
        other = [file for file in found if self.data.format is None and not format_of(file.path)]
        if other and not self.web:
            raise self._refused(
                f"'{other[0].path}' is neither Parquet nor CSV by its name; write a pattern such "
                "as …/*.parquet, or 'data.format'"
            )
        if empty := next((file for file in found if file.size == 0), None):
            raise TrainingEnvironmentError(
                f"'data.source' ({self.data.source}): '{empty.path}' is empty; is it still being "
                "written? Run again when it is whole, or remove it"
            )
        return found

    def _found(self) -> list[File]:
        import obstore

        plain = self.base == self._pattern
        if plain and self._pattern and not self._pattern.endswith("/"):
            try:
                return [_file(obstore.head(self._store, self._pattern))]
            except (FileNotFoundError, IsADirectoryError):
                if self.web:
                    raise
        if self.web:
            raise self._refused(
                "a web server lists no files: name one file, or put them into an object store"
            )
        prefix = self.base.rstrip("/")
        listed = [_file(one) for batch in obstore.list(self._store, prefix) for one in batch]
        wanted = matcher(self._pattern) if not plain else None
        files = [f for f in listed if not f.hidden(prefix) and (not wanted or wanted.match(f.path))]
        return sorted(files, key=lambda file: file.path)

    def read(self, file: File) -> bytes:
        """Return a file's content; raises where it is not the one that was listed any more."""
        import obstore

        with self.told():
            try:
                got = obstore.get(self._store, file.path)
                now, content = _file(got.meta), bytes(got.bytes())
            except FileNotFoundError as error:
                raise self._changed(file) from error
        if (now.size, now.tag) != (file.size, file.tag) or len(content) != file.size:
            raise self._changed(file)
        return content

    def chunks(self, file: File) -> Iterator[bytes]:
        """Return a file's content piece by piece; raises as `read` does."""
        import obstore

        with self.told():
            try:
                got = obstore.get(self._store, file.path)
            except FileNotFoundError as error:
                raise self._changed(file) from error
            now, size = _file(got.meta), 0
            for chunk in got.stream(min_chunk_size=CHUNK):
                size += len(chunk)
                yield bytes(chunk)
        if (now.size, now.tag) != (file.size, file.tag) or size != file.size:
            raise self._changed(file)

    def _changed(self, file: File) -> TrainingEnvironmentError:
        return TrainingEnvironmentError(
            f"'data.source' ({self.data.source}): '{file.path}' changed while it was read; run "
            "again when its writer has ended"
        )

    def _refused(self, why: str) -> InvalidInputError:
        return InvalidInputError(self.data.source, [f"data.source: {why}"])

    @contextmanager
    def told(self) -> Iterator[None]:
        """Raise TrainingEnvironmentError for a place that is out of reach or closed to us."""
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, OSError) as error:
            reason = told_reason(error)
            hint = "is the account in 'data.credentials' right, and may it read?"
            raise TrainingEnvironmentError(
                f"'data.source' ({self.data.source}) is out of reach: {reason}; "
                f"{hint if is_refusal(reason) else POLICY}"
            ) from error


def told_reason(error: BaseException) -> str:
    """Return what obstore says for people, in one line."""
    return " ".join(str(error).partition("Debug source:")[0].split())[:300]


def is_refusal(reason: str) -> bool:
    """Whether a store said that the account may not."""
    return any(sign in reason for sign in ("403", "401", "Forbidden", "AccessDenied"))


def _file(meta: Any) -> File:
    return File(meta["path"], meta["size"], str(meta["e_tag"] or meta["last_modified"]))


def _opened(
    data: Data, folder: Path, credentials: Credentials, own: Mapping[str, Any]
) -> tuple[Any, str]:
    """Return the store, and the pattern of paths in it."""
    from obstore.store import HTTPStore, LocalStore

    if data.source.startswith("file:"):
        path = posixpath.normpath((folder / data.source.removeprefix("file:")).absolute())
        base = Path(base_of(path))
        root = base if base.is_dir() else base.parent
        if not root.is_dir():
            raise TrainingEnvironmentError(
                f"'data.source' ({data.source}): there is no folder {root}; the path is relative "
                "to the YAML file"
            )
        return LocalStore(root), path.removeprefix(root.as_posix()).lstrip("/")
    if data.source.startswith(SCHEMES):
        return opened_bucket(data.source, data.credentials, credentials, own)
    address = urlsplit(data.source)
    path_in = unquote(address.path).lstrip("/")
    headers = _web_headers(credentials.of(data.credentials, (), ("token", "username", "password")))
    options: Any = {"allow_http": address.scheme == "http", "default_headers": headers}
    root_url = f"{address.scheme}://{address.netloc}"
    return HTTPStore.from_url(root_url, client_options=options, retry_config=RETRY), path_in


def _web_headers(account: dict[str, str]) -> dict[str, str]:
    import base64

    if "token" in account:
        return {"authorization": f"Bearer {account['token']}"}
    if not account:
        return {}
    pair = f"{account.get('username', '')}:{account.get('password', '')}"
    return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
