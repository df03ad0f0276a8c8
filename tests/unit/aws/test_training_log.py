"""A training job's log with its times."""

from __future__ import annotations

import boto3
import pytest

from wordvectors.aws.training_log import MOST_PAGES, TrainingLogs


def test_each_line_comes_with_its_time(account):
    account.write_log("job", ["one", "two", "three"])

    found = TrainingLogs(boto3.client("logs")).timed("job")

    assert [line for _, line in found] == ["one", "two", "three"]
    assert [round((moment - found[0][0]) * 1000) for moment, _ in found] == [0, 1, 2]


def test_a_job_without_a_log_has_no_lines(account):
    assert TrainingLogs(boto3.client("logs")).timed("job") == []


class Endless:
    """A log service whose next page is always another."""

    asked = 0

    def describe_log_streams(self, **_):
        return {"logStreams": [{"logStreamName": "job/algo-1"}]}

    def get_log_events(self, **wanted):
        self.asked += 1
        assert wanted["startFromHead"] is True
        return {
            "events": [{"timestamp": 1000 * self.asked, "message": "x"}],
            "nextForwardToken": str(self.asked),
        }


def test_an_endless_log_is_left_after_some_pages():
    service = Endless()

    found = TrainingLogs(service).timed("job")

    assert [moment for moment, _ in found] == pytest.approx([float(n + 1) for n in range(MOST_PAGES)])
