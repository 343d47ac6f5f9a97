"""`monitor --model NAME --champion`: where what it finds is kept and told."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from mlflow import MlflowClient

from support.command import run
from support.gateway import gateway
from support.models import write_model
from support.monitored import champion_of, judge, told_of
from support.predictions import NOW, asked, keep, labels_of, predictions
from training.monitoring.results import newest
from training.monitoring.told import MOST_FEATURES, figures, gauges


def test_the_champion_is_judged_and_it_is_kept_told_and_logged(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    name = "watched-model"
    version = champion_of(mlflow_url, tmp_path, name)
    table = predictions(asked(300).assign(b=lambda r: r["b"] + 2), version=version)
    keep(tmp_path, table, name=name)
    ids = table["request_id"].to_pylist()
    keep(tmp_path, labels_of(ids[:80], ["true", "false"] * 40), what="labels", name=name)
    with gateway() as (url, seen):
        told = told_of(judge(mlflow_url, tmp_path, name, PUSH_URL=url))
    assert told["features"]["b"]["verdict"] == "shifted"
    assert told["prediction"]["of"] == "probability"
    assert told["quality"]["labelled"] == 80

    kept = json.loads((tmp_path / told["file"]).read_text())
    assert kept["version"] == version
    assert kept["features"] == told["features"]
    assert set(kept["training"]) == {"accuracy", "auc_roc"}
    assert newest(str(tmp_path), name) == kept

    experiment = client.get_experiment_by_name(f"{name}-monitoring")
    (logged,) = client.search_runs([experiment.experiment_id])
    day = kept["time"][:10]
    assert logged.info.run_name == f"monitoring {name} v{version} {day}"
    assert logged.info.status == "FINISHED"
    assert logged.data.tags["slipway.file"] == told["file"]
    assert logged.data.metrics["psi.b"] == told["features"]["b"]["psi"]
    live = told["quality"]["metrics"]["accuracy"]
    assert logged.data.metrics["live.accuracy.low"] == live["low"]

    [(method, path, body)] = seen
    assert (method, path) == ("PUT", f"/metrics/job/monitoring/model/{name}")
    values = dict(line.rsplit(" ", 1) for line in body.splitlines() if not line.startswith("#"))
    assert float(values['slipway_monitoring_psi{feature="b"}']) == told["features"]["b"]["psi"]
    assert float(values["slipway_monitoring_prediction_psi"]) == told["prediction"]["psi"]
    assert values["slipway_monitoring_rows"] == "300"
    assert values["slipway_monitoring_labelled_rows"] == "80"
    assert float(values['slipway_live_metric_high{metric="accuracy"}']) == live["high"]
    assert values['slipway_monitoring_shifted{of="features"}'] == "1"
    assert values['slipway_live_metric_worse{metric="auc_roc"}'] == "1"
    assert float(values['slipway_test_metric{metric="accuracy"}']) == kept["training"]["accuracy"]
    assert "slipway_monitoring_deletion_failed" not in values
    assert float(values["slipway_monitoring_last_run_timestamp_seconds"]) > NOW.timestamp() - 1e8


def test_two_at_once_keep_a_file_each_and_nobody_is_harmed(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    name = "twice-watched-model"
    version = champion_of(mlflow_url, tmp_path, name)
    keep(tmp_path, predictions(asked(200), version=version), name=name)
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda _: judge(mlflow_url, tmp_path, name), range(3)))
    files = {told_of(one)["file"] for one in ended}
    assert len(files) == 3
    assert all((tmp_path / file).exists() for file in files)
    experiment = client.get_experiment_by_name(f"{name}-monitoring")
    assert len(client.search_runs([experiment.experiment_id])) == 3


def test_an_empty_log_is_kept_and_told_as_one(mlflow_url: str, tmp_path: Path) -> None:
    name = "unasked-model"
    champion_of(mlflow_url, tmp_path, name)
    with gateway() as (url, seen):
        told = told_of(judge(mlflow_url, tmp_path, name, PUSH_URL=url))
    assert told["note"] == "the log has no prediction of this version"
    assert (told["prediction"], told["quality"]) == (None, None)
    assert "slipway_monitoring_rows 0" in seen[0][2]
    assert "slipway_monitoring_psi" not in seen[0][2]
    assert 'slipway_monitoring_shifted{of="features"} 0' in seen[0][2]
    assert "slipway_live_metric_worse" not in seen[0][2]
    found = newest(str(tmp_path), name)
    assert found is not None
    half = (tmp_path / told["file"]).with_name("20990101T000000000000Z.json")
    half.write_text((tmp_path / told["file"]).read_text()[:100])
    assert newest(str(tmp_path), name) == found


def test_a_package_that_is_too_large_and_a_model_without_champion_are_refused(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    champion_of(mlflow_url, tmp_path, "large-model")
    done = judge(mlflow_url, tmp_path, "large-model", MAX_MODEL_BYTES="1000")
    assert done.code == 4
    assert "version 1 of large-model, the champion, has 0.0 MiB, and MAX_MODEL_BYTES (1000)" in (
        done.err
    )
    client.create_registered_model("empty-model")
    for name in ("empty-model", "nobodys-model"):
        done = judge(mlflow_url, tmp_path, name)
        assert done.code == 4
        assert f"--model {name}: has no champion" in done.err
    done = run("monitor", "--model", "large-model", env={"MLFLOW_TRACKING_URI": mlflow_url})
    assert (done.code, "goes with --champion" in done.err) == (2, True)


def test_a_file_with_other_types_fits_or_is_named(mlflow_url: str, tmp_path: Path) -> None:
    """Pandas writes whole numbers as fractions; texts are no number."""
    name = "rewritten-model"
    version = champion_of(mlflow_url, tmp_path, name)
    whole = asked(150).assign(a=lambda r: r["a"].round().astype(int))
    keep(tmp_path, predictions(whole, version=version), name=name)
    rewritten = whole.assign(a=whole["a"].astype(float))
    keep(tmp_path, predictions(rewritten, version=version), name=name)
    texts = whole.assign(a="many")
    foreign = keep(tmp_path, predictions(texts, version=version), name=name)
    numbered = predictions(whole).drop_columns(["version"])
    numbered = numbered.append_column("version", pa.array([int(version)] * 150))
    keep(tmp_path, numbered, name=name)
    told = told_of(judge(mlflow_url, tmp_path, name))
    assert told["rows"] == 450
    assert told["damaged"] == [foreign.relative_to(tmp_path).as_posix()]


def test_a_flood_of_duplicate_labels_is_counted_and_the_latest_holds(
    mlflow_url: str, tmp_path: Path
) -> None:
    name = "flooded-model"
    version = champion_of(mlflow_url, tmp_path, name)
    table = predictions(asked(100), version=version)
    keep(tmp_path, table, name=name)
    ids = table["request_id"].to_pylist()
    said = [str(one).lower() for one in table["answer"].to_pylist()]
    wrong = ["false" if one == "true" else "true" for one in said]
    late = labels_of(ids, said, at=NOW + timedelta(days=1))
    keep(tmp_path, late, what="labels", name=name)
    for _ in range(5):
        keep(tmp_path, labels_of(ids * 500, wrong * 500), what="labels", name=name)
    quality = told_of(judge(mlflow_url, tmp_path, name))["quality"]
    assert quality["labelled"] == 100
    assert (quality["labels"], quality["replaced"]) == (250_100, 250_000)


def test_figures_are_bounded_and_names_are_what_mlflow_and_prometheus_take() -> None:
    features = {f"f{at}": {"psi": at / 100, "p_value": 0.5} for at in range(500)}
    features['größe [m/s] "x"\n'] = {"psi": 9.0, "p_value": 0.0}
    found = {"features": features, "prediction": None, "quality": None, "rows": 7}
    told = figures(found)
    assert len([name for name in told if name.startswith("psi.")]) == MOST_FEATURES
    assert told["psi.größe _m_s_ _x__"] == 9.0
    assert "psi.f499" in told
    assert "psi.f0" not in told
    assert r'slipway_monitoring_psi{feature="größe [m/s] \"x\"\n"} 9.0' in gauges(found)
    assert 'slipway_monitoring_shifted{of="features"} 1' in gauges(found)


def test_drift_of_predictions_is_that_of_the_test_split_s_answers(tmp_path: Path) -> None:
    """The same rows once more are calm; surer answers are not; an older package does not know."""
    from training.monitoring.judged import monitored
    from training.package import read_package

    yaml = write_model(
        tmp_path,
        "answering-model",
        estimator="sklearn.linear_model.LinearRegression",
        task="regression",
        metrics=["rmse"],
        gate={"floors": {"rmse": 9.0}},
    )
    data = pd.DataFrame({"a": np.random.default_rng(1).normal(size=2000)})
    data.assign(b=data["a"] * 2, y=data["a"] * 3 + 0.5).to_csv(tmp_path / "data.csv", index=False)
    done = run("build", yaml, "--out", tmp_path / "package")
    assert done.code == 0, done.err
    metadata, _ = read_package(tmp_path / "package")
    known = metadata["training"]["answers"]
    assert (known["of"], len(known["histogram"]["counts"])) == ("number", 10)
    assert (
        sum(known["histogram"]["counts"]) == known["rows"] == metadata["training"]["rows"]["test"]
    )
    log = {"calm": data["a"] * 3 + 0.5, "shifted": data["a"] * 3 + 4}
    for verdict, answer in log.items():
        rows = data.assign(b=data["a"] * 2, answer=answer, p=0.5)
        keep(tmp_path / verdict, predictions(rows), name="answering-model")
        found = monitored(metadata, "3", str(tmp_path / verdict), 1000, 30)
        assert found["prediction"]["verdict"] == verdict
    del metadata["training"]["answers"]
    assert monitored(metadata, "3", str(tmp_path / "calm"), 1000, 30)["prediction"] is None
