"""Ends the process on a signal by the way that cleans up."""

import signal
import sys

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def leave_on_signals() -> None:
    """Let the first signal raise SystemExit; the ones after it, while we clean up, are ignored."""
    for one in SIGNALS:
        signal.signal(one, lambda number, _: _leave(number))


def _leave(number: int) -> None:
    for one in SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    sys.exit(128 + number)
