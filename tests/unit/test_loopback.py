"""A server for this machine answers as many connections as it has threads for, and tells the others so."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from wordvectors import loopback


class Handler(BaseHTTPRequestHandler):
    """Says one word."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "3")
        self.end_headers()
        self.wfile.write(b"cat")

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of a server for two connections at a time."""
    monkeypatch.setattr(loopback, "MOST_CONNECTIONS", 2)
    with loopback.LoopbackServer(0, Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def asked(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_a_connection_too_many_is_told_so_and_a_free_place_is_taken_again(port: int):
    idle = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(2)]
    assert asked(port) == 503
    for connection in idle:
        connection.close()
    deadline = time.monotonic() + 20  # a place is free once its thread has noticed that the client is gone
    while asked(port) != 200:
        assert time.monotonic() < deadline
        time.sleep(0.01)
