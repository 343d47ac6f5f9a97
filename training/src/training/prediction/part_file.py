"""A file of this machine that is written beside its place, and is there only when it is whole."""

import fcntl
import os
from pathlib import Path
from typing import IO

from training.errors import InvalidInputError


class LocalPlace:
    """A file of this machine that an option names."""

    def __init__(self, option: str, path: Path) -> None:
        """Nothing is asked of the disk yet."""
        self.option, self.path = option, path

    def __str__(self) -> str:
        """Return its name as it was given."""
        return str(self.path)

    @property
    def suffix(self) -> str:
        """The end of its name, in lower case."""
        return self.path.suffix.lower()

    @property
    def identity(self) -> str:
        """What is the same for two names of one file."""
        return str(self.path.resolve())

    def problem(self) -> str:
        """Say why nothing can be written there; empty where nothing is known against it."""
        return "is a folder; name a file" if self.path.is_dir() else ""

    def exists(self) -> bool:
        """Whether it is there."""
        return self.path.exists()

    def remove(self) -> None:
        """Take away an earlier one, if there is any."""
        self.path.unlink(missing_ok=True)

    def begin(self, *, overwrite: bool) -> "PartFile":  # noqa: ARG002 - a lock keeps others out
        """Begin to write it."""
        return PartFile(self.option, self.path)


class PartFile:
    """A file that is written as `NAME.part-new` and gets its name when it is whole.

    The part is locked while its writer lives, so that no other run writes the same; one that a
    killed run left is begun anew.
    """

    def __init__(self, option: str, path: Path) -> None:
        """Raise InvalidInputError where another run writes it, or its folder is none."""
        self.path, self.part = path, path.with_name(f"{path.name}.part-new")
        try:
            self.file: IO[bytes] = self.part.open("ab")
        except OSError as error:
            problem = f"{option} {path}: cannot be written: {error.strerror}; name another place"
            raise InvalidInputError("arguments", [problem]) from error
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.file.close()
            problem = f"{option} {path}: another run writes it; wait for it, or name another file"
            raise InvalidInputError("arguments", [problem]) from error
        self.file.truncate(0)

    def text(self) -> IO[str]:
        """Write texts to the part, which stays open when they are closed."""
        return open(self.file.fileno(), "w", encoding="utf-8", newline="", closefd=False)

    def finish(self) -> None:
        """Put it in place, whole on the disk, in one step."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.part.replace(self.path)
        self.file.close()

    def stop(self) -> None:
        """Take what is still written; it is dropped next."""

    def drop(self) -> None:
        """Leave nothing of it."""
        self.part.unlink(missing_ok=True)
        self.file.close()
