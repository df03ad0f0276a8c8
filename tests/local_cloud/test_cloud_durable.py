"""What the local cloud has acknowledged is there after a crash, and what it can't keep it does not acknowledge."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from local_cloud import account, processes
from local_cloud.connection import Files, write_private
from local_cloud.emulator import credentials, persistence
from local_cloud.emulator.persistence import SAVE_SECONDS
from tests.local_cloud.conftest import Cloud, create_table
from tests.local_cloud.test_cloud_lifecycle import client, kill


def test_a_row_that_was_acknowledged_outlives_a_kill(home):
    connection = account.start(home, deploy=False)
    table = client(connection, "dynamodb")
    create_table(table, "table", "k")
    table.put_item(TableName="table", Item={"k": {"S": "a"}})
    kill(connection)
    table = client(account.start(home, deploy=False), "dynamodb")
    assert "Item" in table.get_item(TableName="table", Key={"k": {"S": "a"}})


def test_each_change_of_a_row_outlives_a_kill(home):
    """The texts of rows are kept from one save to the next: none of a row that has changed since."""
    connection = account.start(home, deploy=False)
    table = client(connection, "dynamodb")
    create_table(table, "table", "k")
    names = ("updated", "replaced", "deeply", "in a transaction", "by a statement", "deleted")
    keys = {name: {"k": {"S": name}} for name in names}
    for key in keys.values():
        table.put_item(TableName="table", Item={**key, "v": {"N": "1"}, "m": {"M": {"v": {"N": "1"}}}})
    two: Any = {":two": {"N": "2"}}
    added: Any = {"TableName": "table", "UpdateExpression": "SET v = :two", "ExpressionAttributeValues": two}
    table.update_item(Key=keys["updated"], **added)
    table.put_item(TableName="table", Item={**keys["replaced"], "v": {"N": "2"}})
    table.update_item(Key=keys["deeply"], **{**added, "UpdateExpression": "SET m.v = :two, v = :two"})
    table.transact_write_items(TransactItems=[{"Update": {"Key": keys["in a transaction"], **added}}])
    table.execute_statement(Statement="UPDATE \"table\" SET v=2 WHERE k='by a statement'")
    table.delete_item(TableName="table", Key=keys["deleted"])
    kill(connection)

    rows = client(account.start(home, deploy=False), "dynamodb").scan(TableName="table")["Items"]
    assert {row["k"]["S"]: row["v"]["N"] for row in rows} == dict.fromkeys(names[:-1], "2")
    assert next(row["m"]["M"]["v"]["N"] for row in rows if row["k"]["S"] == "deeply") == "2"


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


def test_a_server_that_is_killed_before_it_can_be_found_is_told_so(home, monkeypatch):
    def killed(endpoint_url, secret, server, log, began) -> None:
        server.kill()
        server.wait()

    monkeypatch.setattr(account, "_wait_until_it_answers", killed)
    with pytest.raises(account.LocalCloudError, match="ended while it started"):
        account.start(home, deploy=False)


SLOW_START = """
import asyncio, os, signal
from types import SimpleNamespace
from local_cloud import server

loaded = False

async def ministack(scope, receive, send):
    global loaded
    await receive()
    await asyncio.sleep(0.5)
    loaded = True
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})

def start():
    print("loaded" if loaded else "too early")
    os.kill(os.getpid(), signal.SIGTERM)

names = "take_up_interrupted", "go_on", "shut_down"
service = SimpleNamespace(**dict.fromkeys(names, lambda: None))
asyncio.run(server._serve(ministack, 0, service, service, SimpleNamespace(start=start)))
"""


def test_nothing_is_saved_before_the_saved_state_is_loaded():
    """However long that takes: what a slow machine had not loaded would be saved as empty, and what ran never ended."""
    saving = subprocess.run(
        [sys.executable, "-c", SLOW_START], capture_output=True, text=True, timeout=120, check=True
    )
    assert saving.stdout == "loaded\n"


def test_what_can_not_be_saved_is_not_acknowledged(home):
    """What lies in the place of a partial file stands for the full disk, for root, too."""
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
    blocked = Files(home).state / "prepared"
    blocked.touch()
    with pytest.raises(ClientError) as refused:
        sqs.create_queue(QueueName="queue")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert connection.client("iam", config=once).list_users()["Users"]  # who reads waits for no save
    with pytest.raises(account.LocalCloudError, match="could not save its last changes"):
        account.stop(home)
    blocked.unlink()
    assert not account.stop(home)


def test_what_is_awaited_is_saved_though_a_stack_is_at_work(tmp_path, monkeypatch):
    """Everything is not, as the stack's resources are not whole."""
    saves: list[set[str] | None] = []
    monkeypatch.setattr(persistence, "SAVE_SECONDS", 0.01)
    monkeypatch.setattr(persistence, "stacks_at_work", lambda: True)
    saver = persistence.Saver(tmp_path)
    monkeypatch.setattr(saver, "_save", saves.append)
    thread = _running(saver)
    saver.saved("sqs").result(20)
    monkeypatch.setattr(saver, "_save", lambda services: sys.exit())  # which ends the thread
    thread.join(20)
    assert {"sqs"} in saves
    assert None not in saves


