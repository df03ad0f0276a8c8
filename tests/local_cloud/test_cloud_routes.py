"""Every route and every service that the emulator knows: none answers who does not sign, and the unused ones nobody."""

from __future__ import annotations

import ast
import contextlib
import http.client
import inspect
import re
from collections.abc import Iterator

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from ministack import app
from ministack.core import router

from local_cloud.emulator.requests import SERVICES

METHODS = ("GET", "POST")
OURS = {"sagemaker": "SageMaker.ListTrainingJobs", "pricing": "AWSPriceListService.GetProducts"}
"""What the local cloud adds to the emulator's services."""


def routes() -> list[str]:
    """Every path that the emulator's source compares a request's with, patterns as a path that they match."""
    found = set()
    for module in (app, router):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                path = re.sub(r"^\^|\$$|\\d\{3\}-|\\", "", node.value).split("(?")[0].replace("[^/]+", "x")
                if re.fullmatch(r"/[\w./@%-]*", path):
                    found.add(f"{path}x" if path.endswith("/") else path)
    return sorted(found)


def targets() -> dict[str, str]:
    """Service -> an operation of it, as `X-Amz-Target` names it, of every service that the emulator knows."""
    prefixes = {
        name: known.get("target_prefixes", [""])[0] for name, known in router.SERVICE_PATTERNS.items()
    }
    names = app.SERVICE_REGISTRY.keys() | prefixes.keys()
    return {name: f"{prefixes.get(name, '').rstrip('.')}.ListThings".lstrip(".") for name in sorted(names)}


class Caller:
    """Sends requests as they are given."""

    def __init__(self, port: int) -> None:
        self.host, self._port = f"127.0.0.1:{port}", port

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, dict, bytes]:
        """Send a request; return status, headers (in lower case) and body of its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": self.host, "Content-Length": str(len(body)), **headers}.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            got = connection.getresponse()
            return got.status, {name.lower(): value for name, value in got.getheaders()}, got.read()


@pytest.fixture
def caller(cloud) -> Caller:
    """A caller of the folder's local cloud."""
    return Caller(cloud.connection.port)


@pytest.fixture
def unchanged(cloud) -> Iterator[None]:
    """The account is afterwards as it was before."""

    def account() -> tuple:
        return (
            cloud.s3.list_buckets()["Buckets"], cloud.sqs.list_queues().get("QueueUrls"),
            cloud.dynamodb.list_tables()["TableNames"], cloud.iam.list_roles()["Roles"],
            cloud.lambda_.list_functions()["Functions"], cloud.events.list_rules()["Rules"],
        )  # fmt: skip

    before = account()
    yield
    assert account() == before


def signed(cloud, service: str, target: str) -> dict[str, str]:
    """The headers of `POST /` for a service, signed by the administrator."""
    keys = Credentials(cloud.connection.access_key_id, cloud.connection.secret_access_key)
    request = AWSRequest(
        "POST", f"{cloud.connection.endpoint_url}/", headers={"X-Amz-Target": target}, data=b"{}"
    )
    SigV4Auth(keys, service, cloud.connection.region).add_auth(request)
    return dict(request.headers)


def test_the_walk_meets_the_routes_that_are_known_to_be_dangerous():
    known = {
        "/_ministack/reset",
        "/_ministack/config",
        "/_ministack/lambda-code/x",
        "/v2/_catalog",
        "/Execute",
    }
    assert known <= set(routes())
    assert len(routes()) > 150
    assert set(SERVICES) <= set(targets())
    assert len(targets()) > 80


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("method", METHODS)
def test_no_route_answers_without_a_signature(caller, method):
    for path in routes():
        status, headers, body = caller.answer(method, path, {}, b"{}")
        assert status == 403, path
        assert not [name for name in headers if name.startswith("access-control-")], path
        assert b"health" not in body.lower(), path


@pytest.mark.usefixtures("unchanged")
def test_no_service_answers_without_a_signature(caller):
    for service, target in targets().items():
        for more in ({"X-Amz-Target": target}, {"Host": f"{service}.us-east-1.amazonaws.com"}, {}):
            for path in (
                "/",
                "/?Action=ListThings",
                f"/?Action=ListThings&X-Amz-Credential=AKIA/1/us-east-1/{service}/a",
            ):
                status, headers, _ = caller.answer("POST", path, more, b"{}")
                assert status == 403, (service, more, path)
                assert "access-control-allow-origin" not in headers


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "foreign",
    [{"Host": "evil.example"}, {"oRiGiN": "null"}],
    ids=str,
)  # fmt: skip
def test_a_signature_does_not_help_a_web_page(cloud, caller, foreign):
    """Not for any route, and not for any service: the page that replays a signed request is refused, too."""
    forged = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20261127/us-east-1/s3/aws4_request, Signature=0"
    }
    for path in routes():
        assert caller.answer("POST", path, {**forged, **foreign}, b"{}")[0] == 403, path
    for service, target in {**targets(), **OURS}.items():
        status, headers, _ = caller.answer("POST", "/", {**signed(cloud, service, target), **foreign}, b"{}")
        assert status == 403, service
        assert "access-control-allow-origin" not in headers


@pytest.mark.usefixtures("unchanged")
def test_the_administrator_gets_no_service_that_the_pipeline_does_not_use(cloud, caller):
    aliases = {name for name in SERVICES for name in (name, *app.SERVICE_REGISTRY[name].get("aliases", ()))}
    for service, target in targets().items():
        if service in aliases | OURS.keys():
            continue
        status, headers, body = caller.answer("POST", "/", signed(cloud, service, target), b"{}")
        assert "access-control-allow-origin" not in headers
        assert (status, f"has no {service}.".encode() in body) == (400, True), (service, body[:200])


@pytest.mark.usefixtures("unchanged")
def test_no_answer_of_a_service_is_for_web_pages(cloud, caller):
    """Each service that is on, asked for something that it may or may not know."""
    for service in (*SERVICES, *OURS):
        target = {**targets(), **OURS}[service]
        _, headers, _ = caller.answer("POST", "/", signed(cloud, service, target), b"{}")
        assert not [name for name in headers if name.startswith("access-control-")], service
