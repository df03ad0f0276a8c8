"""Orphans: found where nobody looks after a job or a run, and left alone wherever somebody does."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from tests.unit.conftest import BUCKET, PREFIX, TABLE
from wordvectors.aws.training_jobs import TrainingJobs
from wordvectors.client.deployment import Deployment
from wordvectors.client.orphans import close_orphan, find_orphans
from wordvectors.tuning.tuning import Tuning

LONG_AGO = datetime.now(UTC) - timedelta(hours=1)


class Executions:
    """Step Functions, with the executions that a test puts in."""

    def __init__(self) -> None:
        self.known: dict[str, dict] = {}

    def describe_execution(self, executionArn):  # noqa: N803  boto3's name
        if executionArn not in self.known:
            raise ClientError({"Error": {"Code": "ExecutionDoesNotExist"}}, "DescribeExecution")
        return self.known[executionArn]


class CloseRun:
    """Lambda, with a CloseRun that answers as a test says."""

    def __init__(self) -> None:
        self.events: list[dict] = []
        self.answer = {"Payload": {"run_id": "x", "status": "STOPPED", "reason": "r"}}

    def invoke(self, FunctionName, Payload):  # noqa: N803  boto3's names
        self.events.append({"function": FunctionName, **json.loads(Payload)})
        return {**self.answer, "Payload": io.BytesIO(json.dumps(self.answer["Payload"]).encode())}


@pytest.fixture
def place(account, session, monkeypatch):
    """A deployment whose executions and CloseRun are faked."""
    outputs = {
        "BucketName": BUCKET,
        "TableName": TABLE,
        "JobNamePrefix": PREFIX,
        "CloseRunFunctionName": "close",
        "CloseTuningFunctionName": "close-tuning",
    }
    found = Deployment(session, None, outputs)
    fakes = {"stepfunctions": Executions(), "lambda": CloseRun()}
    original = Deployment.client
    monkeypatch.setattr(
        Deployment, "client", lambda self, service, **how: fakes.get(service) or original(self, service)
    )
    return found


@pytest.fixture
def executions(place):
    return place.client("stepfunctions").known


@pytest.fixture
def running(place, monkeypatch):
    """Let SageMaker say that these jobs, with these tags, are in progress: moto's end at once."""
    jobs: dict[str, dict[str, str]] = {}
    monkeypatch.setattr(
        type(place.training_jobs),
        "running",
        lambda self: jobs,
    )

    def add(name: str, table: str = TABLE, run_id: str | None = None) -> None:
        jobs[name] = {"wordvectors:run-id": run_id or name, "wordvectors:runs-table": table}

    return add


def row(account, name: str, status: str, execution: str = "arn:x") -> None:
    account.claim({"run_id": name, "status": status, "execution_arn": execution, "corpus": {"key": "k"}})


def test_a_run_in_training_whose_execution_runs_is_no_orphan(account, place, executions, running):
    row(account, "wv-a", "TRAINING")
    running("wv-a")
    executions["arn:x"] = {"status": "RUNNING"}

    assert find_orphans(place) == []


@pytest.mark.parametrize("status", ["PLANNED", "QUEUED", "TRAINING", "EVALUATING"])
def test_an_open_run_whose_execution_is_over(account, place, executions, running, status):
    row(account, "wv-a", status)
    executions["arn:x"] = {"status": "ABORTED", "stopDate": LONG_AGO}

    (orphan,) = find_orphans(place)

    assert orphan.name == "wv-a"
    assert orphan.what == f"the run is {status}, but its execution is ABORTED"
    assert orphan.row is not None


def test_an_open_run_whose_execution_is_forgotten(account, place, running):
    row(account, "wv-a", "TRAINING")
    assert [orphan.what for orphan in find_orphans(place)] == [
        "the run is TRAINING, but its execution does not exist any more"
    ]


def test_an_execution_that_ended_just_now_is_left_to_close_run(account, place, executions, running):
    row(account, "wv-a", "TRAINING")
    running("wv-a")
    executions["arn:x"] = {"status": "ABORTED", "stopDate": datetime.now(UTC) - timedelta(seconds=30)}

    assert find_orphans(place) == []


def test_ended_runs_are_no_orphans(account, place, running):
    for status in ("COMPLETED", "REJECTED", "FAILED", "STOPPED"):
        row(account, f"wv-{status}", status)
    assert find_orphans(place) == []


def test_a_job_that_outlived_its_run(account, place, running):
    row(account, "wv-a", "STOPPED")
    running("wv-a")

    (orphan,) = find_orphans(place)

    assert orphan.what == "its training job runs, but the run is STOPPED"
    assert orphan.row is None


@pytest.mark.parametrize(("status", "found"), [("TRAINING", []), ("STOPPED", ["wv-a-j2"])])
def test_a_later_job_is_its_runs(account, place, executions, running, status, found):
    row(account, "wv-a", status)
    running("wv-a-j2", run_id="wv-a")
    executions["arn:x"] = {"status": "RUNNING"}

    assert [orphan.name for orphan in find_orphans(place)] == found


def test_a_job_without_a_run(place, running):
    running("wv-a")
    assert [orphan.what for orphan in find_orphans(place)] == [
        "its training job runs, but the table has no such run"
    ]