def _running(saver: persistence.Saver) -> threading.Thread:
    """Return the thread that saves, until a save exits."""

    def run() -> None:
        with contextlib.suppress(SystemExit):
            saver._run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_what_could_not_be_saved_is_tried_again_after_a_pause(tmp_path, monkeypatch):
    tries: list[float] = []
    monkeypatch.setattr(persistence, "SAVE_SECONDS", 0.05)
    monkeypatch.setattr(persistence, "stacks_at_work", lambda: False)
    saver = persistence.Saver(tmp_path)

    def fail(services: set[str] | None) -> None:
        tries.append(time.monotonic())
        if len(tries) == 4:
            sys.exit()  # which ends the thread
        raise OSError("no space left on device")

    monkeypatch.setattr(saver, "_save", fail)
    _running(saver).join(20)
    assert all(later - earlier >= 0.05 for earlier, later in pairwise(tries))
    assert len(tries) == 4


def test_a_server_ends_when_its_folder_was_removed(home):
    connection = account.start(home, deploy=False)
    started = processes.start_time(connection.pid)
    shutil.rmtree(home)
    assert processes.wait_until_gone(connection.pid, started, 60)


def test_a_server_that_does_not_stop_in_time_is_killed_and_that_is_said(home, monkeypatch):
    connection = account.start(home, deploy=False)
    connection.client("sqs").create_queue(QueueName="kept")
    os.kill(connection.pid, signal.SIGSTOP)
    with monkeypatch.context() as patch:
        patch.setattr(account, "STOP_SECONDS", 0.5)
        with pytest.raises(account.LocalCloudError, match="was killed"):
            account.stop(home)
    assert not account.stop(home)
    assert account.start(home, deploy=False).client("sqs").list_queues()["QueueUrls"]
    assert account.stop(home)


def test_files_that_are_saved_together_are_all_old_or_all_new(tmp_path, monkeypatch):
    """The server is killed before each of its renames in turn; the next start brings the folder in order."""

    class Killed(BaseException):
        pass

    names, left = ["cloudformation", "executions/a", "glue"], 0
    replace = os.replace

    def killed_in_time(source, target) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        replace(source, target)

    persistence.replace_together(tmp_path, dict.fromkeys(names, '["old"]'))
    seen = []
    with monkeypatch.context() as patch:
        for renames in range(20):
            left = renames
            patch.setattr(os, "replace", killed_in_time)
            with contextlib.suppress(Killed):
                persistence.replace_together(tmp_path, dict.fromkeys(names, f"[{renames}]"))
            patch.undo()
            persistence.check(tmp_path)
            (content,) = {(tmp_path / f"{name}.json").read_text() for name in names}
            seen.append(content)
    assert (seen[0], seen[-1]) == ('["old"]', "[19]")


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


def test_a_file_is_on_the_disk_before_it_takes_its_place(tmp_path, monkeypatch):
    """A power cut leaves the old file or the new one: its bytes are there before its name is."""
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: done.append(os.fstat(file).st_size) or fsync(file))
    monkeypatch.setattr(os, "replace", lambda old, new: done.append(new.name) or replace(old, new))
    write_private(tmp_path / "state.json", "words")
    assert done == [5, "state.json"]


def test_an_upload_that_was_acknowledged_has_its_execution_after_a_kill(home):
    """Just after a start, when the interpreter is not ready and no execution has saved itself yet."""
    cloud = Cloud(account.start(home, deploy=False))
    cloud.s3.create_bucket(Bucket="words")
    cloud.s3.put_bucket_notification_configuration(
        Bucket="words", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    machine = cloud.machine({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    role = cloud.role(["events.amazonaws.com"], cloud.allow(("states:StartExecution", "*")))
    cloud.events.put_rule(Name="uploads", EventPattern=json.dumps({"source": ["aws.s3"]}))
    cloud.events.put_targets(Rule="uploads", Targets=[{"Id": "machine", "Arn": machine, "RoleArn": role}])
    account.stop(home)
    cloud = Cloud(account.start(home, deploy=False))
    cloud.s3.put_object(Bucket="words", Key="key", Body=b"words")
    kill(cloud.connection)
    cloud = Cloud(account.start(home, deploy=False))
    cloud.wait_for(lambda: cloud.stepfunctions.list_executions(stateMachineArn=machine)["executions"])


def test_a_stack_that_was_cut_off_can_be_created_anew(home):
    """The server is killed when one of its resources is there, and another is waited for."""
    cloud = Cloud(account.start(home, deploy=False))
    command = {"Name": "glueetl", "ScriptLocation": "s3://bucket/key"}
    job = {"Name": "clean", "Role": "arn:aws:iam::000000000000:role/role", "Command": command}
    resources = {"Job": {"Type": "AWS::Glue::Job", "Properties": job}}
    waiting = {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Wait": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600", "Count": 1},
            "DependsOn": "Job",
        },
    }
    once = cloud.connection.client(
        "cloudformation", config=Config(retries={"total_max_attempts": 1}, read_timeout=2 * SAVE_SECONDS)
    )
    with contextlib.suppress(ReadTimeoutError):
        once.create_stack(StackName="stack", TemplateBody=json.dumps({"Resources": resources | waiting}))
    cloud.wait_for(lambda: cloud.glue.get_job(JobName="clean"), what="the job")
    (stack,) = cloud.cloudformation.describe_stacks(StackName="stack")["Stacks"]
    assert stack["StackStatus"] == "CREATE_IN_PROGRESS"
    time.sleep(2 * SAVE_SECONDS)
    kill(cloud.connection)

    cloud = Cloud(account.start(home, deploy=False))
    cloud.cloudformation.create_stack(StackName="stack", TemplateBody=json.dumps({"Resources": resources}))
    (stack,) = cloud.cloudformation.describe_stacks(StackName="stack")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
