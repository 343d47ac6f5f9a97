"""`predict` to an object store: whole or not at all, with its own account, in bounded memory."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from support.batch import build, counts, houses
from support.command import Ended, run
from support.s3 import ACCESS_KEY, SECRET_KEY, Bucket, own_s3
from support.servers import S3_ACCOUNT, seaweedfs
from training.snapshots.store import open_store

NOISE = 900_000  # rows whose answers fill more than one part of an upload


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return houses(tmp_path_factory.mktemp("few") / "rows.parquet", 3)


@pytest.fixture
def s3() -> Iterator[tuple[Bucket, dict[str, str]]]:
    """A store, and the variables by which a pod of a stack reaches it."""
    with own_s3() as (bucket, url):
        yield bucket, {"DATA_STORE": "s3://data/snapshots", "DATA_STORE_ENDPOINT": url}


def own_account(folder: Path, password: str = SECRET_KEY, username: str = ACCESS_KEY) -> str:
    """A folder like a mounted Secret."""
    folder.mkdir(exist_ok=True)
    (folder / "username").write_text(username)
    (folder / "password").write_text(password)
    return str(folder)


def words(package: Path, source: object, out: str, *more: object) -> list[str]:
    known = ("--package", package, "--model", "house-model", "--version", "7")
    return [str(one) for one in ("predict", *known, "--in", source, "--out", out, *more)]


def answer(package: Path, source: object, out: str, *more: object, **env: str) -> Ended:
    return run(*words(package, source, out, *more), env=env)


def test_a_few_rows_appear_with_what_was_refused(
    package: Path, tmp_path: Path, s3: tuple[Bucket, dict[str, str]]
) -> None:
    """The side file first; both by the account of the data's own store."""
    bucket, env = s3
    env |= {"DATA_STORE_ACCOUNT": own_account(tmp_path / "account")}
    source = tmp_path / "rows.csv"
    source.write_text(
        "size,rooms,garden,zone,street,built\n150,3,1,2,Elm,2020-01-15\nx,3,1,2,Elm,\n"
    )
    done = answer(package, source, "s3://data/out/a.csv", "--json", **env)
    assert done.code == 0, done.err
    assert counts(done)["out"] == "s3://data/out/a.csv"
    assert list(bucket.objects) == ["data/out/a.csv.errors.csv", "data/out/a.csv"]
    assert bucket.objects["data/out/a.csv"].decode().splitlines()[1].endswith(",yes,1,7")
    assert b'\n2,size,x,"must be a number from 10' in bucket.objects["data/out/a.csv.errors.csv"]
    again = answer(package, source, "s3://data/out/a.csv", **env)
    assert again.code == 2
    assert "--out s3://data/out/a.csv: is there already; --overwrite replaces it" in again.err
    source.write_text("size,rooms,garden,zone,street,built\n150,3,1,2,Elm,2020-01-15\n")
    assert answer(package, source, "s3://data/out/a.csv", "--overwrite", **env).code == 0
    assert list(bucket.objects) == ["data/out/a.csv"]  # the old side file is gone


def test_done_already_is_no_failure_where_that_is_said(
    package: Path, few: Path, tmp_path: Path, s3: tuple[Bucket, dict[str, str]]
) -> None:
    bucket, env = s3
    env |= {"DATA_STORE_ACCOUNT": own_account(tmp_path / "account")}
    out, more = "s3://data/out/{date}/a.parquet", ("--skip-existing", "--json")
    assert answer(package, few, out, *more, **env).code == 0
    (name,) = bucket.objects
    assert name == f"data/out/{time.strftime('%Y-%m-%d', time.gmtime())}/a.parquet"
    assert pq.read_table(io.BytesIO(bucket.objects[name])).num_rows == 3
    before = bucket.objects[name]
    done = answer(package, few, out, *more, **env)
    assert (done.code, json.loads(done.out)["outcome"]) == (0, "already")
    assert bucket.objects[name] is before
    both = answer(package, few, out, "--skip-existing", "--overwrite", **env)
    assert both.code == 2
    assert "not allowed with" in both.err


def test_the_first_of_two_runs_at_once_stays(
    package: Path, few: Path, tmp_path: Path, s3: tuple[Bucket, dict[str, str]]
) -> None:
    bucket, env = s3
    env |= {"DATA_STORE_ACCOUNT": own_account(tmp_path / "account")}
    out = "s3://data/a.parquet"

    def other_run(method: str, path: str) -> None:
        if method == "PUT" and path == "/data/a.parquet":
            bucket.objects["data/a.parquet"] = b"of the other run"

    bucket.fault = other_run
    second = answer(package, few, out, **env)
    assert second.code == 2
    assert "another run has written it meanwhile, and it stays; --overwrite" in second.err
    bucket.objects.clear()
    assert answer(package, few, out, "--skip-existing", **env).code == 0
    assert bucket.objects == {"data/a.parquet": b"of the other run"}


