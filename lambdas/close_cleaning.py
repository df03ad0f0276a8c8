"""CloseCleaning: the single way out of a cleaning. Its job no longer runs, and its people are told.

The state machine ends every path here. An execution that is aborted or times out never comes here by itself:
EventBridge calls the function for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client
from wordvectors.aws.glue_runs import GlueRuns
from wordvectors.aws.notifications import Notifications
from wordvectors.cleaning.order import cleaning_id, cleaning_key
from wordvectors.plain_text import plain

COMPLETED, REJECTED, FAILED, STOPPED = "COMPLETED", "REJECTED", "FAILED", "STOPPED"
CLOSED_ERRORS = frozenset({"CleaningRejected", "CleaningFailed", "CleaningStopped"})
"""The errors that an execution ends with after this function has closed the cleaning."""


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
    if "detail-type" not in event:
        return close_cleaning(event["input"], *_ending(event["state"]))
    detail = event["detail"]
    if detail.get("error") in CLOSED_ERRORS:
        return {}
    status, reason = {
        "ABORTED": (STOPPED, f"the execution was stopped: {detail.get('cause') or 'no reason was given'}"),
        "TIMED_OUT": (FAILED, "the execution took longer than the state machine allows"),
    }.get(detail["status"], (FAILED, detail.get("cause") or "the execution failed"))
    return close_cleaning(json.loads(detail.get("input") or "{}"), status, reason)


def close_cleaning(request: Mapping[str, Any], status: str, reason: str) -> dict[str, Any]:
    """Stop what still runs, and tell the topic; a message is sent once, or twice if an answer is lost.

    Returns
    -------
    dict
        `cleaning_id`, `status` and `reason`.
    """
    key = str(request.get("key") or "")
    cleaning = cleaning_id(key, str(request.get("sequencer") or ""))
    logger.append_keys(cleaning_id=cleaning)
    if status in (FAILED, STOPPED) and runs.stop(cleaning):
        logger.info("the Glue job is asked to stop")
    report = json.loads(bucket.read_small(cleaning_key(cleaning, "report.json")) or b"{}")
    if status == FAILED and report.get("status") == COMPLETED:
        status, reason = COMPLETED, ""  # what failed came after the corpus, which trains by now
    elif status == FAILED and report.get("reason"):
        reason = report["reason"]  # the job's own sentence; Glue's has the exception around it
    ended = {"cleaning_id": cleaning, "status": status, "reason": plain(reason)}
    notifications.cleaning_ended({**report, **ended, "key": plain(key)})
    logger.info("the cleaning is closed", extra={"status": status, "reason": reason})
    return ended


def _ending(state: Mapping[str, Any]) -> tuple[str, str]:
    """Return status and reason from the state's data, with `error` if a Catch put it there."""
    error = state.get("error")
    if error is None and state.get("outcome") == REJECTED:
        return REJECTED, "; ".join(state.get("reasons", []))
    job = state.get("job") or {}
    if error is None:
        if job.get("JobRunState") == "SUCCEEDED":
            return COMPLETED, ""
        return STOPPED, "the Glue job was stopped"
    cause = str(error.get("Cause") or "")
    try:
        details = json.loads(cause)
    except ValueError:
        details = {}
    if not isinstance(details, dict):
        details = {}
    if "JobRunState" in details:
        said = details.get("ErrorMessage") or "its log says why"
        return FAILED, f"the Glue job ended as {details['JobRunState']}: {said}"
    return FAILED, f"{error.get('Error')}: {details.get('errorMessage', cause)}"
