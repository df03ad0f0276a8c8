"""HTTP for this machine alone, by as many threads as connections, which are bounded."""

from __future__ import annotations

import contextlib
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
"""What a request for this machine has as its host; another is that of a page whose name was made to mean this one."""
MOST_CONNECTIONS = 256
"""At a time. A browser opens six; thousands, with a thread each, would bring the machine to a halt."""
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n"
)


def did_not_answer(error: Exception) -> bool:
    """Whether AWS's client has got no answer from a server of this machine: the local cloud has ended."""
    cause = error.__cause__ or error
    return str(getattr(cause, "kwargs", {}).get("endpoint_url", "")).startswith(f"http://{HOST}:")


class LoopbackServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1; port 0 takes a free one. Connections beyond `MOST_CONNECTIONS` get a 503.

    Raises
    ------
    OSError
        If the port is taken.
    """

    request_queue_size = 128

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__((HOST, port), handler)
        self._free = BoundedSemaphore(MOST_CONNECTIONS)

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Answer on a thread of its own, if there is one left."""
        assert isinstance(request, socket.socket)
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
            return
        with contextlib.suppress(OSError):
            request.setblocking(False)
            request.send(_FULL)
        self.shutdown_request(request)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Answer until the connection ends."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that has gone away in the middle of an answer."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]
