"""What the training took each column for, and why: for the terminal, MLflow and the page."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.data import Data
from training.feature import ColumnType
from training.spelling import reduced, told_apart
from training.table.dates import looks_like_epoch
from training.table.missing import WORDS
from training.table.numbers import dots_are_groups
from training.table.problem import yaml_text

RARE = 0.05  # share of the rarest class that is worth a word
SHOWN = 8
SPLIT_NAMES = {"train", "training", "test", "val", "valid", "validation", "dev", "holdout"}
FIRST = 1000  # rows that show what a column cannot be


@dataclass(frozen=True)
class Reading:
    """One column: its type with the reason, how many values are missing, and what looks odd."""

    name: str
    type: ColumnType
    reason: str
    missing: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Understanding:
    """All columns, what was dropped, and the target."""

    readings: tuple[Reading, ...] = ()
    dropped: tuple[str, ...] = ()
    target: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Lines for people: columns of the same type and reason together, then what looks odd."""
        groups: dict[str, list[str]] = {}
        for reading in self.readings:
            reason = "" if reading.reason == "stated" else f" ({reading.reason})"
            groups.setdefault(f"{reading.type}{reason}", []).append(reading.name)
        lines = [f"{what}: {_names(names)}" for what, names in groups.items()]
        if gaps := [f"{r.name} {r.missing}" for r in self.readings if r.missing]:
            lines.append(f"missing values: {_names(gaps)}")
        if self.dropped:
            lines.append(f"dropped: {_names(list(self.dropped))}")
        lines += [f"target: {text}" for text in self.target]
        return lines + [f"look at {r.name}: {note}" for r in self.readings for note in r.notes]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "columns": [
                asdict(reading) | {"notes": list(reading.notes)} for reading in self.readings
            ],
            "dropped": list(self.dropped),
            "target": list(self.target),
        }


