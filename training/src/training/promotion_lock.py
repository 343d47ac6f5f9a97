"""One promotion of a model at a time, though MLflow has no compare-and-set.

Every process writes a tag of its own on the registered model and then reads the others'; who sees
no other one goes on. As each writes before it reads, two can never both see none. Of two that see
each other the lower tag waits and the higher one is withdrawn, so that one of them goes on (after
L. Lamport, "A New Solution of Dijkstra's Concurrent Programming Problem", CACM 17(8), 1974).
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from mlflow import MlflowClient

from training.environment_errors import lives

PREFIX = "slipway.promoting."
POLL_SECONDS = 0.2
LOST_AFTER_SECONDS = 30.0
"""How long another's tag may stay unchanged; who waits renews it, and who holds it needs less."""


@contextmanager
def promotion_lock(client: MlflowClient, name: str) -> Iterator[None]:
    """Hold the lock of a registered model; what a killed process left is removed."""
    lock = _Lock(client, name)
    try:
        lock.take()
        yield
    finally:
        lock.withdraw(lock.mine)


class _Lock:
    def __init__(self, client: MlflowClient, name: str) -> None:
        self.client, self.name = client, name
        self.mine = f"{PREFIX}{uuid4().hex}"
        self.seen: dict[str, tuple[str, float]] = {}

    def take(self) -> None:
        turn = 0
        while True:
            turn += 1
            self.client.set_registered_model_tag(self.name, self.mine, f"{_owner()} {turn}")
            living = self._living()
            if living == {self.mine}:
                return
            if living and min(living) < self.mine:
                self.withdraw(self.mine)
                while living and min(living) < self.mine:
                    time.sleep(POLL_SECONDS)
                    living = self._living()
            elif self.mine in living:
                time.sleep(POLL_SECONDS)

    def _living(self) -> set[str]:
        """Return the tags of all that live; this one is not among them if another removed it."""
        tags = self.client.get_registered_model(self.name).tags
        found = {key: value for key, value in tags.items() if key.startswith(PREFIX)}
        lost = {
            key for key, value in found.items() if key != self.mine and self._is_lost(key, value)
        }
        for key in lost:
            self.withdraw(key)
        return set(found) - lost

    def _is_lost(self, key: str, value: str) -> bool:
        """A process of this host that has ended, or one elsewhere that has not moved for long."""
        host, process, _ = value.split(" ")
        if host == socket.gethostname() and not _another_lives(int(process)):
            return True
        now = time.monotonic()
        last, since = self.seen.get(key, ("", now))
        if last != value:
            since = now
        self.seen[key] = (value, since)
        return now - since > LOST_AFTER_SECONDS

    def withdraw(self, key: str) -> None:
        self.client.delete_registered_model_tag(self.name, key)


def _another_lives(process: int) -> bool:
    """A container that was started again has the number of the process before."""
    return process != os.getpid() and lives(process)


def _owner() -> str:
    return f"{socket.gethostname()} {os.getpid()}"
