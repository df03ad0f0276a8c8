"""How a cleaning ended, and what people are told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from wordvectors.cleaning.order import cleaning_id
from wordvectors.json_text import json_object
from wordvectors.lifecycle.ending import Caught, ExecutionEvent
from wordvectors.lifecycle.messages import TOO_LONG
from wordvectors.lifecycle.status import Outcome

ERRORS = {
    Outcome.REJECTED: "CleaningRejected",
    Outcome.STOPPED: "CleaningStopped",
    Outcome.FAILED: "CleaningFailed",
}
"""What an execution ends with after its cleaning has been closed."""


class GlueJob(BaseModel):
    """The Glue job's end, as its state answers it."""

    state: str | None = Field(default=None, validation_alias="JobRunState")


class State(BaseModel):
    """The state machine's data as the steps before wrote it; nothing in it is the caller's."""

    outcome: str | None = None
    reasons: list[str] = []
    job: GlueJob | None = None
    error: Caught | None = None


class StateEvent(BaseModel):
    """What the state machine's last step hands over.

    Attributes
    ----------
    input
        The caller's, and of any shape.
    execution_arn : str or None
        None from an execution that version 0.1's state machine began: it goes on after an upgrade.
    """

    state: State
    input: Any = None
    execution_arn: str | None = None


class CleaningReport(BaseModel):
    """What the job has written about its work, and how the cleaning ended."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    cleaning_id: str = ""
    key: str = ""
    status: str | None = None
    reason: str | None = None
    corpus: str | None = None
    documents: int = 0
    bad_documents: int = 0
    sentences: int = 0
    tokens: int = 0

    def concluded(self, ending: Ending) -> tuple[Outcome, str]:
        """Return status and reason; the job's own word counts for more than what came of its execution."""
        if ending.status is not Outcome.FAILED:
            return ending.status, ending.reason
        if self.status == Outcome.COMPLETED:
            return Outcome.COMPLETED, ""  # what failed came after the corpus, which trains by now
        # The job's own sentence; Glue's has the exception around it.
        return Outcome.FAILED, self.reason or ending.reason


@dataclass(frozen=True)
class Ending:
    """How an execution ended, which the caller's `key` and `sequencer` say to be a cleaning's."""

    execution_arn: str | None
    key: str
    sequencer: str
    status: Outcome
    reason: str

    @property
    def cleaning_id(self) -> str:
        """The cleaning that the caller named."""
        return cleaning_id(self.key, self.sequencer)

    def owns(self, owner: str | None) -> bool:
        """Whether the cleaning is this execution's, or nobody's; of an execution without a name that can't be told."""
        return self.execution_arn is None or owner in (None, self.execution_arn)


def ending_of(event: dict[str, Any]) -> Ending | None:
    """Read the event of the state machine's last step, or EventBridge's; None if the cleaning was closed."""
    if "detail-type" not in event:
        last = StateEvent.model_validate(event)
        return _ending(last.execution_arn, last.input, *_ending_of_state(last.state))
    detail = ExecutionEvent.model_validate(event).detail
    if detail.error in ERRORS.values():
        return None
    status, reason = {
        "ABORTED": (Outcome.STOPPED, f"the execution was stopped: {detail.cause or 'no reason was given'}"),
        "TIMED_OUT": (Outcome.FAILED, TOO_LONG),
    }.get(detail.status, (Outcome.FAILED, detail.cause or "the execution failed"))
    return _ending(detail.execution_arn, json_object(detail.input or ""), status, reason)


def request_of(given: object) -> tuple[str, str]:
    """Return key and sequencer of a caller's input, which may be of any shape."""
    request = given if isinstance(given, dict) else {}
    return str(request.get("key") or ""), str(request.get("sequencer") or "")


def _ending(execution_arn: str | None, given: object, status: Outcome, reason: str) -> Ending:
    key, sequencer = request_of(given)
    return Ending(execution_arn, key, sequencer, status, reason)


def _ending_of_state(state: State) -> tuple[Outcome, str]:
    """Return status and reason from the state's data, with `error` if a Catch put it there."""
    if state.error is None:
        if state.outcome == Outcome.REJECTED:
            return Outcome.REJECTED, "; ".join(state.reasons)
        if state.job is not None and state.job.state == "SUCCEEDED":
            return Outcome.COMPLETED, ""
        return Outcome.STOPPED, "the Glue job was stopped"
    details = json_object(state.error.cause)
    if "JobRunState" in details:
        said = details.get("ErrorMessage") or "its log says why"
        return Outcome.FAILED, f"the Glue job ended as {details['JobRunState']}: {said}"
    return Outcome.FAILED, f"{state.error.error}: {details.get('errorMessage', state.error.cause)}"


def cleaning_text(report: CleaningReport) -> str:
    """Return what there is to say about a cleaning that has ended, a fact a line."""
    lines = [
        f"Cleaning {report.cleaning_id} has ended: {report.status}.",
        f"Documents: {report.key}",
    ]
    if report.reason:
        lines.append(f"Reason: {report.reason}")
    if report.status == Outcome.COMPLETED:
        lines += [
            f"Corpus: {report.corpus}, whose training begins now",
            f"{report.documents:,} documents, {report.bad_documents:,} of them bad; "
            f"{report.sentences:,} sentences, {report.tokens:,} words",
        ]
    return "\n".join(lines) + "\n"
