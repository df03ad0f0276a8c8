"""Runs in the order of a score, and which of them can be compared by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wordvectors.evaluation.sets import OWN_TEXT
from wordvectors.lifecycle.run import Run


def in_order(runs: Iterable[Run], by: str) -> list[Run]:
    """Return runs by a score, the best first.

    Last come those without one; before them those whose score rests on too little to rank them.

    Parameters
    ----------
    by
        `mean_rho`, or an evaluation set's name.
    """

    def place(run: Run) -> tuple[bool, bool, float]:
        score = run.score(by)
        return score is None, run.doubt(by) is not None, -(score or 0.0)

    return sorted(runs, key=place)


def ranked(runs: Sequence[Run], by: str) -> list[Run]:
    """Return those runs of a corpus that have a score and can be compared by it, the best first.

    A score of the own text compares runs of the same text only: of the one that was scored last.

    Parameters
    ----------
    runs
        Of one corpus, the newest first.
    by
        `mean_rho`, or an evaluation set's name.
    """
    scored = [run for run in runs if run.score(by) is not None]
    return in_order((run for run in scored if run.text_compared(by) == scored[0].text_compared(by)), by)


def several_texts(runs: Iterable[Run], by: str) -> str | None:
    """Return a sentence for those who see runs in the order of a score that can't compare them all; None if it can."""
    if by != OWN_TEXT or len({run.text_compared(by) for run in runs if run.score(by) is not None}) < 2:
        return None
    return f"{by} can't compare runs of different texts, and these are of several."
