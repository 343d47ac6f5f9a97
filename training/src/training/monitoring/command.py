"""The command `monitor`: drift and quality of a version by its prediction log, as JSON."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from training.environment_errors import translated_errors
from training.errors import PROMOTED, TrainingError
from training.package import named_package

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
    from training.monitoring.log import LABEL, PredictionLog
    from training.monitoring.quality import quality

    metadata, _ = named_package(folder, "monitor")
    log = PredictionLog(address, metadata["model"])
    window = log.window(version, enough, most_days)
    found: dict[str, Any] = {
        "model": metadata["model"],
        "version": version,
        "days": window.days,
        "rows": len(window),
        "sampled": window.sampled,
        "damaged": window.damaged,
        "features": {},
        "not_kept": [],
        "quality": None,
        "note": "",
    }
    if len(window) == 0:
        return found | {"note": "the log has no prediction of this version"}
    if len(window) < FEWEST:
        found["note"] = f"drift is not told of fewer than {FEWEST} rows"
    for feature in metadata["features"]:
        values = window.column(f"{FEATURE}{feature['name']}")
        if values is None:
            found["not_kept"].append(feature["name"])
        elif len(values) >= FEWEST:
            drift = feature_drift(feature, values.to_pandas())
            found["features"][feature["name"]] = asdict(drift)
    answers = window.answers()
    labels = log.labels(answers["request_id"].combine_chunks().unique())
    found["damaged"] += labels.damaged
    told = pd.DataFrame(columns=LABEL) if labels.table is None else labels.table.to_pandas()
    judged = quality(metadata, answers.to_pandas(), told, labels.elsewhere)
    return found | {"quality": asdict(judged)}
