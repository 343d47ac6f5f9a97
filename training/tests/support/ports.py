"""Ports for servers that tests start."""

import random
import socket
from contextlib import suppress
from itertools import cycle

FIRST, END = 15_000, 20_000
_start = random.randrange(FIRST, END)  # noqa: S311 - no secret
_ports = cycle([*range(_start, END), *range(FIRST, _start)])


def free_port() -> int:
    """Return a port that nothing listens on, and that nothing is given by the system.

    It is below those of outgoing connections: one of them would be gone before a slow server has
    it. One that was given is not given again soon, as whoever has it may not listen yet. SeaweedFS
    takes another one that lies 10000 above. The tests in TypeScript have those below.
    """
    for port in _ports:
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise AssertionError
