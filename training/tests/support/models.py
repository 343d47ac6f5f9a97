"""Small model YAMLs and data for tests, written to a folder."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml


def write_model(folder: Path, name: str = "small-model", **changes: Any) -> Path:
    """Write `data.csv` (two numbers, one target) once, and a YAML of a small tree over it."""
    data = folder / "data.csv"
    if not data.exists():
        frame().to_csv(data, index=False)
    content: dict[str, Any] = {
        "name": name,
        "data": {"source": "csv:data.csv"},
        "target": "y",
        "estimator": {
            "class": "sklearn.tree.DecisionTreeClassifier",
            "parameters": {"max_depth": 3},
        },
        "metrics": ["accuracy", "auc_roc"],
        "gate": {"floors": {"accuracy": 0.5}},
    } | changes
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump({k: v for k, v in content.items() if v is not None}))
    return path


def frame(rows: int = 300) -> pd.DataFrame:
    """Two numbers, whose sum decides the target but for some noise."""
    random = np.random.default_rng(7)
    a, b = random.normal(size=rows).round(3), random.normal(size=rows).round(3)
    y = (a + b + random.normal(scale=0.3, size=rows) > 0).astype(int)
    return pd.DataFrame({"a": a, "b": b, "y": y})


def sha256(path: Path) -> str:
    """Checksum of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
