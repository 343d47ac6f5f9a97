"""A CSV of few columns, written and read as training does, and what is wrong with it."""

import tempfile
from pathlib import Path
from typing import Any

import pytest

from training.dataset import Dataset, build_dataset, text_columns
from training.errors import InvalidInputError
from training.settings import Settings
from training.slices import aside
from training.sources import fetch

N = 60
"""Rows of a CSV."""


def dataset(content: str, task: str = "classification", /, **changes: Any) -> Dataset:
    """Read a CSV by a YAML that names only the target `y`, and what `changes` say."""
    data = {"source": "csv:x.csv"} | changes.pop("data", {})
    yaml = {"name": "m", "task": task, "data": data, "target": "y"} | changes
    settings = Settings.model_validate(yaml)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.csv").write_text(content, encoding="utf-8")
        table = fetch(settings.data, Path(folder), text_columns(settings, task), aside(settings))
    return build_dataset(settings, table, task)


def column(*values: str, quote: bool = True, name: str = "c") -> str:
    """Return a CSV with one column, its values repeated, beside a target of 0 and 1."""
    mark = '"' if quote else ""
    rows = [f"{mark}{values[i % len(values)]}{mark},{i % 2}" for i in range(N)]
    return "\n".join([f"{name},y", *rows]) + "\n"


def numbers(pattern: str, count: int = N) -> list[str]:
    """Fill different numbers into a pattern such as `{0:.2f} €`."""
    return [pattern.format(13.25 * i + 1234.5) for i in range(count)]


def problem(content: str, task: str = "classification", /, **changes: Any) -> str:
    """Return why the CSV is refused."""
    with pytest.raises(InvalidInputError) as caught:
        dataset(content, task, **changes)
    return str(caught.value)
