"""How a tuning ended, and what people are told of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from wordvectors.json_text import json_object
from wordvectors.lifecycle.cost import money
from wordvectors.lifecycle.ending import Caught, ExecutionEvent, StepsState
from wordvectors.lifecycle.status import Outcome, RunStatus
from wordvectors.plain_text import plain
from wordvectors.tuning.order import tuning_name
from wordvectors.tuning.tuning import Tuning, TuningStatus, tuning_id

ERRORS = {
    Outcome.REJECTED: "TuningRejected",
    Outcome.STOPPED: "TuningStopped",
    Outcome.FAILED: "TuningFailed",
}
"""What an execution ends with after its tuning has been closed."""
_ENDS = {
    Outcome.COMPLETED: TuningStatus.COMPLETED,
    Outcome.REJECTED: TuningStatus.REJECTED,
    Outcome.FAILED: TuningStatus.FAILED,
    Outcome.STOPPED: TuningStatus.STOPPED,
}


class State(StepsState):
    """The data of a tuning's state machine."""

    tuning_id: str | None = None
    verdict_error: Caught | None = None


class StateEvent(BaseModel):
    """What the state machine's last step hands over, and `wordvectors doctor --fix` for it.

    `input` is the caller's, and of any shape.
    """

    state: State
    input: Any = None
    execution_arn: str
    started_at: datetime


UNFINISHED = "its tuning ended before it"
"""Note of a trial that was open when its tuning was closed."""


@dataclass(frozen=True)
class Ending:
    """How an execution ended: of which tuning, if that is known, in what status, and why.

    Attributes
    ----------
    request
        What the caller sent: of it comes the name of a row that is made for want of one.
    verdict_fault
        Why the finalists could not be compared, if that was tried.
    """

    execution_arn: str
    started_at: datetime
    request: Mapping[str, Any]
    tuning_id: str | None
    status: TuningStatus
    reason: str | None
    verdict_fault: str | None = None

    def owns(self, tuning: Tuning) -> bool:
        """Whether the tuning is this execution's: no other may close it."""
        return tuning.execution_arn == self.execution_arn

    def of(self, tuning: Tuning, moment: datetime) -> Tuning:
        """Return an open tuning as it ends; its open trials are stopped."""
        warnings = tuning.warnings
        if self.verdict_fault is not None:
            warnings = (*warnings, f"the finalists were not compared: {self.verdict_fault}")
        reason = "; ".join(tuning.reasons) if self.status is TuningStatus.REJECTED else self.reason
        return tuning.but(
            status=self.status,
            ended_at=moment.isoformat(timespec="seconds"),
            warnings=warnings,
            trials=tuple(
                trial.but(status=RunStatus.STOPPED, note=UNFINISHED) if trial.is_open else trial
                for trial in tuning.trials
            ),
            **({} if self.status is TuningStatus.COMPLETED else {"reason": reason or self.reason}),
        )


def ending_of(event: Mapping[str, Any]) -> Ending | None:
    """Read the event of the state machine's last step, or EventBridge's; None if the tuning was closed."""
    if "detail-type" not in event:
        return _of_state(StateEvent.model_validate(event))
    detail = ExecutionEvent.model_validate(event).detail
    if detail.error in ERRORS.values():
        return None
    status, reason = detail.end(stopped=TuningStatus.STOPPED, failed=TuningStatus.FAILED)
    return Ending(
        execution_arn=detail.execution_arn,
        started_at=detail.started_at,
        request=json_object(detail.input or ""),
        tuning_id=None,
        status=status,
        reason=reason,
    )


def _of_state(event: StateEvent) -> Ending:
    state = event.state
    status, reason = state.end(_ENDS)
    if state.verdict_error is not None:  # which only a search meets that was completed
        status, reason = TuningStatus.COMPLETED, None
    return Ending(
        execution_arn=event.execution_arn,
        started_at=event.started_at,
        request=event.input if isinstance(event.input, dict) else {},
        tuning_id=state.tuning_id or None,
        status=status,
        reason=reason,
        verdict_fault=state.verdict_error.sentence if state.verdict_error else None,
    )


def tuning_without_plan(ending: Ending) -> Tuning:
    """Return the row of an execution that ended before its tuning had one, so that it is not lost from sight."""
    key = plain(ending.request.get("key") or "", 400)
    identity = hashlib.sha256(ending.execution_arn.encode()).hexdigest()
    return Tuning(
        tuning_id=tuning_id(key, identity),
        status=TuningStatus.SEARCHING,
        name=tuning_name(key),
        fingerprint=identity,
        execution_arn=ending.execution_arn,
    )


def tuning_text(tuning: Tuning) -> str:
    """Return the message about a tuning that has ended, a fact a line."""
    lines = [
        f"Tuning {tuning.tuning_id} has ended: {tuning.status}.",
        f"Corpus: s3://{tuning.corpus.bucket}/{tuning.corpus.key}",
    ]
    if tuning.reason:
        lines.append(f"Reason: {tuning.reason}")
    if tuning.trials:
        lines.append(f"Trainings: {len(tuning.trials)}; {spent_text(tuning)}")
    if unscored := [trial for trial in tuning.trials if trial.score is None]:
        last = unscored[-1]
        lines.append(
            f"Without a score: {len(unscored)} of them; the last is trial {last.number}, {last.note or last.status}"
        )
    if tuning.verdict is not None:
        lines += [f"Verdict: {tuning.verdict.sentence}", f"Run: {tuning.verdict.run_id}"]
    lines += [f"Note: {warning}" for warning in tuning.warnings]
    return "\n".join(lines) + "\n"


def spent_text(tuning: Tuning) -> str:
    """Say what a tuning's trainings cost so far."""
    arithmetic = tuning.arithmetic
    if arithmetic is None or arithmetic.most_of_one is None:
        return "what they cost is not known"
    text = money(tuning.spent, arithmetic.currency)
    if arithmetic.ceiling is not None:
        text += f" of {money(arithmetic.ceiling, arithmetic.currency)}"
    stopped = sum(trial.note == UNFINISHED for trial in tuning.trials)
    text += f", without {stopped} stopped on the way" if stopped else ""
    return f"in AWS they would have cost {text}" if tuning.is_local else f"they cost {text}"
