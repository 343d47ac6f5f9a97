"""A prediction log as the server writes it, for tests that judge by it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from support.command import Ended, run
from support.models import write_model

NOW = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
MODEL = "small-model"


def package_in(folder: Path) -> Path:
    """Build the package whose predictions are judged."""
    done = run("build", write_model(folder), "--out", folder / "package")
    assert done.code == 0, done.err
    return folder / "package"


def predictions(rows: pd.DataFrame, *, at: datetime = NOW, version: str = "3") -> pa.Table:
    """What the server would have kept of rows of features, answers and probabilities."""
    count = len(rows)
    features = {f"feature_{name}": rows[name] for name in rows if name not in ("answer", "p")}
    return pa.table(
        {
            "request_id": [f"r{at:%d%H}-{version}-{i}" for i in range(count)],
            "row": pa.array([0] * count, pa.int32()),
            "time": pa.array([at] * count, pa.timestamp("ms", tz="UTC")),
            "version": [version] * count,
            "answer": rows["answer"],
            "probability": pa.array(rows["p"], pa.float32()),
            **{name: pa.array(column, from_pandas=True) for name, column in features.items()},
        }
    )


def labels_of(ids: list[str], labels: list[str], *, at: datetime = NOW) -> pa.Table:
    """Labels of row 0 of requests."""
    stamps = pa.array([at] * len(ids), pa.timestamp("ms", tz="UTC"))
    rows = pa.array([0] * len(ids), pa.int32())
    return pa.table(
        {"request_id": ids, "row": rows, "label": labels, "time": stamps, "received": stamps}
    )


def keep(
    log: Path, table: pa.Table, at: datetime = NOW, *, what: str = "", name: str = MODEL
) -> Path:
    """Write a file into a model's log of a day."""
    folder = log / what / f"model={name}" / f"date={at:%Y-%m-%d}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{len(list(folder.iterdir())):03}.parquet"
    pq.write_table(table, path)
    return path


def asked(count: int, seed: int = 7) -> pd.DataFrame:
    """Rows as those of the training, with answers."""
    random = np.random.default_rng(seed)
    rows = pd.DataFrame({name: random.normal(size=count).round(3) for name in ("a", "b")})
    chance = random.uniform(size=count).astype(np.float32)
    return rows.assign(answer=chance > 0.5, p=chance)


def monitor(package: Path, log: Path | str, *more: Any, **env: str) -> Ended:
    """Run `python -m training monitor` for version 3."""
    words = ("--package", package, "--version", "3", *more)
    return run("monitor", *words, env={"PREDICTIONS": str(log), **env})


def found(package: Path, log: Path | str, *more: Any, **env: str) -> dict[str, Any]:
    """Return what it prints."""
    done = monitor(package, log, *more, **env)
    assert done.code == 0, done.err
    told: dict[str, Any] = json.loads(done.out)
    return told
