"""The two things that batch prediction gives, and where: each is there only when it is whole."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pyarrow as pa

from training.errors import InvalidInputError, TrainingEnvironmentError
from training.prediction.formats import CsvOut, FaultsOut, ParquetOut
from training.prediction.part_file import LocalPlace
from training.prediction.upload import ObjectPlace
from training.snapshots.buckets import SCHEMES
from training.snapshots.credentials import Credentials

ENDINGS = (".csv", ".parquet")
USUAL = ".errors.csv"  # behind the name of the answers
Target = LocalPlace | ObjectPlace


def place_of(option: str, text: str, name: str | None, credentials: Credentials) -> Target:
    """Return what an option names: a file of this machine, or an object with its account.

    `name` is that of the account's Secret. Raises TrainingEnvironmentError where it lacks a key.
    """
    if text.startswith(SCHEMES):
        return ObjectPlace(option, text, name, credentials)
    if "://" in text:
        problem = f"{option} {text}: give a file, s3://BUCKET/NAME or gs://BUCKET/NAME"
        raise InvalidInputError("arguments", [problem])
    return LocalPlace(option, Path(text))


def dated(text: str) -> str:
    """Write today's date, that of UTC, for `{date}`."""
    return text.replace("{date}", f"{datetime.now(UTC):%Y-%m-%d}")


def check_places(source: str | None, out: Target, errors: Target, *, overwrite: bool) -> None:
    """Refuse files that would take the place of others, before anything is read.

    `source` is the identity of what is read, None for what is a set.
    """
    problems = []
    if out.suffix not in ENDINGS:
        problems.append(f"--out {out}: its name must end in {' or '.join(ENDINGS)}")
    if errors.suffix != ".csv":
        problems.append(f"--errors {errors}: is written as CSV; let its name end in .csv")
    if errors.identity == out.identity:
        problems.append(f"--errors {errors}: is --out too; name another file")
    for place in (out, errors):
        if place.identity == source:
            problems.append(f"{place.option} {place}: is what --in names; name another file")
        if problem := place.problem():
            problems.append(f"{place.option} {place}: {problem}")
    if not problems and not overwrite and out.exists():
        problems.append(f"--out {out}: is there already; --overwrite replaces it")
    usual = str(errors) == f"{out}{USUAL}"  # a killed run's, or of one in which every row failed
    if not problems and not overwrite and not usual and errors.exists():
        problems.append(f"--errors {errors}: is there already; --overwrite replaces it")
    if problems:
        raise InvalidInputError("arguments", problems)


@contextmanager
def full_disk_told(out: Target) -> Iterator[None]:
    """Say what went wrong with writing."""
    try:
        yield
    except OSError as error:
        raise TrainingEnvironmentError(
            f"--out {out}: cannot be written ({error.strerror or error}); free disk space there "
            "and run again: nothing was left behind"
        ) from error


class Outputs:
    """Both files: the answered rows and the faults."""

    def __init__(
        self,
        out: Target,
        errors: Target,
        schema: pa.Schema,
        separator: str,
        decimal: str,
        *,
        overwrite: bool = False,
    ) -> None:
        """Begin both beside their places."""
        self.errors = errors
        self.answers_part = out.begin(overwrite=overwrite)
        try:
            self.faults_part = errors.begin(overwrite=True)
        except InvalidInputError:
            self.answers_part.drop()
            raise
        self.answers: CsvOut | ParquetOut = (
            CsvOut(self.answers_part.text(), schema, separator, decimal)
            if out.suffix == ".csv"
            else ParquetOut(self.answers_part.file, schema)
        )
        self.faults = FaultsOut(self.faults_part.text())
        self.finished = False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def finish(self, *, answered: bool) -> None:
        """Put the files in place, the answers last: where they are, all is done.

        Without `answered` (no row was) no file of answers is written. Raises AppearedError where
        another run has put its answers there meanwhile.
        """
        self.answers.close()
        self.faults.close()
        if self.faults.count:
            self.faults_part.finish()
        else:
            self.faults_part.drop()
            self.errors.remove()  # of an earlier run
        if answered:
            self.answers_part.finish()
        else:
            self.answers_part.drop()
        self.finished = True

    def __exit__(self, *_: object) -> None:
        """Leave nothing of what is not whole."""
        if not self.finished:
            self.answers_part.stop()
            self.faults_part.stop()
            with suppress(OSError, pa.ArrowException):  # what is lost here is lost on purpose
                self.answers.close()
            with suppress(OSError):
                self.faults.close()
            self.answers_part.drop()
            self.faults_part.drop()
