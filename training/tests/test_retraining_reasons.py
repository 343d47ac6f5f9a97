"""Each reason by itself: what counts, what does not, and what is said of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from training.retraining.reasons import of_drift, of_performance, of_rows, usable
from training.settings import Settings

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def settings(**more: Any) -> Settings:
    said = {"name": "m", "data": {"source": "csv:a.csv"}, "target": "y", "task": "regression"}
    return Settings.model_validate(said | more)


def live(**metrics: tuple[float | None, float | None, float | None]) -> dict[str, Any]:
    each = {n: dict(zip(("value", "low", "high"), v, strict=True)) for n, v in metrics.items()}
    return {"quality": {"metrics": each, "note": ""}, "training": {"rmse": 10.0, "r2": 0.8}}


def test_monitoring_counts_where_it_is_of_the_champion_and_of_these_days() -> None:
    found = {"version": "3", "time": "2026-11-28T11:00:00.000Z"}
    assert usable(found, "3", NOW) == ""
    # A week later, while the next one is still at work.
    assert usable(found, "3", NOW + timedelta(days=7)) == ""
    assert "is of version 3, and version 4 is the champion" in usable(found, "4", NOW)
    assert "more than 8 days ago" in usable(found, "3", NOW + timedelta(days=8))
    assert "still to come: a wrong clock" in usable(found, "3", NOW - timedelta(days=1))
    assert "was not monitored yet" in usable(None, "3", NOW)


def test_drift_is_that_of_whatever_moved_most() -> None:
    features = {"age": {"psi": 0.08}, "fare": {"psi": 0.05}}
    calm = of_drift(0.25, {"features": features, "prediction": {"psi": 0.02}})
    assert (calm.due, calm.line) == (False, "drift: age 0.08 of 0.25")
    moved = of_drift(0.25, {"features": features, "prediction": {"psi": 0.25}})
    assert (moved.due, moved.line) == (True, "drift: the predictions 0.25 of 0.25")
    none = of_drift(0.25, {"features": {}, "note": "drift is not told of fewer than 100 rows"})
    assert none.line == "drift: not known: drift is not told of fewer than 100 rows"
    assert not none.due


def test_rows_are_a_reason_from_so_many_on() -> None:
    assert (of_rows(100, 99).due, of_rows(100, 100).due) == (False, True)
    assert of_rows(1000, 120).line == "rows: 120 of 1000 new"


@pytest.mark.parametrize(
    ("metrics", "due"),
    [
        ({"rmse": (12.0, 10.9, 13.0)}, False),  # worse, but it may be chance
        ({"rmse": (12.0, 11.0, 13.0)}, True),
        ({"r2": (0.6, 0.5, 0.73)}, False),
        ({"r2": (0.6, 0.5, 0.72)}, True),
        ({"rmse": (9.0, 8.0, 9.5), "r2": (0.6, 0.5, 0.7)}, True),
        ({"rmse": (9.0, 8.0, 9.5)}, False),  # better
    ],
)
def test_answers_are_worse_where_the_nearer_bound_is_so(
    *, metrics: dict[str, tuple[float, float, float]], due: bool
) -> None:
    assert of_performance(settings(), 0.1, live(**metrics)).due is due


def test_of_a_gate_with_floors_their_metrics_alone_count() -> None:
    floors = settings(gate={"floors": {"rmse": 20}})
    found = live(rmse=(9.0, 8.0, 9.5), r2=(0.1, 0.0, 0.2))
    told = of_performance(floors, 0.1, found)
    assert not told.due
    assert told.line == (
        "performance: rmse 9.0000 (8.0000 to 9.5000), 10.0000 in training; 11.0000 is 10 % worse"
    )
    assert of_performance(settings(), 0.1, found).due
    unlabelled = {"quality": {"metrics": {}, "note": "no label has come yet"}, "training": {}}
    assert of_performance(settings(), 0.1, unlabelled).line == (
        "performance: not known: no label has come yet"
    )
    assert not of_performance(settings(), 0.1, live(rmse=(90.0, None, None))).due


def test_recall_at_a_number_of_rows_is_not_compared_with_that_of_fewer_rows() -> None:
    """Of 1000 rows the first 50 hold a small share of all positives, however good the model is."""
    said = settings(task="classification", gate={"floors": {"recall_at_50": 0.5, "auc_roc": 0.6}})
    found = live(recall_at_50=(0.1, 0.08, 0.12), auc_roc=(0.8, 0.78, 0.82))
    found["training"] = {"recall_at_50": 0.9, "auc_roc": 0.81}
    assert not of_performance(said, 0.1, found).due
    del found["quality"]["metrics"]["auc_roc"]
    alone = of_performance(said, 0.1, found)
    assert (alone.due, alone.line.partition(": ")[0]) == (False, "performance")
    assert "not known" in alone.line
