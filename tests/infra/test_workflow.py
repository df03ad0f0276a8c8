"""The state machine's shape: every step retried, bounded in time, and leading to CloseRun."""

from __future__ import annotations

from typing import Any

import pytest

from infra.constructs.function_task import LOST_CALLS, TRANSIENT_ERRORS
from infra.settings import DeploymentSettings
from tests.infra.conftest import synthesize
from tests.infra.templates import machine, only, resources, text
from wordvectors.aws import errors
from wordvectors.lifecycle.capacity import longest_seconds
from wordvectors.lifecycle.ending import CLAIM_WINDOW
from wordvectors.lifecycle.errors import QuotaReached
from wordvectors.lifecycle.plan import MAX_RUNTIME_SECONDS
from wordvectors.lifecycle.status import FINAL

TASKS = ("PlanRun", "StartTraining", "PollTraining", "RecordEvaluation", "RenderReport", "CloseRun")


@pytest.fixture
def definition(pipeline: dict[str, Any]) -> dict[str, Any]:
    return machine(pipeline)


@pytest.fixture
def states(definition: dict[str, Any]) -> dict[str, Any]:
    return definition["States"]


def of_type(states: dict[str, Any], type_name: str) -> dict[str, Any]:
    return {name: state for name, state in states.items() if state["Type"] == type_name}


def test_tasks_are_the_six_functions(definition: dict[str, Any], states: dict[str, Any]) -> None:
    assert definition["StartAt"] == "PlanRun"
    assert set(of_type(states, "Task")) == set(TASKS)
    for name in TASKS:
        assert states[name]["Resource"] == "arn:${AWS::Partition}:states:::lambda:invoke"
        assert states[name]["Parameters"]["FunctionName"] == f"${{{name}Function.Arn}}"
        assert states[name]["OutputPath"] == "$.Payload"


def test_steps_get_what_they_read(states: dict[str, Any]) -> None:
    run = {"run_id.$": "$.run_id"}
    assert {name: states[name]["Parameters"]["Payload"] for name in TASKS} == {
        "PlanRun": {"input.$": "$", "execution_arn.$": "$$.Execution.Id"},
        "StartTraining": run,
        "PollTraining": run,
        "RecordEvaluation": run,
        "RenderReport": run,
        "CloseRun": {
            "state.$": "$",
            "input.$": "$$.Execution.Input",
            "execution_arn.$": "$$.Execution.Id",
            "started_at.$": "$$.Execution.StartTime",
        },
    }


@pytest.mark.parametrize("name", TASKS)
def test_task_outlasts_its_function_and_no_longer(
    pipeline: dict[str, Any], states: dict[str, Any], name: str
) -> None:
    (function,) = [
        found["Properties"]
        for id, found in resources(pipeline, "AWS::Lambda::Function").items()
        if id.startswith(f"{name}Function")
    ]
    assert function["Timeout"] < states[name]["TimeoutSeconds"] <= function["Timeout"] + 60


@pytest.mark.parametrize("name", TASKS)
def test_task_is_retried_by_error_name_with_jitter(states: dict[str, Any], name: str) -> None:
    retries = states[name]["Retry"]
    for retry in retries:
        assert retry["JitterStrategy"] == "FULL"
        assert retry["BackoffRate"] > 1
        assert retry["MaxDelaySeconds"] > retry["IntervalSeconds"] >= 1
        assert retry["MaxAttempts"] >= 1
        assert "States.ALL" not in retry["ErrorEquals"]
        assert "States.TaskFailed" not in retry["ErrorEquals"]
    assert TRANSIENT_ERRORS in [retry["ErrorEquals"] for retry in retries]
    assert LOST_CALLS in [retry["ErrorEquals"] for retry in retries]
    assert ([QuotaReached.__name__] in [retry["ErrorEquals"] for retry in retries]) == (
        name == "StartTraining"
    )


