"""The request handler on this machine: HTTP on 127.0.0.1, given to it as a function's URL does."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

from wordvectors.loopback import HOST, NAMES, LoopbackServer
from wordvectors.serving.contract import MOST_BYTES, PROBLEM, TOO_LARGE, Problem
from wordvectors.serving.events import Handler, http_answer, url_event

_SECONDS = 30


def server(handle: Handler, port: int) -> LoopbackServer:
    """Return a server that gives requests to a handler, one at a time; port 0 takes a free one.

    Raises
    ------
    OSError
        If the port is taken.
    """
    one_at_a_time = threading.Lock()

    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _SECONDS
        wbufsize, disable_nagle_algorithm = -1, True  # an answer goes out at once, as a whole

        def answer(self) -> None:
            """Answer a request of any method."""
            host = (self.headers.get("host") or "").rpartition(":")[0] or self.headers.get("host")
            if host not in NAMES:
                return self.refuse(
                    421, "This is another host", f"This is {HOST}; the request is for another host."
                )
            try:
                size = int(self.headers.get("content-length") or 0)
            except ValueError:
                size = -1
            if size < 0 or "transfer-encoding" in self.headers:
                return self.refuse(
                    411,
                    "The length is not known",
                    "Say how long the request is by the header content-length.",
                )
            if size > MOST_BYTES:
                return self.refuse(
                    413, TOO_LARGE, f"It has {size:,} bytes; at most {MOST_BYTES:,} are taken."
                )
            headers = {name.lower(): value for name, value in self.headers.items()}
            event = url_event(self.command, self.path, headers, self.rfile.read(size))
            with one_at_a_time:
                returned = handle(event, None)
            return self.send(*http_answer(returned))

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = answer  # noqa: N815

        def refuse(self, status: int, title: str, detail: str) -> None:
            self.close_connection = True  # what it went on to send is not read
            told = Problem(title=title, status=status, detail=detail)
            self.send(status, {"content-type": PROBLEM}, told.text().encode())

        def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
            """Refuse what is no request that this server understands, such as one of an unknown method."""
            self.refuse(code, "The request is not understood", message or HTTPStatus(code).phrase)

        def send(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            if self.close_connection:
                self.send_header("connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            self.wfile.flush()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    return LoopbackServer(port, Requests)
