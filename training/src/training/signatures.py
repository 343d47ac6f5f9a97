"""Signatures in MLflow: of a version that is about to be registered, and of those that stand."""

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, list_artifacts
from mlflow.entities.model_registry import ModelVersion
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from training.errors import TrainingEnvironmentError
from training.registry import PREVIOUS, BrokenVersionError, Registry
from training.report import Report
from training.signing import FILE, Signer, signed_by

if TYPE_CHECKING:
    from mlflow.models.model import ModelInfo

REMEDY = (
    "prediction APIs that check refuse it: train it again, or sign once what stands here "
    "(slipway:signing.unsigned: sign in the stack file, SLIPWAY_SIGN_UNSIGNED=1 elsewhere)"
)


def sign_logged(
    client: MlflowClient, signer: Signer, name: str, logged: "ModelInfo", metadata: dict[str, Any]
) -> None:
    """Sign a model that is logged and not registered yet, so that no version is without.

    The file is read back, as MLflow has the last word on it. Raises TrainingEnvironmentError where
    it does not say what was logged: then somebody else was at the store meanwhile.
    """
    place = client.get_logged_model(logged.model_id).artifact_location
    with tempfile.TemporaryDirectory() as folder:
        path = Path(download_artifacts(artifact_uri=f"{place}/MLmodel", dst_path=folder))
        content = path.read_bytes()
    found = yaml.safe_load(content)["metadata"]["slipway"]
    if json.dumps(found, sort_keys=True) != json.dumps(metadata, sort_keys=True):
        raise TrainingEnvironmentError(
            f"MLflow does not hold the package of {name} as it was logged, so it is not signed; "
            "find out who else writes to the store, then run again"
        )
    _put(place, signer.sign(name, content))


def renew_signatures(registry: Registry, name: str, report: Report) -> None:
    """Sign champion and previous anew where another trusted key did, or where none did and may.

    A signature that does not hold is never replaced: whoever changed the file would be believed.
    """
    signer = registry.signer
    # MLflow lets nobody ask for an alias of a model that is not there yet.
    if signer is None or not registry.has(name):
        return
    standing = [registry.champion(name), registry.champion(name, PREVIOUS)]
    for version in {str(one.version): one for one in standing if one is not None}.values():
        said = _renew(registry, signer, version)
        if said:
            report.note(f"version {version.version} of {name} {said}")


def _renew(registry: Registry, signer: Signer, version: ModelVersion) -> str:
    """Return what was done or is to be done, or nothing where the own key has signed."""
    uri = f"models:/{version.name}/{version.version}"
    signed = FILE in {entry.path for entry in list_artifacts(uri)}
    if not signed and not signer.unsigned:
        return f"carries no signature; {REMEDY}"
    with tempfile.TemporaryDirectory() as folder:
        for file in ("MLmodel", *([FILE] if signed else [])):
            download_artifacts(artifact_uri=f"{uri}/{file}", dst_path=folder)
        content = (Path(folder) / "MLmodel").read_bytes()
        text = (Path(folder) / FILE).read_text(encoding="utf-8", errors="replace") if signed else ""
    by = signed_by(text, version.name, content)
    if by == signer.public:
        return ""
    if signed and by is None:
        return "carries a signature that does not hold: its files were changed; train it again"
    if by is not None and by not in signer.trusted:
        return f"is signed by {by}, which MODEL_PUBLIC_KEYS does not list; train it again"
    try:
        registry.open(version)
    except BrokenVersionError as error:
        return f"is broken ({error}), so it is not signed"
    place = registry.client.get_model_version_download_uri(version.name, version.version)
    _put(place, signer.sign(version.name, content))
    return "is signed" if by is None else f"is signed anew, no longer by {by}"


def _put(place: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        path.write_text(text, encoding="utf-8")
        get_artifact_repository(place).log_artifact(str(path))
