"""The CSV as the notebook's model sees it: its features in its order, and its own classes."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from training import target as targets
from training.adoption.notebook import Notebook
from training.dataset import Dataset, build_dataset, text_columns
from training.errors import InvalidInputError
from training.estimator import check_estimator
from training.feature import Feature
from training.load import read_yaml, validated
from training.settings import Settings
from training.slices import aside
from training.sources import Table, fetch
from training.understanding import notes_on_target

OF_TRAINING = (
    *("estimator", "pipeline", "preprocess", "split", "search", "cross_validation"),
    *("sample_weight", "class_weight", "calibration", "threshold", "prediction_interval"),
    "checks",
)
UNSAID = "\0"  # no column is called so


@dataclass(frozen=True)
class Rows:
    """Where the rows are and what they mean, as the command line says it.

    `data` is a CSV, `yaml` a file that says it with the keys of a model YAML: one of both. `name`
    is the registered model that gets the version.
    """

    name: str
    data: Path | None = None
    target: str | None = None
    yaml: Path | None = None
    floors: tuple[tuple[str, float], ...] = ()

    @property
    def folder(self) -> Path:
        """What the path of the data is relative to."""
        return (self.yaml or self.data or Path()).parent


def read_rows(rows: Rows, notebook: Notebook) -> tuple[Settings, Table, Dataset]:
    """Return settings, the raw table and the dataset, whose classes are the model's own.

    Raises InvalidInputError with all problems.
    """
    content = _content(rows) | {"task": notebook.task}
    settings = validated({"target": UNSAID} | content, rows.name, rows.folder)
    target = _only_other(rows, settings, notebook) if "target" not in content else {}
    features = [one.model_dump(exclude_unset=True) for one in _features(rows, settings, notebook)]
    settings = validated(content | target | {"features": features}, rows.name, rows.folder)
    _, problems = check_estimator(settings)
    if problems:
        raise InvalidInputError(rows.name, problems)
    own = {"text", "datetime"}
    kinds = {
        one.name: one.type or settings.data.types.get(one.name) for one in settings.features or []
    }
    if ours := next((f"'{name}' ({kind})" for name, kind in kinds.items() if kind in own), ""):
        problem = (
            f"features: {ours} is of a type whose words or parts training makes numbers of; an "
            "adopted model has its own steps: leave the type out, and pass what the model takes"
        )
        raise InvalidInputError(rows.name, [problem])
    table = fetch(
        settings.data, rows.folder, text_columns(settings, notebook.task), aside(settings)
    )
    dataset = build_dataset(settings, table, notebook.task)
    if notebook.classes is not None:
        dataset = _with_classes(settings, dataset, notebook.classes)
    return settings, table, dataset


def _content(rows: Rows) -> dict[str, Any]:
    """Return the keys of a model YAML."""
    if rows.yaml is None:
        source = {"source": f"csv:{rows.data.name if rows.data else ''}"}
        content: dict[str, Any] = {"data": source}
    else:
        content = read_yaml(rows.yaml)
        problems = [
            f"{key}: is for training, and the model has its own already; remove it"
            for key in OF_TRAINING
            if key in content
        ]
        if isinstance(target := content.get("target"), dict) and "transform" in target:
            problems.append("target.transform: is for training; the model answers as it does")
        if problems:
            raise InvalidInputError(str(rows.yaml), problems)
    if rows.target is not None:
        content["target"] = rows.target
    if rows.floors:
        content["gate"] = (content.get("gate") or {}) | {"floors": dict(rows.floors)}
    return content | {"name": rows.name}


def _features(rows: Rows, settings: Settings, notebook: Notebook) -> list[Feature]:
    """Put the YAML's features in the model's order; types are those of the signature."""
    usual = [Feature(name=name) for name in notebook.columns]
    stated = {one.name: one for one in settings.features or usual}
    if set(stated) != set(notebook.columns):
        names = ", ".join(notebook.columns)
        problem = f"features: must be those of the model, {names}; or leave them out"
        raise InvalidInputError(str(rows.yaml), [problem])
    return [
        stated[name].model_copy(update={"type": kind})
        if kind and stated[name].type is None and name not in settings.data.types
        else stated[name]
        for name, kind in notebook.columns.items()
    ]


def _only_other(rows: Rows, settings: Settings, notebook: Notebook) -> dict[str, str]:
    """Find the one column that is no feature."""
    columns = fetch(settings.data, rows.folder).frame.columns
    others = [str(name) for name in columns if name not in notebook.columns]
    if len(others) == 1:
        return {"target": others[0]}
    named = f"one of {', '.join(others)}" if others else "its name, and a CSV that has it"
    problem = f"--target: which column does the model predict? write --target and {named}"
    raise InvalidInputError(rows.name, [problem])


def _with_classes(settings: Settings, dataset: Dataset, classes: list[int | str]) -> Dataset:
    """Put the model's classes, which may be more, in place of those that the file's texts show."""
    column, problems = settings.target.column, list[str]()
    places = {_matching(one, dataset.classes): at for at, one in enumerate(classes)}
    if strange := [str(value) for value in dataset.classes if value not in places]:
        known = ", ".join(map(str, classes))
        problems.append(
            f"target.column: '{column}' holds {', '.join(strange[:5])}, which the model does not "
            f"know; its classes are {known}: write those into the CSV ('target.labels' of a YAML "
            "says how people call them)"
        )
        raise InvalidInputError(settings.name, problems)
    index = np.array([places[value] for value in dataset.classes])[dataset.target]
    labels = targets.labels(settings, classes, problems)
    targets.sentences(settings, classes, problems)
    positive, why = targets.positive(settings, classes, problems)
    if problems:
        raise InvalidInputError(settings.name, problems)
    target = notes_on_target(index, classes, positive, why).target
    return replace(
        dataset,
        task="binary" if len(classes) == 2 else "multiclass",
        target=index,
        classes=classes,
        positive=positive,
        labels=labels,
        understanding=replace(dataset.understanding, target=target),
    )


def _matching(value: int | str, known: list[int | str]) -> int | str | None:
    """Find the file's word for a class; a model's 0 and 1 may be its false and true."""
    found = targets.matching(value, known)
    if found is None and value in (0, 1):
        found = targets.matching(bool(value), known)
    return found
