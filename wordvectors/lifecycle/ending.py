"""How an execution ended, and what that makes of its run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from wordvectors.json_text import json_object
from wordvectors.lifecycle.cost import interrupted_cost
from wordvectors.lifecycle.keys import corpus_name, run_id, stored_key
from wordvectors.lifecycle.messages import TOO_LONG, UNKNOWN_STOPPER, explain
from wordvectors.lifecycle.run import Changes, Corpus, Run, as_trial
from wordvectors.lifecycle.status import Outcome, RunStatus
from wordvectors.plain_text import plain, plain_sentences

CLAIM_WINDOW = timedelta(hours=3)
"""A run's row is written by its execution's first step; no retry of that step comes later than this."""
SETTLING_SECONDS = 5.0
"""An index lags behind its table, and a first step that was aborted may still be writing its row."""

Status = TypeVar("Status")

ERRORS = {
    Outcome.REJECTED: "RunRejected",
    Outcome.STOPPED: "RunStopped",
    Outcome.FAILED: "RunFailed",
}
"""What an execution ends with after its run has been closed."""

_ENDS = {
    Outcome.COMPLETED: RunStatus.COMPLETED,
    Outcome.REJECTED: RunStatus.REJECTED,
    Outcome.FAILED: RunStatus.FAILED,
    Outcome.NO_CAPACITY: RunStatus.FAILED,  # of an execution that an earlier version's state machine began
    Outcome.STOPPED: RunStatus.STOPPED,
}


class Caught(BaseModel):
    """An error as a Catch puts it into the state."""

    error: str = Field("", validation_alias="Error")
    cause: str = Field("", validation_alias="Cause")

    @property
    def sentence(self) -> str:
        """The error in words."""
        return explain(self.error, self.cause)


class StepsState(BaseModel):
    """A state machine's data as the steps before its last one wrote it; nothing in it is the caller's."""

    outcome: str | None = None
    reason: str | None = None
    reasons: list[str] = []
    error: Caught | None = None

    def end(self, ends: Mapping[Outcome, Status]) -> tuple[Status, str | None]:
        """Return the status that this ends in, and why, if not well.

        Parameters
        ----------
        ends
            What each outcome ends in; what is none of them, and an error, is FAILED.
        """
        if self.error is not None:
            return ends[Outcome.FAILED], self.error.sentence
        if self.outcome is not None and self.outcome in ends:
            reason = "; ".join(plain_sentences(self.reasons)) or plain(self.reason or "") or None
            return ends[Outcome(self.outcome)], reason
        unknown = f"the state machine came to an outcome it does not know: {self.outcome!r}"
        return ends[Outcome.FAILED], unknown


class State(StepsState):
    """The data of a run's state machine."""

    run_id: str | None = None
    job_name: str | None = None
    report_error: Caught | None = None


class StateEvent(BaseModel):
    """What the state machine's last step hands over, and `wordvectors doctor --fix` for it.

    Attributes
    ----------
    execution_arn : str or None
        None for a run whose row names no execution.
    input
        What the execution was started with: the caller's, and of any shape.
    """

    state: State
    input: Any = None
    execution_arn: str | None
    started_at: datetime


class ExecutionDetail(BaseModel):
    """An execution's end, as EventBridge reports it."""

    model_config = ConfigDict(populate_by_name=True)

    execution_arn: str = Field(validation_alias="executionArn")
    status: str
    start_date: int = Field(validation_alias="startDate")
    """Milliseconds since 1970."""
    input: str | None = None
    error: str | None = None
    cause: str | None = None

    @property
    def started_at(self) -> datetime:
        """When the execution was started."""
        return datetime.fromtimestamp(self.start_date / 1000, UTC)

    def end(self, *, stopped: Status, failed: Status) -> tuple[Status, str]:
        """Return the status that an execution ends in which did not come to its last step, and why."""
        cause = explain(self.error or "", self.cause or "")
        if self.status == "ABORTED":
            return stopped, f"the execution was stopped: {cause or UNKNOWN_STOPPER}"
        if self.status == "TIMED_OUT":
            return failed, TOO_LONG
        return failed, cause or "the execution failed"


class ExecutionEvent(BaseModel):
    """EventBridge's "Step Functions Execution Status Change"."""

    detail: ExecutionDetail


