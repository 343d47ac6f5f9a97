"""The command `monitor`: drift and quality of a version by its prediction log, as JSON."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from training.environment_errors import translated_errors
from training.errors import PROMOTED, InvalidInputError, TrainingError
from training.package import read_package

FEATURE = "feature_"
FEWEST = 100  # rows; of fewer a PSI is mostly noise


def run_monitor(options: argparse.Namespace, address: str) -> int:
    """Print what `monitored` finds as one line of JSON; returns the process's exit code."""
    try:
        with translated_errors("monitor"):
            found = monitored(options.package, options.version, address, options.rows, options.days)
            print(json.dumps(found, ensure_ascii=False))
    except TrainingError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return PROMOTED


def monitored(
    folder: Path, version: str, address: str, enough: int, most_days: int
) -> dict[str, Any]:
    """Compare the newest predictions of a version with its package, and with the labels.

    @param folder the package, @param version as the log names it, @param address of the log: a
    folder or a bucket, @param enough rows after which no older day is read, @param most_days days
    with predictions that are read at most.
    """
    from training.monitoring.drift import feature_drift
    from training.monitoring.log import PredictionLog
    from training.monitoring.quality import quality

    metadata = _package(folder)
    log = PredictionLog(address, metadata["model"])
    window = log.window(version, enough, most_days)
    labels, damaged = log.labels()
    found: dict[str, Any] = {
        "model": metadata["model"],
        "version": version,
        "days": window.days,
        "rows": 0 if window.rows is None else len(window.rows),
        "damaged": window.damaged + damaged,
        "features": {},
        "not_kept": [],
        "quality": None,
        "note": "",
    }
    if window.rows is None:
        return found | {"note": "the log has no prediction of this version"}
    rows: pd.DataFrame = window.rows.to_pandas()
    features = metadata["features"]
    kept = [one for one in features if f"{FEATURE}{one['name']}" in rows]
    found["not_kept"] = [one["name"] for one in features if one not in kept]
    if len(rows) < FEWEST:
        found["note"] = f"drift is not told of fewer than {FEWEST} rows"
    else:
        found["features"] = {
            one["name"]: feature_drift(one, rows[f"{FEATURE}{one['name']}"]).as_dict()
            for one in kept
        }
    told = pd.DataFrame() if labels is None else labels.to_pandas()
    return found | {"quality": asdict(quality(metadata, rows, told))}


def _package(folder: Path) -> dict[str, Any]:
    try:
        return read_package(folder)[0]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        problem = f"--package ({folder}): is no whole model package: {error}"
        raise InvalidInputError("monitor", [problem]) from error
