"""CloseCleaning: the job stopped, people told, whichever way a cleaning ended."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.unit.conftest import BUCKET
from wordvectors.cleaning.order import cleaning_id, cleaning_key

KEY, SEQUENCER = "raw/blogs/_READY", "A1"
ID = cleaning_id(KEY, SEQUENCER)
REQUEST = {"bucket": BUCKET, "key": KEY, "sequencer": SEQUENCER}
ARN = "arn:aws:states:eu-west-1:123456789012:execution:cleaning:one"
OTHER = f"{ARN}-of-the-owner"
BY = {"input": REQUEST, "execution_arn": ARN}


class Glue:
    """Two runs of the job, one of them this cleaning's."""

    def __init__(self) -> None:
        self.starter = ARN
        self.stopped: list[str] = []

    def get_job_runs(self, *, JobName: str, MaxResults: int, NextToken: str = ""):  # noqa: N803
        other = {"Id": "other", "JobRunState": "RUNNING", "Arguments": {"--execution-arn": OTHER}}
        ours = {"Id": "ours", "JobRunState": "RUNNING", "Arguments": {"--execution-arn": self.starter}}
        return {"JobRuns": [ours]} if NextToken else {"JobRuns": [other], "NextToken": "more"}

    def batch_stop_job_run(self, *, JobName: str, JobRunIds: list[str]) -> None:  # noqa: N803
        self.stopped += JobRunIds


@pytest.fixture
def close(account, function, monkeypatch):
    monkeypatch.setenv("JOB_NAME", "job")
    module = function("close_cleaning")
    glue = Glue()
    monkeypatch.setattr(module.runs, "_client", glue)

    def call(event):
        return module.handler(event, None), glue.stopped

    call.glue, call.bucket = glue, module.bucket
    return call


def report(account, **content) -> None:
    account.put(cleaning_key(ID, "report.json"), json.dumps({"cleaning_id": ID, **content}))


def test_a_cleaning_that_is_done_is_told_with_its_counts(close, account):
    report(account, status="COMPLETED", corpus="corpora/blogs.txt", documents=12345, sentences=7, tokens=20)

    closed, stopped = close({**BY, "state": {"job": {"JobRunState": "SUCCEEDED"}}})

    (message,) = account.messages()
    assert (closed["status"], stopped) == ("COMPLETED", [])
    assert f"Cleaning {ID} has ended: COMPLETED" in message["Message"]
    assert "12,345 documents" in message["Message"]


def test_a_job_that_failed_tells_its_own_reason(close, account):
    report(account, status="FAILED", reason="a.zip: damaged")
    cause = json.dumps({"JobRunState": "FAILED", "ErrorMessage": "SystemExit: CleaningFailed: a.zip"})
    state = {"error": {"Error": "States.TaskFailed", "Cause": cause}}

    closed, stopped = close({**BY, "state": state})

    assert (closed["status"], closed["reason"]) == ("FAILED", "a.zip: damaged")
    assert stopped == ["ours"]


@pytest.mark.parametrize(
    ("state", "status", "reason"),
    [
        ({"outcome": "REJECTED", "reasons": ["one", "two"]}, "REJECTED", "one; two"),
        ({"job": {"JobRunState": "STOPPED"}}, "STOPPED", "the Glue job was stopped"),
        (
            {"error": {"Error": "States.TaskFailed", "Cause": '{"JobRunState": "TIMEOUT"}'}},
            "FAILED",
            "the Glue job ended as TIMEOUT: its log says why",
        ),
        ({"error": {"Error": "States.Timeout", "Cause": ""}}, "FAILED", "States.Timeout: "),
        ({"error": {"Error": "KeyError", "Cause": '{"errorMessage": "x"}'}}, "FAILED", "KeyError: x"),
    ],
)
def test_every_way_out_has_status_and_reason(close, account, state, status, reason):
    closed, _ = close({**BY, "state": state})

    assert (closed["status"], closed["reason"]) == (status, reason)
    assert len(account.messages()) == 1


def test_an_execution_of_release_0_1_is_closed_after_the_upgrade(close, account):
    """Its state machine does not name it, whose definition stays the one that it began with."""
    account.put(cleaning_key(ID, "order.json"), json.dumps({"name": "blogs", "execution_arn": ARN}))
    state = {"outcome": "REJECTED", "reasons": ["no documents"]}

    closed, _ = close({"input": REQUEST, "state": state})

    assert (closed["status"], closed["reason"]) == ("REJECTED", "no documents")
    assert len(account.messages()) == 1


def event(status: str, **more: str) -> dict:
    detail = {"executionArn": ARN, "startDate": 0, "status": status, "input": json.dumps(REQUEST), **more}
    return {"detail-type": "Step Functions Execution Status Change", "detail": detail}


def test_an_execution_that_was_stopped_stops_its_job(close, account):
    closed, stopped = close(event("ABORTED", cause="enough"))

    assert (closed["status"], stopped) == ("STOPPED", ["ours"])
    assert "enough" in account.messages()[0]["Message"]


def test_an_execution_that_was_closed_is_not_told_twice(close, account):
    assert close(event("FAILED", error="CleaningRejected")) == ({}, [])
    assert account.messages() == []


def test_an_execution_whose_closing_failed_is_told(close, account):
    closed, _ = close(event("FAILED", error="CleaningNotClosed", cause="no access"))

    assert (closed["status"], closed["reason"]) == ("FAILED", "no access")


def test_what_fails_after_the_corpus_does_not_make_it_fail(close, account):
    report(account, status="COMPLETED", corpus="corpora/blogs.txt", documents=2, sentences=7, tokens=20)

    closed, _ = close(event("FAILED", error="CleaningNotClosed", cause="no access"))

    assert (closed["status"], closed["reason"]) == ("COMPLETED", "")


@pytest.mark.parametrize(
    "ended", [event("ABORTED", cause="mine"), {**BY, "state": {"error": {"Error": "KeyError", "Cause": ""}}}]
)
def test_an_execution_that_names_anothers_cleaning_does_not_touch_it(close, account, ended):
    """Key and sequencer are the caller's: who knows them may send them again."""
    account.put(cleaning_key(ID, "order.json"), json.dumps({"execution_arn": OTHER}))
    close.glue.starter = OTHER

    _, stopped = close(ended)

    assert stopped == []
    assert account.messages() == []


def test_the_job_is_stopped_though_the_bucket_cannot_be_read(close, monkeypatch):
    """Whose cleaning it is stands there; what the execution has started stands with the job's run."""
    monkeypatch.setattr(close.bucket, "name", f"no-{BUCKET}")

    with pytest.raises(ClientError):
        close(event("ABORTED", cause="enough"))

    assert close.glue.stopped == ["ours"]


def test_the_execution_that_claimed_the_cleaning_closes_it(close, account):
    account.put(cleaning_key(ID, "order.json"), json.dumps({"execution_arn": ARN}))

    _, stopped = close(event("ABORTED", cause="mine"))

    assert stopped == ["ours"]
    assert len(account.messages()) == 1


@pytest.mark.parametrize("shape", [None, "text", [1], {"key": 5}])
def test_input_of_any_shape_can_be_closed(close, shape):
    closed, _ = close(
        {"input": shape, "execution_arn": ARN, "state": {"error": {"Error": "E", "Cause": "c"}}}
    )

    assert closed["status"] == "FAILED"