def test_an_account_may_be_named_and_one_that_may_not_write_is_told(
    package: Path, few: Path, tmp_path: Path, s3: tuple[Bucket, dict[str, str]]
) -> None:
    bucket, env = s3
    out = ("s3://partner/a.parquet", "--out-credentials", "partner")
    named = {"PARTNER_AWS_SECRET_ACCESS_KEY": SECRET_KEY, "PARTNER_AWS_ALLOW_HTTP": "true"} | {
        "PARTNER_AWS_ENDPOINT_URL": env["DATA_STORE_ENDPOINT"]
    }
    lacking = answer(package, few, *out, **named)
    assert lacking.code == 4
    assert "--out-credentials (partner): no 'AWS_ACCESS_KEY_ID' is known; write the" in lacking.err
    refused = answer(package, few, *out, PARTNER_AWS_ACCESS_KEY_ID="guest", **named)
    assert refused.code == 4
    assert "is the account of --out-credentials (partner) right, and may it wr" in refused.err
    assert bucket.objects == {}
    done = answer(package, few, *out, PARTNER_AWS_ACCESS_KEY_ID=ACCESS_KEY, **named)
    assert (done.code, list(bucket.objects)) == (0, ["partner/a.parquet"])
    other = {"DATA_STORE_ACCOUNT": own_account(tmp_path / "guest", username="guest")}
    told = answer(package, few, "s3://data/a.parquet", **env, **other)
    assert told.code == 4
    assert "is the account of DATA_STORE_ACCOUNT right, and may it write there?" in told.err
    assert SECRET_KEY not in told.err


def test_a_source_in_the_data_store_is_read_by_its_account(
    package: Path, few: Path, tmp_path: Path, s3: tuple[Bucket, dict[str, str]]
) -> None:
    bucket, env = s3
    env |= {"DATA_STORE_ACCOUNT": own_account(tmp_path / "account")}
    bucket.objects["data/in/rows.parquet"] = few.read_bytes()
    done = answer(package, "s3://data/in/", "s3://data/out.parquet", **env)
    assert done.code == 0, done.err
    assert pq.read_table(io.BytesIO(bucket.objects["data/out.parquet"])).num_rows == 3
    same = answer(package, "s3://data/in.csv", "s3://data/in.csv", "--overwrite", **env)
    assert "--out s3://data/in.csv: is what --in names; name another file" in same.err


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return houses(tmp_path_factory.mktemp("many") / "rows.parquet", NOISE)


def started(
    package: Path, source: Path, out: str, env: dict[str, str]
) -> "subprocess.Popen[bytes]":
    src = str(Path(__file__).parents[1] / "src")
    return subprocess.Popen(
        [sys.executable, "-m", "training", *words(package, source, out)],
        env=os.environ | {"PYTHONPATH": src} | env,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_ended_in_the_middle_of_an_upload_no_object_is_there(
    how: signal.Signals,
    package: Path,
    many: Path,
    tmp_path: Path,
    s3: tuple[Bucket, dict[str, str]],
) -> None:
    """SIGTERM also takes back the parts; what SIGKILL leaves is seen by no reader."""
    bucket, env = s3
    env |= {"DATA_STORE_ACCOUNT": own_account(tmp_path / "account")}
    arrived = threading.Event()

    def fault(method: str, path: str) -> None:
        if method == "PUT" and "partNumber" in path:
            arrived.set()
            time.sleep(1)

    bucket.fault = fault
    victim = started(package, many, "s3://data/a.csv", env)
    assert arrived.wait(120)
    victim.send_signal(how)
    assert victim.wait() == (-how if how == signal.SIGKILL else 128 + how)
    assert bucket.objects == {}
    assert len(bucket.uploads) == (1 if how == signal.SIGKILL else 0)


def test_many_rows_are_sent_in_parts_and_a_store_that_fails_leaves_nothing(
    package: Path, many: Path, tmp_path: Path, s3: tuple[Bucket, dict[str, str]]
) -> None:
    bucket, env = s3
    env |= {"DATA_STORE_ACCOUNT": own_account(tmp_path / "account")}
    done = answer(package, many, "s3://data/a.csv", **env)
    assert done.code == 0, done.err
    assert sum("partNumber" in asked for asked in bucket.asked) > 2
    assert bucket.objects.pop("data/a.csv").count(b"\n") == NOISE + 1
    bucket.fault = lambda _, path: 403 if "partNumber=2" in path else None
    failed = answer(package, many, "s3://data/a.csv", **env)
    assert failed.code == 4
    assert "--out (s3://data/a.csv) is not written: " in failed.err
    assert (bucket.objects, bucket.uploads) == ({}, {})


def test_seaweedfs_takes_parts_and_keeps_the_first_of_two(
    package: Path, few: Path, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What our own small store is believed to be like."""
    import obstore

    with seaweedfs() as url:
        username, password = S3_ACCOUNT.values()
        env = {
            "DATA_STORE": "s3://data/snapshots",
            "DATA_STORE_ENDPOINT": url,
            "DATA_STORE_ACCOUNT": own_account(tmp_path / "account", password, username),
        }
        for _ in range(60):  # it takes clients before its volumes are there
            done = answer(package, few, "s3://data/few.parquet", **env)
            if done.code == 0:
                break
            time.sleep(0.5)
        assert done.code == 0, done.err
        again = answer(package, few, "s3://data/few.parquet", **env)
        assert again.code == 2
        assert "is there already" in again.err
        assert answer(package, many, "s3://data/many.csv", **env).code == 0
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        content = bytes(obstore.get(open_store("s3://data", "--out"), "many.csv").bytes())
        assert content.count(b"\n") == NOISE + 1
