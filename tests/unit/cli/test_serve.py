"""`wordvectors serve`: a model of this machine over HTTP."""

from __future__ import annotations

import json
import socket
import threading
import urllib.request

import pytest

from tests.unit.cli.conftest import trained
from wordvectors.serving import local_server

VECTORS = "3 2\nking 1 0\nqueen 0.9 0.1\napple 0 1\n"


@pytest.fixture
def served(monkeypatch):
    """What a client sees of the server that the command starts; then Ctrl-C ends it."""
    seen = {}

    def once(self) -> None:
        self.timeout = 20
        ask = urllib.request.Request(f"http://127.0.0.1:{self.server_port}/models")
        thread = threading.Thread(target=self.handle_request)
        thread.start()
        with urllib.request.urlopen(ask, timeout=20) as answer:
            seen.update(json.load(answer))
        thread.join()

    monkeypatch.setattr(local_server.ThreadingHTTPServer, "serve_forever", once)
    return seen


def test_a_run_is_served(run, account, served):
    trained(account, "wv-served", VECTORS)
    status, out, err = run("serve", "latest", "--port", "0")
    assert status == 0, err
    assert "wv-served: 3 words × 2" in out
    assert served["models"][0]["name"] == "wv-served"


def test_a_file_is_served_without_a_deployment(run, served, tmp_path):
    (tmp_path / "vectors.txt").write_text(VECTORS)
    assert run("serve", str(tmp_path / "vectors.txt"), "--port", "0")[0] == 0
    assert served["models"][0]["name"] == "vectors.txt"


def test_a_port_in_use_is_told(run, tmp_path):
    (tmp_path / "vectors.txt").write_text(VECTORS)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, _, err = run("serve", str(tmp_path / "vectors.txt"), "--port", port)
    assert status == 1
    assert f"Port {port} can't be listened on" in err
    assert "it is in use" in err
