"""The model YAML's reference page, made from the settings themselves."""

import json
from typing import Any

from training.errors import PROMOTED
from training.settings import Settings

HEAD = """# The model YAML

One file describes one model. This table is made from the code by `python -m training schema
--markdown`; a test keeps it true. An unknown key is an error.

| key | holds | default | meaning |
| --- | --- | --- | --- |
"""


def markdown() -> str:
    """One table row per key, nested keys with their path."""
    schema = Settings.model_json_schema()
    return HEAD + "".join(_rows(schema, schema["$defs"], ""))


def _rows(node: dict[str, Any], definitions: dict[str, Any], prefix: str) -> list[str]:
    rows = []
    for name, field in node["properties"].items():
        needed = name in node.get("required", [])
        default = "**required**" if needed else _default(field)
        cells = [f"`{prefix}{name}`", _kind(field), default, field.get("description", "")]
        rows.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n")
        nested, suffix = _nested(field)
        if nested:
            rows += _rows(definitions[nested], definitions, f"{prefix}{name}{suffix}.")
    return rows


def _options(field: dict[str, Any]) -> list[dict[str, Any]]:
    return [option for option in field.get("anyOf", [field]) if option.get("type") != "null"]


def _nested(field: dict[str, Any]) -> tuple[str, str]:
    for option in _options(field):
        named = option.get("additionalProperties")
        each = {"": option, "[]": option.get("items", {}), ".NAME": named or {}}
        for suffix, node in each.items():
            if isinstance(node, dict) and "$ref" in node:
                return node["$ref"].rpartition("/")[2], suffix
    return "", ""


def _kind(field: dict[str, Any]) -> str:
    kinds = []
    for option in _options(field):
        if "enum" in option:
            kinds.append(", ".join(f"`{value}`" for value in option["enum"]))
        elif "$ref" in option:
            kinds.append("mapping")
        else:
            kinds.append({"array": "list", "object": "mapping"}.get(option["type"], option["type"]))
    return " or ".join(dict.fromkeys(kinds))


def _default(field: dict[str, Any]) -> str:
    value = field.get("default")
    return "" if value in (None, [], {}) or isinstance(value, dict) else f"`{json.dumps(value)}`"


def print_reference(*, as_page: bool) -> int:
    """Print the JSON Schema of a model YAML, or the page; returns the process's exit code."""
    schema = json.dumps(Settings.model_json_schema(), indent=2) + "\n"
    print(markdown() if as_page else schema, end="")
    return PROMOTED
