"""Who may call the local cloud, and what it answers the others."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.error
import urllib.request

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_cloud.emulator import requests
from wordvectors.client.local_server import AnotherServer, check_server


@pytest.fixture(scope="module")
def bucket(cloud):
    """A bucket with one object."""
    name = cloud.name("bucket")
    cloud.s3.create_bucket(Bucket=name)
    cloud.s3.put_object(Bucket=name, Key="corpora/x.txt", Body=b"a b c")
    return name


@pytest.mark.parametrize("key", ["test", "000000000000", "AKIA0123456789ABCDEF"])
def test_keys_that_nobody_was_given_are_refused(cloud, key):
    keys = {"aws_access_key_id": key, "aws_secret_access_key": cloud.connection.secret_access_key}
    with pytest.raises(ClientError, match=r"InvalidClientTokenId|UnrecognizedClient"):
        cloud.connection.client("sts", **keys).get_caller_identity()


def test_the_administrators_key_needs_its_secret(cloud):
    keys = {"aws_access_key_id": cloud.connection.access_key_id, "aws_secret_access_key": "guess"}
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        cloud.connection.client("sts", **keys).get_caller_identity()


def test_unsigned_requests_are_refused(cloud, bucket):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{cloud.connection.endpoint_url}/{bucket}/corpora/x.txt")
    assert refused.value.code == 403


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_ministack/config", "/_localstack/state/reset"])
def test_nobody_can_wipe_the_account(cloud, bucket, path):
    request = urllib.request.Request(f"{cloud.connection.endpoint_url}{path}", data=b"{}", method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 403
    assert cloud.s3.head_object(Bucket=bucket, Key="corpora/x.txt")["ContentLength"] == 5


def test_a_bucket_that_requires_tls_serves_the_loopback_interface(cloud, bucket):
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    cloud.s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert cloud.s3.get_object(Bucket=bucket, Key="corpora/x.txt")["Body"].read() == b"a b c"
    deny["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}  # the policy is looked at
    cloud.s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        cloud.s3.get_object(Bucket=bucket, Key="corpora/x.txt")


def test_a_denial_names_its_request(cloud):
    with pytest.raises(ClientError, match="AccessDenied") as denied:
        cloud.user_client("dynamodb").list_tables()
    assert denied.value.response["ResponseMetadata"]["RequestId"]


def test_log_streams_are_allowed_by_the_groups_arn_with_a_star(cloud):
    group = cloud.name("group")
    cloud.logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
    actions = ["logs:DescribeLogStreams", "logs:CreateLogStream", "logs:PutLogEvents"]
    allowed = cloud.user_client("logs", cloud.allow((actions, f"{arn}:*")))
    allowed.create_log_stream(logGroupName=group, logStreamName="s")
    allowed.put_log_events(
        logGroupName=group, logStreamName="s", logEvents=[{"timestamp": 1_800_000_000_000, "message": "m"}]
    )
    assert len(allowed.describe_log_streams(logGroupName=group)["logStreams"]) == 1
    denied = cloud.user_client("logs", cloud.allow((actions, f"{arn}-other:*")))
    with pytest.raises(ClientError, match="AccessDenied"):
        denied.describe_log_streams(logGroupName=group)


def answer_to(cloud, head: bytes) -> bytes:
    """Send a request's head and nothing of its body; return all that is answered."""
    with socket.create_connection(("127.0.0.1", cloud.connection.port), timeout=30) as sent:
        sent.sendall(head.replace(b"\n", b"\r\n") + b"\r\n\r\n")
        return b"".join(iter(lambda: sent.recv(65536), b""))


FORGED = "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20261127/us-east-1/s3/aws4_request, Signature=0"
PRESIGNED = "X-Amz-Credential=AKIA%2F20261127%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=0"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /_ministack/health HTTP/1.1\nHost: {host}", 403),
        ("GET /_ministack/ready HTTP/1.1\nHost: {host}", 403),
        ("OPTIONS /{bucket} HTTP/1.1\nHost: {host}", 403),
        ("GET /v2/_catalog HTTP/1.1\nHost: {host}", 403),
        ("POST /Execute HTTP/1.1\nHost: {host}\nContent-Length: 2", 403),
        ("GET /{bucket}/corpora/x.txt HTTP/1.1\nHost: evil.example\n{forged}", 403),
        ("GET /{bucket}/corpora/x.txt HTTP/1.1\nHost: x.execute-api.localhost:{port}\n{forged}", 403),
        ("GET /{bucket}/corpora/x.txt HTTP/1.1\nHost: {host}\nOrigin: https://evil.example\n{forged}", 403),
        ("GET /_wordvectors/server?nonce=1 HTTP/1.1\nHost: {host}\nOrigin: null", 403),
        ("GET /_ministack/reset HTTP/1.1\nHost: {host}\n{forged}", 403),
        ("PUT /{bucket}/large HTTP/1.1\nHost: {host}\nContent-Length: 629145600", 403),
        ("PUT /{bucket}/large HTTP/1.1\nHost: {host}\nContent-Length: 629145600\n{forged}", 413),
        ("PUT /{bucket}/large HTTP/1.1\nHost: {host}\nContent-Length: 2097152\n{forged}", 403),
        ("PUT /{bucket}/large?{presigned} HTTP/1.1\nHost: {host}\nContent-Length: 2097152", 403),
        ("PUT /{bucket}/large HTTP/1.1\nHost: {host}\nTransfer-Encoding: chunked\n{forged}", 411),
        (
            "GET /mqtt HTTP/1.1\nHost: {host}\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Protocol: mqtt",
            403,
        ),
    ],
)
def test_what_is_not_served_is_refused_by_its_head_alone(cloud, bucket, head, status):
    port = cloud.connection.port
    filled = head.format(
        host=f"127.0.0.1:{port}", port=port, bucket=bucket, forged=FORGED, presigned=PRESIGNED
    )
    told = answer_to(
        cloud, f"{filled}\nConnection: close".encode() if "Upgrade" not in filled else filled.encode()
    )
    assert told.split(b" ")[1] == str(status).encode()
    assert b"access-control-allow-origin" not in told.lower()


