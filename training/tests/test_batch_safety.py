"""`predict` leaves nothing half done, and takes no more memory for more rows."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from support.batch import build, counts, houses, predict
from training.data import Data
from training.prediction.inputs import opened_rows
from training.snapshots.credentials import Credentials


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("house"))


def started(package: Path, source: Path, out: Path) -> "subprocess.Popen[bytes]":
    known = ["--package", package, "--model", "house-model", "--version", "7"]
    return subprocess.Popen(
        [sys.executable, "-m", "training", "predict", *known, "--in", source, "--out", out],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1] / "src")},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def in_the_middle(out: Path) -> None:
    part = out.with_name(f"{out.name}.part-new")
    end = time.monotonic() + 60
    while not part.exists() or part.stat().st_size < 200_000:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_killed_in_the_middle_the_next_run_gives_the_same_file(
    package: Path, tmp_path: Path
) -> None:
    source, out = houses(tmp_path / "rows.parquet", 1_500_000), tmp_path / "out.parquet"
    victim = started(package, source, out)
    in_the_middle(out)
    victim.kill()
    assert victim.wait() == -signal.SIGKILL
    assert not out.exists()
    assert predict(package, source, out).code == 0
    assert predict(package, source, tmp_path / "calm.parquet").code == 0
    assert pq.read_table(out).equals(pq.read_table(tmp_path / "calm.parquet"))
    assert pq.read_table(out, columns=["id"])["id"].to_pylist() == list(range(1_500_000))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("calm.parquet", "out.parquet", "rows.parquet")
    ]


def test_stopped_it_takes_its_parts_away_and_another_run_meanwhile_is_refused(
    package: Path, tmp_path: Path
) -> None:
    source, out = houses(tmp_path / "rows.parquet", 1_500_000), tmp_path / "out.parquet"
    first = started(package, source, out)
    in_the_middle(out)
    first.send_signal(signal.SIGSTOP)  # it holds its parts, however slow the second is
    second = predict(package, source, out)
    first.terminate()
    first.send_signal(signal.SIGCONT)
    assert first.wait() == 128 + signal.SIGTERM
    assert second.code == 2
    assert "another run writes it; wait for it, or name another file" in second.err
    assert [path.name for path in tmp_path.iterdir()] == ["rows.parquet"]


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_full_disk_is_told_and_leaves_nothing(name: str, package: Path, tmp_path: Path) -> None:
    source = houses(tmp_path / "rows.parquet", 100_000)
    done = predict(package, source, tmp_path / name, limit_bytes=200_000)
    assert done.code == 4
    assert f"cannot be written ({os.strerror(errno.EFBIG)}" in done.err
    assert "free disk space there and run again: nothing was left behind" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["rows.parquet"]


def test_what_is_there_is_replaced_only_where_that_is_said(package: Path, tmp_path: Path) -> None:
    source, out = houses(tmp_path / "rows.parquet", 3), tmp_path / "out.csv"
    out.write_text("mine")
    done = predict(package, source, out)
    assert (done.code, out.read_text()) == (2, "mine")
    assert f"--out {out}: is there already; --overwrite replaces it" in done.err
    errors = tmp_path / "mine.csv"
    errors.write_text("mine too")
    other = tmp_path / "other.csv"
    refused = predict(package, source, other, "--errors", errors)
    assert f"--errors {errors}: is there already" in refused.err
    assert predict(package, source, out, "--overwrite", "--errors", errors).code == 0
    assert out.read_text().startswith("id,")
    assert not errors.exists()  # of an earlier run: this one refused nothing


@pytest.mark.parametrize(
    ("source", "out", "more", "said"),
    [
        ("rows.parquet", "out.xlsx", (), "its name must end in .csv or .parquet"),
        ("rows.parquet", "rows.parquet", ("--overwrite",), "is what --in names; name another"),
        ("rows.parquet", "nowhere/out.csv", (), "cannot be written: No such file or directory"),
        ("rows.parquet", "out.csv", ("--errors", "out.csv"), "is --out too; name another file"),
        ("nowhere.csv", "out.csv", (), "nowhere.csv cannot be read: No such file or directory"),
        ("rows.txt.bin", "out.csv", (), "is neither Parquet nor CSV by its name; say it by --form"),
        ("postgres://db/shop", "out.csv", (), "query"),
        ("https://example.com/", "out.csv", (), "problem"),
    ],
)
def test_places_that_make_no_sense_are_refused(
    source: str,
    out: str,
    more: tuple[str, ...],
    said: str,
    package: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    houses(tmp_path / "rows.parquet", 3)
    monkeypatch.chdir(tmp_path)
    local = source if "://" in source else tmp_path / source
    places = [tmp_path / one if one.endswith(".csv") else one for one in more]
    done = predict(package, local, tmp_path / out, *places)
    assert done.code == 2, done.err
    assert said in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["rows.parquet"]


def test_cut_off_file_is_no_whole_one(package: Path, tmp_path: Path) -> None:
    whole = houses(tmp_path / "rows.parquet", 1000).read_bytes()
    (tmp_path / "rows.parquet").write_bytes(whole[:-100])
    done = predict(package, tmp_path / "rows.parquet", tmp_path / "out.csv")
    assert done.code == 4
    assert "is no whole Parquet file" in done.err


def test_rows_come_in_batches_whatever_a_row_group_holds(tmp_path: Path) -> None:
    path = houses(tmp_path / "rows.parquet", 100_000, group=100_000)
    data = Data(source=f"csv:{path}")
    with opened_rows(data, Credentials("", {}), rows=30_000) as rows:
        sizes = [batch.num_rows for batch in rows.batches]
    assert sum(sizes) == 100_000
    assert max(sizes) <= 30_000


def test_memory_does_not_grow_with_the_rows(package: Path, tmp_path: Path) -> None:
    """Peak of the process, in MiB: twenty times the rows take little more."""
    program = (
        "import resource, sys; from training.__main__ import main; code = main(sys.argv[1:]); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024); sys.exit(code)"
    )
    peaks = []
    for rows in (100_000, 2_000_000):
        source = houses(tmp_path / f"{rows}.parquet", rows, group=rows)
        known = ["--package", package, "--model", "house-model", "--version", "7"]
        out = tmp_path / f"{rows}.csv"
        done = subprocess.run(
            [sys.executable, "-c", program, "predict", *known, "--in", source, "--out", out],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1] / "src")},
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(int(done.stdout.splitlines()[-1]))
    assert peaks[1] < peaks[0] + 300
    assert peaks[1] < 1024


def test_counts_are_of_all_batches(package: Path, tmp_path: Path) -> None:
    source = houses(tmp_path / "rows.parquet", 200_000)
    found = counts(predict(package, source, tmp_path / "out.parquet", "--json"))
    assert (found["rows"], found["answered"]) == (200_000, 200_000)
