"""Every feature of the Amazon States Language that the workflow uses, run in the local cloud."""

from __future__ import annotations

import json
import time

import pytest

SUCCEED = {"Type": "Succeed"}
STOPPED_WITHIN = 6
"""Seconds that an execution stays in a state; by then it is stopped, on a busy machine too."""


def task(function: str, **fields) -> dict:
    """A Task that invokes a function as CDK writes it."""
    parameters = {"FunctionName": function, "Payload.$": "$"}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "OutputPath": "$.Payload",
        "Parameters": parameters,
        "End": True,
    } | fields


def machine(start: dict, *, timeout: int | None = None, **others: dict) -> dict:
    """A definition that begins with the state First."""
    limit = {} if timeout is None else {"TimeoutSeconds": timeout}
    return {"StartAt": "First", "States": {"First": start, **others}} | limit


@pytest.fixture(scope="package")
def echo(cloud):
    """A function that returns its event."""
    return cloud.function("def handler(event, context):\n    return event\n")


@pytest.fixture(scope="package")
def raising(cloud):
    """A function that raises the exception its event names, as often as its event says, then returns."""
    return cloud.function(
        """
        import os
        class TransientServiceError(Exception): pass
        class QuotaReached(Exception): pass
        def handler(event, context):
            marker = os.path.join(os.environ.get("TMPDIR", "/tmp"), event["id"])
            with open(marker, "a") as file:
                file.write("x")
            if os.path.getsize(marker) <= event["times"]:
                raise globals()[event["name"]](f"attempt {os.path.getsize(marker)}")
            return {"attempts": os.path.getsize(marker)}
        """
    )


def test_task_invokes_the_function_and_takes_its_payload(cloud, echo):
    execution = cloud.execution(machine(task(echo)), {"word": "hallå"})
    assert cloud.ended(execution)["output"] == {"word": "hallå"}
    types = [event["type"] for event in cloud.history(execution)]
    assert types == [
        "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded",
        "TaskStateExited", "ExecutionSucceeded",
    ]  # fmt: skip
    ids = [event["id"] for event in cloud.history(execution)]
    assert ids == list(range(1, len(types) + 1))


def test_payload_template_and_context_object(cloud, echo):
    payload = {
        "input.$": "$$.Execution.Input",
        "execution.$": "$$.Execution.Id",
        "state.$": "$",
        "fixed": {"a": [1, 2]},
    }
    start = task(echo, Parameters={"FunctionName": echo, "Payload": payload})
    execution = cloud.execution(machine(start), {"bucket": "b"})
    assert cloud.ended(execution)["output"] == {
        "input": {"bucket": "b"},
        "execution": execution,
        "state": {"bucket": "b"},
        "fixed": {"a": [1, 2]},
    }


def test_a_missing_path_fails_the_execution(cloud, echo):
    start = task(echo, Parameters={"FunctionName": echo, "Payload": {"run_id.$": "$.run_id"}})
    ended = cloud.ended(cloud.execution(machine(start), {}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")


def test_retry_by_error_name_repeats_only_that_error(cloud, raising):
    retry = {"ErrorEquals": ["TransientServiceError"], "IntervalSeconds": 1, "MaxAttempts": 3}
    retry |= {"BackoffRate": 1, "JitterStrategy": "FULL"}
    event = {"id": cloud.name("retry"), "times": 2, "name": "TransientServiceError"}
    ended = cloud.ended(cloud.execution(machine(task(raising, Retry=[retry])), event))
    assert ended["output"] == {"attempts": 3}
    other = {"id": cloud.name("retry"), "times": 2, "name": "QuotaReached"}
    ended = cloud.ended(cloud.execution(machine(task(raising, Retry=[retry])), other))
    assert (ended["status"], ended["error"]) == ("FAILED", "QuotaReached")
    assert json.loads(ended["cause"])["errorMessage"] == "attempt 1"


def test_max_delay_caps_the_backoff(cloud, raising):
    retry = {"ErrorEquals": ["QuotaReached"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 100,
             "MaxDelaySeconds": 2}  # fmt: skip
    event = {"id": cloud.name("retry"), "times": 2, "name": "QuotaReached"}
    execution = cloud.execution(machine(task(raising, Retry=[retry])), event)
    assert cloud.ended(execution)["output"] == {"attempts": 3}  # 1 s + 2 s; 1 s + 100 s would not end here


def test_catch_by_name_keeps_the_input_and_adds_the_error(cloud, raising):
    catch = [
        {"ErrorEquals": ["QuotaReached"], "ResultPath": "$.wrong", "Next": "Closed"},
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Closed"},
    ]
    event = {"id": cloud.name("catch"), "times": 1, "name": "TransientServiceError"}
    ended = cloud.ended(cloud.execution(machine(task(raising, Catch=catch), Closed=SUCCEED), event))
    error = ended["output"].pop("error")
    assert ended["output"] == event
    assert error["Error"] == "TransientServiceError"
    assert json.loads(error["Cause"])["errorMessage"] == "attempt 1"


@pytest.mark.parametrize(("outcome", "reached"), [("COMPLETED", "a"), ("SOMETHING", "b")])
def test_choice_and_its_default(cloud, outcome, reached):
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.outcome", "StringEquals": "COMPLETED", "Next": "A"}],
        "Default": "B",
    }
    others = {
        "A": {"Type": "Pass", "Result": "a", "End": True},
        "B": {"Type": "Pass", "Result": "b", "End": True},
    }
    assert cloud.ended(cloud.execution(machine(choice, **others), {"outcome": outcome}))["output"] == reached


def test_wait_takes_its_seconds_from_the_state(cloud):
    wait = {"Type": "Wait", "SecondsPath": "$.wait_seconds", "Next": "Done"}
    execution = cloud.execution(machine(wait, Done=SUCCEED), {"wait_seconds": 1})
    ended = cloud.ended(execution)
    assert ended["status"] == "SUCCEEDED"
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() >= 1
    negative = cloud.ended(cloud.execution(machine(wait, Done=SUCCEED), {"wait_seconds": "soon"}))
    assert negative["error"] == "States.Runtime"


def test_a_task_that_takes_too_long_times_out(cloud):
    slow = cloud.function("import time\ndef handler(event, context):\n    time.sleep(5)\n")
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "Closed"}]
    ended = cloud.ended(cloud.execution(machine(task(slow, TimeoutSeconds=1, Catch=catch), Closed=SUCCEED)))
    assert ended["output"]["error"]["Error"] == "States.Timeout"


