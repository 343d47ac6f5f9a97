"""How a batch ended is pushed, as a group of the model and the batch."""

from pathlib import Path

import pytest

from support.gateway import gateway
from training.__main__ import main
from training.prediction.pushed import OUTCOMES, push_batch


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_says_which_outcome_it_was_and_how_many_rows(outcome: str) -> None:
    with gateway() as (url, seen):
        push_batch(url, "iris-model", "nightly", outcome, (7, 2))
    [(method, path, body)] = seen
    assert (method, path) == ("PUT", "/metrics/job/batch/model/iris-model/batch/nightly")
    lines = [line for line in body.splitlines() if not line.startswith("#")]
    assert [line for line in lines if line.endswith(" 1")] == [
        f'slipway_batch_outcome{{outcome="{outcome}"}} 1'
    ]
    assert lines[-2:] == [
        'slipway_batch_rows{result="answered"} 7',
        'slipway_batch_rows{result="refused"} 2',
    ]
    assert any(line.startswith("slipway_batch_last_run_timestamp_seconds 1") for line in lines)


def test_without_counts_those_of_the_last_run_stay() -> None:
    with gateway() as (url, seen):
        push_batch(url, "iris-model", "nightly", "already")
    [(method, _, body)] = seen
    assert method == "POST"  # of a gateway: what is not named stays
    assert "slipway_batch_rows" not in body


def test_a_run_that_fails_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["--package", str(tmp_path), "--model", "a", "--version", "1", "--name", "nightly"]
    places = ["--in", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")]
    with gateway() as (url, seen):
        monkeypatch.setenv("PUSH_URL", url)
        assert main(["predict", *words, *places]) == 2
    [(_, path, body)] = seen
    assert path == "/metrics/job/batch/model/a/batch/nightly"
    assert 'slipway_batch_outcome{outcome="failed"} 1' in body
