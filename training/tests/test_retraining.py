"""`python -m training retrain`: reasons, what is trained for them, and what keeps it from more."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from support.changing import parquet
from support.command import run
from support.flow import aliases, train
from support.models import frame, write_model
from training.monitoring.results import keep
from training.registry import RETRAIN_REASON
from training.settings import Settings

WHEN = {"rows": 50, "drift": 0.25, "performance": 0.1}


def sales(folder: Path, part: int = 0, rows: int = 300, **changed: Any) -> None:
    """Add a file to the folder `sales`, of other rows than the others."""
    table = frame(rows + 1000 * part)[-rows:]
    columns = {name: table[name].to_numpy() for name in table.columns} | changed
    parquet(folder / "sales" / f"part-{part}.parquet", columns)


def model(folder: Path, name: str, **more: Any) -> Path:
    (folder / "log").mkdir(exist_ok=True)
    changes = {"data": {"source": "file:sales/"}, "retrain": {"when": WHEN}} | more
    return write_model(folder, name, **changes)


def places(folder: Path) -> dict[str, str]:
    return {"DATA_STORE": str(folder / "store"), "PREDICTIONS": str(folder / "log")}


def retrain(url: str, yaml: Path, **env: str) -> tuple[int | None, dict[str, Any]]:
    known = {"MLFLOW_TRACKING_URI": url, **places(yaml.parent), **env}
    done = run("retrain", yaml, "--events", env=known)
    return done.code, json.loads(done.out.splitlines()[-1])


def lines_of(result: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["line"] for one in result["conditions"]}


def monitored(folder: Path, name: str, version: str, *, psi: float = 0.0, **more: Any) -> None:
    """Keep a monitoring of a version, as `monitor --champion` does, of an hour ago by default."""
    time = more.pop("time", datetime.now(UTC) - timedelta(hours=1))
    found = {
        "time": time.isoformat(),
        "version": version,
        "features": {"a": {"psi": psi}, "b": {"psi": 0.01}},
        "prediction": None,
        "quality": None,
        "training": {"accuracy": 0.9, "auc_roc": 0.95},
    } | more
    keep(str(folder / "log"), name, found, time)


def test_new_rows_are_a_reason_and_fewer_are_none(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """The first training is for want of a champion; each training of a reason says it in MLflow."""
    name = "growing-model"
    sales(tmp_path)
    yaml = model(tmp_path, name)
    code, first = retrain(mlflow_url, yaml)
    assert (code, first["outcome"], first["reason"]) == (0, "promoted", "champion: there is none")
    sales(tmp_path, 1, rows=30)
    code, few = retrain(mlflow_url, yaml)
    assert (code, few["outcome"], few["version"]) == (0, "not due", None)
    assert few["note"] == "no reason"
    never = "not known: the champion was not monitored yet (`monitor --champion`)"
    assert lines_of(few) == {
        "rows": "rows: 30 of 50 new",
        "drift": f"drift: {never}",
        "performance": f"performance: {never}",
    }
    sales(tmp_path, 2, rows=30)
    code, second = retrain(mlflow_url, yaml)
    assert second["reason"] == "rows: 60 of 50 new"
    version = client.get_model_version(name, second["version"])
    assert version.tags[RETRAIN_REASON] == "rows: 60 of 50 new"
    assert client.get_run(version.run_id).data.tags[RETRAIN_REASON] == "rows: 60 of 50 new"
    assert not [key for key in client.get_registered_model(name).tags if "retraining" in key]

    columns = {**frame(400), "a": [f"{one:.0f}" for one in frame(400)["a"]]}
    parquet(tmp_path / "sales/part-0.parquet", {n: list(c) for n, c in columns.items()})
    for part in (1, 2):
        (tmp_path / "sales" / f"part-{part}.parquet").unlink()
    before = aliases(client, name)
    code, changed = retrain(mlflow_url, yaml)
    assert (code, changed["outcome"]) == (2, "failed")
    assert "the column 'a' was double and is text" in changed["error"]
    assert aliases(client, name) == before


def test_drift_and_worse_answers_of_the_champion_of_today_are_reasons(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    name = "drifting-model"
    sales(tmp_path)
    yaml = model(tmp_path, name, retrain={"when": {"drift": 0.25, "performance": 0.1}})
    assert retrain(mlflow_url, yaml)[0] == 0
    monitored(tmp_path, name, "1", psi=0.08)
    code, calm = retrain(mlflow_url, yaml)
    assert (code, calm["outcome"]) == (0, "not due")
    assert lines_of(calm)["drift"] == "drift: a 0.08 of 0.25"
    assert lines_of(calm)["performance"].startswith("performance: not known: no metric of the gate")

    monitored(tmp_path, name, "1", psi=0.31, time=datetime.now(UTC) - timedelta(minutes=5))
    same = retrain(mlflow_url, yaml)[1]
    assert (same["outcome"], same["conditions"][0]["due"]) == ("not due", True)
    assert same["note"] == "version 1, the champion, was trained from these very rows"
    sales(tmp_path, 1)
    code, done = retrain(mlflow_url, yaml)
    assert done["version"] == "2"
    assert done["reason"] == "drift: a 0.31 of 0.25"

    if done["outcome"] == "promoted":
        other = retrain(mlflow_url, yaml)[1]
        assert lines_of(other)["drift"] == (
            "drift: not known: the newest monitoring is of version 1, and version 2 is the champion"
        )
    assert aliases(client, name)["champion"] in ("1", "2")


def test_after_rejections_it_waits_longer_each_time_until_a_promotion(
    client: MlflowClient, mlflow_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.connection import connect
    from training.retraining.back_off import Earlier

    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_url)
    name = "rejected-model"
    sales(tmp_path)
    floors = {"floors": {"accuracy": 0.75}}
    yaml = model(tmp_path, name, retrain={"when": {"rows": 50}}, gate=floors)
    assert train(mlflow_url, yaml, **places(tmp_path))[0] == 0
    random = frame(900)["y"].to_numpy()[::-1]  # no feature tells it
    sales(tmp_path, 1, rows=900, y=random)
    code, rejected = retrain(mlflow_url, yaml)
    assert (code, rejected["outcome"]) == (3, "rejected")
    assert rejected["reason"] == "rows: 900 of 50 new"
    sales(tmp_path, 2, rows=100)
    code, waits = retrain(mlflow_url, yaml)
    assert (code, waits["outcome"]) == (0, "not due")
    assert waits["note"].startswith("1 retraining(s) in a row were rejected, the last of them v")
    assert client.get_registered_model(name).aliases["champion"] == "1"

    registry = connect(mlflow_url)
    earlier = Earlier(registry, name)
    (one,) = earlier.rejected
    at = datetime.fromtimestamp(one.creation_timestamp / 1000, UTC)
    assert earlier.wait(at + timedelta(minutes=59))
    assert earlier.wait(at + timedelta(minutes=61)) == ""
    rows = client.get_run(one.run_id).data.tags["slipway.data_sha256"]
    assert earlier.with_rows(rows) == "2"
    for count, hours in ((2, 2), (4, 8), (30, 24 * 7)):
        earlier.rejected = [one] * count
        assert earlier.wait(at + timedelta(hours=hours, minutes=-1))
        assert earlier.wait(at + timedelta(hours=hours, minutes=1)) == ""
    promoted = (datetime.now(UTC) + timedelta(minutes=1)).isoformat(timespec="milliseconds")
    tag = f"slipway.champion.{promoted.replace('+00:00', 'Z')}"
    client.set_model_version_tag(name, "1", tag, "{}")
    assert Earlier(registry, name).rejected == []


def test_a_yaml_without_a_reason_or_with_one_that_cannot_come_is_refused(
    mlflow_url: str, tmp_path: Path
) -> None:
    code, result = retrain(mlflow_url, write_model(tmp_path, "no-reason-model"))
    assert code == 2
    assert "retrain: states no reason; write 'retrain: {when: {drift: 0.25}}'" in result["error"]
    pinned = {"source": "sklearn:iris"}
    for when, problem in (
        ({"rows": 5}, "waits for rows of a source that stays as it is (sklearn:iris); remove it"),
        ({}, "states no reason; state 'rows', 'drift' or 'performance'"),
        ({"rows": 0}, "greater than 0"),
        ({"performance": 1}, "less than 1"),
    ):
        yaml = write_model(tmp_path, "bad-model", data=pinned, retrain={"when": when})
        done = run("validate", yaml)
        assert done.code == 2
        assert problem in done.err, done.err


def test_when_it_is_trained_again_changes_no_version() -> None:
    from training.pipeline import idempotency_key

    said: dict[str, Any] = {
        "name": "a-model",
        "data": {"source": "csv:a.csv"},
        "target": "y",
        "task": "regression",
    }
    plain = Settings.model_validate(said)
    reasoned = Settings.model_validate(said | {"retrain": {"when": {"rows": 5}}})
    assert idempotency_key("a", plain, "b") == idempotency_key("a", reasoned, "b")


def test_a_source_that_gives_nothing_is_refused_and_the_champion_stays(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    sales(tmp_path)
    yaml = model(tmp_path, "emptied-model", retrain={"when": {"rows": 1}})
    assert train(mlflow_url, yaml, **places(tmp_path))[0] == 0
    sales(tmp_path, rows=300)
    table = frame(1)[:0]
    parquet(tmp_path / "sales/part-0.parquet", {n: table[n].to_numpy() for n in table.columns})
    code, result = retrain(mlflow_url, yaml)
    assert code == 2
    assert "there is no row; correct the query or the path" in result["error"]
    assert aliases(client, "emptied-model") == {"champion": "1"}
