"""The Python file that a YAML's `pipeline` names: read and parsed, never run here."""

import ast
import hashlib
import re
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_serializer

from training.feature import Model
from training.spelling import like

_TEXT = re.compile(r"([A-Za-z_]\w*):([A-Za-z_]\w*)", re.ASCII)
MOST_BYTES = 100 * 1024


class PipelineFile(Model):
    """A function that builds the model, and the whole text of the file that it stands in."""

    module: str
    function: str
    source: str = Field(repr=False)

    @property
    def file(self) -> str:
        """Name of the file, which lies beside the YAML."""
        return f"{self.module}.py"

    @property
    def sha256(self) -> str:
        """Checksum of the file."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    @model_serializer
    def as_written(self) -> str:
        """Return the YAML's own text."""
        return f"{self.module}:{self.function}"


def _read(value: object, info: ValidationInfo) -> object:
    """Find the file in the YAML's folder, which the validation's context names."""
    if isinstance(value, PipelineFile):
        return value
    match = _TEXT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            "write the file's name without .py and its function, such as 'features:build', for "
            "'def build(features):' in features.py beside this YAML"
        )
    module, function = match.groups()
    path = Path((info.context or {}).get("folder", "")) / f"{module}.py"
    try:
        source = path.read_bytes().decode()
    except FileNotFoundError as error:
        raise ValueError(f"there is no {path}; put the file beside the YAML") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}; make it a UTF-8 text file") from error
    if problem := _problem(path, source, function):
        raise ValueError(problem)
    return PipelineFile(module=module, function=function, source=source)


def _problem(path: Path, source: str, function: str) -> str:
    """Say why the text cannot be such a file, by its syntax alone."""
    if len(source.encode()) > MOST_BYTES:
        return f"{path} has more than {MOST_BYTES // 1024} KiB; keep data out of it"
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        return f"{path} is no Python of this version: {error}; correct it"
    found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if function not in found:
        known = like(function, list(found)) if found else ""
        return f"{path} has no function '{function}'{known or '; define it at the top level'}"
    if not _fits(found[function].args):
        return f"{path}: write 'def {function}(features):' or 'def {function}():'"
    own = sorted(name for name in _imports(tree) if _is_beside(path.parent, name))
    if own:
        return (
            f"{path} imports '{own[0]}', which lies beside it, but it is the only file of yours "
            "that a training is given; move what it needs into it"
        )
    return ""


def _fits(arguments: ast.arguments) -> bool:
    """Whether there is no argument, or `features` alone."""
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    others = [*arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return names in ([], ["features"]) and not any(others)


def _imports(tree: ast.Module) -> set[str]:
    """Name the packages that are imported; a relative one is `.`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." if node.level else str(node.module).partition(".")[0])
    return found


def _is_beside(folder: Path, name: str) -> bool:
    return name == "." or (folder / f"{name}.py").is_file() or (folder / name).is_dir()


PipelineChoice = Annotated[
    PipelineFile,
    BeforeValidator(_read),
    WithJsonSchema({"type": "string", "pattern": f"^{_TEXT.pattern}$"}),
]
