"""A search in MLflow: a run for each trial, and a process that is killed loses one at most."""

from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run

from support.command import run
from support.flow import train
from support.models import write_model
from support.proxy import Proxy

STUMP = {"class": "sklearn.tree.DecisionTreeClassifier", "parameters": {"max_depth": 1}}
SEARCH: dict[str, Any] = {
    "method": "optuna",
    "trials": 6,
    "cv": 3,
    "metric": "auc_roc",
    "space": {"max_depth": {"low": 1, "high": 30}, "criterion": ["gini", "entropy"]},
}


def runs(client: MlflowClient, name: str) -> tuple[list[Run], list[Run]]:
    """Return the runs of versions, and those of trials in order."""
    experiment = client.get_experiment_by_name(name)
    found = client.search_runs([experiment.experiment_id])
    trials = [one for one in found if "slipway.trial" in one.data.tags]
    trials.sort(key=lambda one: (one.info.start_time, one.info.run_name))
    return [one for one in found if one not in trials], trials


def test_each_trial_is_a_child_of_the_versions_run(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    code, result = train(
        mlflow_url, write_model(tmp_path, "sought-model", search=SEARCH, estimator=STUMP)
    )
    assert (code, result["outcome"]) == (0, "promoted")
    (parent,), trials = runs(client, "sought-model")
    assert client.get_model_version("sought-model", "1").run_id == parent.info.run_id
    assert parent.info.status == "FINISHED"
    assert {one.data.tags["mlflow.parentRunId"] for one in trials} == {parent.info.run_id}
    assert {one.info.status for one in trials} == {"FINISHED"}
    assert {one.info.run_name for one in trials} >= {"default", "trial 1", "trial 2"}
    (best,) = [
        one
        for one in trials
        if one.data.params == {k: str(v) for k, v in result["search"]["parameters"].items()}
    ]
    metric = "cross_validation/auc_roc_mean"
    assert best.data.metrics[metric] == max(one.data.metrics[metric] for one in trials)
    assert (
        parent.data.metrics[metric]
        == best.data.metrics[metric]
        == result["search"]["score"]["mean"]
    )
    assert parent.data.metrics["search/default_auc_roc_mean"] == result["search"]["default"]["mean"]
    assert parent.data.params["search.method"] == "optuna"
    assert parent.data.params["max_depth"] == best.data.params["max_depth"]


def test_same_inputs_are_not_searched_again(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    yaml = write_model(tmp_path, "settled-model", search=SEARCH, estimator=STUMP)
    train(mlflow_url, yaml)
    before = runs(client, "settled-model")
    code, result = train(mlflow_url, yaml)
    assert (code, result["outcome"]) == (0, "unchanged")
    assert len(runs(client, "settled-model")[1]) == len(before[1])
    assert result["search"]["parameters"]


def test_killed_search_goes_on_with_its_finished_trials(
    client: MlflowClient, mlflow_url: str, proxy: Proxy, tmp_path: Path
) -> None:
    """Under the same run, to the same end as one that nobody killed."""
    whole = write_model(tmp_path, "whole-model", search=SEARCH)
    assert train(mlflow_url, whole)[0] == 0
    killed = write_model(tmp_path, "killed-model", search=SEARCH)
    victims: list[ForkServerProcess] = []

    def fault(_number: int, request: str) -> int | None:
        if proxy.writes.count("POST /api/2.0/mlflow/runs/log-batch") < 3 or "update" in request:
            return None
        victims[0].kill()
        return 0

    proxy.fault = fault
    done = run("train", killed, env={"MLFLOW_TRACKING_URI": proxy.url}, meanwhile=victims.append)
    assert done.code == -9
    _, finished = runs(client, "killed-model")
    started = [one.info.run_id for one in finished if one.info.status == "FINISHED"]
    assert started
    done = run("train", killed, env={"MLFLOW_TRACKING_URI": mlflow_url})
    assert done.code == 0, done.err
    assert done.out.count("kept") == len(started)
    (parent,), trials = runs(client, "killed-model")
    assert parent.info.status == "FINISHED"
    assert not [one for one in trials if one.info.status == "RUNNING"]
    ended = [one for one in trials if one.info.status == "FINISHED"]
    assert set(started) < {one.info.run_id for one in ended}
    assert {one.data.tags["mlflow.parentRunId"] for one in trials} == {parent.info.run_id}
    expected = [(one.info.run_name, one.data.params) for one in runs(client, "whole-model")[1]]
    assert sorted(map(str, expected)) == sorted(
        str((one.info.run_name, one.data.params)) for one in ended
    )


def test_failed_trial_is_a_failed_run_with_its_reason(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    space = {"l1_ratio": [0.0, 1.0], "solver": ["lbfgs", "liblinear"]}
    yaml = write_model(
        tmp_path,
        "partly-model",
        estimator="sklearn.linear_model.LogisticRegression",
        search={"method": "grid", "space": space},
    )
    code, result = train(mlflow_url, yaml)
    assert (code, result["search"]["failed"]) == (0, 1)
    (failed,) = [one for one in runs(client, "partly-model")[1] if one.info.status == "FAILED"]
    assert failed.data.params == {"l1_ratio": "1.0", "solver": "lbfgs"}
    assert "cannot be fitted to this data" in failed.data.tags["slipway.trial"]


def test_search_that_is_refused_leaves_a_failed_run_and_no_version(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    yaml = write_model(tmp_path, "refused-model", search=SEARCH | {"cv": 290})
    code, result = train(mlflow_url, yaml)
    assert (code, result["outcome"]) == (2, "failed")
    assert "search.cv (290)" in result["error"]
    ((parent,), _) = runs(client, "refused-model")
    assert parent.info.status == "FAILED"
    assert client.search_model_versions("name='refused-model'") == []


def test_each_trial_is_an_event_of_its_own(mlflow_url: str, tmp_path: Path) -> None:
    """What `npm start` shows while a search goes on."""
    yaml = write_model(tmp_path, "event-model", search=SEARCH)
    done = run("train", yaml, "--events", env={"MLFLOW_TRACKING_URI": mlflow_url})
    assert (
        '"event": "note", "model": "event-model", "detail": "trial 1 of 6: auc_roc 0.' in done.out
    )
    assert done.out.index("trial 6 of 6") < done.out.index('"step": "search"')
