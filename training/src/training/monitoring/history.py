"""Bounds what monitoring leaves in MLflow: runs go with the predictions that they are of."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from training.pages import all_pages

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL = "slipway.monitoring"  # tag of a run: the model that it is of


def experiment_of(model: str) -> str:
    """Return the name of the experiment with a model's monitorings."""
    return f"{model}-monitoring"


def forget_runs(client: "MlflowClient", model: str, before: datetime) -> int:
    """Delete the runs of a model's monitorings that began before; returns how many.

    MLflow hides a deleted run, and `mlflow gc` removes it for good. A run without our tag, of
    somebody who logged into our experiment, is left alone.
    """
    experiment = client.get_experiment_by_name(experiment_of(model))
    if experiment is None:
        return 0
    moment = int(1000 * before.timestamp())
    query = f"attributes.start_time < {moment} and tags.`{MODEL}` = '{model}'"
    search = partial(client.search_runs, [experiment.experiment_id], query)
    old = list(all_pages(search))
    for run in old:
        client.delete_run(run.info.run_id)
    return len(old)
