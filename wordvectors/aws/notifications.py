"""The messages a person gets when a run or a cleaning has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wordvectors.aws.errors import transient_errors_named
from wordvectors.cleaning.ending import CleaningReport, cleaning_text
from wordvectors.runs.messages import ending_text
from wordvectors.runs.run import Run

_MAX_SUBJECT = 100
"""SNS's limit; a subject is ASCII without line breaks."""


class Notifications:
    """The deployment's topic, through a boto3 SNS client."""

    def __init__(self, client: Any, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def run_ended(self, run: Run) -> None:
        """Tell the topic's subscribers how a run ended; they may filter by the attribute `status`."""
        self._publish(ending_text(run), {"status": run.status, "run_id": run.run_id})

    def cleaning_ended(self, report: CleaningReport) -> None:
        """Tell the topic's subscribers how a cleaning ended."""
        attributes = {"status": str(report.status), "cleaning_id": report.cleaning_id}
        self._publish(cleaning_text(report), attributes)

    def _publish(self, message: str, attributes: Mapping[str, str]) -> None:
        subject = " ".join(["wordvectors:", *attributes.values()])[:_MAX_SUBJECT]
        with transient_errors_named():
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=subject.encode("ascii", "replace").decode(),
                Message=message,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": str(value)}
                    for name, value in attributes.items()
                },
            )