def test_a_large_body_is_taken_under_the_key_of_a_user_and_of_a_session(cloud):
    bucket = cloud.name("bucket")
    cloud.s3.create_bucket(Bucket=bucket)
    user = cloud.user_client("s3", cloud.allow(("s3:PutObject", f"arn:aws:s3:::{bucket}/*")))
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    name = cloud.name("role")
    role = cloud.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    cloud.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=cloud.allow(("s3:*", "*")))
    given = cloud.connection.client("sts").assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="large")[
        "Credentials"
    ]
    session = cloud.connection.client(
        "s3",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    url = cloud.connection.client("s3", config=Config(signature_version="s3v4")).generate_presigned_url(
        "put_object", Params={"Bucket": bucket, "Key": "presigned"}
    )
    body = b"x" * (requests.MOST_UNKNOWN_BYTES + 1)

    user.put_object(Bucket=bucket, Key="users", Body=body)
    session.put_object(Bucket=bucket, Key="sessions", Body=body)
    with urllib.request.urlopen(urllib.request.Request(url, body, method="PUT"), timeout=30) as answer:
        assert answer.status == 200


def test_a_request_of_http_2_which_need_not_say_its_length_is_refused_by_its_head_alone():
    told = []

    async def send(message) -> None:
        told.append(message)

    async def receive() -> None:
        raise AssertionError("the body is read")

    scope = {
        "type": "http", "http_version": "2", "method": "PUT", "path": "/bucket/large", "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:4566"), (b"authorization", b"AWS4-HMAC-SHA256 Credential=AKIA")],
    }  # fmt: skip
    gateway = requests.Gateway(lambda scope, receive, send: receive(), 4566, lambda nonce: "")
    asyncio.run(gateway(scope, receive, send))

    assert told[0]["status"] == 505


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("kms", "list_keys"),
        ("ecs", "list_clusters"),
        ("ec2", "describe_vpcs"),
        ("rds", "describe_db_instances"),
        ("batch", "describe_job_queues"),
    ],
)
def test_a_service_that_the_pipeline_does_not_use_is_refused_in_its_own_protocol(cloud, service, operation):
    """JSON, EC2's own, query, REST with JSON."""
    said = rf"\(UnsupportedService\).*The local cloud has no {service}\.$"

    with pytest.raises(ClientError, match=said):
        getattr(cloud.connection.client(service), operation)()


def test_no_answer_is_for_web_pages(cloud):
    told = cloud.s3.create_bucket(Bucket=cloud.name("bucket"))["ResponseMetadata"]["HTTPHeaders"]
    told |= cloud.sqs.list_queues()["ResponseMetadata"]["HTTPHeaders"]
    assert not [name for name in told if name.startswith("access-control-")]


def test_the_server_proves_that_it_is_ours(cloud):
    settings = cloud.connection
    check_server(settings.endpoint_url, settings.secret_access_key)
    with pytest.raises(AnotherServer, match="another program"):
        check_server(settings.endpoint_url, "another secret")


def test_a_closed_connection_is_let_go(monkeypatch):
    """A page that asks a thousand times would else use up the server's open files."""
    from hypercorn.asyncio import serve
    from hypercorn.asyncio.tcp_server import TCPServer
    from hypercorn.config import Config

    monkeypatch.setattr(TCPServer, "_read_data", requests._letting_go(TCPServer._read_data))
    config = Config()
    config.bind, config.keep_alive_timeout = ["127.0.0.1:0"], 60
    listening = config.create_sockets()
    monkeypatch.setattr(config, "create_sockets", lambda: listening)
    address = listening.insecure_sockets[0].getsockname()

    async def refuse(scope, receive, send) -> None:
        if scope["type"] == "http":
            await requests._answer(send, 403, {})

    async def all_let_go() -> None:
        ended = asyncio.Event()
        serving = asyncio.create_task(serve(refuse, config, shutdown_trigger=ended.wait))
        await asyncio.sleep(0.1)
        before = len(asyncio.all_tasks())
        for _ in range(10):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            writer.close()
        while len(asyncio.all_tasks()) > before:
            await asyncio.sleep(0.05)
        ended.set()
        await serving

    asyncio.run(asyncio.wait_for(all_let_go(), 30))
