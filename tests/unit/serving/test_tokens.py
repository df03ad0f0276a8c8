"""Tokens: who shows a right one is answered; the page that shows the API is for all."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import wordvectors
from tests.unit.cli.conftest import run  # noqa: F401
from tests.unit.serving.conftest import toy
from wordvectors.client.remote import NotAnswered
from wordvectors.serving.contract import PROBLEM
from wordvectors.serving.events import url_event
from wordvectors.serving.handler import request_handler
from wordvectors.serving.local_server import server
from wordvectors.serving.models import OneModel
from wordvectors.serving.tokens import TOKEN_VARIABLE, token_hash

TOKEN, OTHER = "right-one", "other-one"


@pytest.fixture(scope="module")
def handle():
    return request_handler(OneModel("toy", toy()), [token_hash(OTHER), token_hash(TOKEN)])


@pytest.fixture(scope="module")
def url(handle):
    with server(handle, 0) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=[0.05])
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def ask(handle, authorization=None, method="POST", path="/neighbours", body=b'{"words": ["king"]}'):
    headers = {"authorization": authorization} if authorization is not None else {}
    return handle(url_event(method, path, headers, body), None)


@pytest.mark.parametrize("shown", [f"Bearer {TOKEN}", f"bearer   {OTHER} "])
def test_who_shows_a_token_is_answered(handle, shown):
    assert ask(handle, shown)["statusCode"] == 200


@pytest.mark.parametrize(
    "shown",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Basic {TOKEN}",
        "Bearer wrong",
        f"Bearer {token_hash(TOKEN)}",
        "Bearer \ud800",
    ],
)
def test_who_shows_none_is_told_how(handle, shown):
    refused = ask(handle, shown, body=b"not even JSON")
    assert refused["statusCode"] == 401
    assert (refused["headers"]["Content-Type"], refused["headers"]["WWW-Authenticate"]) == (PROBLEM, "Bearer")
    assert json.loads(refused["body"])["title"] == "A token is needed"
    for method, path in (("GET", "/models"), ("POST", "/"), ("GET", "//"), ("GET", "/unknown")):
        assert ask(handle, shown, method, path, b"")["statusCode"] == 401


def test_the_page_is_for_all_and_takes_a_token(handle):
    assert ask(handle, None, "GET", "/", b"")["statusCode"] == 200
    event = url_event("GET", "/?format=json", {}, b"")
    described = json.loads(handle(event, None)["body"])
    assert described["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    assert described["security"] == [{"token": []}]


def test_python_and_the_command_line_show_a_token(url, run, monkeypatch):  # noqa: F811
    assert wordvectors.connect(url, token=TOKEN).similarity("king", "king") == pytest.approx(1)
    with pytest.raises(NotAnswered, match="Send the header authorization: Bearer TOKEN"):
        wordvectors.connect(url).models()
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert run("similarity", "latest", "king", "king", "--url", url)[:2] == (0, "1.0000\n")
    monkeypatch.setenv(TOKEN_VARIABLE, "wrong")
    status, _, err = run("similarity", "latest", "king", "king", "--url", url)
    assert status == 1
    assert f"on the command line by the variable {TOKEN_VARIABLE}" in " ".join(err.split())


@pytest.mark.parametrize(
    ("url", "token", "fault"),
    [
        ("http://example.org", TOKEN, "in the clear; use https"),
        ("https://example.org", "two words", "the token is empty, or has blanks"),
        ("https://example.org", "line\nbreak", "the token is empty, or has blanks"),
        ("https://example.org", "", "the token is empty"),
    ],
)
def test_a_token_that_can_not_be_sent_safely_is_not_sent(url, token, fault):
    with pytest.raises(ValueError, match=fault) as told:
        wordvectors.connect(url, token=token)
    assert token == "" or token not in str(told.value)


def test_a_functions_url_with_a_token_is_asked_without_a_signature():
    model = wordvectors.connect("https://abc123.lambda-url.eu-west-1.on.aws/", token=TOKEN)
    assert model._sign is None


def test_no_redirection_is_followed_with_a_token():
    seen = []

    class Leads(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(302)
            self.send_header("location", "/elsewhere")
            self.end_headers()

        def log_message(self, format, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Leads) as leads:
        thread = threading.Thread(target=leads.serve_forever, args=[0.05])
        thread.start()
        with pytest.raises(NotAnswered, match="HTTP 302"):
            wordvectors.connect(f"http://127.0.0.1:{leads.server_port}", token=TOKEN).models()
        leads.shutdown()
        thread.join()
    assert seen == ["/models"]
