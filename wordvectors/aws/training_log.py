"""A training job's log in CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from wordvectors.aws.errors import error_code, transient_errors_named
from wordvectors.blazingtext.log import TRAINING_LOG_GROUP

MOST_PAGES = 20
"""Of 10,000 lines or a megabyte each."""


class TrainingLogs:
    """The logs of training jobs, through a boto3 CloudWatch Logs client.

    SageMaker writes one stream per host, `JOB/algo-1-…`; the first host's holds the progress.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def head(self, job: str, limit: int = 50) -> list[str]:
        """Return the first lines of a job's log; none if it has not begun."""
        lines: list[str] = []
        for events in islice(self._pages(self._stream(job), limit), MOST_PAGES):
            lines += _messages(events)
            if len(lines) >= limit:
                break
        return lines[:limit]

    def tail(self, job: str, limit: int = 100) -> list[str]:
        """Return the last lines of a job's log; none if it has not begun."""
        lines: list[str] = []
        for events in islice(self._pages(self._stream(job), limit, backward=True), MOST_PAGES):
            lines = _messages(events) + lines
            if len(lines) >= limit:
                break
        return lines[-limit:]

    def follow(self, job: str) -> Iterator[list[str]]:
        """Yield the lines of a job's log from the beginning, as they come.

        An empty list means that there is nothing new now: wait, then go on, or leave.
        """
        while (stream := self._stream(job)) is None:
            yield []
        for events in self._pages(stream, endless=True):
            yield _messages(events)

    def timed(self, job: str) -> list[tuple[float, str]]:
        """Return a job's log from the beginning, as far as `MOST_PAGES` go: (seconds since 1970, line)."""
        pages = islice(self._pages(self._stream(job)), MOST_PAGES)
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

    def _stream(self, job: str) -> str | None:
        try:
            with transient_errors_named():
                answer = self._client.describe_log_streams(
                    logGroupName=TRAINING_LOG_GROUP, logStreamNamePrefix=f"{job}/", limit=1
                )
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return None
            raise
        streams = answer["logStreams"]
        return streams[0]["logStreamName"] if streams else None


def _messages(events: list[dict[str, Any]]) -> list[str]:
    return [event["message"] for event in events]
