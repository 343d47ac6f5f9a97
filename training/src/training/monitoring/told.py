"""Tells what monitoring found to Prometheus and MLflow, in a bounded number of figures."""

import re
import time
from typing import TYPE_CHECKING, Any

from training.monitoring.alarms import shifted, worse
from training.monitoring.history import MODEL, experiment_of
from training.told import sample

if TYPE_CHECKING:
    from mlflow import MlflowClient

MOST_FEATURES = 100  # those that moved most
_FOREIGN = re.compile(r"[^\w.\- :]")  # what MLflow takes in the name of a metric
_LONGEST = 200


def log_run(client: "MlflowClient", found: dict[str, Any]) -> None:
    """Log one run `monitoring NAME vN DAY` into the experiment `NAME-monitoring`."""
    from mlflow.entities import Metric

    model, version = found["model"], found["version"]
    now = int(1000 * time.time())
    day = time.strftime("%Y-%m-%d", time.gmtime(now / 1000))
    tags = {
        MODEL: model,
        "slipway.version": version,
        "slipway.days": " ".join(found["days"][:1] + found["days"][1:][-1:]),
        "slipway.file": found["file"],
    }
    tags |= {"mlflow.note.content": found["note"]} if found["note"] else {}
    run = client.create_run(
        _experiment(client, experiment_of(model)),
        run_name=f"monitoring {model} v{version} {day}",
        tags=tags,
    )
    metrics = [Metric(name, value, now, 0) for name, value in figures(found).items()]
    client.log_batch(run.info.run_id, metrics)
    client.set_terminated(run.info.run_id)


def figures(found: dict[str, Any]) -> dict[str, float]:
    """Return MLflow's metrics: rows, PSI of the features that moved most, live metrics."""
    quality = found["quality"] or {"labelled": 0, "metrics": {}}
    told: dict[str, float] = {"rows": found["rows"], "labelled_rows": quality["labelled"]}
    if found["prediction"] is not None:
        told["prediction_psi"] = found["prediction"]["psi"]
    for name, psi in _moved_most(found):
        told.setdefault(f"psi.{_FOREIGN.sub('_', name)[:_LONGEST]}", psi)
    for name, one in quality["metrics"].items():
        for what in ("value", "low", "high"):
            if one[what] is not None:
                told[f"live.{name}" if what == "value" else f"live.{name}.{what}"] = one[what]
    return told


def gauges(found: dict[str, Any]) -> list[str]:
    """Return the lines of the Pushgateway's group, without those of what is not known."""
    quality = found["quality"] or {"labelled": 0, "metrics": {}}
    live = quality["metrics"].items()
    tested = [(n, value) for n, value in found.get("training", {}).items() if n in dict(live)]
    undeleted = int(found["deleted"] is None) if "deleted" in found else None
    told: dict[str, list[tuple[dict[str, str], float | None]]] = {
        "slipway_monitoring_psi": [({"feature": n}, psi) for n, psi in _moved_most(found)],
        "slipway_monitoring_prediction_psi": [({}, (found["prediction"] or {}).get("psi"))],
        "slipway_monitoring_shifted": [({"of": n}, count) for n, count in shifted(found).items()],
        "slipway_monitoring_rows": [({}, found["rows"])],
        "slipway_monitoring_labelled_rows": [({}, quality["labelled"])],
        "slipway_live_metric": [({"metric": name}, one["value"]) for name, one in live],
        "slipway_live_metric_low": [({"metric": name}, one["low"]) for name, one in live],
        "slipway_live_metric_high": [({"metric": name}, one["high"]) for name, one in live],
        "slipway_live_metric_worse": [({"metric": n}, int(is_)) for n, is_ in worse(found).items()],
        "slipway_test_metric": [({"metric": name}, value) for name, value in tested],
        "slipway_monitoring_deletion_failed": [({}, undeleted)],
        "slipway_monitoring_last_run_timestamp_seconds": [({}, time.time())],
    }
    lines = []
    for name, samples in told.items():
        known = [sample(name, labels, value) for labels, value in samples if value is not None]
        lines += [f"# TYPE {name} gauge", *known] if known else []
    return lines


def _moved_most(found: dict[str, Any]) -> list[tuple[str, float]]:
    each = [(name, one["psi"]) for name, one in found["features"].items()]
    return sorted(each, key=lambda pair: -pair[1])[:MOST_FEATURES]


def _experiment(client: "MlflowClient", name: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name))
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            found = client.get_experiment_by_name(name)
    return str(found.experiment_id)
