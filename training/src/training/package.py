"""The model package of docs/model-package.md: its metadata, and the folder MLflow keeps."""

import hashlib
import re
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from training import target as targets
from training.dataset import Dataset
from training.decision import Decision
from training.errors import InvalidInputError
from training.example import example_frame, example_row
from training.feature import Feature
from training.interval import Intervals
from training.metrics import Metrics
from training.package_feature import feature_metadata
from training.scoring import NumberScores, Scores, number_type, output_names, run_onnx
from training.settings import Settings
from training.signing import FILE, Signer
from training.slice_metrics import SliceMetrics

LIBRARIES = ("scikit-learn", "skl2onnx", "onnx", "onnxruntime", "numpy", "pandas", "mlflow-skinny")
CARD = ("license", "contact", "limitations")

# MLflow writes MLmodel as YAML 1.1, where 08001, 00e100 and 1.5e3 are text and need no quotes; a
# reader of YAML 1.2, as serving's is, takes them for numbers. So text that looks so is quoted.
yaml.SafeDumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+)$"),
    list("-+.0123456789"),
)


@dataclass(frozen=True)
class Package:
    """One ONNX file and what serving must know about it."""

    model: bytes
    metadata: dict[str, Any]
    features: list[Feature]

    @property
    def example(self) -> dict[str, Any]:
        """One whole valid request row."""
        row: dict[str, Any] = self.metadata["example"]
        return row


def library_versions(estimator: str, searched: str = "") -> dict[str, str]:
    """Versions of the libraries that shape a model of this class, sought by this method."""
    found = {name: version(name) for name in LIBRARIES}
    library = estimator.partition(".")[0]
    if library != "sklearn":  # asked itself, as XGBoost has several packages
        found[library] = import_module(library).__version__
    if searched == "optuna":  # another version proposes other trials
        found[searched] = version(searched)
    return found


def build_package(
    settings: Settings,
    train: Dataset,
    test: Dataset,
    decision: Decision,
    metrics: Metrics,
    intervals: Intervals,
    slices: list[SliceMetrics],
    identity: dict[str, Any],
) -> Package:
    """Describe the graph; `identity` has git_sha, data_sha256, key, estimator, and more."""
    model = decision.onnx
    example = example_row(settings, train)
    scores = run_onnx(model, train.features, example_frame(train.features, example), train.classes)
    metadata = {
        "format": 1,
        "model": settings.name,
        "title": settings.label,
        "description": settings.description,
        **{name: said for name in CARD if (said := getattr(settings, name))},
        "task": train.task,
        "output": _output(settings, train),
        "classes": _classes(settings, train),
        "positive": train.positive,
        "risk_bands": [
            band.model_dump(exclude=None if band.tone else {"tone"}) for band in settings.risk_bands
        ],
        **decision.served,
        "features": [
            feature_metadata(f, train.rows[f.name], settings.data) for f in train.features
        ],
        "example": example,
        "expected": _expected(train, scores),
        "onnx": _onnx(train, model),
        "training": {
            **identity,
            "rows": {
                "train": 0 if "adopted" in identity else len(train.rows),
                "test": len(test.rows),
            },
            "metrics": metrics,
            "intervals": {name: list(bounds) for name, bounds in intervals.items()},
            **({"slices": [one.as_dict() for one in slices]} if slices else {}),
            "libraries": library_versions(
                identity["estimator"]["class"], identity.get("search", {}).get("method", "")
            ),
            "understanding": train.understanding.as_dict(),
        },
    }
    return Package(model, metadata, train.features)


def _classes(settings: Settings, train: Dataset) -> list[dict[str, Any]]:
    """In the order of the probabilities, each with its sentence where the YAML has some."""
    said = [{"sentence": one} for one in targets.sentences(settings, train.classes, [])]
    found = zip(train.classes, train.labels, said or [{}] * len(train.classes), strict=True)
    return [{"value": value, "label": label, **more} for value, label, more in found]


