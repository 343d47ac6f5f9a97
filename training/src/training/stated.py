"""The columns that a YAML names, or leaves to be found, beside those of the table."""

import pandas as pd

from training.feature import Feature
from training.settings import Settings
from training.sources import Table
from training.table.problem import yaml_text


def column_problems(settings: Settings, table: Table) -> list[str]:
    """Return what is wrong with the names of columns."""
    frame, column = table.frame, settings.target.column
    known, problems = ", ".join(map(str, frame.columns)), []
    if column not in frame.columns:
        alone = "; is 'data.separator' right?" if len(frame.columns) == 1 else ""
        spaced = next((str(name) for name in frame.columns if str(name).strip() == column), None)
        if spaced is not None:
            alone = f"; write 'data.rename: {{{yaml_text(spaced)}: {yaml_text(column)}}}'"
        problems.append(f"target.column: the data has no column '{column}'; it has {known}{alone}")
    problems += [
        f"data.types.{name}: the data has no column '{name}'; it has {known}"
        for name in settings.data.types
        if name not in frame.columns and name not in table.aside.columns
    ]
    problems += [
        f"data.formats.{name}: the data has no column '{name}'; it has {known}"
        for name in settings.data.formats
        if name not in frame.columns
    ]
    if column in settings.data.types:
        problems.append(f"data.types.{column}: is the target, whose kind 'task' says; remove it")
    return problems


def stated_features(settings: Settings, frame: pd.DataFrame, problems: list[str]) -> list[Feature]:
    """Return the YAML's features, else all columns but the target, the split's key and weights.

    The columns then need names.
    """
    types = settings.data.types
    if settings.features is not None:
        return [
            f.model_copy(update={"type": f.type or types.get(f.name)}) for f in settings.features
        ]
    others = {settings.target.column, settings.split.key, settings.sample_weight}
    names = [str(name) for name in frame.columns if name not in others]
    problems += [
        f"features: a column has no name, as pandas' row numbers have none; put '{name}' into "
        "'data.drop', or give it a name in 'data.rename'"
        for name in names
        if name.startswith("Unnamed: ")
    ]
    return [Feature(name=name, type=types.get(name)) for name in names]
