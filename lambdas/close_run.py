"""CloseRun: the single way out of a run. Its job no longer runs, its row is final, its people are told.

The state machine ends every path here. And because an execution can also be aborted, time out, or fail
in this very step, EventBridge calls the function once more for each execution that ended badly. Closing
a closed run changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.clients import client
from wordvectors.aws.notifications import Notifications
from wordvectors.aws.run_table import Run, RunTable
from wordvectors.aws.training_jobs import TrainingJobs
from wordvectors.run import RunStatus, corpus_name, run_id

CLAIM_WINDOW = timedelta(hours=1)
"""A run's row is written by its execution's first step; no retry of that step comes later than this."""


@dataclass(frozen=True)
class Settings(Environment):
    """Settings of this function."""

    table_name: str
    topic_arn: str
    job_name_prefix: str


settings = Settings.read()
run_table = RunTable(client("dynamodb"), settings.table_name)
training_jobs = TrainingJobs(client("sagemaker"))
notifications = Notifications(client("sns"), settings.topic_arn)


@dataclass(frozen=True)
class Ending:
    """How an execution ended: of which run, if that is known, in what status, and why."""

    execution_arn: str
    started_at: datetime | None
    request: Mapping[str, Any]
    run_id: str | None
    status: RunStatus
    reason: str | None


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Close the run of a state machine's last state, or of an execution that EventBridge reports."""
    log_about(None, context)
    ending = ending_of_event(event) if "detail-type" in event else ending_of_state(event)
    return close_run(ending)


def close_run(ending: Ending) -> dict[str, Any]:
    """Stop what still runs, write the final status unless there is one, and tell the topic once.

    Returns
    -------
    dict
        `run_id`, and the `status` and `reason` that the run ended with: those of the first closing.
    """
    run = _find_or_create(ending)
    name = run["run_id"]
    logger.append_keys(run_id=name)
    if not RunStatus(run["status"]).is_final:
        reason = ending.reason
        if ending.status is not RunStatus.COMPLETED:
            reason = "; ".join(filter(None, (reason, _stop_job(name))))
        changes = {"reason": reason or None, "ended_at": datetime.now(UTC).isoformat(timespec="seconds")}
        if run_table.advance(name, ending.status, changes):
            logger.info("the run is closed", extra={"status": ending.status, "reason": reason})
        run = run_table.get(name) or run
    if not run.get("notified_at"):
        notifications.run_ended(run)
        run_table.mark_notified(name)
    return {"run_id": name, "status": run["status"], "reason": run.get("reason") or ""}


def _stop_job(name: str) -> str | None:
    """Stop the run's job if it runs. Return what a person must know if that was refused."""
    try:
        if training_jobs.stop(name):
            logger.info("the training job is asked to stop")
    except ClientError as error:
        logger.exception("the training job could not be stopped")
        return f"its training job could not be stopped and may still run: {error}"
    return None


def ending_of_state(event: Mapping[str, Any]) -> Ending:
    """Read what the state machine hands over: the state's data, with `error` if a Catch put it there."""
    state = event["state"]
    error = state.get("error")
    reason: str | None
    if error is not None:
        status, reason = RunStatus.FAILED, explain(error.get("Error", ""), error.get("Cause", ""))
    elif state.get("outcome") in ("COMPLETED", "FAILED", "STOPPED", "REJECTED"):
        status = RunStatus(state["outcome"])
        reason = "; ".join(state.get("reasons", [])) or state.get("reason") or None
    else:
        status = RunStatus.FAILED
        reason = f"the state machine came to an outcome it does not know: {state.get('outcome')!r}"
    return Ending(
        execution_arn=event["execution_arn"],
        started_at=None,
        request=event["input"],
        run_id=state.get("run_id") or None,
        status=status,
        reason=reason,
    )


def ending_of_event(event: Mapping[str, Any]) -> Ending:
    """Read EventBridge's "Step Functions Execution Status Change"."""
    detail = event["detail"]
    cause = explain(detail.get("error") or "", detail.get("cause") or "")
    status, reason = {
        "ABORTED": (RunStatus.STOPPED, f"the execution was stopped: {cause or 'no reason was given'}"),
        "TIMED_OUT": (RunStatus.FAILED, "the execution took longer than the state machine allows"),
    }.get(detail["status"], (RunStatus.FAILED, cause or "the execution failed"))
    return Ending(
        execution_arn=detail["executionArn"],
        started_at=datetime.fromtimestamp(detail["startDate"] / 1000, UTC),
        request=_request(detail.get("input")),
        run_id=None,
        status=status,
        reason=reason,
    )


def explain(error: str, cause: str) -> str:
    """Turn the error of a state into a sentence.

    A function's exception arrives as its class's name and a JSON cause that holds its message.
    """
    try:
        details = json.loads(cause)
    except ValueError:
        details = None
    message = details.get("errorMessage", cause) if isinstance(details, dict) else cause
    if error in ("States.Timeout", "Sandbox.Timedout"):
        return f"a step took longer than it may: {message}" if message else "a step took longer than it may"
    if error in ("", "QuotaTooSmall", "InvalidModelArchive", "EvalJsonError"):  # their messages are sentences
        return message
    return f"{error}: {message}" if message else error


def _find_or_create(ending: Ending) -> Run:
    if ending.run_id:
        run = run_table.get(ending.run_id)
        if run is not None:
            return run
    if ending.started_at is not None:
        since, until = ending.started_at - timedelta(minutes=1), ending.started_at + CLAIM_WINDOW
        for run in run_table.newest(since=since.isoformat(), until=until.isoformat()):
            if run["execution_arn"] == ending.execution_arn:
                return run
    return _create(ending)


def _create(ending: Ending) -> Run:
    """Write a row for an execution that ended before its run had one, so that it is not lost from sight."""
    key = str(ending.request.get("key", ""))
    name = run_id(
        prefix=settings.job_name_prefix,
        key=key,
        fingerprint=hashlib.sha256(ending.execution_arn.encode()).hexdigest(),
    )
    run = {
        "run_id": name,
        "status": str(RunStatus.PLANNED),
        "execution_arn": ending.execution_arn,
        "corpus_key": key or "unknown",
        "corpus": {"bucket": ending.request.get("bucket"), "key": key, "name": corpus_name(key)},
    }
    run_table.claim(run)
    return run_table.get(name) or run


def _request(text: str | None) -> Mapping[str, Any]:
    try:
        request = json.loads(text or "{}")
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}
