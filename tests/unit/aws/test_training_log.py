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


class Pages:
    """A log service that gives its lines two at a time, with empty pages between, as CloudWatch Logs may."""

    def __init__(self, lines):
        self.pages = [[], lines[:2], [], [], lines[2:4], lines[4:], []]

    def describe_log_streams(self, **_):
        return {"logStreams": [{"logStreamName": "job/algo-1"}]}

    def get_log_events(self, **wanted):
        last = len(self.pages) - 1
        at = int(wanted.get("nextToken", 0 if wanted["startFromHead"] else last))
        at, past = max(0, min(at, last)), not 0 <= at <= last
        return {
            "events": [] if past else [{"timestamp": 1000, "message": line} for line in self.pages[at]],
            "nextForwardToken": str(min(at + 1, last + 1)),
            "nextBackwardToken": str(max(at - 1, -1)),
        }


LINES = ["one", "two", "three", "four", "five"]


def test_empty_and_partly_full_pages_are_not_the_end():
    logs = TrainingLogs(Pages(LINES))

    assert [line for _, line in logs.timed("job")] == LINES
    assert logs.head("job") == LINES
    assert logs.head("job", limit=3) == LINES[:3]
    assert logs.tail("job") == LINES
    assert logs.tail("job", limit=2) == LINES[-2:]


class Interrupted:
    """A log service of a job whose instances were taken away twice; its last stream comes in the middle."""

    def __init__(self):
        self.names = ["job/algo-1-100", "job/algo-1-200"]

    def describe_log_streams(self, **wanted):
        assert wanted["logStreamNamePrefix"] == "job/algo-1-"  # and not algo-10's
        return {"logStreams": [{"logStreamName": name} for name in reversed(self.names)]}

    def get_log_events(self, **wanted):
        name = wanted["logStreamName"]
        events = [{"timestamp": 1000, "message": name[-3:]}] if "nextToken" not in wanted else []
        return {"events": events, "nextForwardToken": name, "nextBackwardToken": name}


def test_a_log_after_an_interruption_is_the_last_stream_and_its_whole_is_all_of_them():
    service = Interrupted()
    logs = TrainingLogs(service)

    assert logs.head("job") == logs.tail("job") == ["200"]
    assert [line for _, line in logs.timed("job")] == ["100", "200"]
    followed = logs.follow("job")
    assert [next(followed), next(followed)] == [["200"], []]
    service.names.append("job/algo-1-300")
    assert next(followed) == ["300"]


def test_a_log_is_followed_by_its_tokens_from_the_head():
    asked = []

    class Written(Pages):
        def get_log_events(self, **wanted):
            asked.append(wanted)
            return super().get_log_events(**wanted)

    followed = TrainingLogs(Written(LINES)).follow("job")

    found = [line for _ in range(9) for line in next(followed)]

    assert found == LINES
    assert all(wanted["startFromHead"] is True for wanted in asked)  # CloudWatch asks it with a token, too
    assert all("nextToken" in wanted for wanted in asked[1:])
