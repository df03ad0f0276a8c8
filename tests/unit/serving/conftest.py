"""A small model with subwords behind the API's handler."""

from __future__ import annotations

import json
import threading
from typing import Any, NamedTuple

import numpy as np
import pytest

from wordvectors.serving.events import Handler, url_event
from wordvectors.serving.handler import request_handler
from wordvectors.serving.local_server import server
from wordvectors.serving.models import OneModel
from wordvectors.vectors.ngrams import Ngrams
from wordvectors.vectors.word_vectors import WordVectors

WORDS = ["man", "king", "woman", "queen", "apple"]
ROWS = np.array([[1, 0], [1, 1], [0, 1], [0.1, 1.9], [-1, -1]], np.float32)


class Answer(NamedTuple):
    """A response: its status, its type and its JSON."""

    status: int
    kind: str
    body: Any


def toy(ngrams: bool = False) -> WordVectors:
    rows = np.random.default_rng(1).normal(size=(50, 2)).astype(np.float32)
    return WordVectors(WORDS, ROWS, ngrams=Ngrams(rows, 3, 6, len(rows)) if ngrams else None)


@pytest.fixture(scope="session")
def handlers() -> dict[bool, Handler]:
    """The handler of a model without subwords, and of one with them."""
    return {
        ngrams: request_handler(OneModel("toy", toy(ngrams), ["@team/words"])) for ngrams in (False, True)
    }


@pytest.fixture(scope="session")
def ports(handlers):
    """Where the two handlers answer on 127.0.0.1."""
    with server(handlers[False], 0) as plain, server(handlers[True], 0) as with_ngrams:
        both = {False: plain, True: with_ngrams}
        threads = [threading.Thread(target=one.serve_forever, args=[0.05]) for one in both.values()]
        for thread in threads:
            thread.start()
        yield {ngrams: one.server_port for ngrams, one in both.items()}
        for one in both.values():
            one.shutdown()
        for thread in threads:
            thread.join()


@pytest.fixture
def port(ports) -> int:
    """Where the handler of the model without subwords answers."""
    return ports[False]


@pytest.fixture
def ask(handlers):
    """Ask the handler: `ask("POST", "/neighbours", {...})`."""

    def call(
        method: str, path: str, body: Any = None, *, ngrams: bool = False, kind: str = "application/json"
    ):
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        answered = handlers[ngrams](url_event(method, path, {"content-type": kind}, content), None)
        kind = answered["headers"]["Content-Type"]
        return Answer(
            answered["statusCode"], kind, json.loads(answered["body"]) if "json" in kind else answered["body"]
        )

    return call