def test_functions_raise_the_errors_that_are_retried() -> None:
    """The name of an error is the name of its class."""
    assert issubclass(errors.TransientServiceError, Exception)
    assert errors.TransientServiceError.__name__ in TRANSIENT_ERRORS
    assert not issubclass(QuotaReached, errors.TransientServiceError)


@pytest.mark.parametrize("name", TASKS)
def test_task_catches_everything(states: dict[str, Any], name: str) -> None:
    (catch,) = states[name]["Catch"]
    assert catch["ErrorEquals"] == ["States.ALL"]
    # Beside the outcome, which stands: a report that fails does not fail the run.
    paths = {"PlanRun": None, "RenderReport": "$.report_error"}
    assert catch.get("ResultPath") == paths.get(name, "$.error")
    following = {"PlanRun": "ErrorAlone", "CloseRun": "NotClosed"}
    assert catch["Next"] == following.get(name, "CloseRun")


def test_nothing_that_a_caller_sent_passes_as_the_state_of_the_pipeline(states: dict[str, Any]) -> None:
    """The input is the first step's state: its Catch drops it, and hands on the error alone."""
    assert states["ErrorAlone"] == {"Type": "Pass", "Parameters": {"error.$": "$"}, "Next": "CloseRun"}


def test_every_choice_has_a_default(states: dict[str, Any]) -> None:
    defaults = {name: state.get("Default") for name, state in of_type(states, "Choice").items()}
    assert defaults == {"PlanOutcome": "CloseRun", "TrainingOutcome": "CloseRun", "FinalStatus": "Failed"}


@pytest.mark.parametrize(
    ("choice", "variable", "value", "following"),
    [
        ("PlanOutcome", "$.outcome", "START", "StartTraining"),
        ("PlanOutcome", "$.outcome", "DUPLICATE", "NothingToDo"),
        ("PlanOutcome", "$.outcome", "SUPERSEDED", "NothingToDo"),
        ("PlanOutcome", "$.outcome", "REJECTED", "CloseRun"),
        ("TrainingOutcome", "$.outcome", "IN_PROGRESS", "Wait"),
        ("TrainingOutcome", "$.outcome", "COMPLETED", "RecordEvaluation"),
        ("TrainingOutcome", "$.outcome", "NO_CAPACITY", "WaitForCapacity"),
        ("TrainingOutcome", "$.outcome", "FAILED", "CloseRun"),
        ("TrainingOutcome", "$.outcome", "STOPPED", "CloseRun"),
        ("FinalStatus", "$.status", "COMPLETED", "Completed"),
        ("FinalStatus", "$.status", "REJECTED", "Rejected"),
        ("FinalStatus", "$.status", "STOPPED", "Stopped"),
        ("FinalStatus", "$.status", "FAILED", "Failed"),
    ],
)
def test_choice(states: dict[str, Any], choice: str, variable: str, value: str, following: str) -> None:
    for rule in states[choice]["Choices"]:
        if {"Variable": variable, "StringEquals": value} in rule.get("Or", [_without_next(rule)]):
            assert rule["Next"] == following
            return
    assert states[choice]["Default"] == following


def _without_next(rule: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in rule.items() if key != "Next"}


def test_final_states_name_error_and_reason(states: dict[str, Any]) -> None:
    assert set(of_type(states, "Succeed")) == {"Completed", "NothingToDo"}
    failures = {name: (state["Error"], state["CausePath"]) for name, state in of_type(states, "Fail").items()}
    assert failures == {
        "Rejected": ("RunRejected", "$.reason"),
        "Stopped": ("RunStopped", "$.reason"),
        "Failed": ("RunFailed", "$.reason"),
        "NotClosed": ("RunNotClosed", "$.error.Cause"),
    }
    assert {status.title() for status in FINAL} <= {*failures, "Completed"}


