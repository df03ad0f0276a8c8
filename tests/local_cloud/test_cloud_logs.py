"""Logs in the local cloud: how jobs write them, and FilterLogEvents, as `aws logs tail` and paginators ask it."""

from __future__ import annotations

import pytest

from local_cloud.sagemaker.logs import LogStream

TIMES = {"job-a/algo-1": [1000, 1000, 3000], "job-b/algo-1": [1000, 2000], "other": [1500]}


@pytest.fixture(scope="module")
def group(cloud) -> str:
    """A group with three streams, some of whose events are of the same time."""
    name = cloud.name("group")
    cloud.logs.create_log_group(logGroupName=name)
    for stream, times in TIMES.items():
        cloud.logs.create_log_stream(logGroupName=name, logStreamName=stream)
        events = [{"timestamp": time, "message": f"{stream} {number}"} for number, time in enumerate(times)]
        cloud.logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=events)
    return name


def found(cloud, group: str, size: int | None = None, **arguments) -> list[list[str]]:
    """Return the messages of each page."""
    pages = cloud.logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, PaginationConfig={"PageSize": size}, **arguments
    )
    return [[event["message"] for event in page["events"]] for page in pages]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pages_hold_every_event_once_in_the_order_of_time(cloud, group, size):
    pages = found(cloud, group, size, logStreamNamePrefix="job-")
    assert {len(page) for page in pages[:-1]} <= {size}
    assert [message for page in pages for message in page] == [
        "job-a/algo-1 0", "job-a/algo-1 1", "job-b/algo-1 0", "job-b/algo-1 1", "job-a/algo-1 2",
    ]  # fmt: skip


def test_a_prefix_without_streams_finds_nothing(cloud, group):
    assert found(cloud, group, logStreamNamePrefix="nobody") == [[]]


def test_what_is_new_is_found_by_time_and_id(cloud, group):
    """So `aws logs tail --follow` does it: again from the last time on, without the ids that it has seen."""
    events = cloud.logs.filter_log_events(logGroupName=group)["events"]
    again = cloud.logs.filter_log_events(logGroupName=group, startTime=3000)["events"]
    assert [event["eventId"] for event in again] == [events[-1]["eventId"]]
    assert len({event["eventId"] for event in events}) == len(events) == 6


def test_a_job_writes_into_a_stream_that_is_there_already(cloud, group):
    cloud.logs.create_log_stream(logGroupName=group, logStreamName="mine/there")
    stream = LogStream(cloud.logs, group, "mine/there")
    stream.write("a line")
    stream.close()
    assert found(cloud, group, logStreamNamePrefix="mine/there") == [["a line"]]
