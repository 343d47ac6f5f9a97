"""What a program knows of sources that change: where snapshots lie, and the accounts."""

from dataclasses import dataclass, field

from training.errors import TrainingEnvironmentError
from training.snapshots.credentials import Credentials


@dataclass(frozen=True)
class Access:
    """`store` is where snapshots lie; `keep` is false for a program that looks and writes nothing.

    `snapshot` is the hash of one that takes the place of a source that changes.
    """

    store: str = ""
    credentials: Credentials = field(default_factory=Credentials)
    keep: bool = True
    snapshot: str = ""


def lacking(error: ModuleNotFoundError, source: str) -> TrainingEnvironmentError:
    """Say which package a source needs."""
    return TrainingEnvironmentError(
        f"'data.source' ({source}) needs the Python package '{error.name}': install the extra "
        "'sources' of training/pyproject.toml"
    )
