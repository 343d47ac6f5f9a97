"""Reads model YAML files and reports every problem of a file at once, each with its path."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from training.errors import InvalidInputError
from training.estimator import check_estimator
from training.search_space import search_problems
from training.settings import Settings


def load_settings(path: Path) -> tuple[Settings, str]:
    """Return validated settings and the task; raises InvalidInputError with all problems."""
    settings = validated(read_yaml(path), str(path), path.parent)
    task, problems = check_estimator(settings)
    if problems := problems or search_problems(settings, task):
        raise InvalidInputError(str(path), problems)
    return settings, task


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the keys of a file, not validated yet."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInputError(str(path), [f"cannot be read: {error.strerror}"]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidInputError(str(path), [f"is no YAML: {reason}"]) from error
    if not isinstance(content, dict):
        raise InvalidInputError(str(path), ["must be a mapping that begins with 'name:'"])
    return content


def validated(content: dict[str, Any], where: str, folder: Path) -> Settings:
    """Return the settings that these keys of a YAML in `folder` make."""
    try:
        return Settings.model_validate(content, context={"folder": folder})
    except ValidationError as error:
        problems = [_line(problem) for problem in error.errors()]
        raise InvalidInputError(where, problems) from error


def _line(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = "is no known key; remove it or correct its spelling"
    elif problem["type"] != "missing" and not isinstance(problem["input"], dict | list):
        message = f"{message}, not {problem['input']!r}"
    return f"{where}: {message}" if where else message
