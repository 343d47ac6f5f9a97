"""The command `monitor`: a version by its prediction log, as JSON and wherever else it is told."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from training.environment_errors import translated_errors
from training.errors import PROMOTED, InvalidInputError, TrainingEnvironmentError, TrainingError
from training.monitoring.judged import monitored
from training.monitoring.label_options import label_table
from training.package import named_package
from training.snapshots.credentials import Credentials

if TYPE_CHECKING:
    from training.registry import Registered, Registry

MEBIBYTE = 1 << 20


def run_monitor(
    options: argparse.Namespace,
    variables: Mapping[str, str],
    to_mlflow: "Callable[[], Registry]",
    max_bytes: int,
    credentials: Credentials,
) -> int:
    """Judge a package's folder, or the champion; returns the process's exit code.

    Of a folder what was found is printed as one line of JSON, and nothing is written. Of the
    champion it is also kept beside the log, told to Prometheus and logged as a run of MLflow, and
    what is older than `--keep-days` is deleted. A package of more than `max_bytes` is refused.
    """
    address, reach = variables.get("PREDICTIONS", ""), (options.rows, options.days)
    where = variables.get("MLFLOW_TRACKING_URI") or "monitor"
    try:
        with translated_errors(where):
            _check(options)
            table = label_table(options, credentials)
            if options.package is not None:
                metadata, _ = named_package(options.package, "monitor")
                found = monitored(metadata, options.version, address, *reach, table)
            else:
                registry = to_mlflow()
                deleted = _forgotten(registry, options, address)
                champion = open_champion(registry, options.model, max_bytes)
                found = monitored(champion.metadata, champion.version, address, *reach, table)
                found = _kept(found, champion, address) | deleted
                _told(found, registry, variables.get("PUSH_URL"))
            print(json.dumps(found, ensure_ascii=False))
    except TrainingError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return PROMOTED


def _check(options: argparse.Namespace) -> None:
    """Refuse words of the one way that stand with the other."""
    problem = ""
    if options.package is None and not options.champion:
        problem = f"--model {options.model}: goes with --champion"
    elif options.package is not None and not options.version:
        problem = f"--package ({options.package}): goes with --version, as the log names it"
    elif options.package is not None and (options.champion or options.keep_days):
        problem = "--champion and --keep-days go with --model"
    elif options.by_day and not options.keep_days:
        problem = "--by-day goes with --keep-days"
    elif options.package is None and options.version:
        problem = f"--version {options.version}: goes with --package; the champion is asked for"
    if problem:
        raise InvalidInputError("monitor", [problem])


def open_champion(registry: "Registry", name: str, max_bytes: int) -> "Registered":
    """Return the champion with its package, which is downloaded into a temporary folder.

    Raises TrainingEnvironmentError where there is none, or where it is too large or damaged.
    """
    from training.registry import BrokenVersionError

    version = registry.champion(name)
    if version is None:
        raise TrainingEnvironmentError(
            f"--model {name}: has no champion, so there is nothing to judge; train it first"
        )
    what = f"version {version.version} of {name}, the champion,"
    if (size := registry.size(version)) > max_bytes:
        raise TrainingEnvironmentError(
            f"{what} has {size / MEBIBYTE:.1f} MiB, and MAX_MODEL_BYTES ({max_bytes}) allows "
            f"{max_bytes / MEBIBYTE:.1f}; raise it"
        )
    try:
        return registry.open(version)
    except BrokenVersionError as error:
        raise TrainingEnvironmentError(f"{what} is broken: {error}; train it again") from error


def _kept(found: dict[str, Any], champion: "Registered", address: str) -> dict[str, Any]:
    """Write what was found beside the log."""
    from training.monitoring.results import keep

    intervals = champion.metadata["training"].get("intervals", {})
    trained = {"training": champion.metrics, "training_intervals": intervals}
    time = datetime.now(UTC)
    path = keep(address, champion.name, {"time": _iso(time), **found, **trained}, time)
    return {**found, **trained, "file": path}


def _forgotten(
    registry: "Registry", options: argparse.Namespace, address: str
) -> dict[str, int | None]:
    """Delete what is too old, also where there is nothing to judge, and say how much that was."""
    from mlflow.exceptions import MlflowException

    from training.monitoring.history import forget_runs
    from training.monitoring.results import clock_of
    from training.monitoring.retention import forget

    name, keep_days = options.model, options.keep_days
    if keep_days is None:
        return {}
    try:
        now = min(datetime.now(UTC), clock_of(address, name))
        count = forget(address, name, keep_days, now, by_day=options.by_day)
        runs = forget_runs(registry.client, name, now - timedelta(days=keep_days))
    except (TrainingError, MlflowException) as error:  # the next run deletes them; this can judge
        print(f"{name}: nothing more is deleted: {error}", file=sys.stderr, flush=True)
        return {"deleted": None}
    what = f"{count} files and {runs} runs of MLflow older than {keep_days} days are deleted"
    print(f"{name}: {what}", file=sys.stderr, flush=True)
    return {"deleted": count, "deleted_runs": runs}


def _told(found: dict[str, Any], registry: "Registry", push_url: str | None) -> None:
    from training.monitoring.told import gauges, log_run
    from training.told import push

    log_run(registry.client, found)
    # Last, as it says when a monitoring was done.
    push(push_url, "monitoring", found["model"], gauges(found))


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
