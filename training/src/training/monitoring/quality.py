"""How good a version has been since it went live, by the labels that came."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.interval import BOUNDS, FEWEST_RESAMPLES, MOST_ROWS, RESAMPLES
from training.metrics import Metrics, metric_of
from training.monitoring.log import KEY
from training.weighted import weighted_classification, weighted_regression

ENOUGH = 30  # labelled rows; fewer say little, as in the gate
# All that can be told where the log lacks the probabilities of classes.
_OF_ANSWERS = {"accuracy", "precision", "recall", "f1_score", "balanced_accuracy", "mcc"}


@dataclass(frozen=True)
class Quality:
    """Metrics of the labelled rows, each with what 95 % of resamples lie between.

    `labelled` counts rows of the window that have a label, `labels` all labels there are,
    `replaced` those that a later one stands for, `other_class` those of a class that this version
    does not have, `elsewhere` those whose row is not in the window: older, of another version, not
    kept, or of nobody. `repeated` counts rows whose request came again under the same id: the
    newest stands for all. `note` says why there is no metric.
    """

    labelled: int = 0
    labels: int = 0
    replaced: int = 0
    other_class: int = 0
    elsewhere: int = 0
    repeated: int = 0
    metrics: dict[str, dict[str, float | None]] = field(default_factory=dict)
    note: str = ""


def latest(labels: pd.DataFrame) -> pd.DataFrame:
    """Return one label a row: that of the latest time; of equal times what came last."""
    ordered = labels.sort_values(["time", "received"], kind="stable")
    return ordered.drop_duplicates(KEY, keep="last")


def quality(
    metadata: dict[str, Any],
    rows: pd.DataFrame,
    labels: pd.DataFrame,
    elsewhere: int = 0,
    replaced: int = 0,
    seed: int = 0,
) -> Quality:
    """Judge the logged answers in `rows` by `labels`, with the metrics of the package's training.

    The columns are those of the log, `probability_LABEL` among them where no class is the positive
    one; without these, metrics that need every class's probability are left out. `elsewhere` labels
    are of other requests, and `replaced` ones were left out as a later one is there.
    """
    if labels.empty and elsewhere == 0:
        return Quality(note="no label has come yet")
    last = latest(labels)
    once = rows.sort_values("time", kind="stable").drop_duplicates(KEY, keep="last")
    both = once.merge(last[[*KEY, "label"]], on=KEY, how="inner").dropna(subset=["answer"])
    joined = both[_fitting(metadata, both["label"])]
    found = Quality(
        labelled=len(joined),
        labels=len(labels) + elsewhere + replaced,
        other_class=len(both) - len(joined),
        replaced=replaced + len(labels) - len(last),
        elsewhere=elsewhere + len(last) - len(last.merge(once[KEY], on=KEY)),
        repeated=len(rows) - len(once),
    )
    if len(joined) < ENOUGH:
        note = f"{len(joined)} rows of the window have a label; {ENOUGH} are needed"
        return Quality(**{**found.__dict__, "note": note})
    names, score = _scorer(metadata, joined)
    return Quality(**{**found.__dict__, "metrics": _with_bounds(names, score, len(joined), seed)})


def _scorer(
    metadata: dict[str, Any], joined: pd.DataFrame
) -> tuple[list[str], Callable[[Any], Metrics]]:
    trained = list(metadata["training"]["metrics"])
    names = [name for name in trained if _known(name)]
    if metadata["task"] == "regression":
        true, numbers = (np.array(joined[name], np.float64) for name in ("label", "answer"))
        return names, weighted_regression(names, true, numbers)
    labels = class_labels(metadata)
    places = {label: at for at, label in enumerate(labels)}
    truth = np.array([places[label] for label in joined["label"]], np.int64)
    answers = np.array([places[_text(one)] for one in joined["answer"]], np.int64)
    positive = metadata["positive"]
    chances = joined["probability"].to_numpy(np.float64)
    probabilities = np.zeros((len(joined), len(labels)))
    if positive is None:
        columns = [f"probability_{label}" for label in labels]
        if set(columns) <= set(joined):
            probabilities = joined[columns].to_numpy(np.float64)
        else:
            names = [name for name in names if name in _OF_ANSWERS]
            probabilities[np.arange(len(joined)), answers] = 1.0
    else:
        probabilities[:, positive], probabilities[:, 1 - positive] = chances, 1 - chances
    return names, weighted_classification(names, truth, answers, probabilities, positive)


def _fitting(metadata: dict[str, Any], labels: "pd.Series[Any]") -> "pd.Series[bool]":
    """Which labels the version could have answered: a class of another version is none of its."""
    if metadata["task"] == "regression":
        return pd.to_numeric(labels, errors="coerce").notna()
    return labels.isin(class_labels(metadata))


def class_labels(metadata: dict[str, Any]) -> list[str]:
    """Return what each class is in the log: its label, or true and false."""
    if metadata["output"]["type"] == "boolean":
        return [_text(at == metadata["positive"]) for at in range(len(metadata["classes"]))]
    return [str(one["label"]) for one in metadata["classes"]]


def _text(answer: Any) -> str:
    return str(bool(answer)).lower() if isinstance(answer, bool | np.bool_) else str(answer)


def _known(name: str) -> bool:
    try:
        metric_of(name)
    except KeyError:
        return False
    return True


def _with_bounds(
    names: list[str], score: Callable[[Any], Metrics], rows: int, seed: int
) -> dict[str, dict[str, float | None]]:
    """Bootstrap by percentiles (Efron and Tibshirani 1993, chapter 13), as of the test split."""
    random = np.random.default_rng(seed)
    even = np.full(rows, 1 / rows)
    whole = score(np.ones(rows))
    resamples = RESAMPLES if rows <= MOST_ROWS else FEWEST_RESAMPLES
    drawn = [score(random.multinomial(rows, even)) for _ in range(resamples)]
    return {name: _bounds(whole[name], np.array([one[name] for one in drawn])) for name in names}


def _bounds(value: float, values: npt.NDArray[np.float64]) -> dict[str, float | None]:
    finite = values[np.isfinite(values)]
    if 2 * len(finite) <= len(values):
        return {"value": value if np.isfinite(value) else None, "low": None, "high": None}
    low, high = (float(bound) for bound in np.quantile(finite, BOUNDS))
    return {"value": value, "low": low, "high": high}