def _output(settings: Settings, train: Dataset) -> dict[str, Any]:
    """By default only 0 and 1, or true and false, without labels answer with a JSON boolean."""
    boolean = targets.is_boolean(train.classes) and not settings.target.labels
    usual = {
        "regression": "number",
        "multiclass": "category",
        "binary": "boolean" if boolean else "category",
    }
    return {
        "name": settings.output.name or settings.target.column,
        "type": settings.output.type or usual[train.task],
        "unit": settings.output.unit,
    }


def _expected(train: Dataset, scores: Scores) -> dict[str, Any]:
    if isinstance(scores, NumberScores):
        return {"label": None, "probabilities": None, "value": float(scores.numbers[0])}
    return {
        "label": train.classes[scores.labels[0]],
        "probabilities": scores.probabilities[0].tolist(),
        "value": None,
    }


def _onnx(train: Dataset, model: bytes) -> dict[str, Any]:
    number = number_type(model)
    inputs = [{"name": "features", "dtype": number}]
    if train.layout == "columns":
        inputs = [
            {"name": f.name, "dtype": "string" if f.is_text else number} for f in train.features
        ]
    keys = ("label", "probabilities") if train.classes else ("value",)
    outputs = dict(zip(keys, output_names(train.features, train.classes), strict=True))
    return {
        "file": "model.onnx",
        "sha256": hashlib.sha256(model).hexdigest(),
        "size": len(model),
        "layout": train.layout,
        "inputs": inputs,
        "outputs": {"label": None, "probabilities": None, "value": None} | outputs,
    }


def mlflow_arguments(package: Package) -> dict[str, Any]:
    """Arguments that `mlflow.onnx.save_model` and `log_model` share."""
    import onnx
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import Array

    inputs = [
        ColSpec(
            DataType.string if f.by_name else DataType.double,
            f.name,
            required=bool(f.required),
        )
        for f in package.features
    ]
    outputs = [ColSpec(DataType.double, "value")]
    if classes := package.metadata["classes"]:
        label = DataType.string if isinstance(classes[0]["value"], str) else DataType.long
        outputs = [ColSpec(label, "label"), ColSpec(Array(DataType.float), "probabilities")]
    versions = package.metadata["training"]["libraries"]
    return {
        "onnx_model": onnx.load_from_string(package.model),
        "signature": ModelSignature(Schema(inputs), Schema(outputs)),
        "input_example": pd.DataFrame([package.example]),
        "metadata": {"slipway": package.metadata},
        "save_as_external_data": False,
        "onnx_execution_providers": ["CPUExecutionProvider"],
        "pip_requirements": [f"{name}=={versions[name]}" for name in ("onnx", "onnxruntime")],
    }


def save_package(package: Package, folder: Path, signer: Signer | None = None) -> None:
    """Write the package as a folder, the same files that MLflow keeps of a logged model."""
    import mlflow.onnx

    mlflow.onnx.save_model(path=str(folder), **mlflow_arguments(package))
    check_file(package.metadata, folder / "model.onnx")
    if signer is not None:
        text = signer.sign(package.metadata["model"], (folder / "MLmodel").read_bytes())
        (folder / FILE).write_text(text, encoding="utf-8")


def read_package(folder: Path) -> tuple[dict[str, Any], bytes]:
    """Return metadata and ONNX file of a package's folder; raises ValueError where it is none."""
    content = yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))
    metadata = (content.get("metadata") or {}).get("slipway")
    if metadata is None:
        raise ValueError("its MLmodel has no metadata.slipway")
    check_file(metadata, folder / "model.onnx")
    return metadata, (folder / "model.onnx").read_bytes()


def named_package(folder: Path, command: str) -> tuple[dict[str, Any], bytes]:
    """Return the same of the folder that `--package` names; raises InvalidInputError."""
    try:
        return read_package(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        problem = f"--package ({folder}): is no whole model package: {error}"
        raise InvalidInputError(command, [problem]) from error


def check_file(metadata: dict[str, Any], path: Path) -> None:
    """Compare a stored ONNX file with the checksum its metadata states."""
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if actual != metadata["onnx"]["sha256"]:
        raise ValueError(f"{path.name} has sha256 {actual}, not {metadata['onnx']['sha256']}")