def test_a_machine_that_takes_too_long_times_out(cloud, status_events):
    wait = {"Type": "Wait", "Seconds": 60, "End": True}
    execution = cloud.execution(machine(wait, timeout=1))
    assert cloud.ended(execution)["status"] == "TIMED_OUT"
    assert cloud.history(execution)[-1]["type"] == "ExecutionTimedOut"
    details = cloud.wait_for(lambda: status_events(execution)[1:], what="the event TIMED_OUT")
    assert [detail["status"] for detail in details] == ["TIMED_OUT"]
    listed = cloud.stepfunctions.list_executions(
        stateMachineArn=cloud.ended(execution)["stateMachineArn"], statusFilter="TIMED_OUT"
    )
    assert [entry["executionArn"] for entry in listed["executions"]] == [execution]


def test_stop_ends_a_waiting_execution_for_good(cloud, raising, status_events):
    wait = {"Type": "Wait", "Seconds": STOPPED_WITHIN, "Next": "Then"}
    event = {"id": cloud.name("stop"), "times": 0, "name": "QuotaReached"}
    execution = cloud.execution(machine(wait, Then=task(raising)), event)
    cloud.wait_for(lambda: cloud.history(execution)[-1]["type"] == "WaitStateEntered")
    cloud.stepfunctions.stop_execution(executionArn=execution, error="Stopped", cause="by a person")
    ended = cloud.ended(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Stopped", "by a person")
    event_detail = cloud.wait_for(lambda: status_events(execution)[1:], what="the event ABORTED")[0]
    assert event_detail["status"] == "ABORTED"
    assert (event_detail["error"], event_detail["cause"]) == ("Stopped", "by a person")
    time.sleep(STOPPED_WITHIN + 1)  # past the end of the Wait
    assert cloud.history(execution)[-1]["type"] == "ExecutionAborted"
    again = cloud.execution(machine(task(raising)), event)
    assert cloud.ended(again)["output"] == {"attempts": 1}  # the stopped execution never got there


def test_stop_ends_an_execution_between_two_attempts(cloud, raising):
    retry = {
        "ErrorEquals": ["QuotaReached"],
        "IntervalSeconds": STOPPED_WITHIN,
        "MaxAttempts": 5,
        "BackoffRate": 1,
    }
    event = {"id": cloud.name("stop"), "times": 99, "name": "QuotaReached"}
    execution = cloud.execution(machine(task(raising, Retry=[retry])), event)
    cloud.wait_for(lambda: cloud.history(execution)[-1]["type"] == "TaskFailed")
    cloud.stepfunctions.stop_execution(executionArn=execution)
    assert cloud.ended(execution)["status"] == "ABORTED"
    length = len(cloud.history(execution))
    time.sleep(STOPPED_WITHIN + 1)  # past the next attempt
    assert len(cloud.history(execution)) == length


def test_fail_takes_its_cause_from_the_state(cloud, status_events):
    fail = {"Type": "Fail", "Error": "RunRejected", "CausePath": "$.reason"}
    execution = cloud.execution(machine(fail), {"reason": "no such word"})
    ended = cloud.ended(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "RunRejected", "no such word")
    (detail,) = cloud.wait_for(lambda: status_events(execution)[1:], what="the event FAILED")
    assert (detail["status"], detail["cause"]) == ("FAILED", "no such word")
    assert json.loads(detail["input"]) == {"reason": "no such word"}


def test_a_result_above_256_kb_fails_the_task(cloud):
    large = cloud.function("def handler(event, context):\n    return 'x' * 300_000\n")
    assert cloud.ended(cloud.execution(machine(task(large))))["error"] == "States.DataLimitExceeded"


def test_tasks_run_with_the_machines_role(cloud, echo):
    execution = cloud.execution(
        machine(task(echo)), policy=cloud.allow(("lambda:InvokeFunction", f"{echo}-other"))
    )
    ended = cloud.ended(execution)
    assert ended["status"] == "FAILED"
    assert "is not authorized to perform: lambda:InvokeFunction" in ended["cause"]


def test_a_machine_whose_role_does_not_trust_the_service_runs_no_task(cloud, echo):
    machine_arn = cloud.machine(machine(task(echo)))
    cloud.stepfunctions.update_state_machine(
        stateMachineArn=machine_arn, roleArn=cloud.role(["lambda.amazonaws.com"], cloud.allow(("*", "*")))
    )
    started = cloud.stepfunctions.start_execution(stateMachineArn=machine_arn)
    ended = cloud.ended(started["executionArn"])
    assert "does not allow states.amazonaws.com to assume it" in ended["cause"]
