"""Drift and quality of a version by its prediction log."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    import pyarrow as pa

    from training.monitoring.label_options import LabelTable

FEATURE = "feature_"
FEWEST = 100  # rows; of fewer a PSI is mostly noise


def monitored(
    metadata: dict[str, Any],
    version: str,
    address: str,
    enough: int,
    most_days: int,
    table: "LabelTable | None" = None,
) -> dict[str, Any]:
    """Compare the newest predictions of a version with its package, and with the labels.

    @param metadata of the package, @param version as the log names it, @param address of the log: a
    folder or a bucket, @param enough rows after which no older day is read, for drift all rows and
    for quality those with a label, @param most_days days with predictions that are read at most.
    """
    from training.monitoring.drift import answer_drift, feature_drift
    from training.monitoring.label_sources import all_labels
    from training.monitoring.log import LABEL, PredictionLog
    from training.monitoring.quality import quality

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
        "prediction": None,
        "quality": None,
        "note": "",
    }
    if len(window) == 0:
        return found | {"note": "the log has no prediction of this version"}
    if len(window) < FEWEST:
        found["note"] = f"drift is not told of fewer than {FEWEST} rows"
    elif answered := answer_drift(metadata, window):
        found["prediction"] = {"of": metadata["training"]["answers"]["of"], **asdict(answered)}
    for feature in metadata["features"]:
        values = window.column(f"{FEATURE}{feature['name']}")
        if values is None:
            found["not_kept"].append(feature["name"])
        elif len(values) >= FEWEST:
            drift = feature_drift(feature, values.to_pandas())
            found["features"][feature["name"]] = asdict(drift)
    with all_labels(log, table, metadata) as labelled:
        answers = window.answers()
        labels = labelled.labels(_ids(answers))
        if labels.elsewhere and labels.rows < enough:
            # They come late: they are of days that are long past those that drift is told of.
            late = log.labelled(version, labelled.ids(), enough, most_days)
            if late is not None:
                answers, labels = late, labelled.labels(_ids(late))
    found["damaged"] += labels.damaged
    told = pd.DataFrame(columns=LABEL) if labels.table is None else labels.table.to_pandas()
    judged = quality(metadata, answers.to_pandas(), told, labels.elsewhere, labels.replaced)
    return found | {"quality": asdict(judged)}


def _ids(answers: "pa.Table") -> "pa.Array":
    return answers["request_id"].combine_chunks().unique()
