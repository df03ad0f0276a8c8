"""Buckets that belong to a stack."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import WaiterError


def with_bucket(owner: str) -> str:
    """A stack that is one bucket, with a tag."""
    tags = [{"Key": "owner", "Value": owner}]
    return json.dumps({
        "Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": tags}}},
        "Outputs": {"Name": {"Value": {"Ref": "Bucket"}}},
    })  # fmt: skip


def test_a_stacks_bucket_has_its_tags_and_goes_when_it_is_empty(cloud):
    stack, stacks = cloud.name("stack"), cloud.cloudformation
    stacks.create_stack(StackName=stack, TemplateBody=with_bucket("nlp"))
    bucket = stacks.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"][0]["OutputValue"]
    assert cloud.s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "owner", "Value": "nlp"}]
    stacks.update_stack(StackName=stack, TemplateBody=with_bucket("search"))
    assert cloud.s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "owner", "Value": "search"}]

    cloud.s3.put_object(Bucket=bucket, Key="key", Body=b"words")
    stacks.delete_stack(StackName=stack)
    with pytest.raises(WaiterError, match="DELETE_FAILED"):
        stacks.get_waiter("stack_delete_complete").wait(StackName=stack)
    reasons = [event.get("ResourceStatusReason") for event in
               stacks.describe_stack_events(StackName=stack)["StackEvents"]]  # fmt: skip
    assert "The bucket you tried to delete is not empty" in reasons
    assert cloud.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"words"

    cloud.s3.delete_object(Bucket=bucket, Key="key")
    stacks.delete_stack(StackName=stack)
    stacks.get_waiter("stack_delete_complete").wait(StackName=stack)
    assert bucket not in [found["Name"] for found in cloud.s3.list_buckets()["Buckets"]]
