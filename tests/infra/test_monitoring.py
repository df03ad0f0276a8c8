"""The alarms: what each looks at, when it goes off, and whom it tells; and the dashboard."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.conftest import synthesize
from tests.infra.templates import only, resources, text
from wordvectors.lifecycle import metrics
from wordvectors.lifecycle.status import FINAL

FUNCTIONS = ("PlanRun", "StartTraining", "PollTraining", "RecordEvaluation", "RenderReport", "CloseRun")
Found = tuple[str, str, dict[str, str], str, int, float]


def alarms(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the alarms by name."""
    return {
        text({"Ref": id}).removeprefix("${Monitoring").removesuffix("}"): found["Properties"]
        for id, found in resources(template, "AWS::CloudWatch::Alarm").items()
    }


def rule(alarm: dict[str, Any]) -> Found:
    """Return what an alarm looks at: namespace, metric, dimensions, statistic, seconds, threshold."""
    dimensions = {found["Name"]: text(found["Value"]) for found in alarm["Dimensions"]}
    return (
        alarm["Namespace"],
        alarm["MetricName"],
        dimensions,
        alarm["Statistic"],
        alarm["Period"],
        alarm["Threshold"],
    )


HERE = {"deployment": "Wordvectors"}
EXPECTED: dict[str, Found] = {
    "RunsFailed": ("wordvectors", "RunsEnded", {**HERE, "status": "FAILED"}, "Sum", 300, 1),
    "DeadLetters": (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        {"QueueName": "${DeadLettersQueue.QueueName}"},
        "Maximum",
        300,
        1,
    ),
    "LongQueue": ("wordvectors", "QueuedSeconds", HERE, "Maximum", 900, 12 * 3600),
    **{
        f"{name}Throttles": (
            "AWS/Lambda",
            "Throttles",
            {"FunctionName": f"${{{name}Function}}"},
            "Sum",
            900,
            3,
        )
        for name in FUNCTIONS
    },
    **{
        f"{name}Errors": ("AWS/Lambda", "Errors", {"FunctionName": f"${{{name}Function}}"}, "Sum", 900, 3)
        for name in FUNCTIONS
        if name != "StartTraining"  # a queued run is an error of it, time and again
    },
}


def test_these_alarms_and_no_others(pipeline: dict[str, Any]) -> None:
    assert {name: rule(alarm) for name, alarm in alarms(pipeline).items()} == EXPECTED


@pytest.mark.parametrize("name", EXPECTED)
def test_an_alarm_goes_off_at_once_tells_the_topic_and_says_what_to_do(
    pipeline: dict[str, Any], name: str
) -> None:
    alarm = alarms(pipeline)[name]
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["EvaluationPeriods"] == 1
    assert alarm["TreatMissingData"] == "notBreaching"
    assert [text(action) for action in alarm["AlarmActions"]] == ["${AlarmsTopic}"]
    assert alarm["AlarmDescription"]


def test_a_deployment_is_alarmed_by_its_own_runs(tmp_path_factory: pytest.TempPathFactory) -> None:
    template = synthesize(
        tmp_path_factory.mktemp("other"),
        {"wordvectors.stack_prefix": "Nlp", "wordvectors.max_queue_hours": "10"},
    ).pipeline
    found = alarms(template)
    assert rule(found["RunsFailed"])[2]["deployment"] == "Nlp"
    assert rule(found["LongQueue"])[5] == 5 * 3600


def test_one_dashboard_shows_all_that_is_measured(pipeline: dict[str, Any]) -> None:
    body = json.loads(
        text(only(pipeline, "AWS::CloudWatch::Dashboard")["DashboardBody"]).replace(
            "${AWS::Region}", "eu-west-1"
        )
    )
    shown = [metric for widget in body["widgets"] for metric in widget["properties"]["metrics"]]
    assert {metric[1] for metric in shown if metric[0] == metrics.NAMESPACE} == set(metrics.UNITS)
    statuses = {metric[5] for metric in shown if metric[1] == metrics.RUNS_ENDED}
    assert statuses == {str(status) for status in FINAL}
    for name in ("Errors", "Duration"):
        assert len([metric for metric in shown if metric[:2] == ["AWS/Lambda", name]]) == len(FUNCTIONS)
    assert "ApproximateNumberOfMessagesVisible" in {metric[1] for metric in shown}
