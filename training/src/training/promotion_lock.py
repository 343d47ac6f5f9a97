"""One promotion of a model at a time, though MLflow has no compare-and-set; other leases too.

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
WAITING = "?"
LOST_AFTER_SECONDS = 30.0
"""How long another's tag may stay unchanged; who waits renews it, and who holds it needs less."""


@contextmanager
def promotion_lock(client: MlflowClient, name: str) -> Iterator[None]:
    """Hold the lock of a registered model; what a killed process left is removed."""
    lock = TagLock(client, name, PREFIX, LOST_AFTER_SECONDS)
    try:
        lock.take()
        yield
    finally:
        lock.withdraw(lock.mine)


class TagLock:
    """A lock of a registered model, by tags that begin with `prefix`."""

    def __init__(self, client: MlflowClient, name: str, prefix: str, lost_after: float) -> None:
        """Take nothing yet; a tag elsewhere that is unchanged for `lost_after` seconds is lost."""
        self.client, self.name = client, name
        self.prefix, self.lost_after = prefix, lost_after
        self.mine = f"{prefix}{uuid4().hex}"
        self.seen: dict[str, tuple[str, float]] = {}
        self.moved: set[str] = set()
        self.turn = 0

    def hold(self) -> None:
        """Write the tag of a holder, another value each time."""
        self.turn += 1
        self.client.set_registered_model_tag(self.name, self.mine, f"{_owner()} {self.turn}")

    def take_or_owner(self) -> str:
        """Take the lock and return "", or return who holds it or is before us, and withdraw.

        Another's tag counts when its value has moved, which proves that it lives; one that has not
        is waited for until it has, is gone, or is lost. Who asks writes WAITING before its turn,
        and gives way to holders, and to those that ask with a lower tag.
        """
        while True:
            self.turn += 1
            value = f"{_owner()} {WAITING}{self.turn}"
            self.client.set_registered_model_tag(self.name, self.mine, value)
            others = self._living() - {self.mine}
            if not others:
                self.hold()
                return ""
            for key in sorted(others & self.moved):
                host, process, turn = self.seen[key][0].split(" ")
                if not turn.startswith(WAITING) or key < self.mine:
                    self.withdraw(self.mine)
                    return f"{host}, process {process}"
            time.sleep(POLL_SECONDS)

    def take(self) -> None:
        """Wait until the lock is ours."""
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
        found = {key: value for key, value in tags.items() if key.startswith(self.prefix)}
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
            if last:
                self.moved.add(key)
        self.seen[key] = (value, since)
        return now - since > self.lost_after

    def withdraw(self, key: str) -> None:
        """Remove a tag, ours or a lost one."""
        self.client.delete_registered_model_tag(self.name, key)


def _another_lives(process: int) -> bool:
    """A container that was started again has the number of the process before."""
    return process != os.getpid() and lives(process)


def _owner() -> str:
    return f"{socket.gethostname()} {os.getpid()}"
