"""Drafts a model YAML for an unknown CSV, by trial with the code that training reads it with."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from training.data import Data
from training.dataset import Dataset, build_dataset, text_columns, too_many
from training.errors import InvalidInputError
from training.settings import Settings
from training.sources import Table, fetch
from training.table.infer import Guess, infer
from training.table.problem import Problem, yaml_text
from training.table.prose import is_prose
from training.table.spool import ENDINGS, MAGIC
from training.understanding import counts_up

ENCODINGS = (None, "utf-16", "cp1252")
SEPARATORS = (",", ";", "\t", "|")
ROUNDS = 12  # of reading again with what the columns asked for
MOST_CLASSES = 20  # a target of more whole numbers measures something
FEW = 20  # rows that a column of few values may well number by chance
NAME_LENGTH = 43


@dataclass(frozen=True)
class Draft:
    """Settings that training takes, `reasons` for each key of `data`, and what is still wrong."""

    yaml: dict[str, Any]
    reasons: dict[str, list[str]]
    rows: int
    columns: int
    task_reason: str
    dataset: Dataset | None = None
    problems: list[str] = field(default_factory=list)


def draft(file: Path, folder: Path, target: str, name: str | None = None) -> Draft:
    """Draft the YAML that will lie in `folder`; raises InvalidInputError where none can be made."""
    keys, reasons = _how_it_is_written(file, folder)
    table, keys, guesses = _settled(keys, reasons, folder, target)
    known = list(map(str, guesses))
    if target not in guesses:
        asked = f"'{target}' is no column;" if target else "which column is to be predicted?"
        likely = ", ".join(map(yaml_text, _likely_targets(table.frame, guesses)))
        raise InvalidInputError(
            str(file),
            [f"--target: {asked} write --target and one of {', '.join(known)} (likely: {likely})"],
        )
    task, why = _task(table.frame[target], guesses[target])
    yaml = {"name": name or _name_of(file), "task": task, "data": keys, "target": target}
    try:
        settings = Settings.model_validate(yaml)
    except ValidationError as error:
        raise InvalidInputError(
            "arguments", [f"--name ({name}): {error.errors()[0]['msg']}"]
        ) from error
    shape = (yaml, reasons, len(table.frame), len(known), why)
    try:
        # Classes are read as text, unlike the columns above.
        table = fetch(settings.data, folder, text_columns(settings, task))
        return Draft(*shape, dataset=build_dataset(settings, table, task))
    except InvalidInputError as error:
        return Draft(*shape, problems=error.problems)


def _how_it_is_written(file: Path, folder: Path) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Find compression, encoding and separator: the first with which every row fits the header."""
    source = {"source": f"csv:{os.path.relpath(file, folder)}"} | _compression(file)
    first: InvalidInputError | None = None
    for keys in _ways():
        try:
            fetch(Data.model_validate(source | keys), folder)
        except InvalidInputError as error:
            first = first or error
            continue
        reason = "without it: " + first.problems[0] if first else ""
        found = source | keys
        return found, {key: [reason] for key in keys} | {
            "compression": ["by the file's first bytes"]
        }
    raise first or InvalidInputError(str(file), ["data.source: cannot be read"])


def _ways() -> Iterator[dict[str, str]]:
    """Yield the ways to read a file, the usual ones first."""
    for encoding, separator in product(ENCODINGS, SEPARATORS):
        stated = {"encoding": encoding, "separator": None if separator == "," else separator}
        yield {key: value for key, value in stated.items() if value is not None}


def _compression(file: Path) -> dict[str, str]:
    with file.open("rb") as stream:
        start = stream.read(8)
    kinds = {kind for magic, kind in MAGIC.items() if start.startswith(magic)}
    stated = next((kind for end, kind in ENDINGS.items() if file.name.endswith(end)), None)
    known = kinds & set(ENDINGS.values())
    return {"compression": known.pop()} if known and stated not in known else {}


def _settled(
    keys: dict[str, Any], reasons: dict[str, list[str]], folder: Path, target: str
) -> tuple[Table, dict[str, Any], dict[str, Guess]]:
    """Read again and again, each time with what the columns ask for, until none asks any more."""
    for _ in range(ROUNDS):
        data = Data.model_validate(keys)
        table = fetch(data, folder)
        guesses = {str(n): infer(str(n), table.frame[n], data) for n in table.frame}
        found = {
            name: problem
            for name, guess in guesses.items()
            if (problem := _problem(name, table.frame[name], guess, data)).fix
        }
        if target in found:  # a target can be neither left out nor given a type
            fix = {k: v for k, v in found[target].fix.items() if k in ("decimal", "thousands")}
            found[target] = Problem(found[target].text, fix)
        changed = keys
        for problem in found.values():
            changed = _with(changed, problem, reasons)
        if changed == keys:
            break
        keys = changed
    return table, keys, guesses


def _problem(name: str, column: "pd.Series[Any]", guess: Guess, data: Data) -> Problem:
    """Return what keeps a column from being a feature, and what would mend it."""
    if name in data.types:
        return Problem()
    if name.startswith("Unnamed: "):
        return Problem(f"'{name}' has no name, as pandas' row numbers have none", {"drop": [name]})
    if not column.notna().any():
        return Problem(f"'{name}' has no value at all", {"drop": [name]})
    if guess.type == "integer" and _numbers_the_rows(column):
        return Problem(f"'{name}' numbers the rows, which tells nothing", {"drop": [name]})
    if not guess.problem.text and guess.type == "category":
        text = too_many(data, name, column.nunique(), len(column))
        prose = is_prose([str(one) for one in column.dropna().unique()])
        fix = {"types": {name: "text"}} if prose else {"drop": [name]}
        return Problem(text, fix if text else {})
    return guess.problem


def _numbers_the_rows(column: "pd.Series[Any]") -> bool:
    """Whether it is 0, 1, 2 … or 1, 2, 3 …: a trend begins elsewhere, such as a year."""
    first = column.iloc[0]
    return len(column) > FEW and first in (0, 1) and counts_up(column)


def _with(keys: dict[str, Any], problem: Problem, reasons: dict[str, list[str]]) -> dict[str, Any]:
    """Add a fix to the keys of `data`; what another column has stated stays."""
    keys = dict(keys)
    for key, value in problem.fix.items():
        old = keys.get(key)
        if isinstance(value, list):
            keys[key] = [*(old or []), *(one for one in value if one not in (old or []))]
        elif isinstance(value, Mapping):
            keys[key] = {**(old or {}), **value}
        else:
            keys.setdefault(key, value)
        if keys[key] != old:
            reasons.setdefault(key, []).append(problem.text)
    return keys


def _task(column: "pd.Series[Any]", guess: Guess) -> tuple[str, str]:
    """Decide by the target: a few classes, or a number."""
    different = column.nunique()
    if guess.type == "number" or (guess.type == "integer" and different > MOST_CLASSES):
        return "regression", f"numbers, {different} different ones"
    return "classification", f"{different} different values"


def _likely_targets(frame: pd.DataFrame, guesses: Mapping[str, Guess]) -> list[str]:
    """Name columns of two values, else the last one."""
    pairs = [name for name in guesses if frame[name].nunique() == 2]
    return pairs[:5] or list(guesses)[-1:]


def _name_of(file: Path) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", file.name.split(".")[0].lower()).strip("-")
    stem = stem if re.match("[a-z]", stem) else f"my-{stem}".strip("-")
    return f"{stem[: NAME_LENGTH - len('-model')].strip('-')}-model"
