"""An event reaches its targets, though the server is killed before it has."""

from __future__ import annotations

import json
import time

from local_cloud import account
from local_cloud.connection import Files
from local_cloud.emulator import outbox, persistence
from tests.local_cloud.conftest import Cloud
from tests.local_cloud.test_cloud_lifecycle import kill


def test_an_event_is_delivered_again_when_its_target_was_still_at_work(home, tmp_path):
    """The function waits for the server's end when it is first invoked, and notes that it was invoked again."""
    cloud = Cloud(account.start(home, deploy=False))
    function = cloud.function(
        f"""
        import os, pathlib, time
        folder = pathlib.Path({str(tmp_path)!r})
        def handler(event, context):
            if (folder / "first").exists():
                (folder / "again").write_text(event["detail"]["word"])
                return
            (folder / "first").touch()
            server = os.getppid()
            while os.getppid() == server:
                time.sleep(0.05)
            os._exit(1)
        """,
        timeout=120,
    )
    cloud.events.put_rule(Name="words", EventPattern=json.dumps({"source": ["words"]}))
    cloud.events.put_targets(Rule="words", Targets=[{"Id": "function", "Arn": function}])
    entry = {"Source": "words", "DetailType": "word", "Detail": json.dumps({"word": "cat"})}
    cloud.events.put_events(Entries=[entry])
    cloud.wait_for((tmp_path / "first").exists, what="the first delivery")
    kill(cloud.connection)

    account.start(home, deploy=False)
    cloud.wait_for((tmp_path / "again").exists, what="the second delivery")
    assert (tmp_path / "again").read_text() == "cat"


def test_a_function_that_cannot_be_started_is_lambdas_own_error_and_its_event_waits(home, tmp_path):
    """As when the disk is full for a while."""
    cloud = Cloud(account.start(home, deploy=False))
    function = cloud.function(
        f"""
        import pathlib
        def handler(event, context):
            pathlib.Path({str(tmp_path / "done")!r}).write_text(event["detail"]["word"])
        """
    )
    cloud.events.put_rule(Name="words", EventPattern=json.dumps({"source": ["words"]}))
    cloud.events.put_targets(Rule="words", Targets=[{"Id": "function", "Arn": function}])
    temporary = Files(home).temporary
    temporary.rename(tmp_path / "elsewhere")
    entry = {"Source": "words", "DetailType": "word", "Detail": json.dumps({"word": "cat"})}
    cloud.events.put_events(Entries=[entry])
    error = json.loads(cloud.lambda_.invoke(FunctionName=function)["Payload"].read())
    time.sleep(4)  # a third try would have been the last one of a function's own error, seconds ago
    (tmp_path / "elsewhere").rename(temporary)

    assert error["errorType"] == "Lambda.ServiceException"
    cloud.wait_for((tmp_path / "done").exists, what="the delivery")
    assert (tmp_path / "done").read_text() == "cat"


def test_an_event_is_on_disk_before_what_it_tells_of_and_until_that_is(tmp_path, monkeypatch):
    """So a kill between any two files leaves the event, or nothing that it would be missing from."""
    from ministack import app

    written = []
    undelivered = iter([{"id": {"EventId": "id"}}, {}])
    monkeypatch.setattr(outbox, "write_private", lambda path, text: written.append(json.loads(text)))
    monkeypatch.setattr(persistence, "replace_together", lambda folder, texts: written.extend(texts))
    monkeypatch.setattr(outbox, "_on_disk", {})
    monkeypatch.setattr(outbox, "undelivered", lambda: next(undelivered))
    states = iter([{"sqs": lambda: [1]}, {"sqs": lambda: [2]}])
    monkeypatch.setattr(app, "_build_persistence_save_dict", lambda: next(states))
    saver = persistence.Saver(tmp_path)
    saver._save({"sqs"})
    saver._save({"sqs"})
    assert written == [{"id": {"EventId": "id"}}, "sqs", "sqs", {}]
