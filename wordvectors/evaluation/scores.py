"""Scores as a run's row holds them, by set: never without what they rest on; what has no score says so.

Standard library only. An entry of word pairs is `{"spearmans_rho"?, "not_found", "total_pairs", "coverage",
"note"?}`; one of analogies `{"accuracy"?, "not_found", "total_questions", "coverage", "note"?}`; one of a set
that could not be read `{"note"}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wordvectors.blazingtext.eval_json import SetScore

RHO, ACCURACY = "spearmans_rho", "accuracy"
MEAN_RHO = "mean_rho"
NO_PAIRS = "no score: fewer than two of its pairs are in the vocabulary"
NO_ORDER = "no score: of its pairs in the vocabulary all human scores, or all cosines, are equal"
NO_QUESTIONS = "no score: none of its questions has all four words in the vocabulary"

Entry = dict[str, Any]


def pairs_entry(score: SetScore) -> Entry:
    """Return a word-pair set's entry, as BlazingText's own sets have it; without a score it says why."""
    note = {} if score.spearmans_rho is not None else {"note": NO_PAIRS if score.found < 2 else NO_ORDER}
    return note | {
        RHO: score.spearmans_rho,
        "not_found": score.not_found,
        "total_pairs": score.total_pairs,
        "coverage": score.coverage,
    }


def value(entry: Mapping[str, Any]) -> float | None:
    """Return the score itself; None if there is none."""
    return entry.get(RHO, entry.get(ACCURACY))


def measure(entry: Mapping[str, Any]) -> str:
    """Return what the score is: `Spearman's rho` or `accuracy`."""
    return "accuracy" if "total_questions" in entry else "Spearman's rho"


def found(entry: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return how many pairs or questions were found, of how many; None for a set that could not be read."""
    total = entry.get("total_pairs", entry.get("total_questions"))
    return None if total is None else (total - entry["not_found"], total)


def score_of(run: Mapping[str, Any], by: str) -> float | None:
    """Return a run's score on a set, or its `mean_rho`; None if it has none."""
    if by == MEAN_RHO:
        return run.get(MEAN_RHO)
    return value(run.get("evaluation", {}).get("sets", {}).get(by, {}))


def sets_of(runs: list[dict[str, Any]]) -> list[str]:
    """Return the names of all sets that runs have entries of, sorted."""
    return sorted({name for run in runs for name in run.get("evaluation", {}).get("sets", {})})
