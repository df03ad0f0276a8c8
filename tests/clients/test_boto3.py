"""boto3's waiters and paginators."""

from __future__ import annotations

import pytest
from botocore.exceptions import WaiterError

from tests.clients.conftest import BUCKET, Machine, job_request

JOBS = [f"paged-{number}" for number in range(3)]


@pytest.fixture(scope="module")
def client(machine: Machine):
    """Return the client of a service."""
    return machine.connection.client


@pytest.fixture(scope="module")
def trained(machine: Machine):
    """Three jobs that have ended."""
    for name in JOBS:
        machine.train(name)


def pages_of(client, operation: str, result: str, **arguments) -> list[list]:
    """Return what each page holds, of those that hold something; one thing fits on a page."""
    pages = client.get_paginator(operation).paginate(PaginationConfig={"PageSize": 1}, **arguments)
    return [page[result] for page in pages if page[result]]


def test_jobs_are_waited_for_and_paged_through(client, trained):
    pages = pages_of(client("sagemaker"), "list_training_jobs", "TrainingJobSummaries", NameContains="paged-")
    assert [[job["TrainingJobName"] for job in page] for page in pages] == [[name] for name in JOBS[::-1]]


def test_a_waiter_says_that_a_job_has_failed(client, machine):
    request = job_request("fails", machine.role)
    request["HyperParameters"]["window_size"] = "-1"
    client("sagemaker").create_training_job(**request)
    waiter = client("sagemaker").get_waiter("training_job_completed_or_stopped")
    with pytest.raises(WaiterError, match="terminal failure state"):
        waiter.wait(TrainingJobName="fails", WaiterConfig={"Delay": 1, "MaxAttempts": 120})


def test_a_log_is_paged_through(client, trained):
    logs, group = client("logs"), {"logGroupName": "/aws/sagemaker/TrainingJobs"}
    pages = pages_of(logs, "describe_log_streams", "logStreams", logStreamNamePrefix="paged-", **group)
    assert [len(page) for page in pages] == [1, 1, 1]
    stream = pages[0][0]["logStreamName"]
    events = pages_of(logs, "filter_log_events", "events", logStreamNames=[stream], **group)
    assert len(events) > 10
    assert {len(page) for page in events} == {1}


def test_objects_are_waited_for_and_paged_through(client):
    s3 = client("s3")
    for key in ("pages/a", "pages/b"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
        s3.get_waiter("object_exists").wait(Bucket=BUCKET, Key=key)
    pages = pages_of(s3, "list_objects_v2", "Contents", Bucket=BUCKET, Prefix="pages/")
    assert [[found["Key"] for found in page] for page in pages] == [["pages/a"], ["pages/b"]]
    s3.delete_object(Bucket=BUCKET, Key="pages/a")
    s3.get_waiter("object_not_exists").wait(Bucket=BUCKET, Key="pages/a")


def test_a_table_is_waited_for_and_paged_through(client):
    dynamodb = client("dynamodb")
    key = {"AttributeName": "run_id", "KeyType": "HASH"}
    dynamodb.create_table(
        TableName="words", BillingMode="PAY_PER_REQUEST", KeySchema=[key],
        AttributeDefinitions=[{"AttributeName": "run_id", "AttributeType": "S"}],
    )  # fmt: skip
    dynamodb.get_waiter("table_exists").wait(TableName="words", WaiterConfig={"Delay": 1})
    for run_id in ("a", "b"):
        dynamodb.put_item(TableName="words", Item={"run_id": {"S": run_id}})
    pages = pages_of(dynamodb, "scan", "Items", TableName="words")
    assert sorted(item["run_id"]["S"] for (item,) in pages) == ["a", "b"]
    dynamodb.delete_table(TableName="words")
    dynamodb.get_waiter("table_not_exists").wait(TableName="words", WaiterConfig={"Delay": 1})
