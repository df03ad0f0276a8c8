"""The stack that tunes: what may start it, what its roles allow, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.templates import as_list, machine, resources, statements, text
from tests.infra.test_events import rule
from tests.infra.test_permissions import KNOWN_WITHOUT_RESOURCES, XRAY, _summary

ACCOUNT = "${AWS::Region}:${AWS::AccountId}"
TRIALS = f"arn:${{AWS::Partition}}:states:{ACCOUNT}:execution:${{WorkflowStateMachine.Name}}:tuning-*"
ROWS = "dynamodb:LeadingKeys ForAllValues:StringLike tuning#*"
ALLOWED = {
    "PlanTuningRole": {
        ("logs:CreateLogStream logs:PutLogEvents", "${PlanTuningLogs.Arn}"),
        (f"pricing:GetProducts {XRAY[0]}", "*"),
        (
            "s3:GetObject",
            "${Bucket.Arn}/corpora/* ${Bucket.Arn}/evaluation/* ${Bucket.Arn}/prices/* ${Bucket.Arn}/tunings/*",
        ),
        ("s3:ListBucket", "${Bucket.Arn}", "s3:prefix StringLike corpora/* evaluation/* prices/* tunings/*"),
        ("s3:PutObject", "${Bucket.Arn}/prices/*"),
        ("dynamodb:GetItem", "${RunTable.Arn}"),
        ("dynamodb:PutItem", "${RunTable.Arn}", ROWS),
        ("dynamodb:Query", "${RunTable.Arn}/index/newest"),
    },
    "AdvanceTuningRole": {
        ("logs:CreateLogStream logs:PutLogEvents", "${AdvanceTuningLogs.Arn}"),
        XRAY,
        ("dynamodb:GetItem", "${RunTable.Arn}"),
        ("dynamodb:PutItem", "${RunTable.Arn}", ROWS),
        ("states:StartExecution", "${WorkflowStateMachine}"),
        ("states:DescribeExecution states:StopExecution", TRIALS),
    },
    "JudgeTuningRole": {
        ("logs:CreateLogStream logs:PutLogEvents", "${JudgeTuningLogs.Arn}"),
        XRAY,
        ("s3:GetObject", "${Bucket.Arn}/evaluation/* ${Bucket.Arn}/models/* ${Bucket.Arn}/runs/*"),
        ("s3:ListBucket", "${Bucket.Arn}", "s3:prefix StringLike evaluation/* models/* runs/*"),
        ("s3:PutObject", "${Bucket.Arn}/runs/*"),
        ("dynamodb:GetItem", "${RunTable.Arn}"),
        ("dynamodb:PutItem", "${RunTable.Arn}", ROWS),
    },
    "CloseTuningRole": {
        ("logs:CreateLogStream logs:PutLogEvents", "${CloseTuningLogs.Arn}"),
        XRAY,
        ("states:StopExecution", TRIALS),
        ("s3:PutObject", "${Bucket.Arn}/tunings/*/report.html"),
        ("sns:Publish", "${NotificationsTopic}"),
        ("dynamodb:GetItem", "${RunTable.Arn}"),
        ("dynamodb:PutItem dynamodb:UpdateItem", "${RunTable.Arn}", ROWS),
        ("dynamodb:Query", "${RunTable.Arn}/index/newest"),
        ("sqs:SendMessage", "${DeadLettersQueue.Arn}"),
    },
    "UploadTriggerRole": {("states:StartExecution", "${WorkflowStateMachine}")},
}


@pytest.mark.parametrize("role", ALLOWED)
def test_role_allows_this_and_nothing_else(tuning: dict[str, Any], role: str) -> None:
    assert {_summary(statement) for statement in statements(tuning, role)} == ALLOWED[role]


def test_every_role_is_looked_at(tuning: dict[str, Any]) -> None:
    roles = {text({"Ref": id}).strip("${}") for id in resources(tuning, "AWS::IAM::Role")}
    assert roles == {*ALLOWED, "WorkflowStateMachineRole"}


def test_only_actions_that_know_no_resources_have_all(tuning: dict[str, Any]) -> None:
    unbounded = {
        action
        for policy in resources(tuning, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    }
    assert unbounded <= KNOWN_WITHOUT_RESOURCES


def test_an_order_starts_it_and_nothing_that_the_pipeline_writes(tuning: dict[str, Any]) -> None:
    found = rule(tuning, "UploadTrigger")
    assert found["EventPattern"]["detail"]["object"] == {"key": [{"wildcard": "tunings/*.json"}]}
    (target,) = found["Targets"]
    facts = target["InputTransformer"]["InputPathsMap"].values()
    assert {"$.detail.object.etag", "$.detail.object.sequencer"} <= set(facts)
    writable = {
        text(one)
        for role in ALLOWED
        for statement in statements(tuning, role)
        if "s3:PutObject" in as_list(statement["Action"])
        for one in as_list(statement["Resource"])
    }
    assert not [place for place in writable if "tunings" in place and not place.endswith("/report.html")]


def test_every_failure_leads_to_the_one_exit(tuning: dict[str, Any]) -> None:
    states = machine(tuning)["States"]
    catches = {
        "PlanTuning": {"Next": "ErrorAlone"},
        "AdvanceTuning": {"Next": "CloseTuning", "ResultPath": "$.error"},
        "JudgeTuning": {"Next": "CloseTuning", "ResultPath": "$.verdict_error"},
    }
    for name, catch in catches.items():
        assert states[name]["Catch"] == [{"ErrorEquals": ["States.ALL"], **catch}]
    assert {states[name]["Default"] for name in ("PlanOutcome", "SearchOutcome", "VerdictOutcome")} == {
        "CloseTuning"
    }


def test_an_execution_that_ends_from_outside_is_closed(tuning: dict[str, Any]) -> None:
    pattern = rule(tuning, "StopOnAbort")["EventPattern"]
    assert {"ABORTED", "TIMED_OUT", "FAILED"} == set(pattern["detail"]["status"])


def test_a_search_may_take_its_longest_hours_and_a_longest_run(
    tuning: dict[str, Any], pipeline: dict[str, Any]
) -> None:
    assert machine(tuning)["TimeoutSeconds"] == 168 * 3600 + machine(pipeline)["TimeoutSeconds"]
