"""Which snapshots may go: those that no version needs, and no training reads."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from mlflow import MlflowClient

from training.pages import all_pages
from training.registry import SNAPSHOT, VERDICT
from training.snapshots.store import Entry, SnapshotStore

YOUNG = timedelta(hours=1)  # such a one may be that of a training that runs


@dataclass(frozen=True)
class Limits:
    """How many of the newest stay, and how many days old one that goes has to be."""

    keep: int = 0
    days: int = 0


def needed_hashes(client: MlflowClient) -> set[str]:
    """Return the snapshots of versions with an alias, and of those that the gate has not judged.

    Of any version of any model: one without a verdict may be champion in a moment.
    """
    needed: set[str] = set()
    for name in [model.name for model in all_pages(client.search_registered_models)]:
        aliased = {str(one) for one in client.get_registered_model(name).aliases.values()}
        needed |= {
            version.tags[SNAPSHOT]
            for version in all_pages(partial(client.search_model_versions, f"name='{name}'"))
            if SNAPSHOT in version.tags
            and (str(version.version) in aliased or VERDICT not in version.tags)
        }
    return needed


def to_prune(
    entries: Iterable[Entry], needed: Collection[str], limits: Limits, now: datetime
) -> list[Entry]:
    """Return those that nothing needs, neither among the newest nor young; newest first."""
    newest = sorted(entries, key=lambda entry: (entry.written_at, entry.sha256), reverse=True)
    least = max(timedelta(days=limits.days), YOUNG)
    return [
        entry
        for entry in newest[limits.keep :]
        if entry.sha256 not in needed and now - entry.written_at >= least
    ]


def prune(store: SnapshotStore, client: MlflowClient, limits: Limits, *, dry: bool) -> list[Entry]:
    """Remove what may go and return it; with `dry` only return it.

    The registry is asked after the store: a version that came meanwhile counts. A training that
    uses an old snapshot writes it again before it registers, which makes it young: each is looked
    at once more just before it goes.
    """
    entries = store.entries()
    needed = needed_hashes(client)
    going = to_prune(entries, needed, limits, datetime.now(UTC))
    if dry:
        return going
    gone = []
    for entry in going:
        if store.written_at(entry.sha256) == entry.written_at:
            store.remove(entry.sha256)
            gone.append(entry)
    return gone
