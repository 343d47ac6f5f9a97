"""Scores the current champion on a candidate's test rows, or says why that cannot be done."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from training.columns import as_values
from training.dataset import Dataset
from training.feature import Feature
from training.metrics import Metrics
from training.pipeline import evaluate
from training.scoring import run_onnx
from training.settings import Settings

FEATURE_KEYS = ("name", "type", "required", "categories")


@dataclass(frozen=True)
class Comparison:
    """The champion's metrics on the same rows, or the obstacle."""

    metrics: Metrics | None
    obstacle: str = ""


def compare_champion(
    settings: Settings, test: Dataset, raw: pd.DataFrame, metadata: dict[str, Any], model: bytes
) -> Comparison:
    """Run the champion on its own features, taken from the `raw` rows that `test` was made of.

    Its features may differ from the candidate's as long as the data still has them; task, classes
    and positive class must be the same, or the figures would not mean the same.
    """
    if metadata.get("format") != 1:
        return Comparison(None, f"its package has format {metadata.get('format')!r}")
    classes = [entry["value"] for entry in metadata["classes"]]
    if metadata["task"] != test.task or classes != test.classes:
        return Comparison(None, "it predicts other classes or another task")
    if metadata["positive"] != test.positive:
        return Comparison(None, "its positive class is another")
    features = [
        Feature.model_validate({k: entry[k] for k in FEATURE_KEYS})
        for entry in metadata["features"]
    ]
    if lost := [f.name for f in features if f.name not in raw.columns]:
        return Comparison(None, f"the data no longer has its feature {', '.join(lost)}")
    rows = pd.DataFrame({f.name: as_values(f, raw[f.name]) for f in features})
    for feature in features:
        values = rows[feature.name]
        absent = values == "" if feature.type == "category" else values.isna()
        if bool((absent & (raw[feature.name].notna() | bool(feature.required))).any()):
            return Comparison(None, f"the data no longer fits its feature {feature.name}")
    return Comparison(evaluate(settings, test, run_onnx(model, features, rows, classes)))
