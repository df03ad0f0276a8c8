"""CloseCleaning: the single way out of a cleaning. Its job no longer runs, and its people are told.

The state machine ends every path here. An execution that is aborted or times out never comes here by itself:
EventBridge calls the function for it.
"""

from __future__ import annotations

from typing import Any

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.cleaning_claims import owner_of
from wordvectors.aws.clients import client
from wordvectors.aws.glue_runs import GlueRuns
from wordvectors.aws.notifications import Notifications
from wordvectors.cleaning.ending import CleaningReport, Ending, ending_of
from wordvectors.cleaning.order import cleaning_key
from wordvectors.lifecycle.status import Outcome
from wordvectors.plain_text import plain


class Settings(Environment):
    """Settings of this function."""

    bucket_name: str
    topic_arn: str
    job_name: str


settings = Settings.read()
bucket = Bucket(client("s3"), settings.bucket_name)
runs = GlueRuns(client("glue"), settings.job_name)
notifications = Notifications(client("sns"), settings.topic_arn)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Close the cleaning of the state machine's last state, or of an execution that EventBridge reports."""
    log_about(None, context)
    ending = ending_of(event)
    return close_cleaning(ending) if ending else {}


def close_cleaning(ending: Ending) -> dict[str, Any]:
    """Stop what still runs, and tell the topic; a message is sent once, or twice if an answer is lost.

    What an execution has started is known from the job's run itself, and stopped whatever S3 answers. A cleaning that
    another execution has claimed is left alone: who sends a key and a sequencer may name any.

    Returns
    -------
    dict
        `cleaning_id`, `status` and `reason`.
    """
    cleaning = ending.cleaning_id
    logger.append_keys(cleaning_id=cleaning)
    if ending.status in (Outcome.FAILED, Outcome.STOPPED) and runs.stop(ending.execution_arn):
        logger.info("the Glue job is asked to stop")
    owner = owner_of(bucket, cleaning)
    if not ending.owns(owner):
        logger.warning("the cleaning is another execution's; it is left alone", extra={"owner": owner})
        return _answer(cleaning, ending.status, ending.reason)
    report = CleaningReport.model_validate_json(
        bucket.read_small(cleaning_key(cleaning, "report.json")) or b"{}"
    )
    status, reason = report.concluded(ending)
    answer = _answer(cleaning, status, reason)
    notifications.cleaning_ended(report.model_copy(update={**answer, "key": plain(ending.key)}))
    logger.info("the cleaning is closed", extra={"status": status, "reason": reason})
    return answer


def _answer(cleaning: str, status: Outcome, reason: str) -> dict[str, Any]:
    return {"cleaning_id": cleaning, "status": status, "reason": plain(reason)}
