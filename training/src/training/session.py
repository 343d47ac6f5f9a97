"""Takes one model the whole way against a registry: the order of steps and every way out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.card.content import card_files
from training.champion import Comparison, Model, compare
from training.champion_checks import champion_of
from training.data_checks import check_data
from training.dataset import Dataset
from training.errors import TrainingEnvironmentError
from training.feature import AS_TEXT
from training.gate import Verdict, judge
from training.outcome import Outcome, outcome_of
from training.package import Package
from training.pipeline import Trained, idempotency_key, load_table, prepare, train_model
from training.report import Report
from training.serving import Serving, check_served
from training.settings import Settings
from training.slice_gate import guard
from training.slice_metrics import SliceMetrics
from training.snapshots.access import Access
from training.snapshots.change import refuse_changes
from training.sources import Table

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from training.registry import Registered, Registry
    from training.snapshots.snapshot import Snapshot

MAX_GATES = 5
ON_TRUST = "that the adopted model was not trained on these rows is the word of whoever adopted it"
MAYBE_SEEN = "nobody says that the adopted model was not trained on these rows (--unseen)"


def run_model(
    settings: Settings,
    task: str,
    folder: Path,
    git_sha: str,
    report: Report,
    connect: "Callable[[], Registry]",
    serving: Serving,
    access: Access,
    reason: str = "",
) -> Outcome:
    """Train, register, judge and promote; an ended earlier run of the same key is answered.

    A run that was killed after registering goes on at the gate with its version. `reason` says why
    it is trained again, for MLflow.
    """
    table = load_table(settings, task, folder, report, access)
    if table.snapshot is not None:
        refuse_changes(settings, table, connect())
    train, test = prepare(settings, task, table, report)
    champion = champion_of(settings.name, connect())
    check_data(settings, table, (train, test), report, champion)
    key = idempotency_key(git_sha, settings, table.sha256)
    registry = connect()
    from training.signatures import renew_signatures

    renew_signatures(registry, settings.name, report)

    def make() -> "Registered":
        from training.trial_runs import trial_runs

        with trial_runs(settings, key, registry) as trials:
            how = (key, git_sha, report, serving, trials)
            trained = train_model(settings, table, train, test, *how)
            if table.snapshot is not None:
                from training.snapshots.store import SnapshotStore

                SnapshotStore(access.store).put(table.snapshot)  # should somebody have removed it
            return log(trained, registry, report, table.snapshot, reason)

    return register_and_judge(settings, key, (train, test), table, registry, report, serving, make)


def register_and_judge(
    settings: Settings,
    key: str,
    parts: tuple[Dataset, Dataset],
    table: Table,
    registry: "Registry",
    report: Report,
    serving: Serving,
    make: "Callable[[], Registered]",
) -> Outcome:
    """Make and log a model unless one with the key is there; let the gate judge and promote it.

    `parts` are the training and the test rows.
    """
    known, notes = registry.find(settings.name, key)
    for note in notes:
        report.note(note)
    if known is not None and (earlier := registry.verdict(known)) is not None:
        if earlier.passed and serving.again:
            _prove_again(serving, known, *parts, report)
        return outcome_of(known, earlier, report, "unchanged")
    if known is None:
        known = make()
    else:
        report.note(f"version {known.version} is there from a run that was cut off; judging it")
        registry.close_run(known)
    verdict = _gate_and_promote(settings, known, parts[1], table, registry, report)
    return outcome_of(known, verdict, report, "promoted")


def _prove_again(
    serving: Serving, known: "Registered", train: Dataset, test: Dataset, report: Report
) -> None:
    """Let the prediction API of today load what was promoted earlier."""
    package = Package(known.model, known.metadata, train.features)
    so = (
        f"version {known.version}, which was promoted: its replicas keep the image that they have. "
        "Go back to that one (`npm run rollback -- --image serving`), or train with other code"
    )
    with report.step("serve") as step:
        step.detail = check_served(serving, package, train, test, so)


def log(
    trained: Trained,
    registry: "Registry",
    report: Report,
    snapshot: "Snapshot | None" = None,
    reason: str = "",
) -> "Registered":
    """Log a run and register its version."""
    from training.registry import BrokenVersionError
    from training.tracking import log_and_register

    with report.step("log") as step:
        try:
            registered = log_and_register(trained, registry, snapshot, reason)
        except BrokenVersionError as error:
            raise TrainingEnvironmentError(
                f"MLflow did not keep what was logged: {error}"
            ) from error
        step.detail = f"version {registered.version}"
    return registered


def _gate_and_promote(
    settings: Settings,
    candidate: "Registered",
    test: Dataset,
    table: Table,
    registry: "Registry",
    report: Report,
) -> Verdict:
    """Judge against the champion of this moment; judge again when it has moved meanwhile."""
    for _ in range(MAX_GATES):
        champion = registry.champion(settings.name)
        with report.step("gate") as step:
            verdict = _judged(settings, candidate, champion, test, table, registry)
            step.detail = "passed" if verdict.passed else "failed"
        with report.step("promote") as step, registry.promotion(candidate) as by_now:
            if (earlier := registry.verdict(by_now)) is not None:
                step.detail = "another run of the same model and data was first"
                return earlier
            now = registry.champion(settings.name)
            if _number(now) != _number(champion):
                step.detail = "the champion has moved meanwhile; judging again"
                continue
            today = datetime.now(UTC).date()
            card = card_files(settings, candidate.metadata, candidate.version, verdict, today)
            registry.keep_texts(candidate, card)
            registry.keep_verdict(candidate, verdict, _number(champion))
            alias = "champion" if verdict.passed else "rejected"
            step.detail = f"version {candidate.version} is {alias}"
        return verdict
    raise TrainingEnvironmentError(
        f"the champion of {settings.name} moved {MAX_GATES} times during the gate; "
        "let other runs end, then run again"
    )


def _judged(
    settings: Settings,
    candidate: "Registered",
    champion: "ModelVersion | None",
    test: Dataset,
    table: Table,
    registry: "Registry",
) -> Verdict:
    from training.registry import BrokenVersionError

    metrics, recorded = candidate.metrics, candidate.metadata["training"].get("slices", [])
    slices = [SliceMetrics.from_dict(one) for one in recorded]
    if champion is None or _number(champion) == candidate.version or candidate.is_of(champion):
        return guard(judge(metrics, settings.gate, None), settings, slices, [])
    if not len(test.rows):
        return judge(metrics, settings.gate, None, version=_number(champion), obstacle=MAYBE_SEEN)
    try:
        package = registry.open(champion)
        found = compare(
            settings,
            Model(candidate.metadata, candidate.model),
            Model(package.metadata, package.model, registry.seen_rows(package)),
            test,
            table.with_text(_categories(candidate.metadata, package.metadata)),
        )
    except BrokenVersionError as error:
        found = Comparison(None, obstacle=str(error))
    if "adopted" in candidate.metadata["training"]:
        found = replace(found, note="; ".join(filter(None, [found.note, ON_TRUST])))
    verdict = judge(
        metrics,
        settings.gate,
        found.champion,
        version=_number(champion),
        on_same_rows=found.candidate,
        chance=found.chance,
        note=found.note,
        obstacle=found.obstacle,
    )
    return guard(verdict, settings, slices, found.slices)


def _categories(*metadata: dict[str, Any]) -> list[str]:
    """Return the categories and texts of either model, whose text a column of numbers lacks."""
    return [f["name"] for m in metadata for f in m["features"] if f["type"] in AS_TEXT]


def _number(version: "ModelVersion | None") -> str | None:
    return None if version is None else str(version.version)
