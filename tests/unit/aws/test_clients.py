"""Clients of the local cloud need nothing of the user's settings, and send nothing of them."""

from __future__ import annotations

import http.server
import threading

import pytest

from tests.hostile_environment import hostile_environment, refusing_proxy
from wordvectors.aws.clients import client_of, local_session, price_list_client

SERVICES = ("s3", "sts", "dynamodb", "sagemaker", "logs", "stepfunctions", "cloudformation", "lambda", "sqs")


class _Service(http.server.BaseHTTPRequestHandler):
    """Notes each request's headers, and answers it with nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(self.headers)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """The environment, and what its proxy sees."""
    with refusing_proxy() as (address, seen):
        for name, value in hostile_environment(tmp_path, address).items():
            monkeypatch.setenv(name, value)
        yield seen


@pytest.mark.parametrize("service", SERVICES)
def test_a_client_is_made_whatever_the_environment_says(hostile, service):
    client = client_of(local_session("us-east-1", "key", "secret"), service, "http://127.0.0.1:1")
    assert (client.meta.region_name, client.meta.endpoint_url) == ("us-east-1", "http://127.0.0.1:1")
    assert not client.meta.config.use_dualstack_endpoint


def test_a_signed_request_goes_past_the_proxy_and_carries_no_token(hostile):
    with http.server.HTTPServer(("127.0.0.1", 0), _Service) as server:
        server.seen = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        session, endpoint = (
            local_session("us-east-1", "key", "secret"),
            f"http://127.0.0.1:{server.server_port}",
        )
        client_of(session, "dynamodb", endpoint).list_tables()
        price_list_client("eu-west-1", session, endpoint).describe_services()
        server.shutdown()
    assert ["Credential=key/" in headers["Authorization"] for headers in server.seen] == [True, True]
    assert not any("X-Amz-Security-Token" in headers for headers in server.seen)
    assert hostile == []
