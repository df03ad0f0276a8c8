"""The page of runs: the leaderboard with all their scores."""

from __future__ import annotations

from collections.abc import Sequence

from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.figures import rho
from wordvectors.pages.tables import Section, tables_page
from wordvectors.runs.cost import cost_heading, short_cost
from wordvectors.runs.run import Run, sets_of


def runs_page(runs: Sequence[Run]) -> str:
    """Write runs as one HTML page, in their order."""
    names, cost = sets_of(runs), cost_heading(is_local=any(run.is_local for run in runs))
    leaderboard = Section(
        "Leaderboard",
        ["run", "status", "corpus", MEAN_RHO, *names, cost, "created (UTC)"],
        [
            [run.run_id, run.status, run.corpus.name or "", rho(run.mean_rho),
             *(_with_coverage(run, name) for name in names),
             short_cost(run.cost), run.created_at[:16].replace("T", " ")]
            for run in runs
        ],
        "Beside each score stands the share of the pairs or questions that it rests on.",
    )  # fmt: skip
    return tables_page("Runs", [leaderboard])


def _with_coverage(run: Run, name: str) -> str:
    entry = run.evaluation.sets.get(name)
    return "–" if entry is None or entry.coverage is None else f"{rho(entry.value)} ({entry.coverage:.0%})"
