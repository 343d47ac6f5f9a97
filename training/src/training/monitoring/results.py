"""What monitoring found, one file of JSON a run, beside the prediction log."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

from training.monitoring.log import VARIABLE
from training.snapshots.store import open_store, told_store

_NAME = re.compile(r"(?:^|/)date=\d{4}-\d{2}-\d{2}/\d{8}T[\d]+Z\.json$")


def folder_of(model: str) -> str:
    """Return the folder of a model's results, below the log's address."""
    return f"monitoring/model={model}"


def clock_of(address: str, model: str) -> datetime:
    """Return what time it is by the store's clock: that of a file which is written for it."""
    import obstore

    store = open_store(address, VARIABLE, make=False)
    path = f"{folder_of(model)}/.clock"
    with told_store(address, VARIABLE, "is not tidied"):
        obstore.put(store, path, b"", use_multipart=False)
        now: datetime = obstore.head(store, path)["last_modified"]
    return now


def keep(address: str, model: str, found: dict[str, Any], time: datetime) -> str:
    """Write a result as a file of its own, also where another run ended at the same moment.

    Returns where it lies below the log's address.
    """
    import obstore
    from obstore.exceptions import AlreadyExistsError

    store = open_store(address, VARIABLE, make=False)
    content = f"{json.dumps(found, ensure_ascii=False)}\n".encode()
    while True:
        name = f"{time:%Y%m%dT%H%M%S%f}Z.json"
        path = f"{folder_of(model)}/date={time:%Y-%m-%d}/{name}"
        with told_store(address, VARIABLE, "does not keep what monitoring found"):
            try:
                obstore.put(store, path, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                time += timedelta(microseconds=1)
                continue
            return path


def newest(address: str, model: str) -> dict[str, Any] | None:
    """Return the newest result that is whole; None where there is none."""
    import obstore

    store = open_store(address, VARIABLE, make=False)
    with told_store(address, VARIABLE, "is not read"):
        listed = (one for batch in obstore.list(store, folder_of(model)) for one in batch)
        names = sorted((n for one in listed if _NAME.search(n := one["path"])), reverse=True)
        for name in names:
            try:
                found = json.loads(bytes(obstore.get(store, name).bytes()))
                if {"time", "version", "features"} <= set(found):
                    return dict(found)
            except (ValueError, TypeError, FileNotFoundError):
                continue  # half of a file, or one that was deleted meanwhile
    return None
