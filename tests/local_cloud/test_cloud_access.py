"""Who may call the local cloud, and what it answers the others."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def bucket(cloud):
    """A bucket with one object."""
    name = cloud.name("bucket")
    cloud.s3.create_bucket(Bucket=name)
    cloud.s3.put_object(Bucket=name, Key="corpora/x.txt", Body=b"a b c")
    return name


@pytest.mark.parametrize("key", ["test", "000000000000", "AKIA0123456789ABCDEF"])
def test_keys_that_nobody_was_given_are_refused(cloud, key):
    settings = cloud.connection.client_settings() | {"aws_access_key_id": key}
    with pytest.raises(ClientError, match=r"InvalidClientTokenId|UnrecognizedClient"):
        boto3.client("sts", **settings).get_caller_identity()


def test_the_administrators_key_needs_its_secret(cloud):
    settings = cloud.connection.client_settings() | {"aws_secret_access_key": "guess"}
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        boto3.client("sts", **settings).get_caller_identity()


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
