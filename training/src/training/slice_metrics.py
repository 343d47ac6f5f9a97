"""How well a model answers each slice of the test split."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.dataset import Dataset
from training.evaluate import evaluate
from training.interval import Intervals, intervals, shown
from training.metrics import Metrics, rows_needed
from training.scoring import Scores, take
from training.settings import Settings

ENOUGH_ROWS = 30  # fewer say little, as in the comparison with the champion
ONE_CLASS_IS_ENOUGH = {"accuracy", "log_loss", "brier"}


@dataclass(frozen=True)
class SliceMetrics:
    """The rows of one value of a column (None: missing); `note` says what was not measured."""

    column: str
    value: str | None
    rows: int
    metrics: Metrics = field(default_factory=dict)
    intervals: Intervals = field(default_factory=dict)
    note: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return slice_name(self.column, self.value)

    @property
    def key(self) -> tuple[str, str | None]:
        """What makes it the same slice for another model."""
        return self.column, self.value

    def line(self) -> str:
        """Tell it in one line."""
        said = [shown(self.metrics, self.intervals), self.note]
        return f"{self.name} ({self.rows} test rows): {'; '.join(filter(None, said))}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the package."""
        bounds = {name: list(pair) for name, pair in self.intervals.items()}
        return asdict(self) | {"intervals": bounds}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "SliceMetrics":
        """Undo `as_dict`."""
        bounds = {name: (pair[0], pair[1]) for name, pair in fields["intervals"].items()}
        return cls(**fields | {"intervals": bounds})


def slice_name(column: str, value: str | None) -> str:
    """Return what people call a slice."""
    return f"{column} missing" if value is None else f"{column}={value}"


def each_slice(test: Dataset) -> Iterable[tuple[str, str | None, npt.NDArray[np.int64]]]:
    """Return column, value and positions of the rows of each slice; without rows, only a value."""
    for column, labels in test.slices.items():
        for value in labels.order:
            rows = labels.rows(value)
            if len(rows) or value is not None:
                yield column, value, rows


def slice_metrics(settings: Settings, test: Dataset, scores: Scores) -> list[SliceMetrics]:
    """Score each slice of `test`, with intervals; one of fewer than 30 rows is only counted."""
    slim = replace(test, rows=test.rows[[]], slices={})
    found = []
    for column, value, index in each_slice(test):
        one = SliceMetrics(column, value, len(index))
        if len(index) < ENOUGH_ROWS:
            found.append(replace(one, note=f"too few to judge, {ENOUGH_ROWS} are needed"))
            continue
        part, mine = slim.take(index), take(scores, index)
        names, note = defined(settings, part)
        metrics, bounds = {}, {}
        if names:
            chosen = settings.model_copy(update={"metrics": names})
            metrics = evaluate(chosen, part, mine)
            bounds = intervals(chosen, part, mine, metrics)
        found.append(replace(one, metrics=metrics, intervals=bounds, note=note))
    return found


def defined(settings: Settings, part: Dataset) -> tuple[list[str], str]:
    """Return the metrics that have a meaning on these rows, and why the others have none."""
    names = settings.metrics_for(part.task)
    rows = len(part.target)
    reasons = {
        name: f"as there are {rows} rows alone" for name in names if rows_needed(name) >= rows
    }
    if not part.classes and np.ptp(part.target) == 0:
        reasons |= {name: "as all rows have one number" for name in names if name == "r2"}
    present = set(part.target.tolist())
    if lost := [str(c) for i, c in enumerate(part.classes) if i not in present]:
        reason = f"as no row has class {', '.join(lost)}"
        reasons |= {name: reason for name in names if name not in ONE_CLASS_IS_ENOUGH}
    notes = [
        f"no {', '.join(name for name in reasons if reasons[name] == reason)}, {reason}"
        for reason in dict.fromkeys(reasons.values())
    ]
    return [name for name in names if name not in reasons], "; ".join(notes)


def as_table(found: list[SliceMetrics]) -> pd.DataFrame:
    """Return a row for each metric of each slice, and one without a metric where there is none."""
    rows = []
    for one in found:
        about = {"column": one.column, "value": one.value, "rows": one.rows}
        measured: dict[str, float | None] = {**one.metrics} or {"": None}
        for name, value in measured.items():
            low, high = one.intervals.get(name, (None, None))
            metric = {"metric": name, "measured": value, "low": low, "high": high}
            rows.append(about | metric | {"note": one.note})
    return pd.DataFrame(rows)


def as_logged(found: list[SliceMetrics]) -> Metrics:
    """Return metrics by names that MLflow takes: `slice/sex/female/accuracy`, `…_low`, `…_high`."""
    logged: Metrics = {}
    taken: set[str] = set()
    for one in found:
        base = f"slice/{_safe(one.column)}/{_safe(one.value or '_missing')}"
        name = next(n for n in _candidates(base) if n not in taken)
        taken.add(name)
        logged[f"{name}/rows"] = float(one.rows)
        for metric, value in one.metrics.items():
            logged[f"{name}/{metric}"] = value
            if bounds := one.intervals.get(metric):
                logged |= {f"{name}/{metric}_low": bounds[0], f"{name}/{metric}_high": bounds[1]}
    return logged


def _safe(text: str) -> str:
    """Keep letters, digits and signs that no path and no store takes for another."""
    return re.sub(r"[^A-Za-z0-9_ -]", "_", text.strip())[:60] or "_"


def _candidates(base: str) -> Iterable[str]:
    yield base
    yield from (f"{base}_{number}" for number in range(2, 1000))
