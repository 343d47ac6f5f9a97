"""Keeps the trials of a search in MLflow, as children of the run that its version will have."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial

import mlflow
from mlflow.entities import Metric, Param, Run
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from training.cross_validation import Validated, as_logged
from training.pages import all_pages
from training.registry import KEY, Registry
from training.settings import Settings
from training.trial import Trial

TRIAL = "slipway.trial"


@contextmanager
def trial_runs(settings: Settings, key: str, registry: Registry) -> "Iterator[TrialRuns | None]":
    """Open the run, or the one that a process with the same key has left, where there is a search.

    Ends it as MLflow does: as failed where something is raised.
    """
    if settings.search is None:
        yield None
        return
    experiment = mlflow.set_experiment(settings.experiment or settings.name)
    runs = _runs(registry, experiment.experiment_id, key)
    left = [r for r in runs if TRIAL not in r.data.tags and r.info.status != "FINISHED"]
    with mlflow.start_run(
        run_id=left[0].info.run_id if left else None,
        run_name=settings.run or settings.name,
        tags={KEY: key},
    ) as run:
        yield TrialRuns(registry, run, key, runs)


def _runs(registry: Registry, experiment_id: str, key: str) -> list[Run]:
    query = f"tags.`{KEY}` = '{key}'"
    return list(all_pages(partial(registry.client.search_runs, [experiment_id], query)))


class TrialRuns:
    """A trial is a child run that is made when it has ended, and counts when it is finished."""

    def __init__(self, registry: Registry, parent: Run, key: str, runs: list[Run]) -> None:
        """Take the run of the search, and all runs with its key."""
        self._client, self._parent, self._key, self._runs = registry.client, parent, key, runs

    def kept(self) -> list[Trial]:
        """Return those of earlier processes with the same code, YAML and data."""
        texts = [r.data.tags.get(TRIAL) for r in self._runs if r.info.status == "FINISHED"]
        return [
            Trial(**fields | {"validated": Validated(**fields["validated"])})
            for fields in (json.loads(text) for text in texts if text)
        ]

    def keep(self, trial: Trial) -> None:
        """Log one that has ended; one that cannot be fitted becomes a failed run."""
        end = time.time_ns() // 1_000_000
        run = self._client.create_run(
            self._parent.info.experiment_id,
            start_time=end - round(1000 * trial.seconds),
            tags={
                KEY: self._key,
                TRIAL: json.dumps(asdict(trial)),
                MLFLOW_PARENT_RUN_ID: self._parent.info.run_id,
            },
            run_name=f"trial {trial.number}" if trial.parameters else "default",
        )
        failed = isinstance(trial.validated, str)
        metrics = {} if isinstance(trial.validated, str) else as_logged(trial.validated.metrics)
        self._client.log_batch(
            run.info.run_id,
            [Metric(name, value, end, 0) for name, value in metrics.items()],
            [Param(name, str(value)) for name, value in trial.parameters.items()],
        )
        status = "FAILED" if failed else "FINISHED"
        self._client.set_terminated(run.info.run_id, status, end_time=end)
