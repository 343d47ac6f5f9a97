"""Writes the draft of a model YAML beside its CSV file, and says what was found."""

import argparse
import shlex
from pathlib import Path

from training.checks import complain
from training.draft import draft
from training.draft_text import yaml_of
from training.environment_errors import translated_errors
from training.errors import INVALID, PROMOTED, InvalidInputError, TrainingError
from training.load import load_settings


def write_draft(file: Path, target: str, out: Path | None, name: str | None) -> int:
    """Return exit code 0 when the draft trains as it is, 2 when something is left to be said.

    Raises InvalidInputError for files that are not there, or are there already.
    """
    if not file.is_file():
        raise InvalidInputError("arguments", [f"--data ({file}): there is no such file"])
    path = out or file.with_name(f"{file.name.split('.')[0]}.yaml")
    if not path.parent.is_dir():
        raise InvalidInputError("arguments", [f"--out ({path}): its folder does not exist"])
    found = draft(file, path.parent, target, name)
    if path.exists():
        problem = f"--out ({path}): exists already; remove it, or name another with --out"
        raise InvalidInputError("arguments", [problem])
    text = yaml_of(found)
    path.write_text(text, encoding="utf-8")
    load_settings(path)  # what is written must be read as it was meant
    print(text)
    if found.problems:
        print(f"{path}: written; {len(found.problems)} thing(s) TO DO stand at its top")
        return INVALID
    print(f"{path}: written. Look it over, then: npm start -- --model {shlex.quote(str(path))}")
    return PROMOTED


def run_new(options: argparse.Namespace) -> int:
    """Do what the command `new` asks for; returns the process's exit code."""
    try:
        with translated_errors("new"):
            return write_draft(options.data, options.target, options.out, options.name)
    except TrainingError as error:
        return complain(error)
