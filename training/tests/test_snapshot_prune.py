"""`data prune` lets go of old snapshots, and never of one that a version or a training needs."""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from mlflow import MlflowClient

from support.command import run
from training import pages
from training.registry import SNAPSHOT, VERDICT
from training.snapshots import prune as pruning
from training.snapshots.prune import Limits, needed_hashes, prune, to_prune
from training.snapshots.reading import Reading
from training.snapshots.snapshot import Snapshot, snapshot_of
from training.snapshots.store import Entry, SnapshotStore

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def entry(digit: str, days: float) -> Entry:
    """A snapshot that was written so many days ago."""
    return Entry(digit * 64, 2000, NOW - timedelta(days=days))


def pruned(limits: Limits, *entries: Entry) -> str:
    """Digits of what goes, where `a`, `c` and `d` are needed."""
    stored = entries or tuple(entry(digit, 10 - 2 * at) for at, digit in enumerate("abcde"))
    needed = {digit * 64 for digit in "acd"}
    return "".join(one.sha256[0] for one in to_prune(stored, needed, limits, NOW))


def test_what_is_needed_stays_whatever_its_age() -> None:
    assert pruned(Limits(keep=0)) == "eb"


def test_the_newest_and_the_young_stay() -> None:
    assert pruned(Limits(keep=1)) == "b"
    assert pruned(Limits(days=3)) == "b"
    assert pruned(Limits(days=9)) == ""
    assert pruned(Limits(keep=4, days=1)) == ""


def test_the_first_hour_is_of_a_training_that_may_run() -> None:
    assert pruned(Limits(), entry("f", 0.5 / 24)) == ""
    assert pruned(Limits(), entry("f", 1.5 / 24)) == "f"


def some(value: int) -> Snapshot:
    return snapshot_of(Reading(pa.table({"a": [value]}), ["a"], "typed"), "file:x")


def aged(store: Path, snapshot: Snapshot, hours: float) -> None:
    """Make a snapshot look as old."""
    then = time.time() - hours * 3600
    os.utime(store / f"sha256={snapshot.sha256}.parquet", (then, then))


@pytest.fixture
def version(client: MlflowClient) -> Callable[..., None]:
    """Makes a version of `prune-model` that was trained from a snapshot."""

    def make(snapshot: Snapshot, alias: str = "", verdict: str = "promoted") -> None:
        if not client.search_registered_models("name='prune-model'"):
            client.create_registered_model("prune-model")
        tags = {SNAPSHOT: snapshot.sha256} | ({VERDICT: verdict} if verdict else {})
        run_of = client.create_run("0").info
        source = f"{run_of.artifact_uri}/nowhere"
        made = client.create_model_version("prune-model", source, run_of.run_id, tags=tags)
        if alias:
            client.set_registered_model_alias("prune-model", alias, made.version)

    return make


def test_versions_with_an_alias_or_without_a_verdict_keep_theirs(
    client: MlflowClient,
    mlflow_url: str,
    version: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the command, as a schedule in a cluster runs it; MLflow tells two versions at once."""
    monkeypatch.setattr(pages, "PAGE", 2)
    aliased, unjudged, old, unused = (some(at) for at in range(4))
    of_other_tests = needed_hashes(client)
    version(old)
    version(aliased, "previous")
    version(unjudged, verdict="")
    assert needed_hashes(client) - of_other_tests == {aliased.sha256, unjudged.sha256}
    store = SnapshotStore(str(tmp_path / "store"))
    for one in (aliased, unjudged, old, unused):
        store.put(one)
        aged(tmp_path / "store", one, 2)
    known = {"MLFLOW_TRACKING_URI": mlflow_url, "DATA_STORE": str(tmp_path / "store")}
    told = run("data", "prune", "--keep", "0", "--dry-run", env=known)
    assert set(json.loads(told.out)) == {old.sha256, unused.sha256}, told.err
    assert len(store.entries()) == 4
    gone = run("data", "prune", "--keep", "0", env=known)
    assert set(json.loads(gone.out)) == {old.sha256, unused.sha256}
    assert {one.sha256 for one in store.entries()} == {aliased.sha256, unjudged.sha256}


def test_a_training_that_uses_an_old_snapshot_makes_it_young(
    client: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it comes between the list and the removal."""
    store = SnapshotStore(str(tmp_path / "store"))
    store.put(some(1))
    aged(tmp_path / "store", some(1), 48)
    assert not store.put(some(1))
    assert prune(store, client, Limits(), dry=True) == []
    aged(tmp_path / "store", some(1), 48)

    def meanwhile(asked: MlflowClient) -> set[str]:
        store.put(some(1))
        return needed_hashes(asked)

    monkeypatch.setattr(pruning, "needed_hashes", meanwhile)
    assert prune(store, client, Limits(), dry=False) == []
    assert store.has(some(1).sha256)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "prune: give --keep N, --days N, or both"),
        (("--keep", "-1"), "--keep -1: give a whole number, 0 or more"),
        (("0abc", "--keep", "1"), "prune: takes no hash (0abc); `remove` does"),
    ],
)
def test_what_makes_no_sense_is_refused(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = run("data", "prune", *words, env={"DATA_STORE": str(tmp_path)})
    assert (done.code, said in done.err) == (2, True), done.err
