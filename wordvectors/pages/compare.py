"""The page of runs beside each other; the command line shows the same tables in the terminal."""

from __future__ import annotations

import json

from pydantic import BaseModel, ConfigDict, JsonValue

from wordvectors.evaluation.certainty import Basis
from wordvectors.evaluation.comparison import ComparedNeighbours, ComparedScore, ComparedSet
from wordvectors.figures import probability, rho, signed
from wordvectors.lifecycle.cost import Cost, KnownCost, cost_heading, money, short_cost
from wordvectors.lifecycle.status import RunStatus
from wordvectors.pages.tables import Section, tables_page


class ComparedRun(BaseModel):
    """A run among others; `vocabulary` is the number of its model's words."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    status: RunStatus
    created_at: str
    mean_rho: float | None
    mean_rho_basis: Basis | None
    cost: Cost | None
    cost_per_point: float | None
    """In the cost's currency, for each 0.01 of `mean_rho`."""
    vocabulary: int


class Comparison(BaseModel):
    """Runs side by side: what the page, the terminal and `--json` say. Every list is in the order of the runs."""

    model_config = ConfigDict(frozen=True)

    runs: list[ComparedRun]
    plan_differences: dict[str, list[JsonValue]]
    scores: dict[str, ComparedSet]
    """Those by which some run can be ranked first."""
    unread_sets: dict[str, str]
    """Why a set of the user's own can't be read."""
    neighbours: dict[str, ComparedNeighbours]
    method: str
    is_local: bool
    """Whether nothing was paid for the runs; their costs are what AWS would take."""


def sections_of(compared: Comparison) -> list[Section]:
    """Return a comparison as tables of plain text."""
    runs, cost = compared.runs, cost_heading(is_local=compared.is_local)
    letters = [_letter(number) for number in range(len(runs))]
    return [
        Section(
            "Runs", ["", "run", "mean_rho", "vocabulary", cost, f"{cost} per point"],
            [[letter, run.run_id, _mean(run), f"{run.vocabulary:,}",
              short_cost(run.cost), _per_point(run)] for letter, run in zip(letters, runs, strict=True)],
            "A point is 0.01 of mean_rho.",
        ),
        Section(
            "What differs in the plans", ["", *letters],
            [[name, *(json.dumps(value, ensure_ascii=False) for value in values)]
             for name, values in compared.plan_differences.items()] or [["nothing", *("" for _ in runs)]],
        ),
        _scores(compared, letters),
        Section(
            f"The ten nearest neighbours: how many are also in {letters[0]}", ["", *letters[1:]],
            [[word, *("–" if share is None else f"{share:.0%}" for share in near.overlap_with_first)]
             for word, near in compared.neighbours.items()],
        ),
        *(_neighbours(word, near, letters) for word, near in compared.neighbours.items()),
    ]  # fmt: skip


def compare_page(compared: Comparison, *, of_runs: bool = False) -> str:
    """Write a comparison as one HTML page; see `tables_page`."""
    return tables_page("Runs compared", sections_of(compared), of_runs=of_runs)


def _scores(compared: Comparison, letters: list[str]) -> Section:
    columns = ["", letters[0]]
    for letter in letters[1:]:
        columns += [letter, f"{letter} − {letters[0]}", "p", "more than chance?"]
    rows, marked = [], set()
    for number, (name, scores) in enumerate(compared.scores.items()):
        row = [f"{name} ({scores.measure})", _with_interval(scores.scores[0], scores.total)]
        for score, difference in zip(scores.scores[1:], scores.against_first, strict=True):
            row.append(_with_interval(score, scores.total))
            if difference is None:
                row += ["–", "", ""]
                continue
            interval = difference.interval
            ends = f" [{signed(interval.low, 3)}, {signed(interval.high, 3)}]" if interval else ""
            row.append(f"{signed(difference.difference, 4)}{ends}")
            row += [probability(difference.p), "yes" if difference.means_something else "no"]
            if difference.means_something:
                marked.add((number, len(row) - 1))
        rows.append(row)
    unread = "".join(f" {name}: {why}." for name, why in compared.unread_sets.items())
    return Section("Scores", columns, rows, compared.method + unread, frozenset(marked))


def _neighbours(word: str, near: ComparedNeighbours, letters: list[str]) -> Section:
    """Return a word's neighbours in each model, side by side; those that the first has not stand out."""
    first = near.neighbours[0] or []
    columns = [["not in the vocabulary"] if names is None else names for names in near.neighbours]
    rows = [
        [str(place + 1), *(names[place] if place < len(names) else "" for names in columns)]
        for place in range(max(map(len, columns)))
    ]
    marked = {
        (place, number)
        for number, names in enumerate(near.neighbours[1:], start=2)
        for place, name in enumerate(names or [])
        if name not in first
    }
    note = f"Highlighted words are not among the ten of {letters[0]}." if marked else ""
    return Section(f"Neighbours of {word}", ["", *letters], rows, note, frozenset(marked))


def _with_interval(score: ComparedScore, total: int) -> str:
    if score.score is None:
        return f"no score ({score.found:,} of {total:,})"
    return f"{rho(score.score)} {Basis(score.found, total, score.interval, score.doubt).marked(3)}"


def _mean(run: ComparedRun) -> str:
    score, basis = run.mean_rho, run.mean_rho_basis
    return rho(score) if score is None or basis is None else f"{rho(score)} {basis.marked()}"


def _per_point(run: ComparedRun) -> str:
    if run.cost_per_point is None or not isinstance(run.cost, KnownCost):
        return ""
    return money(run.cost_per_point, run.cost.currency)


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else str(number + 1)
