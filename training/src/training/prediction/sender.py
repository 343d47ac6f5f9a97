"""Sends what is written piece by piece, in a thread of its own."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Thread

WAITING = 4  # pieces at most
GIVE_UP = 30  # seconds in which a store may take an upload back


class _DroppedError(Exception):
    """Ends an upload that is not wanted any more."""


class Sender(Thread):
    """Gives a function that takes pieces those that come; whoever brings too many waits."""

    def __init__(self, put: Callable[[Iterator[bytes]], None]) -> None:
        """Begin at once."""
        super().__init__(daemon=True)
        self._put = put
        self._pieces: Queue[bytes | None] = Queue(maxsize=WAITING)
        self._dropped = False
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Let the function take all, and keep what it raises."""
        try:
            self._put(self._given())
        except BaseException as error:  # noqa: BLE001 - raised where the next piece comes from
            self._error = error

    def _given(self) -> Iterator[bytes]:
        while (piece := self._pieces.get()) is not None:
            yield piece
        if self._dropped:
            raise _DroppedError  # which lets obstore abort the upload

    def send(self, piece: bytes | None) -> None:
        """Hand over a piece, or the end; raises what has ended the upload before."""
        while self._error is None:
            with suppress(Full):
                self._pieces.put(piece, timeout=0.2)
                return
        raise self._error

    def end(self) -> None:
        """Return when the store has all; raises what went wrong."""
        self.send(None)
        self.join()
        if self._error is not None:
            raise self._error

    def abandon(self) -> None:
        """Return when the store has forgotten what it was sent, or does not answer."""
        self._dropped = True
        with suppress(Empty):
            while True:
                self._pieces.get_nowait()
        with suppress(Full):
            self._pieces.put_nowait(None)
        self.join(GIVE_UP)
