"""Score a model that is there already on further sets, by the pipeline's own function."""

from __future__ import annotations

from collections.abc import Sequence

from wordvectors.client.deployment import Deployment
from wordvectors.client.functions import FunctionFailed, invoke
from wordvectors.evaluation.sets import WORDSIM, chosen_faults, set_named
from wordvectors.lifecycle.outputs import Output
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus


class NotEvaluated(Exception):
    """A run that can't be scored; each fault is an argument."""


def sets_to_score(run: Run, chosen: Sequence[str]) -> list[str]:
    """Return the sets that are asked for, or those of the run's plan.

    Raises
    ------
    NotEvaluated
    """
    sets = [set_named(name) for name in chosen] or [
        name for name in run.resolved_plan.evaluation.sets if name != WORDSIM
    ]
    faults = [f"--set {fault}" for fault in chosen_faults(sets)]
    if WORDSIM in sets:
        faults.append(
            f"{WORDSIM} is scored by the training itself, "
            + (
                "and this run has the score"
                if run.score(WORDSIM) is not None
                else "if evaluation is true: `wordvectors train CORPUS --set evaluation=true`"
            )
        )
    if run.status is not RunStatus.COMPLETED:
        faults.append(f"{run.run_id} is {run.status}: it has no model to score")
    if not sets:
        faults.append("the run's plan names no set; name one with --set")
    if faults:
        raise NotEvaluated(*faults)
    return sets


def evaluate(deployment: Deployment, run: Run, sets: Sequence[str]) -> Run:
    """Score a run's model, and return the run with its scores.

    Raises
    ------
    NotEvaluated
        When a set can't be read; nothing was written.
    FunctionFailed
    """
    answer = invoke(deployment, Output.RECORD_EVALUATION, {"run_id": run.run_id, "sets": list(sets)})
    if answer["faults"]:
        raise NotEvaluated(*answer["faults"])
    return deployment.runs.require(run.run_id)


def write_report(deployment: Deployment, run: Run) -> str | None:
    """Have the report of a run written anew, with all its scores.

    Returns
    -------
    str or None
        Why the report stays as it was; None if it was written, or the run has none.
    """
    if run.artifacts.report is None:
        return None
    try:
        return invoke(deployment, Output.RENDER_REPORT, {"run_id": run.run_id}).get("kept")
    except FunctionFailed as failed:
        return str(failed)
