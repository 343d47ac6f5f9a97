"""The command `data`: what lies in the store of snapshots, as one line of JSON."""

import argparse
import json
import math
import sys
from typing import Any

from training.environment_errors import translated_errors
from training.errors import PROMOTED, InvalidInputError, TrainingError
from training.snapshots.access import Access, lacking


def run_data(options: argparse.Namespace, access: Access) -> int:
    """Do what `list`, `show`, `diff` or `remove` asks for; returns the process's exit code."""
    try:
        with translated_errors("data"):
            print(json.dumps(_plain(_asked(options, access)), ensure_ascii=False))
    except TrainingError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return PROMOTED


def _asked(options: argparse.Namespace, access: Access) -> Any:
    try:
        from training.snapshots.difference import difference
        from training.snapshots.store import SnapshotStore
    except ModuleNotFoundError as error:
        raise lacking(error, "snapshot:") from error
    store = SnapshotStore(access.store)
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


def _plain(value: Any) -> Any:
    """Say null where there is no number, which JSON cannot say."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
