"""The messages a person gets when a run, a cleaning or a tuning has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from wordvectors.aws.errors import transient_errors_named
from wordvectors.aws.run_table import MESSAGE_LEASE, RunTable
from wordvectors.cleaning.ending import CleaningReport, cleaning_text
from wordvectors.lifecycle.messages import ending_text
from wordvectors.lifecycle.run import Run
from wordvectors.tuning.ending import tuning_text
from wordvectors.tuning.tuning import Tuning

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

    def tuning_ended(self, tuning: Tuning) -> None:
        """Tell the topic's subscribers how a tuning ended."""
        self._publish(tuning_text(tuning), {"status": tuning.status, "tuning_id": tuning.tuning_id})

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


def tell_once(rows: RunTable, key: str, is_told: Callable[[], bool], tell: Callable[[], None]) -> bool:
    """Tell people of an end, unless another does so at this moment or has done so.

    Parameters
    ----------
    key
        Of the row that holds who tells (`RunTable.claim_message`).

    Returns
    -------
    bool
        False if the message was claimed twice and may not have been sent.
    """
    for _ in range(MESSAGE_LEASE.seconds + 2):
        if rows.claim_message(key):
            break
        if is_told():
            return True
        time.sleep(1)
    else:
        return False
    try:
        tell()
    except Exception:
        rows.release_message(key)
        raise
    rows.mark_notified(key)
    return True
