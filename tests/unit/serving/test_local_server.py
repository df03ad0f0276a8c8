"""The handler on 127.0.0.1: for this machine alone, and for many askers at a time."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from wordvectors.serving.contract import MOST_BYTES


def ask(port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def test_many_askers_are_all_answered(port):
    def one(number: int) -> str:
        words = ["king"] if number % 2 else ["man"]
        status, content = ask(port, "POST", "/vectors", json.dumps({"words": words}).encode())
        assert status == 200
        return json.loads(content)["answers"][0]["word"]

    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(one, range(96)))
    assert found == ["man", "king"] * 48


def test_a_connection_is_kept_for_the_next_question(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for _ in range(3):
        connection.request("GET", "/models")
        socket = connection.sock
        assert json.loads(connection.getresponse().read())["models"][0]["name"] == "toy"
        assert connection.sock is socket is not None
    connection.close()


def test_the_page_that_tries_the_api_is_there(port):
    status, content = ask(port, "GET", "/")
    assert status == 200
    assert b"swagger" in content.lower()


def test_what_is_no_request_is_refused_as_problem_details(port):
    status, content = ask(port, "BREW", "/")
    assert status == json.loads(content)["status"] == 501
    assert "BREW" in json.loads(content)["detail"]
    status, content = ask(port, "GET", "/" + "x" * 70_000)
    assert status == json.loads(content)["status"] == 414


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", ""])
def test_a_request_for_another_host_is_refused(port, host):
    status, content = ask(port, "GET", "/models", headers={"Host": host})
    assert (status, json.loads(content)["title"]) == (421, "This is another host")
    assert ask(port, "GET", "/models", headers={"Host": f"localhost:{port}"})[0] == 200


def test_an_address_that_is_none_is_not_found_and_not_told_to_the_terminal(port, capfd):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("GET", "http://[x/", skip_host=True)
    connection.putheader("Host", f"127.0.0.1:{port}")
    connection.endheaders()
    assert connection.getresponse().status == 404
    connection.close()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": str(MOST_BYTES + 1)}, 413),
        ({"Content-Length": "-1"}, 411),
        ({"Content-Length": "many"}, 411),
        ({"Transfer-Encoding": "chunked"}, 411),
    ],
)
def test_a_body_is_bounded_before_it_is_read(port, headers, status):
    answered, content = ask(port, "POST", "/vectors", headers=headers)
    assert answered == json.loads(content)["status"] == status
