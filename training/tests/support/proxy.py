"""An HTTP proxy before MLflow that counts writes and misbehaves when told to."""

import threading
from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

Fault = Callable[[int, str], int | None]


class Proxy:
    """Forwards all requests.

    `fault(n, request)` is asked after the n-th write (from 1) was forwarded: it may act (kill the
    client) and may return a status to answer instead; 0 drops the connection. `authorization` is
    the header that every request must have.
    """

    def __init__(self, target: str, port: int = 0) -> None:
        """Listen on `port`, by default any free one."""
        self.writes: list[str] = []
        self.fault: Fault | None = None
        self.authorization: str | None = None
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", port), _handler(self, urlsplit(target).netloc)
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(proxy: Proxy, target: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if proxy.authorization and self.headers.get("authorization") != proxy.authorization:
                self._answer(401, b"You are not authenticated.")
                return
            upstream = HTTPConnection(target, timeout=60)
            upstream.request(self.command, self.path, body, dict(self.headers))
            response = upstream.getresponse()
            content, status = response.read(), response.status
            upstream.close()
            reading = self.command == "GET" or self.path.endswith("/search")
            if not reading and "trace" not in self.path:
                proxy.writes.append(f"{self.command} {urlsplit(self.path).path}")
                if proxy.fault is not None:
                    fault = proxy.fault(len(proxy.writes), proxy.writes[-1])
                    if fault == 0:
                        self.close_connection = True
                        return
                    if fault is not None:
                        self._answer(fault, b"fault")
                        return
            self._answer(status, content, response.getheader("content-type"))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _forward  # noqa: N815

        def _answer(self, status: int, content: bytes, kind: str | None = None) -> None:
            self.send_response(status)
            self.send_header("content-type", kind or "text/plain")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
