"""Takes a version that a notebook logged the whole way to one that serving loads."""

import hashlib
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.adoption.load import Consent, load_estimator
from training.adoption.logged import Logged, read_logged
from training.adoption.rows import Rows, read_rows
from training.dataset import Dataset
from training.decision import Decision
from training.errors import InvalidInputError
from training.evaluate import check_rows
from training.outcome import Outcome
from training.pipeline import describe, idempotency_key
from training.report import Report
from training.serving import Serving
from training.session import MAYBE_SEEN, log, register_and_judge
from training.settings import Settings

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from training.adoption.notebook import Notebook
    from training.model import Model
    from training.registry import Registered, Registry

PLAIN = str | int | float | bool


@dataclass(frozen=True)
class Adoption:
    """What is adopted, on whose word: `unseen` says that the model was not trained on the rows."""

    model: str
    version: str
    rows: Rows
    unseen: bool
    consent: Consent


def run_adoption(
    adoption: Adoption, git_sha: str, report: Report, registry: "Registry", serving: Serving
) -> Outcome:
    """Open, read, convert, prove, register, judge and promote; raises InvalidInputError.

    Nothing is registered unless the model's ONNX form answers every row as the model does.
    """
    found = _version(registry, adoption)
    with tempfile.TemporaryDirectory() as folder:
        with report.step("open") as step:
            logged = _download(found, Path(folder))
            notebook = _open(logged, adoption.consent)
            step.detail = f"{logged.where}, logged with mlflow.{logged.flavor}"
        with report.step("load") as step:
            settings, table, data = read_rows(adoption.rows, notebook)
            step.detail = f"{len(data.rows)} rows, {len(data.features)} features"
    report.lines(data.understanding.lines())
    test = data if adoption.unseen else data.take(data.target[:0].astype("int64"))
    _check_word(adoption, settings, len(test.rows), registry)
    said = f"{idempotency_key(git_sha, settings, table.sha256)}\n{logged.source}\n{adoption.unseen}"
    key = hashlib.sha256(said.encode()).hexdigest()
    identity = {"git_sha": git_sha, "data_sha256": table.sha256, "key": key}
    make = partial(
        _made, logged, notebook, settings, (data, test), identity, report, registry, serving
    )
    parts = (data, test)
    return register_and_judge(settings, key, parts, table, registry, report, serving, make)


def _version(registry: "Registry", adoption: Adoption) -> "ModelVersion":
    from mlflow.exceptions import MlflowException

    from training.absent import is_absent

    try:
        return registry.client.get_model_version(adoption.model, adoption.version)
    except MlflowException as error:
        if not is_absent(registry.client, adoption.model, error):
            raise
        known = registry.client.search_model_versions(f"name='{adoption.model}'")
        there = ", ".join(sorted((str(one.version) for one in known), key=int))
        problem = (
            f"--version {adoption.version}: {adoption.model} has no such version; it has "
            f"{there or 'none: log_model(…, registered_model_name=NAME) makes one'}"
        )
        raise InvalidInputError(adoption.model, [problem]) from error


def _download(found: "ModelVersion", folder: Path) -> Logged:
    from mlflow.artifacts import download_artifacts

    name, version = found.name, str(found.version)
    download_artifacts(artifact_uri=f"models:/{name}/{version}", dst_path=str(folder))
    source = f"{name}/{version} {found.source}"
    return read_logged(folder, name, version, source, found.run_id or "")


def _open(logged: Logged, consent: Consent) -> "Notebook":
    from training.adoption.graph import open_graph
    from training.adoption.notebook import open_notebook

    if logged.flavor == "onnx":
        return open_graph(logged)
    return open_notebook(logged, load_estimator(logged, consent))


def _check_word(adoption: Adoption, settings: Settings, rows: int, registry: "Registry") -> None:
    """Refuse to judge by rows that the model may have been trained on."""
    if adoption.unseen:
        check_rows(settings, rows)
        return
    champion = registry.champion(settings.name)
    own = None if champion is None else f"{champion.name}/{champion.version}"
    judged = [
        *(["gate.floors"] if settings.gate.floors else []),
        *(["slices"] if settings.slices else []),
        *([f"the champion, version {own}"] if own not in (None, _id(adoption)) else []),
    ]
    if judged:
        problem = (
            f"--unseen: {MAYBE_SEEN}, so there is nothing that {', '.join(judged)} could be held "
            "against; give rows that it was not trained on (the notebook's test split, or newer "
            "ones) and write --unseen"
        )
        raise InvalidInputError(settings.name, [problem])


def _id(adoption: Adoption) -> str:
    return f"{adoption.model}/{adoption.version}"


def _made(
    logged: Logged,
    notebook: "Notebook",
    settings: Settings,
    parts: tuple[Dataset, Dataset],
    identity: dict[str, Any],
    report: Report,
    registry: "Registry",
    serving: Serving,
) -> "Registered":
    """Convert, prove, measure on the second of `parts`, log and register."""
    model, estimator, parameters = _converted(notebook, settings, parts[0], report, serving)
    adopted = {
        "model": logged.name,
        "version": logged.version,
        "run_id": logged.run_id,
        "flavor": logged.flavor,
    }
    known = identity | {"estimator": estimator, "adopted": adopted}
    answers = (model.parity, Decision(model.onnx))
    trained = describe(settings, *parts, *answers, known, parameters, None, report, serving)
    return log(trained, registry, report)


def _converted(
    notebook: "Notebook", settings: Settings, data: Dataset, report: Report, serving: Serving
) -> "tuple[Model, dict[str, Any], dict[str, Any]]":
    """Return the proven model, what the package says of its class, and its plain parameters."""
    from training.adoption.convert import convert
    from training.adoption.graph import OnnxModel, repackage
    from training.final import model_in

    if isinstance(notebook.estimator, OnnxModel):
        model = repackage(settings, notebook, data, serving.max_bytes, report)
        return model, {"class": "onnx"}, {}
    model = convert(settings, notebook, data, serving.max_bytes, report)
    parameters = model_in(model.estimator).get_params(deep=False)
    return model, model.description, {k: v for k, v in parameters.items() if isinstance(v, PLAIN)}
