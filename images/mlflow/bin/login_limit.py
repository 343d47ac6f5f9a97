"""Slows down who guesses passwords, so that the others do not wait behind the hashing."""

import hashlib
import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable

FAILURES = 10
SECONDS = 60.0
KEYS = 10_000

Key = tuple[str, str]


class LoginLimit:
    """Counts failed logins by account and address, in the memory of one worker.

    An attempt counts when it begins, or many at once would all be let through to the hash. A
    password that was right last time is never held up: a guesser locks nobody out who was in.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Use another clock (seconds) in tests."""
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[Key, deque[float]] = {}
        self._right: dict[str, bytes] = {}
        self._secret = secrets.token_bytes(32)

    def begin(self, account: str, address: str, password: str) -> int:
        """Count an attempt; return 0, or the seconds to wait where it must not be looked at."""
        now = self._clock()
        with self._lock:
            right = self._right.get(account)
            if right is not None and hmac.compare_digest(right, self._digest(password)):
                return 0
            self._forget(now)
            times = self._failures.setdefault((account, address), deque())
            while times and times[0] <= now - SECONDS:
                times.popleft()
            if len(times) >= FAILURES:
                return int(times[0] + SECONDS - now) + 1
            times.append(now)
        return 0

    def succeed(self, account: str, address: str, password: str) -> None:
        """Take the account's failures from this address back, and know its password again."""
        with self._lock:
            self._right[account] = self._digest(password)
            self._failures.pop((account, address), None)

    def _forget(self, now: float) -> None:
        """Keep memory bounded, and of many made-up names forget those that were tried least."""
        if len(self._failures) < KEYS:
            return
        recent = [
            (key, times) for key, times in self._failures.items() if times[-1] > now - SECONDS
        ]
        recent.sort(key=lambda entry: (len(entry[1]), entry[1][-1]))
        self._failures = dict(recent[-KEYS // 2 :])

    def _digest(self, password: str) -> bytes:
        return hmac.new(self._secret, password.encode(), hashlib.sha256).digest()
