"""A job's lines into CloudWatch Logs, in batches, as they come, as the job's role."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

BATCH_SECONDS = 0.5
_BATCH_LINES = 1000
_LINE_CHARACTERS = 200_000  # an event holds 256 KB

log = logging.getLogger("local_cloud.sagemaker")


class LogStream:
    """Ships lines from a queue on a thread of its own; a role without permission loses them, as on AWS.

    Parameters
    ----------
    client : boto3 CloudWatch Logs client
        With the job's role.
    group, name : str
        Of the stream.
    """

    def __init__(self, client: Any, group: str, name: str) -> None:
        self.client, self.group, self.name = client, group, name
        self._lines: queue.Queue[tuple[int, str] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._ship, name=f"logs-{name}", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Add one line, stamped with the present time."""
        self._lines.put((int(time.time() * 1000), line[:_LINE_CHARACTERS]))

    def close(self) -> None:
        """Ship what is left and end."""
        self._lines.put(None)
        self._thread.join(timeout=30)

    def _ship(self) -> None:
        try:
            self._create()
            ended = False
            while not ended:
                lines, ended = self._collect()
                if lines:
                    self.client.put_log_events(
                        logGroupName=self.group, logStreamName=self.name, logEvents=lines
                    )
        except (ClientError, BotoCoreError) as problem:
            log.warning("No log lines of %s: %s", self.name, problem)

    def _collect(self) -> tuple[list[dict[str, Any]], bool]:
        """The lines of the next half second, and whether the stream has ended."""
        lines: list[dict[str, Any]] = []
        until = time.monotonic() + BATCH_SECONDS
        while len(lines) < _BATCH_LINES and (left := until - time.monotonic()) > 0:
            try:
                entry = self._lines.get(timeout=left)
            except queue.Empty:
                break
            if entry is None:
                return lines, True
            lines.append({"timestamp": entry[0], "message": entry[1] or " "})
        return lines, False

    def _create(self) -> None:
        """Make the stream, and the group when it is missing; both may be there, as after an answer that was lost."""
        client, exists = self.client, self.client.exceptions.ResourceAlreadyExistsException
        with contextlib.suppress(exists):
            try:
                client.create_log_stream(logGroupName=self.group, logStreamName=self.name)
            except client.exceptions.ResourceNotFoundException:
                with contextlib.suppress(exists):
                    client.create_log_group(logGroupName=self.group)
                client.create_log_stream(logGroupName=self.group, logStreamName=self.name)
