"""What monitoring deletes: files of the log and runs of MLflow that are older than is kept."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

from support.gateway import gateway
from support.monitored import champion_of, judge, told_of
from support.predictions import asked, keep, labels_of, predictions
from training.monitoring.history import forget_runs
from training.monitoring.results import newest

OLD = datetime(2020, 1, 2, 12, tzinfo=UTC)
DAY = 86_400_000  # milliseconds


def test_runs_that_are_older_than_the_log_go_with_it_and_no_others(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    name = "history-model"
    champion_of(mlflow_url, tmp_path, name)
    experiment = client.create_experiment(f"{name}-monitoring")
    now = int(1000 * time.time())

    def logged(days: int, model: str | None = name) -> str:
        tags = {} if model is None else {"slipway.monitoring": model}
        run_id = client.create_run(experiment, now - days * DAY, tags).info.run_id
        client.set_terminated(run_id)
        return str(run_id)

    gone = {logged(days) for days in (31, 90, 400)}
    stays = {logged(29), logged(90, None), logged(90, "other-model")}
    with gateway() as (url, seen):
        done = judge(mlflow_url, tmp_path, name, "--keep-days", 30, PUSH_URL=url)
    assert done.code == 0, done.err
    assert "0 files and 3 runs of MLflow older than 30 days are deleted" in done.err
    assert "slipway_monitoring_deletion_failed 0" in seen[0][2]
    left = {one.info.run_id for one in client.search_runs([experiment])}
    assert stays < left
    assert len(left) == len(stays) + 1  # this monitoring's own
    hidden = client.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)
    assert {one.info.run_id for one in hidden} == gone
    (trained,) = client.search_runs([client.get_experiment_by_name(name).experiment_id])
    assert trained.info.lifecycle_stage == "active"


def test_a_model_that_was_never_monitored_has_none(client: MlflowClient) -> None:
    assert forget_runs(client, "unwatched-model", datetime.now(UTC) + timedelta(days=1)) == 0


def aged(path: Path, at: datetime = OLD) -> Path:
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def test_what_is_older_than_it_is_to_be_kept_goes_and_nothing_else(
    mlflow_url: str, tmp_path: Path
) -> None:
    """Not what a wrong clock put into an old day, not files of other names, not other models'."""
    name = "forgetful-model"
    version = champion_of(mlflow_url, tmp_path, name)
    table = predictions(asked(120), version=version)
    today = datetime.now(UTC)
    gone = [aged(keep(tmp_path, table, OLD, name=name)) for _ in range(2)]
    label = labels_of(["r"], ["true"])
    gone.append(aged(keep(tmp_path, label, OLD, what="labels", name=name)))
    result = tmp_path / f"monitoring/model={name}/date=2020-01-02/20200102T120000000000Z.json"
    result.parent.mkdir(parents=True)
    result.write_text("{}")
    gone.append(aged(result))
    stays = [
        aged(keep(tmp_path, table, today, name=name)),
        keep(tmp_path, table, OLD, name=name),  # came today, by a server whose clock is wrong
        aged(keep(tmp_path, table, today + timedelta(days=900), name=name)),
        aged(keep(tmp_path, table, OLD, name="other-model")),
    ]
    for other in ("notes.txt", ".half.parquet", "x.parquet#1"):
        path = gone[0].with_name(other)
        path.write_text("mine")
        stays.append(aged(path))
    nested = gone[0].parent / "backup/000.parquet"
    nested.parent.mkdir()
    nested.write_text("mine")
    stays.append(aged(nested))
    done = judge(mlflow_url, tmp_path, name, "--keep-days", 30)
    assert told_of(done)["deleted"] == len(gone)
    assert f"{name}: 4 files and 0 runs of MLflow older than 30 days are deleted" in done.err
    assert [path for path in gone if path.exists()] == []
    assert [path for path in stays if not path.exists()] == []


def test_by_day_what_a_restore_brought_back_goes_too(mlflow_url: str, tmp_path: Path) -> None:
    """It is new to the store, so its day alone says how old it is."""
    name = "restored-model"
    restored = keep(tmp_path, predictions(asked(20)), OLD, name=name)
    young = keep(tmp_path, predictions(asked(20)), datetime.now(UTC), name=name)
    other = keep(tmp_path, predictions(asked(20)), OLD, name="other-restored-model")
    judge(mlflow_url, tmp_path, name, "--keep-days", 30)
    assert restored.exists()
    judge(mlflow_url, tmp_path, name, "--keep-days", 30, "--by-day")
    assert [restored.exists(), young.exists(), other.exists()] == [False, True, True]
    refused = judge(mlflow_url, tmp_path, name, "--by-day")
    assert (refused.code, "goes with --keep-days" in refused.err) == (2, True)


def test_what_is_too_old_goes_also_where_there_is_nothing_to_judge(
    mlflow_url: str, tmp_path: Path
) -> None:
    old = aged(keep(tmp_path, predictions(asked(20)), OLD, name="never-trained"))
    done = judge(mlflow_url, tmp_path, "never-trained", "--keep-days", 30)
    assert done.code == 4
    assert "has no champion" in done.err
    assert not old.exists()


def test_a_failure_to_delete_fails_no_monitoring(
    client: MlflowClient, mlflow_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`client` sets the address for MLflow's own functions."""
    assert client.tracking_uri == mlflow_url
    from argparse import ArgumentParser, Namespace

    from training.connection import connect
    from training.errors import TrainingEnvironmentError
    from training.monitoring import command, retention
    from training.monitoring.label_options import add_labels
    from training.snapshots.credentials import Credentials

    name = "kept-model"
    champion_of(mlflow_url, tmp_path, name)

    def refuse(*_: Any, **__: Any) -> int:
        raise TrainingEnvironmentError("PREDICTIONS is closed")

    monkeypatch.setattr(retention, "forget", refuse)
    asked_for = {"package": None, "model": name, "version": "", "champion": True}
    no_table = ArgumentParser()
    add_labels(no_table)
    asked_for |= vars(no_table.parse_args([]))
    options = Namespace(**asked_for, rows=1000, days=30, keep_days=3, by_day=False)
    known = {"PREDICTIONS": str(tmp_path)}
    with gateway() as (url, seen):
        known["PUSH_URL"] = url
        assert (
            command.run_monitor(options, known, lambda: connect(mlflow_url), 10**9, Credentials())
            == 0
        )
    assert "slipway_monitoring_deletion_failed 1" in seen[0][2]
    assert newest(str(tmp_path), name) is not None
