"""Writes what batch prediction gives: beside its final place, and there only when it is whole."""

import csv
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.errors import InvalidInputError, TrainingEnvironmentError

ENDINGS = (".csv", ".parquet")
FAULTS = ("row", "column", "value", "reason")


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

    def finish(self) -> None:
        """Put it in place, whole on the disk, in one step."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.part.replace(self.path)
        self.file.close()

    def drop(self) -> None:
        """Leave nothing of it."""
        self.part.unlink(missing_ok=True)
        self.file.close()


def _as_text(file: IO[bytes]) -> IO[str]:
    """Write texts to a part's own file, which stays open when they are closed."""
    return open(file.fileno(), "w", encoding="utf-8", newline="", closefd=False)


class CsvOut:
    """Writes batches as CSV, in UTF-8, with a header."""

    def __init__(self, file: IO[bytes], schema: pa.Schema, separator: str, decimal: str) -> None:
        """Write the header; numbers of a type get this decimal mark."""
        self.decimal = decimal
        self.text = _as_text(file)
        self.rows = csv.writer(self.text, delimiter=separator, lineterminator="\n")
        self.rows.writerow(schema.names)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch; what is missing is an empty field."""
        columns = [self._texts(column) for column in batch.columns]
        self.rows.writerows(zip(*columns, strict=True))

    def _texts(self, column: Any) -> list[Any]:
        texts = column.cast(pa.large_string())
        if self.decimal == "," and (
            pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)
        ):
            texts = pc.replace_substring(texts, ".", ",")
        return list(texts.to_pylist())

    def close(self) -> None:
        """Hand all to the file."""
        self.text.close()


class ParquetOut:
    """Writes batches as row groups of Parquet."""

    def __init__(self, file: IO[bytes], schema: pa.Schema) -> None:
        """Write the beginning."""
        self.writer = pq.ParquetWriter(file, schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch."""
        if batch.num_rows > 0:
            self.writer.write_batch(batch)

    def close(self) -> None:
        """Write the end, without which it is no Parquet file."""
        self.writer.close()


class FaultsOut:
    """The side file: a line for each value that was refused."""

    def __init__(self, file: IO[bytes]) -> None:
        """Write the header."""
        self.text = _as_text(file)
        self.rows = csv.writer(self.text, lineterminator="\n")
        self.rows.writerow(FAULTS)
        self.count = 0

    def write(self, rows: Iterator[tuple[int, str, str, str]]) -> None:
        """Write rows of number, column, value and reason."""
        for row in rows:
            self.rows.writerow(row)
            self.count += 1

    def close(self) -> None:
        """Hand all to the file."""
        self.text.close()


def check_places(source: Path | None, out: Path, errors: Path, *, overwrite: bool) -> None:
    """Refuse files that would take the place of others, before anything is read."""
    problems = []
    if out.suffix.lower() not in ENDINGS:
        problems.append(f"--out {out}: its name must end in {' or '.join(ENDINGS)}")
    if errors.suffix.lower() != ".csv":
        problems.append(f"--errors {errors}: is written as CSV; let its name end in .csv")
    if errors.resolve() == out.resolve():
        problems.append(f"--errors {errors}: is --out too; name another file")
    for option, path in (("--out", out), ("--errors", errors)):
        if source is not None and path.resolve() == source.resolve():
            problems.append(f"{option} {path}: is what --in names; name another file")
        if path.is_dir():
            problems.append(f"{option} {path}: is a folder; name a file")
    if out.exists() and not overwrite and not problems:
        problems.append(f"--out {out}: is there already; --overwrite replaces it")
    usual = errors == usual_errors(out)  # a killed run's, or of one in which every row failed
    if errors.exists() and not usual and not overwrite and not problems:
        problems.append(f"--errors {errors}: is there already; --overwrite replaces it")
    if problems:
        raise InvalidInputError("arguments", problems)


def usual_errors(out: Path) -> Path:
    """Return where the side file is, unless it is named."""
    return out.with_name(f"{out.name}.errors.csv")


def check_writable(schema: pa.Schema, out: Path) -> None:
    """Refuse columns that the file's format has no form for."""
    if out.suffix.lower() != ".csv":
        return
    problems = [
        f"column '{field.name}' is {field.type}, which CSV has no form for; leave it out, or name "
        "--out FILE.parquet"
        for field in schema
        if pa.types.is_nested(field.type) or "binary" in str(field.type)
    ]
    if problems:
        raise InvalidInputError("--out", problems)


@contextmanager
def full_disk_told(out: Path) -> Iterator[None]:
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
        self, out: Path, errors: Path, schema: pa.Schema, separator: str, decimal: str
    ) -> None:
        """Begin both beside their places."""
        self.answers_part = PartFile("--out", out)
        try:
            self.faults_part = PartFile("--errors", errors)
        except InvalidInputError:
            self.answers_part.drop()
            raise
        self.answers: CsvOut | ParquetOut = (
            CsvOut(self.answers_part.file, schema, separator, decimal)
            if out.suffix.lower() == ".csv"
            else ParquetOut(self.answers_part.file, schema)
        )
        self.faults = FaultsOut(self.faults_part.file)
        self.finished = False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def finish(self, *, answered: bool) -> None:
        """Put the files in place, the answers last: where they are, all is done.

        Without `answered` (no row was) no file of answers is written.
        """
        self.answers.close()
        self.faults.close()
        if self.faults.count:
            self.faults_part.finish()
        else:
            self.faults_part.drop()
            self.faults_part.path.unlink(missing_ok=True)  # of an earlier run
        if answered:
            self.answers_part.finish()
        else:
            self.answers_part.drop()
        self.finished = True

    def __exit__(self, *_: object) -> None:
        """Leave nothing of what is not whole."""
        if not self.finished:
            with suppress(OSError, pa.ArrowException):  # what is lost here is lost on purpose
                self.answers.close()
            with suppress(OSError):
                self.faults.close()
            self.answers_part.drop()
            self.faults_part.drop()
