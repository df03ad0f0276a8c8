"""What the local cloud has acknowledged is there after a crash, and what it can't keep it does not acknowledge."""

from __future__ import annotations

import json
import os
import random
import time

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_cloud import account, processes
from local_cloud.connection import Files, write_private
from local_cloud.emulator import credentials
from tests.faults.emulator import pace
from tests.local_cloud.test_cloud_lifecycle import client, kill

KILLS = int(os.environ.get("WORDVECTORS_KILLS", "3"))
FINAL = ("COMPLETED", "REJECTED", "FAILED", "STOPPED")


def items(connection) -> list[dict]:
    """The rows of the table of runs."""
    dynamodb = connection.session.resource("dynamodb", endpoint_url=connection.endpoint_url)
    return dynamodb.Table(connection.table).scan()["Items"]


def test_a_row_that_was_acknowledged_outlives_a_kill(home):
    connection = account.start(home, deploy=False)
    table = client(connection, "dynamodb")
    table.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.put_item(TableName="table", Item={"k": {"S": "a"}})
    kill(connection)
    table = client(account.start(home, deploy=False), "dynamodb")
    assert "Item" in table.get_item(TableName="table", Key={"k": {"S": "a"}})


@pytest.mark.parametrize("content", ["", '{"__ministack_format__": 2, "payl'])
def test_a_cut_state_file_is_refused_and_kept(home, content):
    client(account.start(home, deploy=False), "s3").create_bucket(Bucket="kept")
    account.stop(home)
    path = Files(home).state / "s3.json"
    path.write_text(content)
    with pytest.raises(account.LocalCloudError, match=r"s3\.json is empty or cut off"):
        account.start(home, deploy=False)
    assert path.read_text() == path.with_suffix(".broken").read_text() == content


def test_a_second_server_is_refused_while_the_first_lives(home):
    connection = account.start(home, deploy=False)
    process = Files(home).process.read_text()
    Files(home).process.unlink()
    with pytest.raises(account.LocalCloudError, match="Another local cloud already uses"):
        account.start(home, deploy=False)
    client(connection, "s3").list_buckets()
    Files(home).process.write_text(process)


def test_what_can_not_be_saved_is_not_acknowledged(home):
    """A folder in the place of the partial file stands for the full disk, for root, too."""
    connection = account.start(home, deploy=False)
    once = Config(retries={"max_attempts": 0})
    s3 = connection.client("s3", config=once)
    s3.create_bucket(Bucket="bucket")
    blocked = Files(home).objects / connection.account_id / "bucket" / "key.tmp"
    blocked.mkdir(parents=True)
    with pytest.raises(ClientError, match="could not save this"):
        s3.put_object(Bucket="bucket", Key="key", Body=b"words")
    blocked.rmdir()
    s3.put_object(Bucket="bucket", Key="key", Body=b"words")

    sqs = connection.client("sqs", config=once)
    blocked = Files(home).state / "sqs.json.tmp"
    blocked.mkdir()
    with pytest.raises(ClientError) as refused:
        sqs.create_queue(QueueName="queue")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    with pytest.raises(account.LocalCloudError, match="could not save its last changes"):
        account.stop(home)
    blocked.rmdir()
    assert not account.stop(home)


def test_a_session_is_not_bound_to_the_clock(monkeypatch):
    from ministack.services import iam, sts

    policy = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "x"}, "Action": "sts:AssumeRole"}]}
    arn = "arn:aws:iam::000000000000:role/clock"
    monkeypatch.setitem(
        iam._roles._data, ("000000000000", "clock"), {"AssumeRolePolicyDocument": json.dumps(policy)}
    )
    keys = credentials.assume_for_service(arn, "session", "x")
    later = time.time() + 7200
    monkeypatch.setattr(time, "time", lambda: later)
    credentials.assume_for_service(arn, "another", "x")  # which is when the expired ones go
    assert not sts._session_expired(sts._sessions[keys.aws_access_key_id])


def test_no_run_is_halved_by_a_kill(home):
    """`WORDVECTORS_KILLS` kills, each at another moment of a run; its seed is its number."""
    corpus = b"the cat sat on the mat\n" * 200
    figures = {"acknowledged": 0, "refused": 0}
    pace.set_pace(home, pace.Pace(0.05))
    for number in range(KILLS):
        connection = account.start(home, extension=pace.__name__)
        key, draw = f"corpora/k{number}.txt", random.Random(number)
        moment = draw.uniform(0, 8)
        if processes.start_time(connection.pid) is None:
            raise AssertionError("the server has ended")
        once = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=30)
        s3 = connection.client("s3", config=once)
        try:
            s3.put_object(Bucket=connection.bucket, Key=key, Body=corpus)
            figures["acknowledged"] += 1
        except (BotoCoreError, ClientError):
            figures["refused"] += 1
        time.sleep(moment)
        kill(connection)
        connection = account.start(home)

        def all_final(connection=connection, number=number):
            rows = items(connection)
            return len(rows) == number + 1 and all(row["status"] in FINAL for row in rows) and rows

        deadline, rows = time.monotonic() + 25, None
        while not (rows := all_final()):
            assert time.monotonic() < deadline, [
                (number, moment),
                [
                    {k: r.get(k) for k in ("run_id", "kind", "status", "failure_reason", "execution_arn")}
                    for r in items(connection)
                ],
            ]
            time.sleep(0.2)
        sagemaker = client(connection, "sagemaker")
        jobs = sagemaker.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]
        assert {job["TrainingJobName"] for job in jobs} <= {row["run_id"] for row in rows}
        assert not [job for job in jobs if job["TrainingJobStatus"] == "InProgress"]
    print(figures, {status: sum(row["status"] == status for row in rows) for status in FINAL})


def test_a_file_is_on_the_disk_before_it_takes_its_place(tmp_path, monkeypatch):
    """A power cut leaves the old file or the new one: its bytes are there before its name is."""
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: done.append(os.fstat(file).st_size) or fsync(file))
    monkeypatch.setattr(os, "replace", lambda old, new: done.append(new.name) or replace(old, new))
    write_private(tmp_path / "state.json", "words")
    assert done == [5, "state.json"]
