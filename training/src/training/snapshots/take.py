"""Gives a training its snapshot: read from the source once and kept, or the one that is named."""

from collections.abc import Collection
from pathlib import Path

from training.data import Data
from training.errors import InvalidInputError
from training.snapshots.access import Access
from training.snapshots.credentials import Credentials
from training.snapshots.reading import Reading, refused
from training.snapshots.snapshot import Snapshot, snapshot_of
from training.snapshots.store import SnapshotStore


def take(data: Data, folder: Path, aside: Collection[str], access: Access) -> Snapshot:
    """Return the snapshot of a source that changes; it is in the store before it is returned.

    Columns that the YAML drops are not kept, unless `aside` names them (after renaming).
    """
    named = data.source.removeprefix("snapshot:") if data.kind == "snapshot" else access.snapshot
    if named:
        return SnapshotStore(access.store).get(named)
    store = SnapshotStore(access.store) if access.keep else None  # before what takes its time
    left_out = [name for name in data.drop if data.rename.get(name, name) not in aside]
    reading = _read(data, folder, left_out, access.credentials)
    if unknown := [name for name in data.drop if name not in reading.names]:
        known = ", ".join(reading.names)
        problem = f"data.drop: the source has no column '{unknown[0]}'; it has {known}"
        raise InvalidInputError(data.source, [problem])
    if reading.table.num_rows == 0:
        raise refused(data, "there is no row; correct the query or the path")
    if not reading.table.column_names:
        raise InvalidInputError(data.source, ["data.drop: leaves no column at all"])
    snapshot = snapshot_of(reading, data.source)
    if store is not None:
        store.put(snapshot)
    return snapshot


def _read(data: Data, folder: Path, left_out: Collection[str], credentials: Credentials) -> Reading:
    if data.kind == "postgres":
        from training.snapshots.postgres import read_query

        return read_query(data, credentials, left_out)
    from training.snapshots.files import read_files
    from training.snapshots.place import Place

    return read_files(Place(data, folder, credentials), data, left_out)
