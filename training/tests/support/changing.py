"""Sources that change, for tests: their settings, their files, and what is read of them."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.data import Data
from training.snapshots.access import Access
from training.snapshots.credentials import Credentials
from training.sources import Table, fetch


def data(source: str, **fields: Any) -> Data:
    """Validated settings of a source."""
    return Data.model_validate({"source": source} | fields)


def access(folder: Path, **variables: str) -> Access:
    """A store below a folder, and credentials from these variables."""
    return Access(str(folder / "store"), Credentials("", variables))


def read(folder: Path, source: str, **fields: Any) -> Table:
    """Read a source, whose path is relative to the folder."""
    return fetch(data(source, **fields), folder, access=access(folder))


def parquet(path: Path, columns: dict[str, Any] | pa.Table, **options: Any) -> Path:
    """Write a Parquet file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    pq.write_table(table, path, **options)
    return path


def stored(folder: Path) -> list[str]:
    """Names in the store."""
    return sorted(path.name for path in (folder / "store").glob("*"))