@dataclass(frozen=True)
class Ending:
    """How an execution ended: of which run, if that is known, in what status, and why.

    Attributes
    ----------
    request
        What the caller sent. Of it comes the name of a row that is made for want of one, and nothing else.
    job_name
        The run's training job, as far as the state tells; its row knows better.
    report_fault
        Why the report could not be made, if that was tried.
    was_asked_for
        Whether the status is one that state machine or people have decided on, and not an accident.
    """

    execution_arn: str | None
    started_at: datetime
    request: Mapping[str, Any]
    run_id: str | None
    status: RunStatus
    reason: str | None
    job_name: str | None = None
    report_fault: str | None = None
    was_asked_for: bool = True

    def owns(self, run: Run) -> bool:
        """Whether the run is this execution's: no other may close it."""
        return run.execution_arn == self.execution_arn


def ending_of(event: Mapping[str, Any]) -> Ending:
    """Read the event of the state machine's last step, or EventBridge's of an execution that ended badly."""
    if "detail-type" in event:
        return ending_of_event(ExecutionEvent.model_validate(event))
    return ending_of_state(StateEvent.model_validate(event))


def ending_of_state(event: StateEvent) -> Ending:
    """Read what the state machine hands over: the state's data, with `error` if a Catch put it there."""
    state = event.state
    status, reason = state.end(_ENDS)
    return Ending(
        execution_arn=event.execution_arn,
        started_at=event.started_at,
        request=event.input if isinstance(event.input, dict) else {},
        run_id=state.run_id or None,
        status=status,
        reason=reason,
        job_name=state.job_name or state.run_id or None,
        report_fault=state.report_error.sentence if state.report_error else None,
    )


def ending_of_event(event: ExecutionEvent) -> Ending:
    """Read how an execution ended that did not come to its last step."""
    detail = event.detail
    status, reason = detail.end(stopped=RunStatus.STOPPED, failed=RunStatus.FAILED)
    return Ending(
        execution_arn=detail.execution_arn,
        started_at=detail.started_at,
        request=json_object(detail.input or ""),
        run_id=None,
        status=status,
        reason=reason,
        was_asked_for=detail.status == "ABORTED",
    )


def final_changes(
    run: Run, ending: Ending, *, moment: datetime, stopped: bool, trouble: str | None
) -> tuple[RunStatus, Changes]:
    """Return the status that an open run ends in, and what else its row is to say.

    Parameters
    ----------
    stopped
        Whether its training job ran, and was told to stop at this moment.
    trouble
        Why its job could not be stopped.
    """
    status = ending.status if ending.was_asked_for else _as_far_as_it_came(run)
    reason = "; ".join(filter(None, (ending.reason, trouble))) or None
    changes: dict[str, Any] = {"ended_at": moment.isoformat(timespec="seconds")}
    cost = interrupted_cost(
        run.cost,
        started_at=run.training.started_at,
        instances=run.training.instance_count or 1,
        moment=moment,
    )
    if stopped and cost is not None:
        changes["cost"] = cost
    if status is RunStatus.COMPLETED:
        reason = None
        if not run.artifacts.report:
            fault = ending.report_fault or ending.reason or "it is not known why"
            changes["warnings"] = (*run.warnings, f"there is no report: {fault}")
    return status, Changes(**changes, reason=reason)


def _as_far_as_it_came(run: Run) -> RunStatus:
    """Return the status that a run has earned whose execution failed, be it only in its report or its closing."""
    if run.artifacts.model_fields_set:
        return RunStatus.COMPLETED
    return RunStatus.REJECTED if run.reasons else RunStatus.FAILED


def run_without_plan(ending: Ending, prefix: str) -> Run:
    """Return the row of an execution that ended before its run had one, so that it is not lost from sight.

    An event that is delivered again has the same row. Each `--again` is a wish of its own.
    """
    key = stored_key(str(ending.request.get("key") or ""))
    is_wish = ending.request.get("again") is True
    identity = str(ending.execution_arn) if is_wish else json.dumps(ending.request, sort_keys=True)
    run = Run(
        run_id=run_id(prefix=prefix, key=key, fingerprint=hashlib.sha256(identity.encode()).hexdigest()),
        status=RunStatus.PLANNED,
        execution_arn=ending.execution_arn,
        corpus_key=key,
        corpus=Corpus(bucket=plain(ending.request.get("bucket")), key=key, name=corpus_name(key)),
    )
    return as_trial(run, ending.request)
