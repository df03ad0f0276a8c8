"""The product's own stacks, as synthesized, in the local cloud."""

from __future__ import annotations

import json

import pytest

from local_cloud import account
from local_cloud.connection import Files


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    """A home whose local cloud was started as `wordvectors local start` does it."""
    home = tmp_path_factory.mktemp("product")
    yield home, account.start(home)
    account.stop(home)


def test_start_deploys_the_stacks(product, cloud):
    home, connection = product
    helper = type(cloud)(connection)
    helper.s3.head_bucket(Bucket=connection.bucket)
    assert helper.dynamodb.describe_table(TableName=connection.table)["Table"]["TableStatus"] == "ACTIVE"
    machine = helper.stepfunctions.describe_state_machine(stateMachineArn=connection.state_machine_arn)
    assert json.loads(machine["definition"])["StartAt"] == "PlanRun"
    written = json.loads(Files(home).connection.read_text())
    for name in ("endpoint_url", "region", "access_key_id", "bucket", "table", "state_machine_arn", "pid"):
        assert written[name] == getattr(connection, name)


def test_a_second_start_finds_them_there(product):
    home, connection = product
    synthesized = Files(home).assembly.stat().st_mtime_ns
    assert account.start(home) == connection
    account.stop(home)
    again = account.start(home)
    assert again.outputs == connection.outputs
    assert Files(home).assembly.stat().st_mtime_ns == synthesized


def test_an_upload_starts_the_workflow(product, cloud):
    helper = type(cloud)(account.start(product[0]))
    connection = helper.connection
    helper.s3.put_object(Bucket=connection.bucket, Key="corpora/empty.txt", Body=b"")
    machine = {"stateMachineArn": connection.state_machine_arn}
    executions = helper.wait_for(lambda: helper.stepfunctions.list_executions(**machine)["executions"])
    ended = helper.ended(executions[0]["executionArn"])
    assert (ended["status"], ended["error"]) == ("FAILED", "RunRejected")
    (row,) = helper.dynamodb.scan(TableName=connection.table)["Items"]
    assert row["status"]["S"] == "REJECTED"
