"""Logs a trained model as an MLflow run: parameters, metrics, tags, plots, YAML and package."""

import json
import tempfile
from pathlib import Path
from typing import Any

import mlflow
import mlflow.onnx
import yaml

from training.interval import bounds
from training.metrics import Metrics
from training.package import mlflow_arguments
from training.pipeline import Trained
from training.registry import KEY, Registered, Registry
from training.seen import FILE
from training.slice_metrics import as_logged, as_table

LOGGED_AT_ONCE = 500  # MLflow takes 1000 metrics a request


def log_and_register(trained: Trained, registry: Registry) -> Registered:
    """Log one run and register its model; leftovers of killed runs with the same key are closed."""
    settings, identity = trained.settings, trained.package.metadata["training"]
    key = identity["key"]
    experiment = mlflow.set_experiment(settings.experiment or settings.name)
    _close_killed_runs(registry, experiment.experiment_id, key)
    tags = {
        KEY: key,
        "slipway.git_sha": identity["git_sha"],
        "slipway.data_sha256": identity["data_sha256"],
        "slipway.data_source": settings.data.source,
        **{f"slipway.library.{name}": text for name, text in identity["libraries"].items()},
    }
    with mlflow.start_run(run_name=settings.run or settings.name, tags=tags) as run:
        mlflow.log_params(_parameters(trained))
        proof = {"parity_difference": trained.parity.max_difference}
        of_slices = as_logged(trained.slices)
        _log_many(trained.metrics | bounds(trained.intervals) | proof | of_slices)
        with tempfile.TemporaryDirectory() as folder:
            _write_artifacts(trained, Path(folder))
            mlflow.log_artifacts(folder)
        logged = mlflow.onnx.log_model(name=settings.name, **mlflow_arguments(trained.package))
        return registry.register(
            settings.name, key, logged.model_uri, run.info.run_id, logged.model_id
        )


def _log_many(metrics: Metrics) -> None:
    names = list(metrics)
    for start in range(0, len(names), LOGGED_AT_ONCE):
        mlflow.log_metrics({name: metrics[name] for name in names[start : start + LOGGED_AT_ONCE]})


def _close_killed_runs(registry: Registry, experiment_id: str, key: str) -> None:
    query = f"tags.`{KEY}` = '{key}' and attributes.status = 'RUNNING'"
    for run in registry.client.search_runs([experiment_id], query):
        registry.client.set_terminated(run.info.run_id, "KILLED")


def _parameters(trained: Trained) -> dict[str, Any]:
    settings, rows = trained.settings, trained.package.metadata["training"]["rows"]
    positive = trained.test.positive
    return {
        "estimator": trained.estimator,
        **{name: value for name, value in trained.parameters.items() if value is not None},
        **({} if positive is None else {"target.positive": trained.test.classes[positive]}),
        **_trees(trained),
        "split.test": settings.split.test,
        "split.seed": settings.split.seed,
        "split.method": settings.split_method,
        "rows.train": rows["train"],
        "rows.test": rows["test"],
    }


def _trees(trained: Trained) -> dict[str, Any]:
    """Say how many trees a boosting library kept, and by what."""
    found = trained.package.metadata["training"]["estimator"]
    choice = trained.settings.estimator
    if "trees" not in found:
        return {}
    if choice is None or choice.early_stopping is None:
        return {"trees": found["trees"]}
    return {
        "trees": found["trees"],
        "early_stopping.rounds": choice.early_stopping.rounds,
        "early_stopping.validation": choice.early_stopping.validation,
        "rows.validation": found["validation_rows"],
    }


def _write_artifacts(trained: Trained, folder: Path) -> None:
    from training.plots import write_plots

    settings = trained.settings
    text = settings.model_dump(mode="json", by_alias=True, exclude_unset=True)
    yaml_text = yaml.safe_dump(text, sort_keys=False, allow_unicode=True)
    (folder / "model.yaml").write_text(yaml_text, encoding="utf-8")
    (folder / FILE).write_bytes(trained.seen.to_bytes())
    understood = trained.test.understanding
    (folder / "understanding.json").write_text(
        json.dumps(understood.as_dict(), indent=2, ensure_ascii=False), encoding="utf-8"
    )
    (folder / "understanding.txt").write_text("\n".join(understood.lines()), encoding="utf-8")
    if trained.slices:
        as_table(trained.slices).to_csv(folder / "slices.csv", index=False)
    write_plots(folder, settings.label, trained.test, trained.scores)
