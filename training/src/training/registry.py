"""MLflow's registry as this project uses it: versions found by key, verdicts and aliases."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, list_artifacts
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from training.absent import is_absent
from training.gate import Verdict
from training.metrics import METRICS, Metrics
from training.package import read_package
from training.promotion_lock import promotion_lock
from training.seen import SeenRows
from training.signing import FILE, Signer

KEY, VERDICT, GATE = "slipway.key", "slipway.verdict", "slipway.gate"
ADOPTED = "slipway.adopted"  # and which version of which model it was made of: `churn/3`
RETRAIN_REASON = "slipway.retrain_reason"
SNAPSHOT, SNAPSHOT_FILE = "slipway.snapshot", "snapshot.json"
PROMOTED_AT = "slipway.champion."  # and the time: a version may become champion more than once
CHAMPION, PREVIOUS, REJECTED = "champion", "previous", "rejected"


@dataclass(frozen=True)
class Registered:
    """A version whose package was downloaded and found whole."""

    name: str
    version: str
    metadata: dict[str, Any]
    model: bytes
    tags: dict[str, str]
    run_id: str
    signed: bool

    @property
    def metrics(self) -> Metrics:
        """The metrics in their usual order; YAML sorts keys."""
        stored = self.metadata["training"]["metrics"]
        usual = [name for name in METRICS if name in stored]
        return {name: stored[name] for name in dict.fromkeys([*usual, *stored])}

    @property
    def example(self) -> dict[str, Any]:
        """The example row in the order of the features; YAML sorts keys."""
        row = self.metadata["example"]
        return {f["name"]: row[f["name"]] for f in self.metadata["features"] if f["name"] in row}

    @property
    def adopted(self) -> str:
        """The version that it was made of, such as `churn/3`; nothing for one that we trained."""
        return self.tags.get(ADOPTED, "")

    def is_of(self, version: ModelVersion) -> bool:
        """Whether it was made of that version, and so answers the same."""
        return self.adopted == f"{version.name}/{version.version}"


class BrokenVersionError(Exception):
    """A version that lacks its files, or whose files are not those that were logged."""


class Registry:
    """Reads and moves the versions of registered models."""

    def __init__(self, client: MlflowClient, signer: Signer | None = None) -> None:
        """Use a client whose tracking and registry addresses are set; `signer` signs versions."""
        self.client, self.signer = client, signer

    def find(self, name: str, key: str) -> tuple[Registered | None, list[str]]:
        """Return the oldest whole version with `key`, and a note on each broken one.

        A broken version without a verdict was left by a killed run and is deleted; one with a
        verdict (its files were lost later) is kept, and superseded by the next registration.
        """
        notes, found = [], None
        for version in self._with_key(name, key):
            try:
                whole = self.open(version)
                if self.signer and not whole.signed and VERDICT not in version.tags:
                    raise BrokenVersionError("it carries no signature")  # noqa: TRY301
                found = whole
                break
            except BrokenVersionError as error:
                note = f"version {version.version} of {name} is broken ({error})"
                if VERDICT in version.tags:
                    notes.append(f"{note}; a new one takes its place")
                else:
                    self.client.delete_model_version(name, version.version)
                    notes.append(f"{note}; deleted")
        return found, notes

    def _with_key(self, name: str, key: str) -> list[ModelVersion]:
        """Return versions with the key, lowest number first."""
        query = f"name='{name}' and tags.`{KEY}`='{key}'"
        return sorted(self.client.search_model_versions(query), key=lambda v: int(v.version))

    def size(self, version: ModelVersion) -> int:
        """Return how many bytes the files of a version have, as the store says."""
        uri = f"models:/{version.name}/{version.version}"
        return sum(entry.file_size or 0 for entry in list_artifacts(uri))

    def open(self, version: ModelVersion) -> Registered:
        """Download a version's package and check it; raises BrokenVersionError."""
        if version.status != "READY":
            raise BrokenVersionError(f"its status is {version.status}")
        uri = f"models:/{version.name}/{version.version}"
        present = {entry.path for entry in list_artifacts(uri)}
        if lost := {"MLmodel", "model.onnx"} - present:
            raise BrokenVersionError(f"it has no {' and no '.join(sorted(lost))}")
        with tempfile.TemporaryDirectory() as folder:
            for file in ("MLmodel", "model.onnx"):
                download_artifacts(artifact_uri=f"{uri}/{file}", dst_path=folder)
            try:
                metadata, model = read_package(Path(folder))
            except ValueError as error:
                raise BrokenVersionError(str(error)) from error
        return Registered(
            version.name,
            str(version.version),
            metadata,
            model,
            version.tags,
            version.run_id,
            signed=FILE in present,
        )

    def seen_rows(self, registered: Registered) -> SeenRows | None:
        """Return the record of the rows a version was trained on; older versions have none."""
        described = registered.metadata["training"].get("seen")
        if described is None:
            return None
        content = self._run_file(registered.run_id, described["file"])
        return None if content is None else SeenRows.from_bytes(described, content)

    def _run_file(self, run: str, name: str) -> bytes | None:
        """Return a file that a run logged; None where it has none, or was deleted."""
        try:
            present = {entry.path for entry in self.client.list_artifacts(run)}
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise
        if name not in present:
            return None
        with tempfile.TemporaryDirectory() as folder:
            return Path(self.client.download_artifacts(run, name, folder)).read_bytes()

    def snapshot(self, version: ModelVersion) -> dict[str, Any] | None:
        """Return what the version's run says of its snapshot; None for one without."""
        if SNAPSHOT not in version.tags:
            return None
        content = self._run_file(version.run_id, SNAPSHOT_FILE)
        described: dict[str, Any] | None = None if content is None else json.loads(content)
        return described

    def register(
        self, name: str, tags: dict[str, str], source: str, run_id: str, model_id: str
    ) -> Registered:
        """Create a version with its tags, the key among them, in one request; read and check it.

        When another process has registered the same key meanwhile, the lower number stays.
        """
        try:
            self.client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        mine = self.client.create_model_version(name, source, run_id, tags=tags, model_id=model_id)
        found, _ = self.find(name, tags[KEY])
        if found is None:
            raise BrokenVersionError(f"version {mine.version} of {name} did not arrive whole")
        if found.version != str(mine.version):
            self.client.delete_model_version(name, mine.version)
        return found

    def close_run(self, registered: Registered) -> None:
        """End the run of a version whose process was killed before it could."""
        if self.client.get_run(registered.run_id).info.status == "RUNNING":
            self.client.set_terminated(registered.run_id)

    def has(self, name: str) -> bool:
        """Whether there is a version of the model at all."""
        return bool(self.client.search_model_versions(f"name='{name}'", max_results=1))

    def champion(self, name: str, alias: str = CHAMPION) -> ModelVersion | None:
        """Return the version with alias `champion`, or with another."""
        try:
            return self.client.get_model_version_by_alias(name, alias)
        except MlflowException as error:
            if not is_absent(self.client, name, error):
                raise
            return None

    def verdict(self, registered: Registered) -> Verdict | None:
        """Return what an earlier run decided and finished writing."""
        if VERDICT not in registered.tags:
            return None
        return Verdict.from_dict(json.loads(registered.tags[GATE]))

    @contextmanager
    def promotion(self, candidate: Registered) -> Iterator[Registered]:
        """Let no other training promote a version of this model meanwhile.

        Yields the candidate as it is by then: another process may have judged the same version.
        """
        with promotion_lock(self.client, candidate.name):
            version = self.client.get_model_version(candidate.name, candidate.version)
            yield replace(candidate, tags=version.tags)

    def keep_texts(self, candidate: Registered, files: dict[str, str]) -> None:
        """Put these texts beside what the version's run logged, in the place of earlier ones."""
        for name, text in files.items():
            self.client.log_text(candidate.run_id, text, name)

    def keep_verdict(self, candidate: Registered, verdict: Verdict, champion: str | None) -> None:
        """Move the aliases, then mark the version as judged.

        Each call may be repeated: a run that was killed in between does the same again. The old
        champion becomes `previous` first, so that the way back is never lost.
        """
        name, version = candidate.name, candidate.version
        self.client.set_model_version_tag(name, version, GATE, json.dumps(verdict.as_dict()))
        if not verdict.passed:
            self.client.set_registered_model_alias(name, REJECTED, version)
        elif champion != version:
            by = "adoption" if candidate.adopted else "training"
            self._record_promotion(name, version, champion, by)
            if champion is not None:
                self.client.set_registered_model_alias(name, PREVIOUS, champion)
            self.client.set_registered_model_alias(name, CHAMPION, version)
        word = "promoted" if verdict.passed else "rejected"
        self.client.set_model_version_tag(name, version, VERDICT, word)

    def _record_promotion(self, name: str, version: str, replaced: str | None, by: str) -> None:
        """Tag the version with when, by whom and after whom it became champion.

        `npm run history` lists these tags, `npm run rollback` goes back along them.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        details = {"by": by} | ({} if replaced is None else {"replaced": replaced})
        self.client.set_model_version_tag(name, version, PROMOTED_AT + now, json.dumps(details))
