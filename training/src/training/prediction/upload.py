"""An object of a bucket that is sent while it is written, and is there only when it is whole."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from training.errors import InvalidInputError, TrainingEnvironmentError
from training.prediction.sender import Sender
from training.snapshots.buckets import opened_bucket
from training.snapshots.credentials import Credentials
from training.snapshots.place import is_refusal, told_reason
from training.snapshots.store_account import ACCOUNT, s3_options
from training.source_choice import POLICY

PART = 16 << 20  # bytes; S3 takes 10,000 parts, so that an object has 156 GiB at most
PIECE = 1 << 20  # bytes that are handed over at once
SENT_AT_ONCE = 2  # parts


class AppearedError(InvalidInputError):
    """Another run has written the object since this one began; it stays as it is."""


class ObjectPlace:
    """An object that an option names, and the account that writes it."""

    def __init__(self, option: str, url: str, name: str | None, credentials: Credentials) -> None:
        """Open its bucket by the Secret `name`, else by the account of the data's own store.

        Raises TrainingEnvironmentError where the account lacks a key.
        """
        own = s3_options(url, option, credentials.variables) if url.startswith("s3://") else {}
        self.option, self.url = option, url
        self._account = f"--out-credentials ({name})" if name else (ACCOUNT if own else "AWS_…")
        if url.startswith("gs://") and not name:
            self._account = "GOOGLE_…"
        try:
            self._bucket, self._key = opened_bucket(url, name, credentials, own)
        except TrainingEnvironmentError as error:
            text = str(error).replace("'data.credentials'", "--out-credentials")
            raise TrainingEnvironmentError(text) from error

    def __str__(self) -> str:
        """Return its address."""
        return self.url

    @property
    def suffix(self) -> str:
        """The end of its name, in lower case."""
        name = self._key.rpartition("/")[2].lower()
        return f".{name.rpartition('.')[2]}" if name.rpartition(".")[0] else ""

    @property
    def identity(self) -> str:
        """What is the same for two names of one object."""
        return self.url

    def problem(self) -> str:
        """Say why nothing can be written there; empty where nothing is known against it."""
        return "" if self._key else "names no object; give s3://BUCKET/NAME"

    def exists(self) -> bool:
        """Whether it is there."""
        import obstore

        with self.told():
            try:
                obstore.head(self._bucket, self._key)
            except FileNotFoundError:
                return False
        return True

    def remove(self) -> None:
        """Take away an earlier one, if there is any."""
        import obstore

        with self.told(), suppress(FileNotFoundError):
            obstore.delete(self._bucket, self._key)

    def begin(self, *, overwrite: bool) -> "Upload":
        """Begin to write it; nothing is sent yet."""
        return Upload(self, overwrite=overwrite)

    def put(self, content: Any, **how: Any) -> None:
        """Send bytes, or pieces of them in turn; where that fails nothing is there."""
        import obstore

        obstore.put(self._bucket, self._key, content, **how)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Raise TrainingEnvironmentError for a store that does not do its part."""
        from obstore.exceptions import AlreadyExistsError, BaseError

        try:
            yield
        except AlreadyExistsError as error:
            raise self.appeared() from error
        except (BaseError, OSError) as error:
            reason = told_reason(error)
            hint = f"is the account of {self._account} right, and may it write there?"
            raise TrainingEnvironmentError(
                f"{self.option} ({self.url}) is not written: {reason}; "
                f"{hint if is_refusal(reason) else POLICY}"
            ) from error

    def appeared(self) -> AppearedError:
        """Return the error of a run that came second."""
        problem = f"{self.option} {self.url}: another run has written it meanwhile, and it stays"
        return AppearedError("arguments", [f"{problem}; --overwrite replaces it"])


class Upload:
    """What is written goes to the store in parts; the object appears by `finish`.

    Of less than `PART` bytes nothing is sent before. Without `overwrite` an object that another
    run has written meanwhile stays: the store compares where all fits into one request, else it is
    asked just before the end.
    """

    def __init__(self, place: ObjectPlace, *, overwrite: bool) -> None:
        """Hold nothing yet."""
        self._place, self._overwrite = place, overwrite
        self._held = bytearray()
        self._sender: Sender | None = None
        self._stopped = False
        self.file: IO[bytes] = _Pieces(self._add)  # type: ignore[assignment]

    def text(self) -> IO[str]:
        """Write texts to the object."""
        return io.TextIOWrapper(self.file, encoding="utf-8", newline="")

    def _add(self, piece: bytes) -> None:
        if self._stopped:
            return
        self._held += piece
        if self._sender is None:
            if len(self._held) < PART:
                return
            self._sender = Sender(self._put_parts)
        if len(self._held) >= PIECE:
            self._send()

    def _put_parts(self, pieces: Iterator[bytes]) -> None:
        self._place.put(pieces, use_multipart=True, chunk_size=PART, max_concurrency=SENT_AT_ONCE)

    def _send(self) -> None:
        if self._sender is None:
            return
        with self._place.told():
            self._sender.send(bytes(self._held))
        self._held.clear()

    def finish(self) -> None:
        """Let the object appear, whole; raises AppearedError where another is there meanwhile."""
        if self._sender is None:
            mode = "overwrite" if self._overwrite else "create"
            with self._place.told():
                self._place.put(bytes(self._held), mode=mode, use_multipart=False)
            return
        self._send()
        if not self._overwrite and self._place.exists():
            raise self._place.appeared()
        with self._place.told():
            self._sender.end()

    def stop(self) -> None:
        """Send nothing more of what is still written."""
        self._stopped = True

    def drop(self) -> None:
        """Leave nothing of it; the store is told to forget its parts."""
        self.stop()
        if self._sender is not None:
            self._sender.abandon()


class _Pieces(io.RawIOBase):
    """A file that hands on what is written; its end is told elsewhere, so closing does nothing."""

    def __init__(self, add: Callable[[bytes], None]) -> None:
        self._add = add

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        content = bytes(piece)
        self._add(content)
        return len(content)

    def close(self) -> None:
        pass
