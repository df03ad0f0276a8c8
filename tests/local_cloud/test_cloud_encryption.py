"""Objects under a KMS key: S3 gives them to those who may use the key, through S3."""

from __future__ import annotations

import json

import pytest

from wordvectors.aws.bucket import Bucket
from wordvectors.aws.unreadable import ObjectEncrypted

KEY = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"
READING = ("s3:*", "*")


def using(key: str, through: str) -> str:
    """Return a policy that lets its holder decrypt with a key through a service."""
    statement = {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": key,
        "Condition": {"StringEquals": {"kms:ViaService": through}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("policies", "is_read"),
    [
        ([], False),
        ([using(KEY, "s3.us-east-1.amazonaws.com")], True),
        ([using(KEY, "ec2.us-east-1.amazonaws.com")], False),
        ([using(KEY.replace("1234abcd", "other"), "s3.us-east-1.amazonaws.com")], False),
    ],
)
def test_who_reads_an_object_needs_its_key(cloud, policies, is_read):
    name = cloud.name("vault")
    cloud.s3.create_bucket(Bucket=name)
    cloud.s3.put_object(
        Bucket=name, Key="a.txt", Body=b"text", ServerSideEncryption="aws:kms", SSEKMSKeyId=KEY
    )
    cloud.s3.put_object(Bucket=name, Key="b.txt", Body=b"open")
    bucket = Bucket(cloud.user_client("s3", cloud.allow(READING), *policies), name)

    def read(key: str) -> bytes:
        return bucket.reader(bucket.find(key)).read(0, 4)

    assert read("b.txt") == b"open"
    if is_read:
        assert read("a.txt") == b"text"
    else:
        with pytest.raises(ObjectEncrypted, match=f"a.txt is encrypted with the KMS key {KEY}, which"):
            read("a.txt")
    assert cloud.s3.get_object(Bucket=name, Key="a.txt")["Body"].read() == b"text"  # who may do all


@pytest.mark.parametrize("named", [{}, {"SSEKMSKeyId": "alias/aws/s3"}])
def test_everybody_may_use_the_key_of_s3_itself(cloud, named):
    name = cloud.name("vault")
    cloud.s3.create_bucket(Bucket=name)

    put = cloud.s3.put_object(Bucket=name, Key="a.txt", Body=b"text", ServerSideEncryption="aws:kms", **named)

    assert put["SSEKMSKeyId"].startswith("arn:aws:kms:us-east-1:000000000000:key/")
    bucket = Bucket(cloud.user_client("s3", cloud.allow(READING)), name)
    assert bucket.reader(bucket.find("a.txt")).read(0, 4) == b"text"
