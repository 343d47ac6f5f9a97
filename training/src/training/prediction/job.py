"""Answers all rows of an input, and counts."""

import sys
import time
from dataclasses import dataclass
from itertools import chain

from training.data import Data
from training.prediction.answers import Answered, plan_answers
from training.prediction.formats import check_writable
from training.prediction.inputs import local_file, opened_rows
from training.prediction.outputs import Outputs, Target, check_places, full_disk_told
from training.prediction.package_model import PackageModel
from training.prediction.texts import refuse_other_numbers
from training.snapshots.credentials import Credentials

SECONDS = 5  # between two lines of progress


@dataclass(frozen=True)
class Places:
    """Where answers and faults go, and what goes before the names of the answers."""

    out: Target
    errors: Target
    prefix: str
    overwrite: bool


@dataclass(frozen=True)
class Counts:
    """How many rows there were, how many of them have an answer, and the values refused."""

    rows: int
    answered: int
    faults: int
    seconds: float
    absent: list[str]


def predict(model: PackageModel, data: Data, credentials: Credentials, places: Places) -> Counts:
    """Read, check, score and write batch by batch, in bounded memory.

    Nothing is in its place before all is done. Raises InvalidInputError for an input whose columns
    do not fit, before anything is written, TrainingEnvironmentError for a source or a disk that
    does not do its part.
    """
    local = local_file(data)
    source = data.source if local is None else str(local.resolve())
    check_places(source, places.out, places.errors, overwrite=places.overwrite)
    begun = time.monotonic()
    with opened_rows(data, credentials) as rows:
        plan = plan_answers(
            model,
            rows.schema,
            data=rows.written,
            typed=places.out.suffix == ".parquet",
            prefix=places.prefix,
        )
        check_writable(plan.schema, places.out.suffix)
        first = next(rows.batches, None)
        if first is not None and rows.written is not None:
            for one in model.inputs:
                if one.feature.name in rows.schema.names:
                    refuse_other_numbers(one, first.column(one.feature.name), rows.written)
        form = (plan.schema, data.separator, data.decimal)
        with Outputs(places.out, places.errors, *form, overwrite=places.overwrite) as outputs:
            progress = _Progress(begun)
            for batch in chain([] if first is None else [first], rows.batches):
                answered = plan.answer(batch)
                with full_disk_told(places.out):
                    _write(outputs, answered, progress.rows)
                progress.add(batch.num_rows, answered)
            whole = progress.answered > 0 or progress.rows == 0
            with full_disk_told(places.out):
                outputs.finish(answered=whole)
    seconds = time.monotonic() - begun
    return Counts(progress.rows, progress.answered, progress.faults, seconds, plan.absent)


def _write(outputs: Outputs, answered: Answered, before: int) -> None:
    outputs.answers.write(answered.batch)
    outputs.faults.write(
        (before + one.row + 1, one.column, one.value, one.reason) for one in answered.faults
    )


class _Progress:
    """Counts, and tells how far it is where that takes its time."""

    def __init__(self, begun: float) -> None:
        self.begun = self.told = begun
        self.rows = self.answered = self.faults = 0

    def add(self, rows: int, answered: Answered) -> None:
        self.rows += rows
        self.answered += answered.batch.num_rows
        self.faults += len(answered.faults)
        now = time.monotonic()
        if now - self.told >= SECONDS:
            self.told = now
            speed = self.rows / (now - self.begun)
            print(f"{self.rows:,} rows, {speed:,.0f} a second", file=sys.stderr, flush=True)
