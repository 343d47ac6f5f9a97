"""Tells MLflow which snapshot a run was trained from: as its dataset, and as a file of the run."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.entities import Dataset, DatasetInput, InputTag

from training.registry import SNAPSHOT_FILE, Registry

if TYPE_CHECKING:
    from training.snapshots.snapshot import Snapshot

DIGEST = 36  # characters that MLflow keeps; the whole hash is in the tag and in the source
SCHEMA = 65535  # bytes that it keeps of a schema


def log_snapshot(
    snapshot: "Snapshot", run: str, name: str, folder: Path, registry: Registry
) -> None:
    """Log the dataset of a run, and write what the snapshot says of itself into `folder`."""
    described = snapshot.describe()
    text = json.dumps(described, indent=2, ensure_ascii=False)
    (folder / SNAPSHOT_FILE).write_text(text, encoding="utf-8")
    columns = [
        {"type": kind, "name": column, "required": False}
        for column, kind in snapshot.columns.items()
    ]
    schema = json.dumps({"mlflow_colspec": columns})
    dataset = Dataset(
        name=name,
        digest=snapshot.sha256[:DIGEST],
        source_type="slipway",
        source=json.dumps({key: described[key] for key in ("sha256", "source", "query")}),
        schema=schema if len(schema.encode()) <= SCHEMA else None,
        profile=json.dumps({"num_rows": described["rows"], "read_at": described["read_at"]}),
    )
    context = InputTag("mlflow.data.context", "training")
    registry.client.log_inputs(run, [DatasetInput(dataset, [context])])
