"""Holds a candidate against the champion on rows that neither was trained on."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.chance import by_chance
from training.columns import as_values
from training.dataset import Dataset
from training.evaluate import evaluate
from training.feature import Feature
from training.metrics import Metrics, rows_needed
from training.scoring import Scores, run_onnx
from training.seen import SeenRows
from training.settings import Settings
from training.slice_gate import SlicePair, recorded_pairs, slice_pairs
from training.slice_metrics import ENOUGH_ROWS, SliceMetrics, defined

CHANCE = "the data is not the champion's, so its limits leave room for chance"
FEATURE_KEYS = ("name", "type", "required", "categories")


@dataclass(frozen=True)
class Comparison:
    """Metrics of champion and candidate that mean the same, or the obstacle.

    `candidate` is None where its own metrics on the whole test split are the ones to use.
    `note` says what was compared when that is not simply the whole test split. `chance` is by how
    much each metric may differ beyond what the gate allows before it is more than chance. `slices`
    has the same of each slice, where the gate asks for it.
    """

    champion: Metrics | None
    candidate: Metrics | None = None
    note: str = ""
    obstacle: str = ""
    chance: Metrics = field(default_factory=dict)
    slices: list[SlicePair] = field(default_factory=list)


@dataclass(frozen=True)
class Model:
    """A version as the comparison needs it; `seen` is None when it has no record of its rows."""

    metadata: dict[str, Any]
    onnx: bytes
    seen: SeenRows | None = None


def compare(
    settings: Settings, candidate: Model, champion: Model, test: Dataset, raw: pd.DataFrame
) -> Comparison:
    """Score both on those rows of `test` that the champion was not trained on.

    `raw` is the whole table; `test` kept its index. Each model runs on its own features, as long as
    the data still has them; task, classes and positive class must be the same, or the metrics would
    not mean the same. With too few such rows, or without a record, the champion's metrics from its
    own test split stand in: other rows, but none that it had seen.
    """
    positions = raw.index.get_indexer(test.rows.index)
    rows = raw.iloc[positions]
    if obstacle := obstacle_to(settings, champion.metadata, test, rows):
        return Comparison(None, obstacle=obstacle)
    mine = scores_of(settings, candidate, rows)
    if champion.seen is None:
        reason = "has no record of its training rows"
        return _by_recorded_metrics(settings, test, champion, mine, reason)
    unseen = champion.seen.unseen(settings.target.column, raw, positions)
    if not _enough(unseen, test):
        reason = f"was trained on all but {unseen.sum()} of the {len(unseen)} test rows"
        return _by_recorded_metrics(settings, test, champion, mine, reason)
    part = test.take(np.flatnonzero(unseen))
    names, undefined = defined(settings, part)
    if not names:
        return Comparison(
            None, obstacle=f"on rows that neither was trained on there is {undefined}"
        )
    settings = settings.model_copy(update={"metrics": names})
    theirs, ours = (scores_of(settings, model, rows[unseen]) for model in (champion, candidate))
    notes, chance = [], {}
    if not unseen.all():
        notes.append(
            f"compared with the champion on the {unseen.sum()} of {len(unseen)} test rows that "
            "neither was trained on"
        )
    if undefined:
        notes.append(f"not compared with the champion: {undefined}")
    if _other_data(champion, test):
        chance = by_chance(settings, part, theirs, ours)
        notes.append(CHANCE)
    return Comparison(
        evaluate(settings, part, theirs),
        None if unseen.all() else evaluate(settings, part, ours),
        "; ".join(notes),
        chance=chance,
        slices=slice_pairs(settings, part, theirs, ours, other_data=_other_data(champion, test)),
    )


def _enough(unseen: npt.NDArray[np.bool_], test: Dataset) -> bool:
    """Enough rows, or half of a test split that is smaller, and every class among them."""
    if unseen.all():
        return True
    classes = len(set(test.target[unseen].tolist())) if test.classes else 0
    return unseen.sum() >= min(ENOUGH_ROWS, len(unseen) / 2) and classes == len(test.classes)


def _by_recorded_metrics(
    settings: Settings, test: Dataset, champion: Model, mine: Scores, reason: str
) -> Comparison:
    training = champion.metadata["training"]
    rows, mean_another = training["rows"]["test"], ""
    recorded = training["metrics"]
    if others := [name for name in recorded if rows_needed(name) and rows != len(test.rows)]:
        mean_another = f"; not compared, as of {rows} rows: {', '.join(others)}"
        recorded = {name: value for name, value in recorded.items() if name not in others}
    if not set(settings.metrics_for(test.task)) & set(recorded):
        return Comparison(None, obstacle=f"it {reason}, and has none of the candidate's metrics")
    note = "its metrics on its own test rows, from when it was trained, stand in" + mean_another
    known = [SliceMetrics.from_dict(one) for one in training.get("slices", [])]
    other = _other_data(champion, test)
    pairs = recorded_pairs(settings, test, mine, known, other_data=other)
    if not other:
        return Comparison(recorded, note=f"the champion {reason}; {note}", slices=pairs)
    # Each is measured on rows of its own, so both errors count.
    wider = (1 + len(test.rows) / rows) ** 0.5
    chance = {name: wider * value for name, value in by_chance(settings, test, mine).items()}
    note = f"the champion {reason}; {note}; {CHANCE}"
    return Comparison(recorded, note=note, chance=chance, slices=pairs)


def _other_data(champion: Model, test: Dataset) -> bool:
    return bool(champion.metadata["training"]["data_sha256"] != test.sha256)


def scores_of(settings: Settings, model: Model, rows: pd.DataFrame) -> Scores:
    """Answer raw rows, which the model's features are made of."""
    features = _features(model.metadata)
    classes = [entry["value"] for entry in model.metadata["classes"]]
    values = pd.DataFrame({f.name: as_values(f, rows[f.name], settings.data) for f in features})
    return run_onnx(model.onnx, features, values, classes)


def _features(metadata: dict[str, Any]) -> list[Feature]:
    return [
        Feature.model_validate(
            {k: entry[k] for k in FEATURE_KEYS}
            | {"offset": entry.get("datetime", {}).get("offset")}
        )
        for entry in metadata["features"]
    ]


def obstacle_to(
    settings: Settings, metadata: dict[str, Any], test: Dataset, rows: pd.DataFrame
) -> str:
    """Say why a version cannot be run on these rows, or nothing."""
    if metadata.get("format") != 1:
        return f"its package has format {metadata.get('format')!r}"
    classes = [entry["value"] for entry in metadata["classes"]]
    if metadata["task"] != test.task or classes != test.classes:
        return "it predicts other classes or another task"
    if metadata["positive"] != test.positive:
        return "its positive class is another"
    features = _features(metadata)
    if lost := [f.name for f in features if f.name not in rows.columns]:
        return f"the data no longer has its feature {', '.join(lost)}"
    for feature in features:
        values = as_values(feature, rows[feature.name], settings.data)
        absent = values == "" if feature.is_text else values.isna()
        if bool((absent & (rows[feature.name].notna() | bool(feature.required))).any()):
            return f"the data no longer fits its feature {feature.name}"
    return ""
