"""The command `data`: what lies in the store of snapshots, as one line of JSON."""

import argparse
import json
import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from training.environment_errors import translated_errors
from training.errors import PROMOTED, InvalidInputError, TrainingError
from training.snapshots.access import Access, lacking

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from training.snapshots.store import SnapshotStore

    Connect = Callable[[], MlflowClient]


def add_data(data: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    data.add_argument("what", choices=["list", "show", "diff", "remove", "prune"])
    data.add_argument("sha256", nargs="*", metavar="HASH", help="show, remove: any; diff: two")
    data.add_argument("--keep", type=int, metavar="N", help="prune: the newest that stay")
    data.add_argument("--days", type=int, metavar="N", help="prune: how old one that goes is")
    data.add_argument("--dry-run", action="store_true", help="prune: only tell")


def run_data(options: argparse.Namespace, access: Access, client: "Connect") -> int:
    """Do what the command asks for; returns the process's exit code.

    `client` connects to MLflow, which `prune` asks what is needed.
    """
    try:
        with translated_errors("MLFLOW_TRACKING_URI"):
            print(json.dumps(_plain(_asked(options, access, client)), ensure_ascii=False))
    except TrainingError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return PROMOTED


def _asked(options: argparse.Namespace, access: Access, client: "Connect") -> Any:
    try:
        from training.snapshots.difference import difference
        from training.snapshots.store import SnapshotStore
    except ModuleNotFoundError as error:
        raise lacking(error, "snapshot:") from error
    store = SnapshotStore(access.store)
    if options.what == "prune":
        return _pruned(options, store, client)
    if options.what == "list":
        return [
            {
                **store.about(entry.sha256),
                "size": entry.size,
                "written_at": entry.written_at.isoformat(timespec="seconds"),
            }
            for entry in store.entries()
        ]
    if options.what == "show":
        return [store.get(one).describe() | {"url": store.url(one)} for one in options.sha256]
    if options.what == "diff":
        if len(options.sha256) != 2:
            raise InvalidInputError("arguments", ["diff: name two snapshots by their hashes"])
        old, new = options.sha256
        return difference(store.get(old), store.get(new))
    for one in options.sha256:
        store.remove(one)
    return options.sha256


def _pruned(options: argparse.Namespace, store: "SnapshotStore", client: "Connect") -> list[str]:
    """Return the hashes of what is gone, or would go."""
    limits = {"keep": options.keep, "days": options.days}
    told = {name: number for name, number in limits.items() if number is not None}
    problems = [
        f"--{name} {number}: give a whole number, 0 or more"
        for name, number in told.items()
        if number < 0
    ]
    if not told:
        problems.append("prune: give --keep N, --days N, or both")
    if options.sha256:
        problems.append(f"prune: takes no hash ({options.sha256[0]}); `remove` does")
    if problems:
        raise InvalidInputError("arguments", problems)
    from training.snapshots.prune import Limits, prune

    gone = prune(store, client(), Limits(**told), dry=options.dry_run)
    return [entry.sha256 for entry in gone]


def _plain(value: Any) -> Any:
    """Say null where there is no number, which JSON cannot say."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
