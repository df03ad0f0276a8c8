"""CloseRun: the single way out of a run. Its job no longer runs, its row is final, its people are told.

The state machine ends every path here. And because an execution can also be aborted, time out, or fail
in this very step, EventBridge calls the function once more for each execution that ended badly. Closing
a closed run changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from lambdas.metrics import put_metrics
from wordvectors.aws.clients import client
from wordvectors.aws.errors import TransientServiceError
from wordvectors.aws.notifications import Notifications
from wordvectors.aws.run_table import MESSAGE_LEASE, Run, RunTable
from wordvectors.aws.training_jobs import TrainingJobs
from wordvectors.plain_text import plain, plain_sentences
from wordvectors.runs.cost import interrupted_cost
from wordvectors.runs.metrics import BILLED_SECONDS, COST, MEAN_RHO, RUNS_ENDED, WORDS_PER_SECOND
from wordvectors.runs.run import RunStatus, corpus_name, run_id, stored_key

_SENTENCES = frozenset({"", "QuotaTooSmall", "CorpusChanged", "InvalidModelArchive", "EvalJsonError"})
"""Errors whose messages say all."""

UNKNOWN_STOPPER = "no reason was given (StopExecution; CloudTrail knows who called it)"
CLAIM_WINDOW = timedelta(hours=1)
"""A run's row is written by its execution's first step; no retry of that step comes later than this."""

SETTLING_SECONDS = 5.0
"""The index of runs lags behind the table, and a first step that was aborted may still be writing its row."""


class Settings(Environment):
    """Settings of this function."""

    table_name: str
    topic_arn: str
    job_name_prefix: str
    deployment: str


settings = Settings.read()
run_table = RunTable(client("dynamodb"), settings.table_name)
training_jobs = TrainingJobs(client("sagemaker"))
notifications = Notifications(client("sns"), settings.topic_arn)


@dataclass(frozen=True)
class Ending:
    """How an execution ended: of which run, if that is known, in what status, and why.

    Attributes
    ----------
    report_fault
        Why the report could not be made, if that was tried.
    was_asked_for
        Whether the status is one that state machine or people have decided on, and not an accident.
    """

    execution_arn: str
    started_at: datetime
    request: Mapping[str, Any]
    run_id: str | None
    status: RunStatus
    reason: str | None
    report_fault: str | None = None
    was_asked_for: bool = True


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
    stop = None
    if ending.run_id and ending.status is not RunStatus.COMPLETED:
        stop = _stop_job(ending.run_id)  # before the table is asked, which may be what is broken
    run = _find_or_create(ending)
    name = run["run_id"]
    logger.append_keys(run_id=name)
    if stop is None and RunStatus.COMPLETED not in (ending.status, run["status"]):
        stop = _stop_job(name)
    if not RunStatus(run["status"]).is_final:
        now = datetime.now(UTC)
        changes: dict[str, Any] = {"ended_at": now.isoformat(timespec="seconds")}
        reason = "; ".join(filter(None, (ending.reason, stop.trouble if stop else None)))
        if stop and stop.carried_out and (cost := interrupted_cost(run, now)):
            changes["cost"] = cost
        status = ending.status if ending.was_asked_for else _as_far_as_it_came(run)
        if status is RunStatus.COMPLETED:
            reason = ""
            if "report" not in run.get("artifacts", {}):
                fault = ending.report_fault or ending.reason or "it is not known why"
                changes["warnings"] = [*run.get("warnings", []), f"there is no report: {fault}"]
        advanced = run_table.advance(name, status, {**changes, "reason": reason or None})
        run = run_table.get(name) or run
        if advanced:
            logger.info("the run is closed", extra={"status": status, "reason": reason})
            _put_metrics(run)
            if stop and not (stop.carried_out or stop.trouble):
                # A job may have been created since: only from here on StartTraining sees that it must not.
                stop = _stop_job(name)
    if not run.get("notified_at"):
        _tell_once(run)
    if stop and stop.worth_another_try:
        raise TransientServiceError(stop.trouble)
    return {"run_id": name, "status": run["status"], "reason": run.get("reason") or ""}


@dataclass(frozen=True)
class Stop:
    """What came of stopping a job: whether it ran, and what a person must know if it may still run."""

    carried_out: bool = False
    trouble: str | None = None
    worth_another_try: bool = False


def _stop_job(name: str) -> Stop:
    """Stop the run's job; the run is closed whatever comes of it."""
    try:
        stopped = training_jobs.stop(name)
    except (ClientError, TransientServiceError) as error:
        logger.exception("the training job could not be stopped")
        return Stop(
            trouble=f"its training job could not be stopped and may still run: {plain(error)}",
            worth_another_try=isinstance(error, TransientServiceError),
        )
    if stopped:
        logger.info("the training job is asked to stop")
    return Stop(carried_out=stopped)


def _as_far_as_it_came(run: Run) -> RunStatus:
    """Return the status that a run has earned whose execution failed, be it only in its report or its closing."""
    if run.get("artifacts"):
        return RunStatus.COMPLETED
    return RunStatus.REJECTED if run.get("reasons") else RunStatus.FAILED


