"""A package whose features are of every kind, and what the command `predict` makes of files."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from support.command import Ended, run

COLUMNS = ("size", "rooms", "garden", "zone", "street", "built")


def build(folder: Path) -> Path:
    """Build the package of a tree over six columns, of which `size` may be missing."""
    rng = np.random.default_rng(3)
    rows = 200
    size = rng.uniform(20, 200, rows).round(1)
    frame = pd.DataFrame(
        {
            "size": [None if at % 20 == 0 else value for at, value in enumerate(size)],
            "rooms": rng.integers(1, 9, rows),
            "garden": rng.choice(["true", "false"], rows),
            "zone": rng.choice(["1", "2", "12"], rows),
            "street": rng.choice(["Elm", "Oak", "Fir"], rows),
            "built": [f"20{at % 24:02d}-0{1 + at % 9}-15" for at in range(rows)],
            "sold": np.where(size > 100, "yes", "no"),
        }
    )
    frame.to_csv(folder / "data.csv", index=False)
    content = {
        "name": "house-model",
        "task": "classification",
        "data": {
            "source": "csv:data.csv",
            "types": {"zone": "category", "built": "datetime"},
        },
        "features": [
            {"name": "size", "unit": "m²", "range": {"min": 10, "max": 500}},
            {"name": "rooms", "range": {"min": 1}},
            {"name": "garden"},
            {"name": "zone"},
            {"name": "street", "unknown": "accept"},
            {"name": "built"},
        ],
        "target": {"column": "sold", "positive": "yes"},
        "estimator": {
            "class": "sklearn.tree.DecisionTreeClassifier",
            "parameters": {"max_depth": 3},
        },
    }
    (folder / "house.yaml").write_text(yaml.safe_dump(content))
    done = run("build", folder / "house.yaml", "--out", folder / "package")
    assert done.code == 0, done.err
    return folder / "package"


def predict(package: Path, source: object, out: Path, *more: object, **options: Any) -> Ended:
    """Run the command as a process, as version 7."""
    known = ("--package", package, "--model", "house-model", "--version", "7")
    return run("predict", *known, "--in", source, "--out", out, *more, **options)


def counts(done: Ended) -> dict[str, Any]:
    """What `--json` printed."""
    found: dict[str, Any] = json.loads(done.out)
    return found


def table(path: Path) -> list[list[str]]:
    """Rows of a CSV file, with its header."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def houses(path: Path, rows: int, group: int = 50_000) -> Path:
    """Write a Parquet file of so many good rows."""
    at = np.arange(rows)
    columns = {
        "id": at,
        "size": 20.0 + at % 150,
        "rooms": 1 + at % 7,
        "garden": at % 2 == 0,
        "zone": np.array(["1", "2", "12"])[at % 3],
        "street": np.array(["Elm", "Oak"])[at % 2],
        "built": pa.array(at % 9000, pa.int32()).cast(pa.date32()),
    }
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path
