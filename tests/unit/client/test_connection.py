"""How a client finds the local cloud of a home folder."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.hostile_environment import hostile_environment, refusing_proxy
from wordvectors import __version__
from wordvectors.client import local_server
from wordvectors.client.deployment import (
    DeploymentNotFound,
    account_aws,
    account_local,
    connect_aws,
    connect_local,
)
from wordvectors.client.patient import Patient
from wordvectors.client.preflight import examine

WRITTEN = {
    "access_key_id": "a", "secret_access_key": "b", "region": "us-east-1", "endpoint_url": "http://127.0.0.1:1",
}  # fmt: skip


def write(home, /, **more: str) -> None:
    (home / "local").mkdir()
    (home / "local" / "connection.json").write_text(json.dumps(WRITTEN | more))


@pytest.fixture
def served():
    """Serve proofs by a secret on a port of this machine; return its address, and what was asked for."""
    servers = []

    def serve(secret: str) -> tuple[str, list[str]]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                given = local_server.proof(secret, self.server.server_port, self.path.partition("nonce=")[2])
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps({"proof": given}).encode())

            def log_message(self, *args) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}", asked

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_local_cloud_of_this_version_is_found(tmp_path, served, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # what is asked goes through no proxy
    address, _ = served(WRITTEN["secret_access_key"])
    write(tmp_path, version=__version__, endpoint_url=address)
    assert account_local(tmp_path).endpoint_url == address


def test_a_server_that_took_the_port_is_sent_a_nonce_and_nothing_else(tmp_path, served):
    address, asked = served("another secret")
    write(tmp_path, version=__version__, endpoint_url=address)
    with pytest.raises(
        DeploymentNotFound, match=r"another program than the local cloud. Nothing was sent to it."
    ):
        account_local(tmp_path)
    assert [path.partition("nonce=")[0] for path in asked] == [f"{local_server.PROOF_PATH}?"]


def test_the_server_of_the_home_that_this_one_is_a_copy_of_is_not_asked(tmp_path, served):
    address, asked = served(WRITTEN["secret_access_key"])
    write(tmp_path, version=__version__, endpoint_url=address, home=str(tmp_path / "first"))
    with pytest.raises(DeploymentNotFound, match="is not running"):
        account_local(tmp_path)
    assert not asked


@pytest.mark.parametrize("known", [{}, {"version": "0.1.0"}])
def test_a_server_of_another_version_is_not_spoken_to_and_the_fix_is_named(tmp_path, known):
    write(tmp_path, **known)
    with pytest.raises(DeploymentNotFound, match=f"this is {__version__}. `wordvectors local stop`"):
        account_local(tmp_path)


def test_the_local_cloud_is_found_whatever_the_environment_says_of_aws(tmp_path, served, monkeypatch):
    with refusing_proxy() as (proxy, seen):
        for name, value in hostile_environment(tmp_path, proxy).items():
            monkeypatch.setenv(name, value)
        address, _ = served(WRITTEN["secret_access_key"])
        write(tmp_path, version=__version__, endpoint_url=address)
        with pytest.raises(DeploymentNotFound, match="what answered is no service of AWS"):
            connect_local(tmp_path, stack="Wordvectors")  # what is served knows of proofs alone
    assert seen == []


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"AWS_PROFILE": "missing"}, r"The config profile \(missing\) could not be found. Check --profile"),
        (
            {"AWS_CONFIG_FILE": "broken_config"},
            r"Unable to parse config file: .*broken_config. Mend that file",
        ),
        ({"AWS_ENDPOINT_URL": "no address"}, r"Invalid endpoint: no address. Check --profile"),
        (
            {"AWS_CREDENTIAL_EXPIRATION": "2001-01-01T00:00:00Z"},
            r"credentials are still expired. Check --profile",
        ),
        (
            {"AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00"},
            "expire is one without a zone: let it end in Z. Check --profile",
        ),
        ({"AWS_DEFAULTS_MODE": "x"}, r"invalid defaults mode: x. .* the variables AWS_"),
        ({}, r"DescribeStacks was answered by a proxy or another server, not by AWS \(HTTP status 403\)"),
    ],
)
def test_what_of_the_users_is_at_fault_is_said_when_aws_is_asked(tmp_path, monkeypatch, variables, reason):
    with refusing_proxy() as (proxy, _):
        hostile_environment(tmp_path, proxy)
        given = {
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": proxy,
            "AWS_CONFIG_FILE": "none",
            **variables,
        }
        monkeypatch.chdir(tmp_path)
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(DeploymentNotFound, match=reason):
            connect_aws(profile=None, region=None, stack="Wordvectors")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"Expiration": "2099-01-01T00:00:00"}, "expire is one without a zone: let it end in Z"),
        ({"Expiration": 5}, "not of the form that AWS's clients expect"),
        ({"AccessKeyId": 1}, "not of the form that AWS's clients expect"),
        ([], "not of the form that AWS's clients expect"),
    ],
)
def test_credentials_of_another_form_than_expected_are_a_fault_of_the_settings(
    tmp_path, monkeypatch, answer, reason
):
    given = {"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}
    (tmp_path / "answer.json").write_text(json.dumps(given | answer if isinstance(answer, dict) else answer))
    (tmp_path / "config").write_text(
        f"[profile p]\nregion = us-east-1\ncredential_process = cat {tmp_path}/answer.json\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(DeploymentNotFound, match=reason):
        connect_aws(profile="p", region=None, stack="Wordvectors")
    patient = Patient(account_aws(profile="p", region=None), "Wordvectors")
    assert re.search(reason, next(check.text for check in examine(patient) if check.name == "Credentials"))


def test_a_missing_region_is_named_with_its_fix(monkeypatch, tmp_path):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert account_aws(profile=None, region=None).region == ""
    with pytest.raises(DeploymentNotFound, match="no region is named: give one with --region"):
        connect_aws(profile=None, region=None, stack="Wordvectors")
