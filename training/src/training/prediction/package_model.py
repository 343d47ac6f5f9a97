"""A model package as batch prediction needs it: its inputs, what scores rows, what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from training.errors import InvalidInputError
from training.feature import Feature
from training.package import read_package
from training.scoring import Scores, loaded
from training.table.missing import WORDS

KEYS = ("name", "type", "unit", "required", "range", "categories", "unknown", "max_length")


@dataclass(frozen=True)
class Input:
    """A feature, and the texts that mean missing in a CSV field of it."""

    feature: Feature
    missing: frozenset[str]


@dataclass(frozen=True)
class PackageModel:
    """`dtype` is what the graph takes numbers as; `score` runs it on rows of the features."""

    name: str
    version: str
    inputs: list[Input]
    dtype: str
    metadata: dict[str, Any]
    score: Callable[[pd.DataFrame], Scores]


def read_model(folder: Path, name: str, version: str) -> PackageModel:
    """Read a package whose ONNX file has the checksum that its metadata states.

    Raises InvalidInputError where it is no whole package of the model of this name.
    """
    try:
        metadata, onnx = read_package(folder)
        _check(metadata, name)
        inputs = [_input(described) for described in metadata["features"]]
        classes = [one["value"] for one in metadata["classes"]]
        types = {one["dtype"] for one in metadata["onnx"]["inputs"]}
        score = loaded(onnx, [one.feature for one in inputs], classes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise _unusable(name, version, error) from error
    except Exception as error:
        if type(error).__module__.startswith("onnxruntime"):
            raise _unusable(name, version, error) from error
        raise
    dtype = "float64" if "float64" in types else "float32"
    return PackageModel(name, version, inputs, dtype, metadata, score)


def _check(metadata: dict[str, Any], name: str) -> None:
    if metadata["format"] != 1:
        raise ValueError(f"its format is {metadata['format']!r}, not 1")
    if metadata["model"] != name:
        raise ValueError(f"it holds the files of '{metadata['model']}'")


def _unusable(name: str, version: str, error: Exception) -> InvalidInputError:
    problem = f"version {version} is no whole model package: {error}; choose another version"
    return InvalidInputError(name, [problem])


def _input(described: dict[str, Any]) -> Input:
    told = {key: described[key] for key in KEYS if described.get(key) is not None}
    datetime = described.get("datetime") or {}
    feature = Feature(**told, offset=datetime.get("offset"))
    stated = described.get("missing")
    words = WORDS if stated is None else frozenset(stated)
    return Input(feature, (words | {""}) - set(feature.categories or ()))