def _names(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def notes_on(
    kind: ColumnType, column: "pd.Series[Any]", values: "pd.Series[Any]", data: Data
) -> tuple[str, ...]:
    """Say what looks odd about a column of this type that is used all the same."""
    found = _text_notes(column, data) if values.dtype == object else []
    if kind in ("number", "integer", "boolean"):
        found = _number_notes(column, values)
    absent = values == "" if values.dtype == object else values.isna()
    if 2 * int(absent.sum()) > len(values):
        found.append(f"{int(absent.sum())} of {len(values)} values are missing")
    return tuple(found)


def _text_notes(column: "pd.Series[Any]", data: Data) -> list[str]:
    texts = [str(text) for text in column.dropna().unique()]
    notes = []
    if data.missing is None and (words := sorted(WORDS & set(texts))):
        listed = ", ".join(f"'{word}'" for word in words)
        rows = int(column.isin(words).sum())
        notes.append(
            f"{listed} is a value ({rows} rows); if it means missing, name it in 'data.missing'"
        )
    wordless = [text for text in texts if not any(map(str.isalnum, text))]
    if wordless and len(texts) > 1:
        rows = int(column.isin(wordless).sum())
        listed = ", ".join(map(repr, sorted(wordless)))
        notes.append(
            f"{listed} is a value ({rows} rows); if it means missing, name it in 'data.missing'"
        )
    alike: dict[str, list[str]] = {}
    for text in texts:
        alike.setdefault(reduced(text), []).append(text)
    if pairs := [same for same in alike.values() if len(same) > 1]:
        several = told_apart(*sorted(pairs[0]))
        notes.append(f"{several} differ only in case or spaces, and are two values")
    if len(texts) == 1:
        notes.append(f"every row has the same value, {texts[0]!r}")
    if _names_split(texts):
        notes.append(
            f"{', '.join(map(repr, sorted(texts)))} look like the names of a split; if they are, "
            f"write 'split: {{method: column, key: {yaml_text(str(column.name))}}}'"
        )
    return notes


def _names_split(texts: list[str]) -> bool:
    """Whether the values are those that say which rows are for the test."""
    names = {text.strip().lower() for text in texts}
    return names <= SPLIT_NAMES and "test" in names and bool(names & {"train", "training"})


def counts_up(numbers: "pd.Series[Any]") -> bool:
    """Whether each is the one before and 1; the first rows tell nearly always, and quickly."""
    first = numbers.head(FIRST).diff().dropna()
    quickly = len(first) > 1 and bool((first == 1).all())
    return quickly and bool((numbers.diff().dropna() == 1).all())


def _number_notes(column: "pd.Series[Any]", values: "pd.Series[Any]") -> list[str]:
    present = values.dropna()
    if present.empty:
        return []
    low, high = float(present.min()), float(present.max())
    if low == high:
        return [f"every row has the same value, {low:g}"]
    notes = []
    # The first rows tell nearly always, and quickly.
    whole = bool((present.head(FIRST) % 1 == 0).all()) and bool((present % 1 == 0).all())
    if whole and (kind := looks_like_epoch(low, high)):
        notes.append(f"the whole numbers look like {kind}")
    if whole and counts_up(present):
        notes.append("it counts the rows, as an identifier does; maybe name it in 'data.drop'")
    if sentinel := _sentinel(present):
        notes.append(
            f"{sentinel:g} stands in {int((present == sentinel).sum())} rows, far from the other "
            f"values; if it means missing, write 'data.missing: [{sentinel:g}]'"
        )
    if column.dtype == np.float64 and _three_decimals(present):
        notes.append(
            "every value has three decimals at most, below 1000: if the point marks thousands, "
            "write 'data.thousands: \".\"' and 'data.decimal: \",\"'"
        )
    return notes


def _sentinel(present: "pd.Series[Any]") -> float:
    """Return a number such as -999 that stands for 'missing' in several rows; else 0."""
    for end in (float(present.min()), float(present.max())):
        nines = str(abs(int(end))) if end.is_integer() else ""
        if len(nines) < 2 or set(nines) != {"9"} or int((present == end).sum()) < 2:
            continue
        others = present[present != end]
        near = others.min() if end < others.min() else others.max()
        if abs(end - near) > max(float(np.ptp(others)), 1.0):
            return end
    return 0.0


def _three_decimals(present: "pd.Series[Any]") -> bool:
    """Whether numbers could be thousands with a point: 950, 1.234, 12.050; never 1.5 or 0.123."""
    sample = present.head(FIRST)
    texts = [f"{value:.3f}" for value in sample]
    if not all(float(text) == value for text, value in zip(texts, sample, strict=True)):
        return False
    fractions = sample[sample % 1 != 0]
    thousandths = float(((fractions * 100).round(6) % 1 != 0).mean()) if len(fractions) else 0.0
    in_range = bool((present.abs() < 1000).all()) and bool((fractions.abs() >= 1).all())
    return in_range and thousandths > 0.5 and dots_are_groups(texts)


def notes_on_target(
    target: npt.NDArray[Any], classes: list[int | str], positive: int | None, why: str
) -> Understanding:
    """Describe the balance of the classes, or the spread of the numbers, and the positive class."""
    if not classes:
        if not len(target):
            return Understanding()
        low, middle, high = np.quantile(target, [0, 0.5, 1])
        return Understanding(target=(f"numbers from {low:g} to {high:g}, median {middle:g}",))
    counts = np.bincount(target, minlength=len(classes))
    shares = [f"{c} {n} ({n / len(target):.0%})" for c, n in zip(classes, counts, strict=True)]
    lines = [f"classes {_names(shares)}"]
    if positive is not None:
        lines.append(f"the positive class is '{classes[positive]}' ({why})")
    if counts.min() < RARE * len(target):
        lines.append(f"the rarest class has {counts.min()} of {len(target)} rows")
    return Understanding(target=tuple(lines))
