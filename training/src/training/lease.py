"""One retraining of a model at a time: a tag of the registered model that lives while it works."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from training.promotion_lock import TagLock

PREFIX = "slipway.retraining."
BEAT_SECONDS = 10.0
LOST_AFTER_SECONDS = 60.0
"""How long a holder's tag may stay unchanged: some beats may be lost while MLflow is busy."""


@contextmanager
def lease(client: MlflowClient, name: str) -> Iterator[str]:
    """Hold the lease of a model, and yield ""; where another has it, yield who: `HOST, process N`.

    What a killed process of another host left is found out by its silence, for which the next one
    waits.
    """
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    lock = TagLock(client, name, PREFIX, LOST_AFTER_SECONDS)
    ended = threading.Event()
    beats = threading.Thread(target=_beat, args=(lock, ended), daemon=True)
    try:
        owner = lock.take_or_owner()
        if not owner:
            beats.start()
        yield owner
    finally:
        ended.set()
        if beats.ident is not None:
            beats.join()  # it must not write the tag anew
        lock.withdraw(lock.mine)


def _beat(lock: TagLock, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        with suppress(Exception):  # MLflow may be away for a moment
            lock.hold()
