"""The page of runs: what is known of each in a row, and the settings in which their plans differ as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wordvectors.blazingtext.eval_json import SETS as BLAZINGTEXT_SETS
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import OWN_TEXT
from wordvectors.figures import duration, plain_value, rho
from wordvectors.lifecycle.cost import actual_cost, cost_heading, short_cost
from wordvectors.lifecycle.differences import plan_differences
from wordvectors.lifecycle.engines import Engine
from wordvectors.lifecycle.keys import marked
from wordvectors.lifecycle.ranking import several_texts
from wordvectors.lifecycle.run import Run, sets_of
from wordvectors.lifecycle.status import RunStatus
from wordvectors.pages.kit import render

_SECTIONS = ("hyperparameters", "resources")
"""Of a plan, those whose differences are columns."""
_ENGINE = "engine"
_LAST = 10.0
"""How far below the others a score stands that rests on too little to rank by: scores are -1 to 1."""


@dataclass(frozen=True)
class Live:
    """What a page of runs says that is served, and no file.

    Attributes
    ----------
    where : str
        The deployment, as people call it.
    seconds : float
        After how long the page asks again.
    most : int or None
        How many of the newest runs these are; None if they are all.
    """

    where: str
    seconds: float
    most: int | None = None


@dataclass(frozen=True)
class Column:
    """A column after those that every page has; what is not shown at first can be chosen."""

    name: str
    shown: bool = True


@dataclass(frozen=True)
class Cell:
    """What a row says in a column.

    Attributes
    ----------
    order : float, str or None
        What rows are put in order by; those with None are last.
    below : str
        What stands below the text, smaller.
    doubt : str
        Why the text is not to be relied on.
    """

    text: str
    order: float | str | None
    below: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class Row:
    """A run and its cells, one for each column."""

    run: Run
    labels: tuple[str, ...]
    trouble: str
    cells: tuple[Cell, ...]

    @property
    def percent(self) -> float | None:
        """How far its training is; None if it does not train."""
        return self.run.progress.percent if self.run.status is RunStatus.TRAINING else None

    @property
    def has_report(self) -> bool:
        """Whether there is a report of it."""
        return self.run.artifacts.report is not None


def runs_page(runs: Sequence[Run], live: Live | None = None) -> str:
    """Write runs as one HTML page, in their order: as a file, or to be served."""
    columns, rows = table_of(runs)
    return render(
        "runs.html",
        columns=columns,
        rows=rows,
        live=live,
        statuses=_counted(runs),
        warning=several_texts(runs, OWN_TEXT),
    )


def table_of(runs: Sequence[Run]) -> tuple[list[Column], list[Row]]:
    """Return the table of runs."""
    scores, settings = [MEAN_RHO, *sets_of(runs)], _settings(runs)
    columns = [
        *(Column(name, shown=name not in BLAZINGTEXT_SETS) for name in scores),
        *(Column(name) for name in settings),
        Column(cost_heading(is_local=any(run.is_local for run in runs))),
        Column("time"),
        Column("created (UTC)"),
    ]
    rows = [
        Row(
            run,
            (*marked(run.promoted_as), *run.tags),
            _trouble(run),
            (
                *(_score(run, name) for name in scores),
                *(values[number] for values in settings.values()),
                Cell(short_cost(run.cost), actual_cost(run.cost)),
                _time(run),
                Cell(run.created_at[:16].replace("T", " "), run.created_at or None),
            ),
        )
        for number, run in enumerate(runs)
    ]
    return columns, rows


def _settings(runs: Sequence[Run]) -> dict[str, list[Cell]]:
    """Return the settings in which plans differ, with a cell for each run; a run without a plan differs in none."""
    planned = [number for number, run in enumerate(runs) if run.plan is not None]
    found = {}
    for name, values in plan_differences([runs[number] for number in planned]).items():
        section, _, short = name.rpartition(".")
        if section not in _SECTIONS and name != _ENGINE:
            continue
        cells = [Cell("", None)] * len(runs)
        for number, value in zip(planned, values, strict=True):
            cells[number] = _setting(Engine.BLAZINGTEXT if name == _ENGINE and value is None else value)
        found[short] = cells
    return found


def _setting(value: object) -> Cell:
    if value is None:
        return Cell("", None)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Cell(plain_value(value), float(value) if is_number else str(value))  # type: ignore[arg-type]


def _score(run: Run, by: str) -> Cell:
    score, basis = run.score(by), run.basis(by)
    if score is None:
        return Cell("", None)
    doubt = run.doubt(by) or ""
    return Cell(rho(score), score - _LAST if doubt else score, basis.text if basis else "", doubt)


def _time(run: Run) -> Cell:
    taken = run.training.training_seconds if run.training.job_seconds is None else run.training.job_seconds
    return Cell("" if taken is None else duration(taken), taken)


def _trouble(run: Run) -> str:
    if run.status is RunStatus.QUEUED:
        return run.waiting_for or ""
    return "; ".join(run.reasons) or run.reason or ""


def _counted(runs: Sequence[Run]) -> list[tuple[str, int]]:
    """Return how many runs there are of each status that some have."""
    return [
        (status.lower(), count)
        for status in RunStatus
        if (count := sum(run.status is status for run in runs))
    ]
