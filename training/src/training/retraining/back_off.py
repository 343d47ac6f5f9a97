"""Keeps a retraining from training for ever on the same rows: what MLflow knows of earlier ones."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from mlflow import MlflowClient

from training.pages import all_pages
from training.registry import KEY, PROMOTED_AT, RETRAIN_REASON, VERDICT, Registry

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

FIRST, LONGEST = timedelta(hours=1), timedelta(days=7)
DATA = "slipway.data_sha256"  # tag of a version's run
LOOKED_AT = 20  # rejected versions, newest first


class Earlier:
    """The rejected versions of a model since one of it was last made champion."""

    def __init__(self, registry: Registry, name: str) -> None:
        """Ask MLflow for all versions."""
        self._client = registry.client
        query = partial(self._client.search_model_versions, f"name='{name}'")
        versions = list(all_pages(query))
        promoted = max((time for one in versions for time in _promotions(one)), default=None)
        since = 0.0 if promoted is None else 1000 * promoted.timestamp()
        rejected = [
            one
            for one in versions
            if one.tags.get(VERDICT) == "rejected" and one.creation_timestamp > since
        ]
        self.rejected = sorted(rejected, key=lambda one: -int(one.version))

    def wait(self, now: datetime) -> str:
        """Say until when no retraining follows on those that were rejected; nothing where one may.

        An hour after the first, and twice as long after each further one, up to a week.
        """
        ours = [one for one in self.rejected if RETRAIN_REASON in one.tags]
        if not ours:
            return ""
        pause = min(FIRST * 2 ** min(len(ours) - 1, 16), LONGEST)
        last = datetime.fromtimestamp(ours[0].creation_timestamp / 1000, UTC)
        if now >= last + pause:
            return ""
        until = (last + pause).isoformat(timespec="minutes").replace("+00:00", "Z")
        return (
            f"{len(ours)} retraining(s) in a row were rejected, the last of them version "
            f"{ours[0].version}; the next one may be from {until} on"
        )

    def with_rows(self, sha256: str) -> str:
        """Return the number of a version that was rejected and trained from these very rows."""
        for one in self.rejected[:LOOKED_AT]:
            if rows_of(self._client, one) == sha256:
                return str(one.version)
        return ""

    def with_key(self, key: str) -> str:
        """Return the number of one that was rejected and made of the same code, YAML and rows."""
        return next((str(one.version) for one in self.rejected if one.tags.get(KEY) == key), "")


def rows_of(client: MlflowClient, version: "ModelVersion") -> str | None:
    """Return the hash of the rows that a version was trained from; None where its run is gone."""
    from mlflow.exceptions import MlflowException

    try:
        tags = client.get_run(version.run_id).data.tags
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise
    found: str | None = tags.get(DATA)
    return found


def _promotions(version: "ModelVersion") -> list[datetime]:
    texts = (key.removeprefix(PROMOTED_AT) for key in version.tags if key.startswith(PROMOTED_AT))
    return [datetime.fromisoformat(text) for text in texts]
