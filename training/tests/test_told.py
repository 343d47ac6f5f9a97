"""A training's end is pushed to the Pushgateway, and a gateway in trouble fails no training."""

from pathlib import Path

import pytest

from support.command import run
from support.gateway import gateway
from training.told import OUTCOMES, tell


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_says_which_outcome_it_was_and_no_other(outcome: str) -> None:
    with gateway() as (url, seen):
        tell(url, "iris-model", outcome)
    [(method, path, body)] = seen
    assert (method, path) == ("PUT", "/metrics/job/training/model/iris-model")
    values = dict(line.rsplit(" ", 1) for line in body.splitlines() if "outcome=" in line)
    assert values == {
        f'slipway_training_outcome{{outcome="{one}"}}': "1" if one == outcome else "0"
        for one in OUTCOMES
    }
    assert body.endswith("\n")


@pytest.mark.parametrize(
    ("outcome", "groups"),
    [
        ("not due", ["retraining"]),
        ("failed", ["retraining"]),
        ("rejected", ["retraining", "training"]),
        ("promoted", ["retraining", "training"]),
    ],
)
def test_what_is_asked_hourly_hides_no_training(outcome: str, groups: list[str]) -> None:
    with gateway() as (url, seen):
        tell(url, "iris-model", outcome, asked=True)
    assert [path for _, path, _ in seen] == [
        f"/metrics/job/{one}/model/iris-model" for one in groups
    ]
    assert "slipway_training_last_run_timestamp_seconds" not in seen[0][2]


def test_retrain_is_what_is_asked(tmp_path: Path) -> None:
    with gateway() as (url, seen):
        for word in ("train", "retrain"):
            env = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "PUSH_URL": url}
            assert run(word, tmp_path / "iris.yaml", env=env).code == 2
    assert [path.split("/")[3] for _, path, _ in seen] == ["training", "retraining"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense"])
def test_a_gateway_that_is_away_is_said(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    tell(url, "iris-model", "promoted")
    assert "iris-model: Prometheus is not told: " in capsys.readouterr().err


def test_a_gateway_that_refuses_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with gateway(400) as (url, _):
        tell(url, "iris-model", "promoted")
    assert "HTTP Error 400" in capsys.readouterr().err


def test_nothing_is_pushed_where_nobody_asks(capsys: pytest.CaptureFixture[str]) -> None:
    tell(None, "iris-model", "promoted")
    assert capsys.readouterr().err == ""
