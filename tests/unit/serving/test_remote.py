"""A model that another machine serves has the verbs and the answers of one that is loaded."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import numpy as np
import pytest

import wordvectors
from tests.unit.serving.conftest import WORDS, toy
from wordvectors.client.remote import NotAnswered, RemoteVectors
from wordvectors.vectors.unknown_words import UnknownWordError


@pytest.fixture
def remote(ports):
    return lambda ngrams=False, **how: wordvectors.connect(f"http://127.0.0.1:{ports[ngrams]}/", **how)


@pytest.mark.parametrize("ngrams", [False, True])
def test_the_verbs_answer_as_those_of_a_loaded_model(remote, ngrams):
    there, here = remote(ngrams), toy(ngrams)
    words = [*WORDS, "dissapointedd"] if ngrams else WORDS
    for word in words:
        assert there.most_similar(word, topn=3) == here.most_similar(word, topn=3)
        assert there.origin(word) == here.origin(word)
        np.testing.assert_array_equal(there[word], here[word])
    assert there.most_similar(["king", "woman"], ["man"]) == here.most_similar(["king", "woman"], ["man"])
    assert there.most_similar_each(words * 30, topn=2) == [
        here.most_similar(word, topn=2) for word in words * 30
    ]
    assert there.similarity("man", words[-1]) == pytest.approx(here.similarity("man", words[-1]))
    assert there.doesnt_match(WORDS) == here.doesnt_match(WORDS)
    assert there[words * 50].shape == (50 * len(words), 2)
    assert there.look_up("King") == here.look_up("King")
    assert [one.name for one in there.models()] == ["toy"]


def test_an_unknown_word_is_the_same_error(remote):
    for ask in (
        lambda model: model.most_similar("qeen"),
        lambda model: model.most_similar_each(["qeen"]),
        lambda model: model.similarity("qeen", "man"),
        lambda model: model["qeen"],
        lambda model: model.look_up("qeen"),
    ):
        with pytest.raises(UnknownWordError) as there:
            ask(remote())
        with pytest.raises(UnknownWordError) as here:
            ask(toy())
        assert str(there.value) == str(here.value)
        assert there.value.suggestions == ("queen",)


def test_what_is_refused_is_told_as_the_api_tells_it(remote):
    with pytest.raises(NotAnswered, match="there is no model 'other' here; there is 'toy'"):
        remote(model="other").most_similar("king")
    with pytest.raises(NotAnswered, match="topn: Input should be greater than or equal to 1"):
        remote().most_similar("king", topn=0)
    with pytest.raises(ValueError, match="no word is given"):
        remote().doesnt_match([])


@pytest.mark.parametrize("url", ["localhost:80", "ftp://x", "", "file:///etc/passwd"])
def test_what_is_no_address_is_told(url):
    with pytest.raises(ValueError, match="is no address"):
        wordvectors.connect(url)


def test_who_does_not_answer_is_named():
    with pytest.raises(NotAnswered, match=r"http://127\.0\.0\.1:9/models can't be asked: .*refused"):
        wordvectors.connect("http://127.0.0.1:9").models()


@pytest.mark.parametrize(
    ("status", "said"), [(200, "does not answer as this API does, but: <html>"), (502, "HTTP 502")]
)
def test_another_server_is_told_from_this_api(status, said):
    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"<html>\x1b[31m")

        def log_message(self, format, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        Thread(target=server.handle_request).start()
        with pytest.raises(NotAnswered, match=said) as fault:
            wordvectors.connect(f"http://127.0.0.1:{server.server_port}").models()
    assert "\x1b" not in str(fault.value)


def test_a_functions_url_is_asked_with_a_signature(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    model = wordvectors.connect("https://abc123.lambda-url.eu-west-1.on.aws/")
    address = "https://abc123.lambda-url.eu-west-1.on.aws/neighbours"
    headers = model._sign("POST", address, b"{}", {"content-type": "application/json"})
    scope = r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-west-1/lambda/aws4_request, "
    assert re.match(scope, headers["Authorization"])
    assert headers["content-type"] == "application/json"
    assert wordvectors.connect("http://127.0.0.1:1")._sign is None
    assert isinstance(model, RemoteVectors)
