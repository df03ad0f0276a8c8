"""Archived objects: what S3 refuses to read, and what its listings and the pipeline say of them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from wordvectors.aws.bucket import Bucket
from wordvectors.aws.unreadable import ObjectArchived


@pytest.fixture
def bucket(cloud):
    cloud.s3.create_bucket(Bucket="attic")
    yield Bucket(cloud.s3, "attic")
    for entry in cloud.s3.list_objects_v2(Bucket="attic").get("Contents", []):
        cloud.s3.delete_object(Bucket="attic", Key=entry["Key"])
    cloud.s3.delete_bucket(Bucket="attic")


def test_an_archived_object_can_be_read_once_it_is_restored(cloud, bucket):
    cloud.s3.put_object(Bucket="attic", Key="a b.txt", Body=b"text", StorageClass="GLACIER")

    stored = bucket.find("a b.txt")
    assert stored.archived
    with pytest.raises(ObjectArchived):
        bucket.reader(stored).read(0, 4)
    with pytest.raises(ClientError, match="InvalidObjectState"):
        cloud.s3.get_object(Bucket="attic", Key="a b.txt")

    cloud.s3.restore_object(Bucket="attic", Key="a b.txt", RestoreRequest={"Days": 1})
    (entry,) = cloud.s3.list_objects_v2(Bucket="attic", OptionalObjectAttributes=["RestoreStatus"])[
        "Contents"
    ]
    assert (entry["StorageClass"], entry["RestoreStatus"]) == ("GLACIER", {"IsRestoreInProgress": True})
    assert bucket.find("a b.txt").archived

    cloud.wait_for(lambda: not bucket.find("a b.txt").archived)
    assert bucket.reader(bucket.find("a b.txt")).read(0, 4) == b"text"


def test_what_is_archived_and_read_at_once_is_as_any_other(cloud, bucket):
    cloud.s3.put_object(Bucket="attic", Key="a.txt", Body=b"text", StorageClass="GLACIER_IR")

    assert not bucket.find("a.txt").archived
    assert bucket.reader(bucket.find("a.txt")).read(0, 4) == b"text"
