"""A training job's log in CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
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
        return self._lines(job, limit, from_head=True)

    def tail(self, job: str, limit: int = 100) -> list[str]:
        """Return the last lines of a job's log; none if it has not begun."""
        return self._lines(job, limit, from_head=False)

    def follow(self, job: str) -> Iterator[list[str]]:
        """Yield the lines of a job's log from the beginning, as they come.

        An empty list means that there is nothing new now: wait, then go on, or leave.
        """
        stream = token = None
        while True:
            stream = stream or self._stream(job)
            if stream is None:
                yield []
                continue
            wanted: dict[str, Any] = {"startFromHead": True} if token is None else {"nextToken": token}
            with transient_errors_named():
                answer = self._client.get_log_events(
                    logGroupName=TRAINING_LOG_GROUP, logStreamName=stream, **wanted
                )
            token = answer["nextForwardToken"]
            yield [event["message"] for event in answer["events"]]

    def timed(self, job: str) -> list[tuple[float, str]]:
        """Return a job's log from the beginning, as far as `MOST_PAGES` go: (seconds since 1970, line)."""
        stream = self._stream(job)
        found: list[tuple[float, str]] = []
        wanted: dict[str, Any] = {"startFromHead": True}
        for _ in range(MOST_PAGES if stream else 0):
            with transient_errors_named():
                answer = self._client.get_log_events(
                    logGroupName=TRAINING_LOG_GROUP, logStreamName=stream, **wanted
                )
            found += [(event["timestamp"] / 1000, event["message"]) for event in answer["events"]]
            if wanted.get("nextToken") == answer["nextForwardToken"]:
                break
            wanted = {"nextToken": answer["nextForwardToken"], "startFromHead": True}
        return found

    def _lines(self, job: str, limit: int, *, from_head: bool) -> list[str]:
        stream = self._stream(job)
        if stream is None:
            return []
        with transient_errors_named():
            answer = self._client.get_log_events(
                logGroupName=TRAINING_LOG_GROUP, logStreamName=stream, startFromHead=from_head, limit=limit
            )
        return [event["message"] for event in answer["events"]]

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
