"""The store: each content once, whole or not at all, in a folder and in a real S3."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from support.changing import access, data, parquet, read, stored
from support.servers import S3_ACCOUNT, seaweedfs
from training.errors import InvalidInputError, TrainingEnvironmentError
from training.snapshots.access import Access
from training.snapshots.reading import Reading
from training.snapshots.snapshot import Snapshot, snapshot_of
from training.snapshots.store import SnapshotStore
from training.sources import fetch


def some(*values: int) -> Snapshot:
    return snapshot_of(Reading(pa.table({"a": list(values)}), ["a"], "typed"), "file:x")


def test_content_is_kept_once_and_read_again(tmp_path: Path) -> None:
    store = SnapshotStore(str(tmp_path / "store"))
    assert store.put(some(1, 2))
    before = (tmp_path / "store" / stored(tmp_path)[0]).stat().st_mtime_ns
    assert not store.put(some(2, 1))
    assert stored(tmp_path) == [f"sha256={some(1, 2).sha256}.parquet"]
    assert (tmp_path / "store" / stored(tmp_path)[0]).stat().st_mtime_ns == before
    assert store.get(some(1, 2).sha256).table.equals(some(1, 2).table)
    (entry,) = store.entries()
    assert store.about(entry.sha256)["rows"] == 2


def test_snapshot_that_is_not_there_or_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"has no such snapshot; `npm run data -- list`"):
        read(tmp_path, f"snapshot:{'0' * 64}")
    SnapshotStore(str(tmp_path / "store")).put(some(1, 2))
    path = tmp_path / "store" / stored(tmp_path)[0]
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(TrainingEnvironmentError, match=r"is damaged: .*bring it back"):
        read(tmp_path, f"snapshot:{some(1, 2).sha256}")
    with pytest.raises(TrainingEnvironmentError, match=r"is damaged"):
        SnapshotStore(str(tmp_path / "store")).about(some(1, 2).sha256)


def test_store_that_is_not_named_or_not_there_says_the_variable(tmp_path: Path) -> None:
    parquet(tmp_path / "t.parquet", {"a": [1]})
    for store, message in (("", "not set"), ("ftp://x/y", "give a folder, s3://")):
        with pytest.raises(InvalidInputError, match=rf"DATA_STORE \(.*{message}"):
            fetch(data("file:t.parquet"), tmp_path, access=Access(store))
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingEnvironmentError, match=r"DATA_STORE .* does not keep snapshots"):
        fetch(data("file:t.parquet"), tmp_path, access=Access(str(tmp_path / "file")))


def _put_with_little_disk(store: str, sent: "multiprocessing.Queue[str]") -> None:
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
    try:
        SnapshotStore(store).put(some(*range(9_000)))
    except TrainingEnvironmentError as error:
        sent.put(str(error))


def test_full_disk_leaves_no_snapshot_and_says_so(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    sent = context.Queue()
    process = context.Process(target=_put_with_little_disk, args=(str(tmp_path / "store"), sent))
    process.start()
    assert "free space there" in sent.get(timeout=60)
    process.join()
    assert not SnapshotStore(str(tmp_path / "store")).entries()
    assert not SnapshotStore(str(tmp_path / "store")).has(some(*range(9_000)).sha256)


def test_what_a_killed_process_left_is_no_snapshot(tmp_path: Path) -> None:
    """A folder's file gets its name when it is whole; before, obstore calls it `…#1`."""
    name = f"sha256={some(1).sha256}.parquet"
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / f"{name}#1").write_bytes(b"half")
    store = SnapshotStore(str(tmp_path / "store"))
    assert not store.entries()
    assert store.put(some(1))
    assert store.get(some(1).sha256).table.num_rows == 1


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with seaweedfs() as url:
        yield url


def test_set_in_s3_becomes_a_snapshot_in_s3(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source's account is that of its Secret; the store's comes from the usual variables."""
    import obstore
    from obstore.store import S3Store

    account = {"AWS_ENDPOINT_URL": s3, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "here"}
    for name, value in {**account, **S3_ACCOUNT}.items():
        monkeypatch.setenv(name, value)
    bucket = S3Store("lake")
    for month in (1, 2):
        path = parquet(tmp_path / f"{month}.parquet", {"a": [month] * 3})
        _put_when_ready(bucket, f"sales/month={month}/part-0.parquet", path.read_bytes())
    obstore.put(bucket, "sales/_SUCCESS", b"", use_multipart=False)
    known = Access("s3://data/kept")
    table = fetch(data("s3://lake/sales/"), tmp_path, access=known)
    assert table.frame.to_dict("list") == {"a": [1] * 3 + [2] * 3, "month": [1] * 3 + [2] * 3}
    again = fetch(data("s3://lake/sales/**/*.parquet"), tmp_path, access=known)
    assert again.sha256 == table.sha256
    assert [entry.sha256 for entry in SnapshotStore("s3://data/kept").entries()] == [table.sha256]
    rerun = fetch(data(f"snapshot:{table.sha256}"), tmp_path, access=known)
    assert rerun.frame.equals(table.frame)

    for name in S3_ACCOUNT:
        monkeypatch.delenv(name)
    keys = {f"LAKE_{key}": value for key, value in {**account, **S3_ACCOUNT}.items()}
    read_by_secret = Access(str(tmp_path / "store"), access(tmp_path, **keys).credentials)
    source = data("s3://lake/sales/month=1/part-0.parquet", credentials="lake")
    assert len(fetch(source, tmp_path, access=read_by_secret).frame) == 3
    wrong = keys | {"LAKE_AWS_SECRET_ACCESS_KEY": "guessed-4711"}
    refused = Access(str(tmp_path / "store"), access(tmp_path, **wrong).credentials)
    with pytest.raises(TrainingEnvironmentError, match=r"'data.credentials' right") as error:
        fetch(source, tmp_path, access=refused)
    assert "guessed-4711" not in str(error.value)


def _put_when_ready(store: object, name: str, content: bytes) -> None:
    """SeaweedFS takes clients before its volumes are there."""
    import time

    import obstore
    from obstore.exceptions import BaseError

    for _ in range(60):
        try:
            obstore.put(store, name, content, use_multipart=False)
        except BaseError:
            time.sleep(0.5)
        else:
            return
    pytest.fail("SeaweedFS does not take files")
