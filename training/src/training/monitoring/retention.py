"""Deletes what is older than a model's predictions are kept."""

import re
from datetime import datetime, timedelta

from training.monitoring.log import VARIABLE
from training.monitoring.results import folder_of
from training.snapshots.store import open_store, told_store

_OURS = re.compile(r"date=(\d{4}-\d{2}-\d{2})/[^/.][^/]*\.(?:parquet|json)")


def forget(address: str, model: str, days: int, now: datetime, *, by_day: bool = False) -> int:
    """Delete a model's predictions, labels and results of more than `days` ago; returns how many.

    A file goes where both its day and the time at which the store got it are older: a server whose
    clock is wrong writes into another day than it is. With `by_day` the day alone counts, as what a
    restore brought back is new to the store. `now` is that of the earlier of two clocks, ours and
    the store's. What has another name than the log gives is left alone.
    """
    import obstore

    store = open_store(address, VARIABLE, make=False)
    before = now - timedelta(days=days)
    first = before.strftime("%Y-%m-%d")  # of this day some rows may be younger
    count = 0
    with told_store(address, VARIABLE, "is not tidied"):
        for folder in (f"model={model}", f"labels/model={model}", folder_of(model)):
            old = [
                one["path"]
                for batch in obstore.list(store, folder)
                for one in batch
                if (match := _OURS.fullmatch(one["path"].removeprefix(f"{folder}/")))
                and match[1] < first
                and (by_day or one["last_modified"] < before)
            ]
            for path in old:
                try:
                    obstore.delete(store, path)
                except FileNotFoundError:  # another run was quicker
                    continue
                count += 1
    return count
