"""Holds each slice of the test split against the floors for slices and against the champion."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from training.chance import by_chance
from training.dataset import Dataset
from training.evaluate import evaluate
from training.gate import Comparison, Verdict, allowed, compared
from training.metrics import Metrics, metric_of, rows_needed
from training.scoring import Scores, take
from training.settings import Settings
from training.slice_metrics import ENOUGH_ROWS, SliceMetrics, defined, each_slice, slice_name

Key = tuple[str, str | None]
MOST_FAILED = 20  # told one by one: a verdict is a tag of the version, which has a limit


@dataclass(frozen=True)
class SlicePair:
    """A slice's metrics of champion and candidate that mean the same, or a note why not."""

    name: str
    champion: Metrics = field(default_factory=dict)
    candidate: Metrics = field(default_factory=dict)
    chance: Metrics = field(default_factory=dict)
    note: str = ""


def slice_pairs(
    settings: Settings, part: Dataset, theirs: Scores, ours: Scores, *, other_data: bool
) -> list[SlicePair]:
    """Score both models on each slice of the rows that neither was trained on."""
    pairs = []
    for name, _, piece, index in _guarded(settings, part):
        if len(index) < ENOUGH_ROWS:
            seen = f"{len(index)} rows that neither was trained on, {ENOUGH_ROWS} are needed"
            pairs.append(SlicePair(name, note=seen))
            continue
        names, note = defined(settings, piece)
        if not names:
            pairs.append(SlicePair(name, note=note))
            continue
        chosen = settings.model_copy(update={"metrics": names})
        champion, candidate = take(theirs, index), take(ours, index)
        pairs.append(
            SlicePair(
                name,
                evaluate(chosen, piece, champion),
                evaluate(chosen, piece, candidate),
                by_chance(chosen, piece, champion, candidate) if other_data else {},
                note,
            )
        )
    return pairs


def recorded_pairs(
    settings: Settings,
    test: Dataset,
    ours: Scores,
    recorded: list[SliceMetrics],
    *,
    other_data: bool,
) -> list[SlicePair]:
    """Take the champion's metrics from its own test rows, where no rows are left to compare on."""
    known = {one.key: one for one in recorded}
    pairs = []
    for name, key, piece, index in _guarded(settings, test):
        champion = known.get(key)
        if champion is None or not champion.metrics:
            pairs.append(SlicePair(name, note="the champion has no metrics of it"))
            continue
        names, note = defined(settings, piece)
        names = [
            metric
            for metric in names
            if metric in champion.metrics
            and (champion.rows == len(index) or not rows_needed(metric))
        ]
        if len(index) < ENOUGH_ROWS or not names:
            few = f"{len(index)} test rows, {ENOUGH_ROWS} are needed"
            pairs.append(SlicePair(name, note=few if len(index) < ENOUGH_ROWS else note))
            continue
        chosen, mine = settings.model_copy(update={"metrics": names}), take(ours, index)
        chance: Metrics = {}
        if other_data:  # each is measured on rows of its own, so both errors count
            wider = (1 + len(index) / champion.rows) ** 0.5
            chance = {m: wider * v for m, v in by_chance(chosen, piece, mine).items()}
        candidate = evaluate(chosen, piece, mine)
        pairs.append(SlicePair(name, champion.metrics, candidate, chance, note))
    return pairs


def guard(
    verdict: Verdict, settings: Settings, slices: list[SliceMetrics], pairs: list[SlicePair]
) -> Verdict:
    """Add to a verdict what is to be said of slices: all that failed, else what came nearest.

    A slice that could not be judged by a stated rule is named in the note.
    """
    gate = settings.gate.slices
    if gate is None:
        return verdict
    found = [
        _held(one.name, "floor", metric, one.metrics[metric], limit)
        for metric, limit in gate.floors.items()
        for one in slices
        if metric in one.metrics
    ]
    for pair in pairs:
        for metric in [name for name in pair.candidate if name in pair.champion]:
            chance = pair.chance.get(metric, 0.0)
            limit = allowed(metric, pair.champion[metric], gate.max_regression or 0.0, chance)
            found.append(_held(pair.name, "champion", metric, pair.candidate[metric], limit))
    told, more = _told(found)
    lost = {
        "held to each floor": [
            f"{one.name} ({one.note})"
            for one in slices
            if any(metric not in one.metrics for metric in gate.floors)
        ],
        "wholly compared with the champion": [
            f"{one.name} ({one.note})" for one in pairs if one.note
        ],
    }
    notes = [f"slices not {rule}: {', '.join(names)}" for rule, names in lost.items() if names]
    note = "; ".join(filter(None, [verdict.note, more, *notes]))
    passed = verdict.passed and all(one.passed for one in found)
    return replace(verdict, passed=passed, comparisons=(*verdict.comparisons, *told), note=note)


def _held(
    name: str, rule: Literal["floor", "champion"], metric: str, value: float, limit: float
) -> Comparison:
    return replace(compared(metric, rule, value, limit), slice=name)


def _guarded(
    settings: Settings, test: Dataset
) -> Iterable[tuple[str, Key, Dataset, npt.NDArray[np.int64]]]:
    """Return name, key, rows and positions of each slice, if the champion is to be compared."""
    gate = settings.gate.slices
    if gate is None or gate.max_regression is None:
        return
    slim = replace(test, rows=test.rows[[]], slices={})
    for column, value, index in each_slice(test):
        yield slice_name(column, value), (column, value), slim.take(index), index


def _told(found: list[Comparison]) -> tuple[list[Comparison], str]:
    """Return what failed, and for a metric and rule where nothing did what is nearest its limit."""
    failed = [one for one in found if not one.passed]
    bad = {(one.metric, one.rule) for one in failed}
    nearest: dict[tuple[str, str], Comparison] = {}
    for one in found:
        rule = (one.metric, one.rule)
        if rule not in bad and (rule not in nearest or _room(one) < _room(nearest[rule])):
            nearest[rule] = one
    notes = []
    if len(nearest) < len(found) - len(failed):
        notes.append("of the slices that passed a rule, the one nearest its limit is shown")
    if len(failed) > MOST_FAILED:
        notes.append(f"{len(failed) - MOST_FAILED} more comparisons of slices failed")
    return [*failed[:MOST_FAILED], *nearest.values()], "; ".join(notes)


def _room(one: Comparison) -> float:
    room = one.value - one.limit
    return -room if metric_of(one.metric).lower_is_better else room