def test_waiting_is_as_long_as_the_functions_say(states: dict[str, Any]) -> None:
    assert states["Wait"] == {"Type": "Wait", "SecondsPath": "$.wait_seconds", "Next": "PollTraining"}
    assert states["WaitForCapacity"] == {
        "Type": "Wait", "SecondsPath": "$.wait_seconds", "Next": "StartTraining",
    }  # fmt: skip
    assert states["StartTraining"]["Next"] == "Wait"
    assert states["PollTraining"]["Next"] == "TrainingOutcome"
    assert states["RecordEvaluation"]["Next"] == "RenderReport"
    assert states["RenderReport"]["Next"] == "CloseRun"


def test_machine_outlives_queue_and_longest_training(definition: dict[str, Any]) -> None:
    waiting = 24 * 3600 + longest_seconds(DeploymentSettings().max_capacity_tries)
    assert definition["TimeoutSeconds"] >= waiting + MAX_RUNTIME_SECONDS + 3600


@pytest.mark.parametrize("hours", [1, 24])
def test_queue_is_as_long_as_the_settings_say(
    hours: int, pipeline: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    template = pipeline
    if hours != 24:
        context = {"wordvectors.max_queue_hours": str(hours)}
        template = synthesize(tmp_path_factory.mktemp("queue"), context).pipeline
    (retry,) = [
        retry
        for retry in machine(template)["States"]["StartTraining"]["Retry"]
        if retry["ErrorEquals"] == [QuotaReached.__name__]
    ]
    longest = [
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** attempt, retry["MaxDelaySeconds"])
        for attempt in range(retry["MaxAttempts"])
    ]
    on_average = sum(longest) / 2  # full jitter: anything from nothing to the delay
    assert on_average == pytest.approx(hours * 3600, rel=0.15)


def test_longest_run_fits_into_an_execution_history(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A Standard execution holds 25,000 events."""
    tries = 12
    context = {"wordvectors.max_queue_hours": "168", "wordvectors.max_capacity_tries": str(tries)}
    template = synthesize(tmp_path_factory.mktemp("history"), context).pipeline
    retries = machine(template)["States"]["StartTraining"]["Retry"]
    events_of_a_poll = 9  # Wait 2, task 5, Choice 2
    events_of_a_retry = 3  # scheduled, started, failed
    polls = 2_000  # the most that PollTraining's waits allow
    # A run waits for a place as long in all as for its first job, but begins anew with short delays.
    in_queue = retries[0]["MaxAttempts"] + tries * 5
    events_of_a_try = 9  # Wait 2, task 5, Wait 2
    events = polls * events_of_a_poll + in_queue * events_of_a_retry + tries * events_of_a_try
    assert events < 24_000


def test_machine_is_standard_traced_and_logged(pipeline: dict[str, Any]) -> None:
    state_machine = only(pipeline, "AWS::StepFunctions::StateMachine")
    assert state_machine["StateMachineType"] == "STANDARD"
    assert state_machine["TracingConfiguration"] == {"Enabled": True}
    assert state_machine["LoggingConfiguration"]["Level"] == "ALL"
    (destination,) = state_machine["LoggingConfiguration"]["Destinations"]
    group = destination["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"][0]
    assert pipeline["Resources"][group]["Properties"]["RetentionInDays"] == 90


def test_the_machines_log_group_needs_no_policy_of_its_own(pipeline: dict[str, Any]) -> None:
    names = [
        text(group["Properties"].get("LogGroupName", ""))
        for group in resources(pipeline, "AWS::Logs::LogGroup").values()
    ]
    assert (
        len([name for name in names if name.startswith("/aws/vendedlogs/states/Wordvectors-Pipeline/")]) == 1
    )


def test_no_retry_of_the_first_step_comes_after_closing_looks_for_its_row(states: dict[str, Any]) -> None:
    longest = sum(
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** number, retry["MaxDelaySeconds"])
        for retry in states["PlanRun"]["Retry"]
        for number in range(retry["MaxAttempts"])
    )
    assert longest < CLAIM_WINDOW.total_seconds()
