"""Versions of objects."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from tests.local_cloud.conftest import details_of_events

Uploads = Callable[[bytes], str]


@pytest.fixture
def bucket(cloud) -> str:
    """A bucket that keeps versions."""
    name = cloud.name("versions")
    cloud.s3.create_bucket(Bucket=name)
    cloud.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def upload(cloud, bucket) -> Uploads:
    """Put an object at `key`, and return the version that it is."""
    return lambda body: cloud.s3.put_object(Bucket=bucket, Key="key", Body=body)["VersionId"]


def test_an_event_tells_which_version_of_an_object_it_is_about(cloud, bucket, upload):
    cloud.s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
    with details_of_events(cloud, pattern) as details:
        versions = [upload(b"words") for _ in range(2)]
        cloud.wait_for(lambda: len(details()) == 2)
        assert sorted(detail["object"]["version-id"] for detail in details()) == sorted(versions)


@pytest.mark.parametrize(
    ("asked", "body", "told"),
    [
        ("bytes=2-4", b"cde", "bytes 2-4/6"),
        ("bytes=4-", b"ef", "bytes 4-5/6"),
        ("bytes=-2", b"ef", "bytes 4-5/6"),
        ("bytes=4-99", b"ef", "bytes 4-5/6"),
    ],
)
def test_a_range_of_an_older_version_and_of_the_newest_is_just_that_range(
    cloud, bucket, upload, asked, body, told
):
    older, newest = upload(b"abcdef"), upload(b"ABCDEF")
    for version, expected in ((older, body), (newest, body.upper())):
        answer = cloud.s3.get_object(Bucket=bucket, Key="key", VersionId=version, Range=asked)
        assert answer["Body"].read() == expected
        assert (answer["ContentRange"], answer["ContentLength"]) == (told, len(body))
        assert answer["VersionId"] == version
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_a_range_beyond_a_versions_end_is_refused(cloud, bucket, upload):
    with pytest.raises(ClientError, match="InvalidRange"):
        cloud.s3.get_object(Bucket=bucket, Key="key", VersionId=upload(b"abcdef"), Range="bytes=6-7")
