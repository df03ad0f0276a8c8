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
            [run.run_id, run.status, run.corpus.name or "",
             *(_with_basis(run, name) for name in (MEAN_RHO, *names)),
             short_cost(run.cost), run.created_at[:16].replace("T", " ")]
            for run in runs
        ],
        "Behind each score stand its 95 % interval and the share of the pairs or questions that it rests on.",
    )  # fmt: skip
    return tables_page("Runs", [leaderboard])


def _with_basis(run: Run, by: str) -> str:
    score, basis = run.score(by), run.basis(by)
    if score is None or basis is None:
        return rho(score)
    return f"{rho(score)} {basis.text}" + (", too few to rank by" if basis.doubt else "")
