"""Takes the package of a registered version out of MLflow, as far as it can be trusted."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, list_artifacts
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from training.absent import is_absent
from training.errors import InvalidInputError
from training.registry import CHAMPION
from training.signature_check import FILE_BYTES, check_signature
from training.signing import FILE

MLMODEL, ONNX = "MLmodel", "model.onnx"
MLMODEL_BYTES = 4 << 20  # as the prediction API reads at most


@dataclass(frozen=True)
class Wanted:
    """A version of a model: by its number, else by an alias."""

    model: str
    version: str | None = None
    alias: str = CHAMPION


def fetch_package(
    client: MlflowClient, wanted: Wanted, folder: Path, max_bytes: int, keys: Collection[str] = ()
) -> str:
    """Write `MLmodel` and `model.onnx` of a version into a folder that is there; return its number.

    With `keys`, one of them must have signed it, which is checked before the graph is fetched. No
    file is fetched that is larger than the prediction API would load, `max_bytes` for the graph.
    Whether the graph is the one that `MLmodel` states is for `read_package` to see. Raises
    InvalidInputError for a version that is not there, or that cannot be trusted.
    """
    version = _version(client, wanted)
    name, number = wanted.model, str(version.version)
    uri = f"models:/{name}/{number}"
    sizes = {entry.path: entry.file_size for entry in list_artifacts(uri)}
    if lost := [file for file in (MLMODEL, ONNX) if file not in sizes]:
        problem = f"version {number} is no whole model package: it has no {' and no '.join(lost)}"
        raise InvalidInputError(name, [f"{problem}; choose another version"])
    limits = {MLMODEL: MLMODEL_BYTES, FILE: FILE_BYTES, ONNX: max_bytes}

    def fetched(file: str) -> Path:
        _refuse_large(wanted, number, file, sizes[file], limits[file])
        path = Path(download_artifacts(artifact_uri=f"{uri}/{file}", dst_path=str(folder)))
        _refuse_large(wanted, number, file, path.stat().st_size, limits[file])
        return path

    content = fetched(MLMODEL).read_bytes()
    if keys:
        text = None
        if FILE in sizes:
            text = fetched(FILE).read_text(encoding="utf-8", errors="replace")
        check_signature(name, number, content, text, keys)
    fetched(ONNX)
    return number


def _refuse_large(wanted: Wanted, number: str, file: str, size: int | None, limit: int) -> None:
    if size is None or size <= limit:
        return
    name = "MAX_MODEL_BYTES" if file == ONNX else "the limit of"
    problem = (
        f"version {number} is not loaded: its {file} has {size} bytes, more than {name} {limit}; "
        "choose another version"
    )
    raise InvalidInputError(wanted.model, [problem])


def _version(client: MlflowClient, wanted: Wanted) -> ModelVersion:
    name = wanted.model
    try:
        if wanted.version is not None:
            return client.get_model_version(name, wanted.version)
        return client.get_model_version_by_alias(name, wanted.alias)
    except MlflowException as error:
        if not is_absent(client, name, error):
            raise
        raise InvalidInputError("arguments", [_unknown(client, wanted)]) from error


def _unknown(client: MlflowClient, wanted: Wanted) -> str:
    try:
        model = client.get_registered_model(wanted.model)
    except MlflowException as error:
        if not is_absent(client, wanted.model, error):
            raise
        found = ", ".join(sorted(one.name for one in client.search_registered_models()))
        return f"--model {wanted.model}: is not registered; registered are {found or 'none'}"
    versions = client.search_model_versions(f"name='{wanted.model}'")
    numbers = ", ".join(str(one) for one in sorted(int(each.version) for each in versions))
    if wanted.version is not None:
        return (
            f"--version {wanted.version}: {wanted.model} has no such version; "
            f"it has {numbers or 'none'}"
        )
    aliases = ", ".join(sorted(model.aliases)) or "none"
    return (
        f"--alias {wanted.alias}: no version of {wanted.model} has it; aliases are {aliases}, "
        f"versions {numbers or 'none'} (--version)"
    )