def test_jobs_of_others_are_left_alone(place, running):
    running("wv-theirs", table="another-deployments-table")
    running("wv-copied", run_id="wv-original")

    assert find_orphans(place) == []


def test_a_job_that_another_prefix_named_is_this_deployments_by_its_tags(account, place, running):
    row(account, "old-a", "STOPPED")
    running("old-a")

    assert [orphan.name for orphan in find_orphans(place)] == ["old-a"]


def test_jobs_in_progress_are_listed_with_their_tags_page_by_page(account):
    def page(*names: str, **more: str) -> dict:
        facts = {"CreationTime": LONG_AGO, "TrainingJobStatus": "InProgress"}
        jobs = [{"TrainingJobName": name, "TrainingJobArn": f"arn:job/{name}", **facts} for name in names]
        return {"TrainingJobSummaries": jobs, **more}

    wanted = {"StatusEquals": "InProgress", "MaxResults": 100}
    with Stubber(account.sagemaker) as sagemaker:
        sagemaker.add_response("list_training_jobs", page("wv-a", "theirs", NextToken="more"), wanted)
        sagemaker.add_response(
            "list_tags", {"Tags": [{"Key": "team", "Value": "x"}]}, {"ResourceArn": "arn:job/wv-a"}
        )
        sagemaker.add_client_error("list_tags", "AccessDeniedException")
        sagemaker.add_response("list_training_jobs", page("wv-c"), {**wanted, "NextToken": "more"})
        sagemaker.add_response("list_tags", {"Tags": []}, {"ResourceArn": "arn:job/wv-c"})

        assert TrainingJobs(account.sagemaker).running() == {"wv-a": {"team": "x"}, "theirs": {}, "wv-c": {}}


def test_an_open_run_is_closed_by_the_pipelines_own_function(account, place, running):
    row(account, "wv-a", "TRAINING")
    (orphan,) = find_orphans(place)

    assert close_orphan(place, orphan, by="arn:ann") == "its job is stopped and the run is STOPPED"

    (event,) = place.client("lambda").events
    assert event["function"] == "close"
    assert event["execution_arn"] == "arn:x"
    assert event["state"]["run_id"] == "wv-a"
    assert event["state"]["outcome"] == "STOPPED"
    assert "`wordvectors doctor --fix` by arn:ann" in event["state"]["reason"]


def test_close_run_understands_what_it_is_sent(account, place, running, function, monkeypatch):
    """The event as it is, to the function as it is."""
    module = function("close_run")
    monkeypatch.setattr(module.training_jobs, "stop", lambda name: True)
    row(account, "wv-a", "TRAINING")
    (orphan,) = find_orphans(place)
    close_orphan(place, orphan, by="arn:ann")
    event = place.client("lambda").events[0]

    assert module.handler({key: value for key, value in event.items() if key != "function"}, None)

    run = account.row("wv-a")
    assert run["status"] == "STOPPED"
    assert "by arn:ann" in run["reason"]


def test_a_close_run_that_fails_is_told(account, place, running):
    row(account, "wv-a", "TRAINING")
    (orphan,) = find_orphans(place)
    place.client("lambda").answer = {"FunctionError": "Unhandled", "Payload": {"errorMessage": "no table"}}

    assert close_orphan(place, orphan, by="arn:ann") == "CloseRun failed: no table"


@pytest.mark.parametrize(("runs", "done"), [(True, "asked to stop"), (False, "ended meanwhile")])
def test_a_job_without_a_run_is_stopped_itself(place, running, monkeypatch, runs, done):
    running("wv-a")
    (orphan,) = find_orphans(place)
    monkeypatch.setattr(type(place.training_jobs), "stop", lambda self, name: runs)

    assert done in close_orphan(place, orphan, by="arn:ann")
    assert place.client("lambda").events == []


def open_tuning(place, execution: str = "arn:t") -> str:
    tuning = Tuning(tuning_id="tuning-a-0123456789ab", status="SEARCHING", name="a", execution_arn=execution)
    place.tunings.claim(tuning)
    return tuning.tuning_id


def test_an_open_tuning_whose_execution_is_over(place, executions, running):
    name = open_tuning(place)
    executions["arn:t"] = {"status": "RUNNING"}
    assert find_orphans(place) == []
    executions["arn:t"] = {"status": "ABORTED", "stopDate": LONG_AGO}

    (orphan,) = find_orphans(place)

    assert (orphan.name, orphan.what) == (name, "the tuning is SEARCHING, but its execution is ABORTED")


def test_a_tuning_is_closed_by_its_own_function_which_understands_what_it_is_sent(
    account, place, running, function, monkeypatch
):
    monkeypatch.setenv("STATE_MACHINE_ARN", "arn:aws:states:eu-west-1:123456789012:stateMachine:training")
    name = open_tuning(place)
    (orphan,) = find_orphans(place)
    assert close_orphan(place, orphan, by="arn:ann") == "its trials are stopped and the tuning is STOPPED"
    (event,) = place.client("lambda").events
    assert event.pop("function") == "close-tuning"

    assert function("close_tuning").handler(event, None)["status"] == "STOPPED"

    tuning = place.tunings.require(name)
    assert tuning.status == "STOPPED"
    assert "`wordvectors doctor --fix` by arn:ann" in (tuning.reason or "")
    assert find_orphans(place) == []
