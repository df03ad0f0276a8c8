"""`wordvectors serve`: a model of this machine over HTTP."""

from __future__ import annotations

import json
import socket
import threading
import urllib.request

import pytest

from tests.unit.conftest import trained
from tests.unit.serving.conftest import handlers, ports  # noqa: F401
from wordvectors.cli import target
from wordvectors.loopback import LoopbackServer

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

    monkeypatch.setattr(LoopbackServer, "serve_forever", once)
    return seen


def test_a_run_is_served(run, account, served):
    trained(account, "wv-served", VECTORS)
    assert run("promote", "wv-served", "--as", "news")[0] == 0
    status, out, err = run("serve", "@news", "--port", "0")
    assert status == 0, err
    assert "wv-served: 3 words × 2" in out
    assert served["models"] == [
        {"name": "wv-served", "promoted_as": ["@news"], "bytes": None, "modified_at": None}
    ]


def test_a_file_is_served_without_a_deployment(run, served, tmp_path):
    (tmp_path / "vectors.txt").write_text(VECTORS)
    assert run("serve", str(tmp_path / "vectors.txt"), "--port", "0")[0] == 0
    assert served["models"][0]["name"] == "vectors.txt"


def test_what_is_no_model_is_not_served(run, tmp_path):
    (tmp_path / "notes.txt").write_text("a note\n")
    for path, fault in {
        tmp_path / "notes.txt": "holds no word vectors",
        tmp_path: "without vectors.txt",
    }.items():
        status, _, err = run("serve", str(path), "--port", "0")
        assert (status, "The model can't be read" in err, fault in " ".join(err.split())) == (1, True, True)


def test_a_port_in_use_is_told(run, tmp_path):
    (tmp_path / "vectors.txt").write_text(VECTORS)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, _, err = run("serve", str(tmp_path / "vectors.txt"), "--port", port)
    assert status == 1
    assert f"Port {port} can't be listened on" in err
    assert "it is in use" in err


def test_the_verbs_ask_an_address_instead_of_a_deployment(run, ports, monkeypatch):  # noqa: F811
    def offline(**where):
        raise AssertionError("asked a deployment")

    monkeypatch.setattr(target, "connect", offline)
    url = f"http://127.0.0.1:{ports[True]}"

    near = json.loads(run("neighbours", "latest", "king", "dissapointedd", "--url", url, "--json")[1])
    assert [near[word]["origin"] for word in near] == ["vocabulary", "n-grams"]
    assert run("similarity", "toy", "man", "king", "--url", url)[1] == "0.7071\n"
    found = json.loads(run("analogy", "toy", "man", "king", "woman", "--url", url, "--json")[1])
    assert found["neighbours"][0]["word"] == "queen"
    status, _, err = run("neighbours", "other", "king", "--url", url)
    assert status == 1
    assert "there is no model 'other' here" in " ".join(err.split())
    assert "is no address" in run("neighbours", "toy", "king", "--url", "nowhere")[2]