def _tell_once(run: Run) -> None:
    """Tell the topic how the run ended, unless another closing does so at this moment."""
    name = run["run_id"]
    for _ in range(MESSAGE_LEASE.seconds + 2):
        if run_table.claim_message(name):
            break
        if (run_table.get(name) or run).get("notified_at"):
            return
        time.sleep(1)
    else:
        logger.warning("the message has been claimed twice; it is not sent again")
        return
    try:
        notifications.run_ended(run)
    except Exception:
        run_table.release_message(name)
        raise
    run_table.mark_notified(name)


def _put_metrics(run: Run) -> None:
    """Count the run by its status, and measure what was trained."""
    put_metrics({RUNS_ENDED: 1}, deployment=settings.deployment, status=run["status"])
    put_metrics(
        {
            WORDS_PER_SECOND: run.get("progress", {}).get("words_per_second"),
            MEAN_RHO: run.get("mean_rho"),
            BILLED_SECONDS: run.get("training", {}).get("billed_instance_seconds"),
            COST: (run.get("cost") or {}).get("actual"),
        },
        deployment=settings.deployment,
    )


def ending_of_state(event: Mapping[str, Any]) -> Ending:
    """Read what the state machine hands over: the state's data, with `error` if a Catch put it there."""
    state = event["state"]
    error = state.get("error")
    reason: str | None
    if error is not None:
        status, reason = RunStatus.FAILED, _fault(error)
    elif state.get("outcome") in ("COMPLETED", "FAILED", "STOPPED", "REJECTED"):
        status = RunStatus(state["outcome"])
        reason = (
            "; ".join(plain_sentences(state.get("reasons", []))) or plain(state.get("reason") or "") or None
        )
    else:
        status = RunStatus.FAILED
        reason = f"the state machine came to an outcome it does not know: {state.get('outcome')!r}"
    return Ending(
        execution_arn=event["execution_arn"],
        started_at=datetime.fromisoformat(event["started_at"]),
        request=event["input"] if isinstance(event["input"], dict) else {},
        run_id=state.get("run_id") or None,
        status=status,
        reason=reason,
        report_fault=_fault(state["report_error"]) if "report_error" in state else None,
    )


def ending_of_event(event: Mapping[str, Any]) -> Ending:
    """Read EventBridge's "Step Functions Execution Status Change"."""
    detail = event["detail"]
    cause = explain(detail.get("error") or "", detail.get("cause") or "")
    status, reason = {
        "ABORTED": (RunStatus.STOPPED, f"the execution was stopped: {cause or UNKNOWN_STOPPER}"),
        "TIMED_OUT": (RunStatus.FAILED, "the execution took longer than the state machine allows"),
    }.get(detail["status"], (RunStatus.FAILED, cause or "the execution failed"))
    return Ending(
        execution_arn=detail["executionArn"],
        started_at=datetime.fromtimestamp(detail["startDate"] / 1000, UTC),
        request=_request(detail.get("input")),
        run_id=None,
        status=status,
        reason=reason,
        was_asked_for=detail["status"] == "ABORTED",
    )


def _fault(error: Mapping[str, str]) -> str:
    """Say what a Catch has put into the state."""
    return explain(error.get("Error", ""), error.get("Cause", ""))


def explain(error: str, cause: str) -> str:
    """Turn the error of a state into a sentence.

    A function's exception arrives as its class's name and a JSON cause that holds its message.
    """
    try:
        details = json.loads(cause)
    except ValueError:
        details = None
    message = plain(details.get("errorMessage", cause) if isinstance(details, dict) else cause)
    if error in ("States.Timeout", "Sandbox.Timedout"):
        return f"a step took longer than it may: {message}" if message else "a step took longer than it may"
    if error in _SENTENCES:
        return message
    return f"{error}: {message}" if message else error


def _find_or_create(ending: Ending) -> Run:
    if ending.run_id:
        run = run_table.get(ending.run_id)
        if run is not None:
            return run
    run = _find(ending)
    if run is None:
        time.sleep(SETTLING_SECONDS)
        run = _find(ending)
    return run or _create(ending)


def _find(ending: Ending) -> Run | None:
    """Return the row that the execution's first step wrote; an open one before one that is final."""
    since, until = ending.started_at - timedelta(minutes=1), ending.started_at + CLAIM_WINDOW
    own = [
        run
        for run in run_table.newest(since=since.isoformat(), until=until.isoformat())
        if run["execution_arn"] == ending.execution_arn
    ]
    return min(own, key=lambda run: RunStatus(run["status"]).is_final, default=None)


def _create(ending: Ending) -> Run:
    """Write a row for an execution that ended before its run had one, so that it is not lost from sight.

    An event that is delivered again has the same row. Each `--again` is a wish of its own.
    """
    key = stored_key(str(ending.request.get("key") or ""))
    is_wish = ending.request.get("again") is True
    identity = ending.execution_arn if is_wish else json.dumps(ending.request, sort_keys=True)
    name = run_id(
        prefix=settings.job_name_prefix,
        key=key,
        fingerprint=hashlib.sha256(identity.encode()).hexdigest(),
    )
    run = {
        "run_id": name,
        "status": str(RunStatus.PLANNED),
        "execution_arn": ending.execution_arn,
        "corpus_key": key,
        "corpus": {"bucket": plain(ending.request.get("bucket")), "key": key, "name": corpus_name(key)},
    }
    run_table.claim(run)
    return run_table.get(name) or run


def _request(text: str | None) -> Mapping[str, Any]:
    try:
        request = json.loads(text or "{}")
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}
