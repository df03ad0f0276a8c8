"""Which runs may be removed, and which a person wants to be rid of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from wordvectors.lifecycle.keys import MODELS, RUNS, marked, training_job_name
from wordvectors.lifecycle.ranking import in_order
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus

CLOSING_TIME = timedelta(minutes=10)
"""For so long after a run has ended badly its row is kept: events about its execution may still be on their way."""


def hindrance(run: Run, moment: datetime, used: Mapping[str, str]) -> str | None:
    """Say why a run is not removed; None if nothing hinders it.

    Parameters
    ----------
    used
        Who still needs a run, by its id.
    """
    if not run.status.is_final:
        return f"{run.run_id} is {run.status}; `wordvectors stop {run.run_id}` ends it"
    if run.promoted_as:
        names = ", ".join(marked(run.promoted_as))
        return f"{run.run_id} is promoted as {names}; `wordvectors demote` takes a name away"
    if run.run_id in used:
        return f"{run.run_id} is used by {used[run.run_id]}, which has not ended"
    ended = run.ended_at or run.updated_at
    if (
        run.status is not RunStatus.COMPLETED
        and ended
        and moment - datetime.fromisoformat(ended) < CLOSING_TIME
    ):
        return (
            f"{run.run_id} has ended just now; it can be removed {CLOSING_TIME.seconds // 60} minutes later"
        )
    return None


def folders_of(run: Run) -> list[str]:
    """Return the folders of the bucket that hold a run's own objects: what each of its jobs left, and what follows."""
    jobs = [training_job_name(run.run_id, number) for number in range(1, run.job_number + 1)]
    return [*(f"{MODELS}{job}/" for job in jobs), f"{RUNS}{run.run_id}/"]


def unwanted(
    runs: Iterable[Run], *, before: str | None, keep_best: int | None, by: str
) -> tuple[list[Run], list[str]]:
    """Return the runs that are old, or not among the best of their corpus; both, if both is asked for.

    Parameters
    ----------
    before
        A moment in the table's form: what was created since is kept.
    keep_best
        How many of a corpus's completed runs are kept, the best by a score; those without it, or whose score rests
        on too little, come last. Where that is so of all of them, none is better than another and all are kept.
    by
        `mean_rho`, or an evaluation set's name.

    Returns
    -------
    (list of Run, list of str)
        The runs, and why those of a corpus are not ranked, if they are not.
    """
    runs = list(runs)
    kept: set[str] = set()
    unranked: list[str] = []
    if keep_best:
        of_corpus = defaultdict(list)
        for run in runs:
            if run.status is RunStatus.COMPLETED:
                of_corpus[run.corpus_key, run.text_compared(by)].append(run)
        for some in of_corpus.values():
            best_first = in_order(some, by)
            doubt = best_first[0].doubt(by) if len(some) > keep_best else None
            if doubt:
                unranked.append(f"the runs of {some[0].corpus.name} can't be ranked by {by} ({doubt})")
            kept |= {run.run_id for run in (some if doubt else best_first[:keep_best])}
    chosen = [run for run in runs if run.run_id not in kept and (before is None or run.created_at < before)]
    return chosen, unranked
