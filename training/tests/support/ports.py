"""Ports for servers that tests start."""

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """Return a port that nothing listens on, and that nothing is given by the system.

    It is below those of outgoing connections: one of them would be gone before a slow server has
    it. SeaweedFS takes another one that lies 10000 above. The tests in TypeScript have those below.
    """
    while True:
        port = random.randrange(15_000, 20_000)  # noqa: S311 - no secret
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
