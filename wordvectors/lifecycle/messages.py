"""The message that people get when a run ends, and the reason in it."""

from __future__ import annotations

from wordvectors.blazingtext.archive import InvalidModelArchive
from wordvectors.blazingtext.eval_json import EvalJsonError
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.figures import rho
from wordvectors.json_text import json_object
from wordvectors.lifecycle.cost import cost_there
from wordvectors.lifecycle.errors import (
    CorpusChanged,
    NotStorable,
    QueueOver,
    QuotaTooSmall,
    RunHasEnded,
    SetChanged,
)
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.plain_text import plain

UNKNOWN_STOPPER = "no reason was given (StopExecution; CloudTrail knows who called it)"
TOO_LONG = "the execution took longer than the state machine allows"
_SENTENCES = frozenset(
    {
        "",
        *(
            error.__name__
            for error in (
                QueueOver,
                QuotaTooSmall,
                CorpusChanged,
                SetChanged,
                RunHasEnded,
                NotStorable,
                InvalidModelArchive,
                EvalJsonError,
            )
        ),
    }
)
"""Errors whose message needs no addition."""


def explain(error: str, cause: str) -> str:
    """Turn the error of a state into a sentence.

    A function's exception arrives as its class's name and a JSON cause that holds its message.
    """
    message = plain(json_object(cause).get("errorMessage", cause))
    if error in ("States.Timeout", "Sandbox.Timedout"):
        return f"a step took longer than it may: {message}" if message else "a step took longer than it may"
    if error in _SENTENCES:
        return message
    return f"{error}: {message}" if message else error


def ending_text(run: Run) -> str:
    """Return the message about a run that has ended, with one fact on each line."""
    lines = [
        f"Run {run.run_id} has ended: {run.status}.",
        f"Corpus: s3://{run.corpus.bucket}/{run.corpus.key}",
    ]
    if run.reasons:
        lines += ["Reasons:", *(f"  - {reason}" for reason in run.reasons)]
    elif run.reason:
        lines.append(f"Reason: {run.reason}")
    if run.status is RunStatus.COMPLETED:
        if run.mean_rho is None:
            lines.append(f"Evaluation: {run.evaluation.note or 'no scores'}")
        else:
            basis, doubt = run.basis(MEAN_RHO), run.doubt(MEAN_RHO)
            lines.append(f"{MEAN_RHO}: {rho(run.mean_rho)}" + (f" {basis.text}" if basis else ""))
            if doubt:
                lines.append(f"Too few pairs to rank by: {doubt}")
        lines.append(f"Model: {run.artifacts.model}")
        if run.artifacts.report:
            lines.append(f"Report: {run.artifacts.report}")
    if run.training.billed_instance_seconds is not None:
        lines.append(f"Billed: {run.training.billed_instance_seconds} instance-seconds")
    if run.cost:
        lines.append(f"Cost: {cost_there(run.cost, is_local=run.is_local)}")
    return "\n".join(lines) + "\n"
