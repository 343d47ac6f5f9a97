"""The way from data to the registry, against a real MLflow server."""

import json
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts

from support.command import run
from support.flow import aliases, promotions, train
from support.models import sha256, write_model

TREE = {"class": "sklearn.tree.DecisionTreeClassifier"}
STUMP = TREE | {"parameters": {"max_depth": 1}}
GOOD = TREE | {"parameters": {"max_depth": 3}}


def test_first_good_model_becomes_champion(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """With package, tags, metrics, plots and YAML in MLflow, and the checksum of what is there."""
    code, result = train(mlflow_url, write_model(tmp_path, "first-model"), GIT_SHA="abc")
    assert (code, result["outcome"], result["version"]) == (0, "promoted", "1")
    assert aliases(client, "first-model") == {"champion": "1"}
    version = client.get_model_version("first-model", "1")
    folder = Path(download_artifacts("models:/first-model/1", dst_path=str(tmp_path / "got")))
    import yaml

    package = yaml.safe_load((folder / "MLmodel").read_text())["metadata"]["slipway"]
    assert sha256(folder / "model.onnx") == package["onnx"]["sha256"]
    run_ = client.get_run(version.run_id)
    assert run_.info.status == "FINISHED"
    assert run_.data.metrics["accuracy"] == result["metrics"]["accuracy"]
    assert run_.data.params["estimator"] == "sklearn.tree.DecisionTreeClassifier"
    assert run_.data.tags["slipway.git_sha"] == "abc"
    assert run_.data.tags["slipway.data_sha256"] == sha256(tmp_path / "data.csv")
    assert (
        run_.data.tags["slipway.key"] == package["training"]["key"] == version.tags["slipway.key"]
    )
    assert run_.data.tags["slipway.library.scikit-learn"]
    files = {file.path for file in client.list_artifacts(version.run_id)}
    assert files >= {"model.yaml", "confusion-matrix.png", "roc.png", "precision-recall.png"}


def test_better_model_takes_over_and_old_champion_is_previous(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    train(mlflow_url, write_model(tmp_path, "next-model", estimator=STUMP))
    code, result = train(mlflow_url, write_model(tmp_path, "next-model", estimator=GOOD))
    assert (code, result["outcome"]) == (0, "promoted")
    assert {"accuracy", "auc_roc"} <= {
        f["metric"] for f in result["gate"] if f["rule"] == "champion"
    }
    assert aliases(client, "next-model") == {"champion": "2", "previous": "1"}
    assert promotions(client, "next-model", "1") == [{"by": "training"}]
    assert promotions(client, "next-model", "2") == [{"by": "training", "replaced": "1"}]


def test_worse_model_is_rejected_and_stays_so(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """Alias `rejected`, exit code 3 and the failed metric named; the same when run again."""
    train(mlflow_url, write_model(tmp_path, "worse-model", estimator=GOOD))
    worse = write_model(tmp_path, "worse-model", estimator=STUMP)
    for _ in range(2):
        code, result = train(mlflow_url, worse)
        assert (code, result["outcome"], result["version"]) == (3, "rejected", "2")
        assert any(f["metric"] == "accuracy" and not f["passed"] for f in result["gate"])
    assert aliases(client, "worse-model") == {"champion": "1", "rejected": "2"}
    assert promotions(client, "worse-model", "2") == []
    done = run("train", worse, env={"MLFLOW_TRACKING_URI": mlflow_url})
    assert "FAILED accuracy" in done.out
    assert len(client.search_model_versions("name='worse-model'")) == 2


def test_floor_rejects_without_a_champion(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    path = write_model(tmp_path, "floor-model", gate={"floors": {"accuracy": 0.999}})
    assert train(mlflow_url, path)[0] == 3
    assert aliases(client, "floor-model") == {"rejected": "1"}


def test_same_inputs_register_no_second_version(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """Also when the YAML is laid out anew; another git SHA or other data is another key."""
    path = write_model(tmp_path, "same-model")
    train(mlflow_url, path, GIT_SHA="a")
    path.write_text("# a comment\n" + path.read_text())
    code, result = train(mlflow_url, path, GIT_SHA="a")
    assert (code, result["outcome"], result["version"]) == (0, "unchanged", "1")
    assert train(mlflow_url, path, GIT_SHA="b")[1]["version"] == "2"
    data = tmp_path / "data.csv"
    data.write_text(data.read_text() + "0.5,0.5,1\n")
    assert train(mlflow_url, path, GIT_SHA="b")[1]["version"] == "3"
    assert len(client.search_model_versions("name='same-model'")) == 3


def test_rerun_after_rollback_leaves_the_alias_alone(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """A person who moved `champion` back is not overruled by the same inputs."""
    path = write_model(tmp_path, "back-model")
    train(mlflow_url, path, GIT_SHA="a")
    train(mlflow_url, path, GIT_SHA="b")
    client.set_registered_model_alias("back-model", "champion", "1")
    assert train(mlflow_url, path, GIT_SHA="b")[1]["outcome"] == "unchanged"
    assert aliases(client, "back-model")["champion"] == "1"
    assert len(promotions(client, "back-model", "2")) == 1


def test_champion_with_other_features_is_compared_while_the_data_has_them(
    mlflow_url: str, tmp_path: Path
) -> None:
    train(mlflow_url, write_model(tmp_path, "feature-model"))
    changed = write_model(tmp_path, "feature-model", features=[{"name": "a"}])
    result = train(mlflow_url, changed)[1]
    assert any(f["rule"] == "champion" for f in result["gate"])
    assert result["note"] == ""


@pytest.mark.parametrize(("floors", "code"), [({"accuracy": 0.5}, 0), ({}, 3)])
def test_champion_that_cannot_be_compared_leaves_the_floors_to_decide(
    mlflow_url: str, tmp_path: Path, floors: dict[str, float], code: int
) -> None:
    """Without any floor nothing speaks for the candidate, so it is rejected."""
    name = f"other-{code}-model"
    train(mlflow_url, write_model(tmp_path, name))
    changed = write_model(
        tmp_path,
        name,
        data={"source": "csv:data.csv", "rename": {"b": "c"}},
        gate={"floors": floors},
    )
    ended, result = train(mlflow_url, changed)
    assert ended == code
    assert "the data no longer has its feature b" in result["note"]


def test_one_failing_yaml_does_not_stop_the_others(mlflow_url: str, tmp_path: Path) -> None:
    """The exit code is the worst one; `--result` has all."""
    good = write_model(tmp_path, "one-model")
    bad = write_model(tmp_path, "two-model", target="nope")
    rejected = write_model(tmp_path, "three-model", gate={"floors": {"accuracy": 1.1}})
    file = tmp_path / "result.json"
    done = run(
        *("train", bad, rejected, good, "--result", file), env={"MLFLOW_TRACKING_URI": mlflow_url}
    )
    assert done.code == 2
    results = json.loads(file.read_text())["models"]
    assert [entry["outcome"] for entry in results] == ["failed", "rejected", "promoted"]
    assert "no column 'nope'" in results[0]["error"]


def test_concurrent_runs_of_the_same_key_agree_on_one_version(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    path = write_model(tmp_path, "race-model")
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda _: train(mlflow_url, path), range(3)))
    assert {code for code, _ in ended} == {0}
    (version,) = client.search_model_versions("name='race-model'")
    assert {result["version"] for _, result in ended} == {str(version.version)}
    assert aliases(client, "race-model") == {"champion": str(version.version)}


def test_broken_version_never_blocks(client: MlflowClient, mlflow_url: str, tmp_path: Path) -> None:
    """Without a verdict it is deleted; with one, whose files were lost, a new one takes over."""
    path = write_model(tmp_path, "broken-model")
    train(mlflow_url, path)
    (whole,) = client.search_model_versions("name='broken-model'")
    client.delete_model_version("broken-model", whole.version)
    nowhere = f"{client.get_run(whole.run_id).info.artifact_uri}/nowhere"
    empty = client.create_model_version(
        "broken-model", nowhere, whole.run_id, tags={"slipway.key": whole.tags["slipway.key"]}
    )
    done = run("train", path, env={"MLFLOW_TRACKING_URI": mlflow_url})
    assert done.code == 0, done.err
    assert f"version {empty.version} of broken-model is broken" in done.out
    assert "deleted" in done.out
    (new,) = client.search_model_versions("name='broken-model'")
    assert aliases(client, "broken-model") == {"champion": str(new.version)}


def test_judged_version_whose_files_were_lost_is_superseded(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    path = write_model(tmp_path, "lost-model")
    train(mlflow_url, path)
    (first,) = client.search_model_versions("name='lost-model'")
    nowhere = f"{client.get_run(first.run_id).info.artifact_uri}/nowhere"
    client.delete_model_version("lost-model", first.version)
    lost = client.create_model_version("lost-model", nowhere, first.run_id, tags=first.tags)
    client.set_registered_model_alias("lost-model", "champion", lost.version)
    code, result = train(mlflow_url, path)
    assert (code, result["outcome"]) == (0, "promoted")
    assert "cannot be compared" in result["note"]
    assert aliases(client, "lost-model")["champion"] == result["version"]
    assert len(client.search_model_versions("name='lost-model'")) == 2
