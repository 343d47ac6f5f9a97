"""Writes a draft as a commented model YAML, and says in a few lines what was found."""

import json
import textwrap
from typing import Any

from training.draft import Draft
from training.table.problem import yaml_text

WIDTH = 118
KEYS = ("source", "compression", "encoding", "separator", "decimal", "thousands", "missing")


def yaml_of(draft: Draft) -> str:
    """Return the YAML's text: what training needs, with the reason for each line."""
    data, source = draft.yaml["data"], draft.yaml["data"]["source"]
    lines = [
        f"# A draft from {source.removeprefix('csv:')}, {draft.rows} rows.",
        "# Every key: training/docs/model-yaml.md, own-data.md.",
        *(f"# {line}" for problem in draft.problems for line in _wrapped(f"TO DO: {problem}")),
        f"name: {draft.yaml['name']}",
        f"task: {draft.yaml['task']} # '{draft.yaml['target']}': {draft.task_reason}",
        "data:",
    ]
    for key in (key for key in KEYS if key in data):
        lines += _commented(draft.reasons.get(key, []), f"  {key}: {_flow(data[key])}")
    for key in ("types", "formats"):
        if stated := data.get(key):
            lines += _commented(draft.reasons.get(key, []), f"  {key}:")
            lines += [f"    {yaml_text(name)}: {yaml_text(one)}" for name, one in stated.items()]
    if dropped := data.get("drop"):
        lines += _commented(draft.reasons.get("drop", []), "  drop:")
        lines += [f"    - {yaml_text(name)}" for name in dropped]
    return "\n".join([*lines, *_target(draft), _other_classes(draft), *_understood(draft)]) + "\n"


def _other_classes(draft: Draft) -> str:
    ending = "Regressor" if draft.yaml["task"] == "regression" else "Classifier"
    return (
        f"# estimator: xgboost.XGB{ending} # or lightgbm.LGBM{ending}, catboost.CatBoost{ending}, "
        "any class of sklearn"
    )


def _target(draft: Draft) -> list[str]:
    column, found = yaml_text(draft.yaml["target"]), draft.dataset
    if found is None or found.positive is None:
        return [f"target: {column}"]
    facts = [f"# {fact}" for fact in found.understanding.target]
    positive = _flow(found.classes[found.positive])
    return [*facts, "target:", f"  column: {column}", f"  positive: {positive}"]


def _understood(draft: Draft) -> list[str]:
    """List columns with type and reason as comments, then what looks odd."""
    if draft.dataset is None:
        return []
    readings = draft.dataset.understanding.readings
    width = max((len(reading.name) for reading in readings), default=0)
    lines = ["", "# What each column is taken for; another type goes into 'data.types':"]
    for one in readings:
        gaps = f", {one.missing} missing" if one.missing else ""
        lines.append(f"#   {one.name.ljust(width)}  {one.type.ljust(8)}  {one.reason}{gaps}")
    if odd := [(one.name, note) for one in readings for note in one.notes]:
        lines.append("# Worth a look:")
        lines += [f"#   {line}" for name, note in odd for line in _wrapped(f"{name}: {note}")]
    return lines


def _commented(reasons: list[str], line: str) -> list[str]:
    return [f"  # {text}" for reason in reasons if reason for text in _wrapped(reason)] + [line]


def _wrapped(text: str) -> list[str]:
    flat = " ".join(text.split())
    return textwrap.wrap(flat, WIDTH - 6, break_long_words=False, break_on_hyphens=False)


def _flow(value: Any) -> str:
    """Write a value on one line: JSON is YAML, with quotes around texts."""
    return json.dumps(value, ensure_ascii=False)
