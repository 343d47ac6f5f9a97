"""What is wrong with a column, with the lines of YAML that mend it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_PLAIN_YAML = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


@dataclass(frozen=True)
class Problem:
    """Why a column cannot be taken as it is, with the line to write.

    `fix` is that line as keys of `data`, where one is likely enough for a draft that says so.
    """

    text: str = ""
    fix: Mapping[str, Any] = field(default_factory=dict)


def yaml_text(text: str) -> str:
    """Write a text as it must stand in YAML."""
    if _PLAIN_YAML.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return "'" + text.replace("'", "''") + "'"


def format_key(name: str, form: str) -> str:
    """Write the key that states how one column's times are written."""
    return f"'data.formats: {{{yaml_text(name)}: \"{form}\"}}'"


def type_key(name: str, kind: str) -> str:
    """Write the key that states one column's type."""
    return f"'data.types: {{{yaml_text(name)}: {kind}}}'"
