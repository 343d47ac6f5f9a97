"""Logs a trained model as an MLflow run: parameters, metrics, tags, plots, YAML and package."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import mlflow.onnx
import yaml

from training.cross_validation import as_logged as folds_logged
from training.interval import bounds
from training.metrics import Metrics
from training.package import mlflow_arguments
from training.pipeline import Trained
from training.registry import ADOPTED, KEY, RETRAIN_REASON, SNAPSHOT, Registered, Registry
from training.scoring import ClassScores
from training.seen import FILE
from training.settings import Settings
from training.signatures import sign_logged
from training.slice_metrics import as_logged, as_table
from training.snapshots.logged import log_snapshot

if TYPE_CHECKING:
    from training.snapshots.snapshot import Snapshot

LOGGED_AT_ONCE = 500  # MLflow takes 1000 metrics a request


def log_and_register(
    trained: Trained, registry: Registry, snapshot: "Snapshot | None" = None, reason: str = ""
) -> Registered:
    """Log one run and register its model; leftovers of killed runs with the same key are closed.

    `reason` says why it was trained again, if it was.
    """
    settings, identity = trained.settings, trained.package.metadata["training"]
    key = identity["key"]
    experiment = mlflow.set_experiment(settings.experiment or settings.name)
    _close_killed_runs(registry, experiment.experiment_id, key)
    adopted = identity.get("adopted")
    of_version = {KEY: key}
    if adopted is not None:
        of_version[ADOPTED] = f"{adopted['model']}/{adopted['version']}"
    if snapshot is not None:
        of_version[SNAPSHOT] = snapshot.sha256
    if reason:
        of_version[RETRAIN_REASON] = reason
    tags = {
        **of_version,
        "slipway.git_sha": identity["git_sha"],
        "slipway.data_sha256": identity["data_sha256"],
        "slipway.data_source": settings.data.source,
        **{f"slipway.library.{name}": text for name, text in identity["libraries"].items()},
    }
    with _run(settings, tags) as run:
        mlflow.log_params(_parameters(trained))
        proof = {"parity_difference": trained.parity.max_difference}
        more = as_logged(trained.slices) | _no_gates(identity)
        _log_many(trained.metrics | bounds(trained.intervals) | proof | more)
        with tempfile.TemporaryDirectory() as folder:
            _write_artifacts(trained, Path(folder))
            if snapshot is not None:
                log_snapshot(snapshot, run.info.run_id, settings.name, Path(folder), registry)
            mlflow.log_artifacts(folder)
        logged = mlflow.onnx.log_model(name=settings.name, **mlflow_arguments(trained.package))
        if registry.signer is not None:
            package = trained.package.metadata
            sign_logged(registry.client, registry.signer, settings.name, logged, package)
        return registry.register(
            settings.name, of_version, logged.model_uri, run.info.run_id, logged.model_id
        )


@contextmanager
def _run(settings: Settings, tags: dict[str, str]) -> "Iterator[mlflow.ActiveRun]":
    """Log into the run that a search has opened for its trials, else into a new one."""
    if (run := mlflow.active_run()) is not None:
        mlflow.set_tags(tags)
        yield run
    else:
        with mlflow.start_run(run_name=settings.run or settings.name, tags=tags) as run:
            yield run


def _no_gates(training: dict[str, Any]) -> Metrics:
    """Return the metrics over folds, that of the YAML's own parameters before a search, and more.

    No gate goes by them.
    """
    folds = training.get("cross_validation", {"metrics": {}})
    search = training.get("search", {"default": {}})
    own = {
        f"search/default_{search['metric']}_{what}": value
        for what, value in search["default"].items()
    }
    beside: Metrics = training.get("interval", {"metrics": {}})["metrics"]
    calibration = training.get("calibration", {})
    measured = {
        f"calibration/{name}_{when}": value
        for when in ("before", "after")
        for name, value in calibration.get(when, {}).items()
    }
    return folds_logged(folds["metrics"]) | own | beside | measured


def _log_many(metrics: Metrics) -> None:
    names = list(metrics)
    for start in range(0, len(names), LOGGED_AT_ONCE):
        mlflow.log_metrics({name: metrics[name] for name in names[start : start + LOGGED_AT_ONCE]})


def _close_killed_runs(registry: Registry, experiment_id: str, key: str) -> None:
    query = f"tags.`{KEY}` = '{key}' and attributes.status = 'RUNNING'"
    ours = mlflow.active_run()
    for run in registry.client.search_runs([experiment_id], query):
        if ours is not None and run.info.run_id == ours.info.run_id:
            continue
        registry.client.set_terminated(run.info.run_id, "KILLED")


def _parameters(trained: Trained) -> dict[str, Any]:
    settings, training = trained.settings, trained.package.metadata["training"]
    positive = trained.test.positive
    return {
        "estimator": trained.estimator,
        **{name: value for name, value in trained.parameters.items() if value is not None},
        **({} if positive is None else {"target.positive": trained.test.classes[positive]}),
        **_trees(trained),
        **_of_weights(settings),
        **_of_choices(training),
        **(_split(settings) | {"rows.train": training["rows"]["train"]} if trained.seen else {}),
        "rows.test": training["rows"]["test"],
    }


def _split(settings: Settings) -> dict[str, Any]:
    share = {} if settings.split_method == "column" else {"split.test": settings.split.test}
    return {
        **share,
        "split.seed": settings.split.seed,
        "split.method": settings.split_method,
    }


def _of_weights(settings: Settings) -> dict[str, Any]:
    stated = {"sample_weight": settings.sample_weight, "class_weight": settings.class_weight}
    return {name: value for name, value in stated.items() if value is not None}


def _of_choices(training: dict[str, Any]) -> dict[str, Any]:
    folds, search = training.get("cross_validation", {}), training.get("search", {})
    found = {f"search.{name}": search[name] for name in ("method", "metric", "trials") if search}
    if calibration := training.get("calibration"):
        found["calibration"] = calibration["method"]
    if threshold := training.get("threshold"):
        found["threshold"] = threshold["value"]
    if interval := training.get("interval"):
        found |= {f"interval.{name}": interval[name] for name in ("coverage", "half_width")}
    return found | ({"cross_validation.folds": folds["folds"]} if folds else {})


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
    from training.plots import write_plots, write_reliability

    settings = trained.settings
    text = settings.model_dump(mode="json", by_alias=True, exclude_unset=True)
    yaml_text = yaml.safe_dump(text, sort_keys=False, allow_unicode=True)
    (folder / "model.yaml").write_text(yaml_text, encoding="utf-8")
    if settings.pipeline is not None:
        path = folder / settings.pipeline.file
        path.write_text(settings.pipeline.source, encoding="utf-8")
    if trained.seen is not None:
        (folder / FILE).write_bytes(trained.seen.to_bytes())
    understood = trained.test.understanding
    (folder / "understanding.json").write_text(
        json.dumps(understood.as_dict(), indent=2, ensure_ascii=False), encoding="utf-8"
    )
    (folder / "understanding.txt").write_text("\n".join(understood.lines()), encoding="utf-8")
    if trained.slices:
        as_table(trained.slices).to_csv(folder / "slices.csv", index=False)
    if trained.scores is not None:
        write_plots(folder, settings.label, trained.test, trained.scores)
    if trained.decision.uncalibrated is not None and isinstance(trained.scores, ClassScores):
        both = {"before": trained.decision.uncalibrated, "calibrated": trained.scores}
        write_reliability(folder, settings.label, trained.test, both)
