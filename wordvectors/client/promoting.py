"""Say which run's model is the current one, and tell those who listen."""

from __future__ import annotations

from botocore.exceptions import ClientError

from wordvectors.aws.errors import TransientServiceError
from wordvectors.aws.rows import now
from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.outputs import Output
from wordvectors.lifecycle.promotions import (
    NotPromotable,
    PromotedMeanwhile,
    Promotion,
    change,
    nothing_promoted,
)
from wordvectors.lifecycle.run import Run


def planned(deployment: Deployment, name: str, run: Run | None, measure: str) -> Promotion:
    """Return the change that would let a name stand for a run, or for none; nothing is written.

    Raises
    ------
    NotPromotable
        When the run has no model or score, or the name stands for no run already.
    """
    current = deployment.promotions.current(name)
    if run is None and (current is None or (current.run is None and current.told)):
        raise NotPromotable(nothing_promoted(name))
    before = deployment.runs.get(current.run) if current and current.run else None
    return change(name, current, run, before, at=now(), by=deployment.caller(), measure=measure)


def run_before(deployment: Deployment, name: str) -> Run:
    """Return the run that a name stood for before its last change.

    Raises
    ------
    NotPromotable
        When there was none, or it was removed.
    """
    current = deployment.promotions.current(name)
    if current is None or current.before is None:
        raise NotPromotable(f"{name} stood for no other run before")
    run = deployment.runs.get(current.before)
    if run is None:
        raise NotPromotable(f"{name} stood for {current.before} before, which was removed")
    return run


def carry_out(deployment: Deployment, wanted: Promotion) -> tuple[Promotion, str]:
    """Write a change, unless the name stands for the run already, and put it on the event bus.

    Returns
    -------
    Promotion
        The name's last change.
    str
        Why nobody was told, if the bus did not take it; else empty. The change holds all the same, and carrying it
        out again tells.

    Raises
    ------
    PromotedMeanwhile
        When somebody else was faster; the message says what the name stands for.
    """
    if wanted.run != wanted.before:
        before = deployment.runs.get(wanted.before) if wanted.before else None
        try:
            deployment.promotions.put_change(wanted, before)
        except PromotedMeanwhile as late:
            raise PromotedMeanwhile(_instead(deployment, wanted)) from late
    current = deployment.promotions.current(wanted.name) or wanted
    return current, "" if current.told else _tell(deployment, current)


def _tell(deployment: Deployment, current: Promotion) -> str:
    run = deployment.runs.get(current.run) if current.run else None
    try:
        deployment.promotion_events.tell(
            current,
            table=deployment.outputs[Output.TABLE],
            model=deployment.bucket.uri(run.model_key) if run else None,
        )
    except (ClientError, TransientServiceError) as refused:
        return str(refused)
    deployment.promotions.mark_told(current)
    return ""


def _instead(deployment: Deployment, wanted: Promotion) -> str:
    """Say what has come between."""
    current = deployment.promotions.current(wanted.name)
    if current is not None and current.number >= wanted.number:
        stands_for = current.run or "no run"
        return f"{current.by} made {wanted.name} stand for {stands_for} in the meantime ({current.at})"
    return f"{wanted.run} was removed in the meantime"
