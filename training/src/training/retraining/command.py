"""One model, from its reasons to the gate: the command `retrain`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.errors import PROMOTED, InvalidInputError, TrainingEnvironmentError
from training.outcome import Outcome
from training.pipeline import idempotency_key, load_table
from training.report import Report
from training.retraining.reasons import (
    Condition,
    of_drift,
    of_performance,
    of_rows,
    unknown,
    usable,
)
from training.serving import Serving
from training.session import run_model
from training.settings import Settings
from training.snapshots.access import Access
from training.told import NOT_DUE

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from training.registry import Registry
    from training.sources import Table

NO_CHAMPION = Condition("champion", due=True, line="champion: there is none")


@dataclass(frozen=True)
class _Rows:
    """What a reading of the source gave: the hash, and how many rows the champion's lacks."""

    sha256: str
    new: int | None
    unknown: str = ""


def retrain_model(
    settings: Settings,
    task: str,
    folder: Path,
    git_sha: str,
    report: Report,
    to_mlflow: "Callable[[], Registry]",
    serving: Serving,
    access: Access,
    *,
    predictions: str,
) -> Outcome:
    """Train where the YAML's `retrain.when` holds, as `train` does; else end as `not due`.

    @param predictions address of the prediction log, beside which monitoring keeps what it finds.
    Not due is too what another process trains at the moment, what waits after rejections, and rows
    that were trained from already.
    """
    from training.lease import lease

    if settings.retrain is None:
        problem = "retrain: states no reason; write 'retrain: {when: {drift: 0.25}}', say"
        raise InvalidInputError(settings.name, [problem])
    registry = to_mlflow()
    with lease(registry.client, settings.name) as owner:
        if owner:
            return _not_due(report, [], f"{owner} is at it already")
        champion = registry.champion(settings.name)

        def read() -> _Rows:
            looks = replace(access, keep=False)
            table = load_table(settings, task, folder, report, looks)
            return _counted(table, champion, registry, access)

        conditions, rows = _conditions(settings, champion, predictions, read)
        report.lines([one.line for one in conditions])
        reason = "; ".join(one.line for one in conditions if one.due)
        if not reason:
            return _not_due(report, conditions, "no reason")
        obstacle = _obstacle(settings, git_sha, champion, registry, rows, read)
        if obstacle:
            return _not_due(report, conditions, obstacle)
        ended = run_model(
            settings, task, folder, git_sha, report, lambda: registry, serving, access, reason
        )
    told = {"reason": reason, "conditions": [one.as_dict() for one in conditions]}
    return replace(ended, result={**ended.result, **told})


def _conditions(
    settings: Settings,
    champion: "ModelVersion | None",
    predictions: str,
    read: Callable[[], _Rows],
) -> tuple[list[Condition], _Rows | None]:
    """Return each condition of the YAML, and what was read of the source if one asked for it."""
    if champion is None or settings.retrain is None:
        return [NO_CHAMPION], None
    when, rows, found = settings.retrain.when, None, list[Condition]()
    if when.rows is not None:
        rows = read()
        known = rows.new is not None
        found.append(of_rows(when.rows, rows.new or 0) if known else unknown("rows", rows.unknown))
    if when.drift is not None or when.performance is not None:
        monitored = _newest(predictions, settings.name)
        why = usable(monitored, str(champion.version), datetime.now(UTC))
        if when.drift is not None:
            told = unknown("drift", why) if why else of_drift(when.drift, monitored or {})
            found.append(told)
        if when.performance is not None:
            by_labels = monitored or {}
            told = (
                unknown("performance", why)
                if why
                else of_performance(settings, when.performance, by_labels)
            )
            found.append(told)
    return found, rows


def _newest(predictions: str, name: str) -> dict[str, Any] | None:
    from training.monitoring.results import newest

    if predictions and "://" not in predictions and not Path(predictions).is_dir():
        return None  # nothing was ever kept on this machine
    return newest(predictions, name)


def _counted(
    table: "Table", champion: "ModelVersion | None", registry: "Registry", access: Access
) -> _Rows:
    """Count the rows that the champion's snapshot lacks; of a CSV file how many it has grown by."""
    if champion is None:
        return _Rows(table.sha256, None, "there is no champion")
    if table.snapshot is None:
        from training.registry import BrokenVersionError

        try:
            before = registry.open(champion).metadata["training"]["rows"]
        except BrokenVersionError as error:
            raise TrainingEnvironmentError(
                f"version {champion.version} of {champion.name}, the champion, is broken: {error}; "
                "train it again"
            ) from error
        return _Rows(table.sha256, max(0, len(table.frame) - before["train"] - before["test"]))
    from training.registry import SNAPSHOT
    from training.snapshots.difference import rows_changed
    from training.snapshots.store import SnapshotStore

    kept = champion.tags.get(SNAPSHOT)
    if kept is None:
        return _Rows(table.sha256, None, "the champion was not trained from a snapshot")
    if kept == table.sha256:
        return _Rows(table.sha256, 0)
    store = SnapshotStore(access.store)
    if not store.has(kept):
        return _Rows(table.sha256, None, f"DATA_STORE has no snapshot {kept[:12]} any more")
    return _Rows(table.sha256, rows_changed(store.get(kept), table.snapshot)[0])


def _obstacle(
    settings: Settings,
    git_sha: str,
    champion: "ModelVersion | None",
    registry: "Registry",
    rows: _Rows | None,
    read: Callable[[], _Rows],
) -> str:
    """Say why there is no training although there is a reason; nothing where there is one."""
    from training.retraining.back_off import Earlier, rows_of

    earlier = Earlier(registry, settings.name)
    if wait := earlier.wait(datetime.now(UTC)):
        return wait
    rows = rows or read()
    if champion is None:
        number = earlier.with_key(idempotency_key(git_sha, settings, rows.sha256))
        return f"version {number}, of the same code, YAML and rows, was rejected" if number else ""
    if rows_of(registry.client, champion) == rows.sha256:
        return f"version {champion.version}, the champion, was trained from these very rows"
    number = earlier.with_rows(rows.sha256)
    return f"version {number}, trained from these very rows, was rejected" if number else ""


def _not_due(report: Report, conditions: list[Condition], why: str) -> Outcome:
    report.note(f"{NOT_DUE}: {why}")
    result = {
        "outcome": NOT_DUE,
        "version": None,
        "note": why,
        "conditions": [one.as_dict() for one in conditions],
        "seconds": report.seconds,
    }
    return Outcome(PROMOTED, result)
