"""Two versions of a model on the same test rows: where they answer otherwise, and their curves."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.champion import Model, obstacle_to, scores_of
from training.checks import complain
from training.dataset import Dataset
from training.environment_errors import translated_errors
from training.errors import PROMOTED, InvalidInputError, TrainingError
from training.feature import AS_TEXT
from training.load import load_settings
from training.package import named_package
from training.pipeline import load_table, prepare
from training.plots import write_comparison
from training.report import Report
from training.scoring import ClassScores, Scores
from training.seen import FILE, SeenRows
from training.settings import Settings
from training.snapshots.access import Access
from training.source_choice import CHANGING

FIRST = 5  # changed rows that are shown
SAME = 1e-5  # relative; numbers that differ by less do so by rounding


def print_comparison(path: Path, folders: list[Path], plot: Path, access: Access) -> int:
    """Print `two_versions` as one line of JSON, progress to standard error; returns exit code."""
    try:
        with translated_errors("compare"):
            report = Report(path.stem, out=sys.stderr)
            found = two_versions(path, folders, plot, report, access)
            print(json.dumps(found, ensure_ascii=False))
    except TrainingError as error:
        return complain(error)
    return PROMOTED


def two_versions(
    path: Path, folders: list[Path], plot: Path, report: Report, access: Access
) -> dict[str, Any]:
    """Compare the packages in `folders` on the test split of a YAML and its data as they are now.

    For a source that changes stands the snapshot that `access` names, else the second package's.

    Only those rows count that neither version was trained on, as far as the packages have a record
    (`training-rows.u64` in the folder). Writes the curves to `plot`. Raises InvalidInputError where
    a version cannot answer these rows.
    """
    models = [_opened(folder) for folder in folders]
    settings, task = load_settings(path)
    if settings.data.kind in CHANGING and not access.snapshot:
        access = replace(access, snapshot=models[1].metadata["training"]["data_sha256"])
    table = load_table(settings, task, path.parent, report, access)
    _, test = prepare(settings, task, table, report)
    features = [feature for model in models for feature in model.metadata["features"]]
    raw = table.with_text({f["name"] for f in features if f["type"] in AS_TEXT})
    positions = raw.index.get_indexer(test.rows.index)
    for folder, model in zip(folders, models, strict=True):
        if problem := obstacle_to(settings, model.metadata, test, raw.iloc[positions]):
            raise InvalidInputError("compare", [f"--package ({folder}): {problem}"])
    unseen, note = _unseen(settings, models, raw, positions)
    if not unseen.any():
        problem = f"no test row of {path.name} is left that neither version was trained on"
        raise InvalidInputError("compare", [problem])
    part, positions = test.take(np.flatnonzero(unseen)), positions[unseen]
    rows = raw.iloc[positions]
    one, other = (scores_of(settings, model, rows) for model in models)
    changed = _changed(one, other)
    title = f"{settings.label}, {len(positions)} test rows"
    names = [folder.name for folder in folders]
    drawn = _can_draw(part)
    if drawn:
        write_comparison(plot, title, part, list(zip(names, (one, other), strict=True)))
    shown = list(dict.fromkeys(feature["name"] for feature in features))
    return {
        "test_rows": len(test.rows),
        "compared_rows": len(positions),
        "note": note,
        "changed_rows": len(changed),
        "first": [
            {
                "row": int(positions[at]) + 1,
                "actual": _name(part, part.target[at]),
                "answers": [_answer(part, scores, at) for scores in (one, other)],
                "features": {name: _plain(rows[name].iloc[at]) for name in shown},
            }
            for at in changed[:FIRST]
        ],
        "curves": str(plot) if drawn else None,
    }


def _opened(folder: Path) -> Model:
    """Read a package's folder; raises InvalidInputError where it is none."""
    metadata, model = named_package(folder, "compare")
    record, described = folder / FILE, metadata["training"].get("seen")
    seen = None
    if described is not None and record.exists():
        seen = SeenRows.from_bytes(described, record.read_bytes())
    return Model(metadata, model, seen)


def _unseen(
    settings: Settings, models: list[Model], raw: pd.DataFrame, positions: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.bool_], str]:
    mask, unknown = np.ones(len(positions), bool), 0
    for model in models:
        if model.seen is None or not {*model.seen.features} <= set(raw.columns):
            unknown += 1
        else:
            mask &= model.seen.unseen(settings.target.column, raw, positions)
    if unknown:
        return mask, f"no record of what {unknown} of the two was trained on, maybe these"
    return mask, "neither was trained on them"


def _changed(one: Scores, other: Scores) -> npt.NDArray[np.int64]:
    if isinstance(one, ClassScores) and isinstance(other, ClassScores):
        return np.flatnonzero(one.labels != other.labels)
    assert not isinstance(one, ClassScores)  # noqa: S101 - both are of one task
    assert not isinstance(other, ClassScores)  # noqa: S101
    return np.flatnonzero(~np.isclose(one.numbers, other.numbers, rtol=SAME, atol=0))


def _can_draw(part: Dataset) -> bool:
    """Whether curves mean something: they need rows of each class."""
    return len(set(part.target.tolist())) == len(part.classes) or not part.classes


def _name(test: Dataset, value: Any) -> str:
    return test.labels[int(value)] if test.classes else f"{value:g}"


def _answer(test: Dataset, scores: Scores, at: int) -> dict[str, Any]:
    if not isinstance(scores, ClassScores):
        return {"answer": f"{scores.numbers[at]:g}", "probability": None}
    label = int(scores.labels[at])
    return {
        "answer": _name(test, label),
        "probability": float(scores.probabilities[at, label]),
    }


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value
