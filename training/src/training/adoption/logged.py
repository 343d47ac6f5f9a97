"""A version as a notebook logged it: its flavour, its columns, and the libraries that it is of."""

import json
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from training.errors import InvalidInputError
from training.feature import ColumnType

# The own flavour of a library before the one of scikit-learn; all models have `python_function`.
FLAVORS = ("onnx", "xgboost", "lightgbm", "catboost", "sklearn")
TYPES: dict[str, ColumnType] = {
    "string": "category",
    "double": "number",
    "float": "number",
    "long": "integer",
    "integer": "integer",
    "boolean": "boolean",
}
LIBRARIES = {
    "scikit-learn": "sklearn",
    "lightgbm": "lightgbm",
    "xgboost": "xgboost",
    "xgboost-cpu": "xgboost",
    "catboost": "catboost",
}
_PINNED = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)


@dataclass(frozen=True)
class Logged:
    """The files of a version in `folder`; `columns` are those of its signature, none without one.

    `source` names the very model, also after its version was deleted and its number given again.
    """

    name: str
    version: str
    source: str
    run_id: str
    folder: Path
    flavor: str
    options: dict[str, Any]
    columns: dict[str, ColumnType]

    @property
    def where(self) -> str:
        """For messages."""
        return f"version {self.version} of {self.name}"

    @property
    def serialized(self) -> str:
        """How it holds Python objects: `skops`, `pickle` or `cloudpickle`; else nothing."""
        if self.flavor == "sklearn":
            return str(self.options.get("serialization_format", "pickle"))
        if self.flavor == "lightgbm" and not self.model_class.endswith(".Booster"):
            return str(self.options.get("serialization_format", "cloudpickle"))
        return ""

    @property
    def model_class(self) -> str:
        """The class that a boosting library's flavour names."""
        return str(self.options.get("model_class") or self.options.get("model_type") or ".Booster")

    def other_libraries(self) -> list[str]:
        """Tell each library of its Python objects whose version here is another, by minor."""
        path = self.folder / "requirements.txt"
        if not self.serialized or not path.exists():
            return []
        found = []
        for package, logged in _PINNED.findall(path.read_text(encoding="utf-8")):
            if package in LIBRARIES:
                here = str(import_module(LIBRARIES[package]).__version__)
                if logged.split(".")[:2] != here.split(".")[:2]:
                    found.append(f"{package} {logged}, and here is {here}")
        return found


def read_logged(folder: Path, name: str, version: str, source: str, run_id: str) -> Logged:
    """Read the MLmodel of a downloaded version; raises InvalidInputError where it cannot serve."""
    where, path = f"version {version} of {name}", folder / "MLmodel"
    if not path.exists():
        raise InvalidInputError(
            where, ["--version: has no MLmodel; log the model with mlflow.sklearn.log_model"]
        )
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "slipway" in (content.get("metadata") or {}):
        raise InvalidInputError(
            where, ["--version: is a model package already; serving loads it as it is"]
        )
    flavors = content.get("flavors") or {}
    flavor = next((one for one in FLAVORS if one in flavors), None)
    if flavor is None:
        names = ", ".join(sorted(flavors)) or "none"
        problem = (
            f"--version: has no flavour that can be converted (it has {names}); log the model "
            "itself with mlflow.sklearn.log_model, or the one of xgboost, lightgbm or catboost, or "
            "convert it with its framework's own ONNX export and log that with "
            "mlflow.onnx.log_model"
        )
        raise InvalidInputError(where, [problem])
    columns = _columns(where, json.loads((content.get("signature") or {}).get("inputs") or "[]"))
    return Logged(name, version, source, run_id, folder, flavor, flavors[flavor], columns)


def _columns(where: str, inputs: list[dict[str, Any]]) -> dict[str, ColumnType]:
    """Return name and type of each column; a signature of tensors names none."""
    named = {
        one["name"]: one["type"] for one in inputs if "name" in one and "tensor" not in one["type"]
    }
    if odd := [f"'{name}' ({kind})" for name, kind in named.items() if kind not in TYPES]:
        problem = (
            f"--version: its signature has {', '.join(odd)}; serving takes numbers, booleans and "
            "text: make numbers of it before the model, and log that"
        )
        raise InvalidInputError(where, [problem])
    return {name: TYPES[kind] for name, kind in named.items()}
