"""A training job's log in CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from botocore.exceptions import ClientError

from wordvectors.aws.errors import error_code, transient_errors_named
from wordvectors.blazingtext.log import TRAINING_LOG_GROUP

MOST_PAGES = 20
"""Of 10,000 lines or a megabyte each."""


class TrainingLogs:
    """The logs of training jobs, through a boto3 CloudWatch Logs client.

    SageMaker writes one stream per host, `JOB/algo-1-…`, of which the first host's holds the progress; and after an
    interruption on spot capacity others, which end in a later time.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def head(self, job: str, limit: int = 50) -> list[str]:
        """Return the first lines of a job's log, since it was last interrupted; none if it has not begun."""
        lines: list[str] = []
        for events in islice(self._pages(self._last_stream(job), limit), MOST_PAGES):
            lines += _messages(events)
            if len(lines) >= limit:
                break
        return lines[:limit]

    def tail(self, job: str, limit: int = 100) -> list[str]:
        """Return the last lines of a job's log; none if it has not begun."""
        lines: list[str] = []
        for events in islice(self._pages(self._last_stream(job), limit, backward=True), MOST_PAGES):
            lines = _messages(events) + lines
            if len(lines) >= limit:
                break
        return lines[-limit:]

    def follow(self, job: str) -> Iterator[list[str]]:
        """Yield the lines of a job's log from the beginning, as they come.

        An empty list means that there is nothing new now: wait, then go on, or leave.
        """
        while (stream := self._last_stream(job)) is None:
            yield []
        while True:
            for events in self._pages(stream, endless=True):
                yield _messages(events)
                if not events and (newer := self._last_stream(job)) not in (None, stream):
                    stream = newer
                    break

    def timed(self, job: str) -> list[tuple[float, str]]:
        """Return a job's log from the beginning, as far as `MOST_PAGES` go: (seconds since 1970, line)."""
        streams = self._streams(job)
        pages = islice(chain.from_iterable(self._pages(stream) for stream in streams), MOST_PAGES)
        return [(event["timestamp"] / 1000, event["message"]) for events in pages for event in events]

    def _pages(
        self, stream: str | None, limit: int | None = None, *, backward: bool = False, endless: bool = False
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield a stream's pages, in each the older event first, until the same token comes twice.

        A page that is not full, or empty, is not the end (API reference, GetLogEvents).

        Parameters
        ----------
        limit
            Events of a page at most; None: as many as the service gives.
        backward
            From the end of the stream to its beginning.
        endless
            Ask on at the end, where more may be written.
        """
        if stream is None:
            return
        wanted: dict[str, Any] = {"limit": limit} if limit else {}
        while True:
            with transient_errors_named():
                answer = self._client.get_log_events(
                    logGroupName=TRAINING_LOG_GROUP,
                    logStreamName=stream,
                    startFromHead=not backward,
                    **wanted,
                )
            yield answer["events"]
            token = answer["nextBackwardToken" if backward else "nextForwardToken"]
            if token == wanted.get("nextToken") and not endless:
                return
            wanted["nextToken"] = token

    def _last_stream(self, job: str) -> str | None:
        streams = self._streams(job)
        return streams[-1] if streams else None

    def _streams(self, job: str) -> list[str]:
        """Return the first host's streams, in the order of their times."""
        try:
            with transient_errors_named():
                answer = self._client.describe_log_streams(
                    logGroupName=TRAINING_LOG_GROUP, logStreamNamePrefix=f"{job}/algo-1-"
                )
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return []
            raise
        return sorted(stream["logStreamName"] for stream in answer["logStreams"])


def _messages(events: list[dict[str, Any]]) -> list[str]:
    return [event["message"] for event in events]
