"""What there is to show of a tuning: its trials, its standing, its verdict."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Group
from rich.table import Table
from rich.text import Text

from wordvectors.cli.output import Shown, console, show_facts, show_table, text_of
from wordvectors.cli.run_tables import sure_score
from wordvectors.figures import duration, moment, plain_value, rho
from wordvectors.lifecycle.cost import money
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.checks import arithmetic_text
from wordvectors.tuning.ending import spent_text
from wordvectors.tuning.tuning import Trial, TrialKind, Tuning, TuningStatus, seconds_since
from wordvectors.tuning.verdict import REPEATS_REST_ON

_STYLES = {
    TuningStatus.COMPLETED: "green",
    TuningStatus.REJECTED: "red",
    TuningStatus.FAILED: "red",
    TuningStatus.STOPPED: "yellow",
}
_LONG = 12
"""Trials from which a live table shows the last ones only."""
_WIDE = 100
"""Columns from which it has their values."""


def tuning_status(tuning: Tuning) -> Text:
    """Return a tuning's status in its colour."""
    return Text(str(tuning.status), _STYLES.get(tuning.status, ""))


def show_tunings(tunings: list[Tuning]) -> None:
    """Print a line for each tuning."""
    show_table(
        ["TUNING", "STATUS", "CORPUS", "TRAININGS", "BEST", "CREATED"],
        [
            [
                tuning.tuning_id,
                tuning_status(tuning),
                tuning.corpus.name or "",
                str(len(tuning.trials)),
                sure_score(tuning.best.score, tuning.best.basis) if tuning.best else "",
                moment(tuning.created_at),
            ]
            for tuning in tunings
        ],
        right={3},
    )


def show_tuning(tuning: Tuning) -> None:
    """Print all that is known of a tuning; the verdict comes first."""
    verdict = tuning.verdict
    facts: list[tuple[str, Shown]] = [
        ("Tuning", tuning.tuning_id),
        ("Status", tuning_status(tuning)),
        ("Verdict", verdict.sentence if verdict else ""),
        ("Take", f"{verdict.run_id} (trial {verdict.recommended})" if verdict else ""),
        ("Values", _values(tuning, tuning.trial(verdict.recommended)) if verdict else ""),
        ("Reason", tuning.reason or "; ".join(tuning.reasons)),
        ("Corpus", tuning.corpus.name or ""),
        ("Objective", _objective(tuning)),
        ("Search", tuning.searched or ""),
        ("Planned", _planned(tuning)),
        ("Spent", spent_text(tuning) if tuning.trials else ""),
        ("Importance", _importance(tuning)),
    ]
    show_facts([*facts, *_edges(tuning), *(("Note", warning) for warning in tuning.warnings)])
    if tuning.trials:
        console.show()
        show_table(_columns(tuning), [_row(tuning, trial) for trial in tuning.trials], right={0})
    if verdict:
        console.show()
        show_table(
            ["FINALIST", "MEAN", "SPREAD", "SCORES", "SECONDS"],
            [
                [
                    one.title,
                    sure_score(one.mean, tuning.basis_of(one.trial)),
                    "" if one.spread is None else f"{one.spread:.4f}",
                    " ".join(rho(score) for score in one.scores),
                    "" if one.seconds is None else f"{one.seconds:g}",
                ]
                for one in verdict.standings
            ],
            right={1, 2, 4},
        )
        console.say(REPEATS_REST_ON)


def live(tuning: Tuning, width: int) -> Group:
    """Return what is shown while a tuning goes on: trials, best so far, what was spent, what is left.

    Parameters
    ----------
    width
        Of the terminal, in columns; in a narrow one the values of the best trial alone are shown.
    """
    names = ["TRIAL", "WHY", "STATUS", "SCORE", "SECONDS", "COST", *(["VALUES"] if width >= _WIDE else [])]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, no_wrap=name != "VALUES")
    for trial in tuning.trials[-_LONG:]:
        cells = dict(zip(_columns(tuning), _row(tuning, trial), strict=True))
        cells["VALUES"] = _values(tuning, trial)
        table.add_row(*(text_of(cells[name]) for name in names))
    best = f"Best: {_values(tuning, tuning.best)}" if tuning.best else ""
    return Group(table, text_of(standing_text(tuning)), text_of(best))


def standing_text(tuning: Tuning) -> str:
    """Say how a tuning stands, in a line."""
    parts = [f"{tuning.status}: {len(tuning.trials)} trainings"]
    if tuning.arithmetic is not None:
        parts[0] += f" of {tuning.arithmetic.trainings}"
    if tuning.best is not None:
        best = sure_score(tuning.best.score, tuning.best.basis).plain
        parts.append(f"best {best} (trial {tuning.best.number})")
    parts.append(spent_text(tuning))
    if left := _left(tuning):
        parts.append(f"about {left} left")
    return "; ".join(parts)


def ended_line(tuning: Tuning, trial: Trial) -> str:
    """Say in a line how a trial ended, for where no table can be drawn."""
    return "  ".join(text_of(cell).plain for cell in _row(tuning, trial) if cell)


def _left(tuning: Tuning) -> str:
    """Say for how long it is going to go on, by the trainings that have ended."""
    took = [
        seconds_since(trial.started_at, datetime.fromisoformat(trial.ended_at))
        for trial in tuning.trials
        if trial.started_at and trial.ended_at and not trial.was_reused
    ]
    if not took or tuning.arithmetic is None or tuning.status.is_final:
        return ""
    ended = sum(not trial.is_open for trial in tuning.trials)
    left = tuning.arithmetic.trainings - ended
    running = [
        seconds_since(trial.started_at, datetime.now(UTC)) for trial in tuning.open_trials if trial.started_at
    ]
    seconds = left * sum(took) / len(took) - sum(running)
    return duration(round(max(seconds / tuning.required_order.side_by_side, 1)))


def _columns(tuning: Tuning) -> list[str]:
    return [
        "TRIAL",
        "WHY",
        *(name.upper() for name in tuning.space),
        "STATUS",
        "SCORE",
        "SECONDS",
        "COST",
    ]


def _row(tuning: Tuning, trial: Trial) -> list[Shown]:
    why = f"again {trial.of}" if trial.kind is TrialKind.REPEAT else str(trial.kind)
    status = f"{trial.status} {trial.percent:.0f}%" if trial.is_open and trial.percent else str(trial.status)
    style = "red" if trial.status is RunStatus.FAILED else ""
    is_best = tuning.best is not None and trial.number == tuning.best.number
    currency = tuning.arithmetic.currency if tuning.arithmetic else "USD"
    return [
        str(trial.number),
        why,
        *(plain_value(trial.values[name]) if name in trial.values else "" for name in tuning.space),
        Text(status + (", reused" if trial.was_reused and not trial.is_open else ""), style),
        _score(trial, is_best),
        "" if trial.seconds is None else str(trial.seconds),
        "" if trial.cost is None else money(trial.cost, currency),
    ]


def _score(trial: Trial, is_best: bool) -> Shown:
    if trial.score is None:
        return trial.note or ""
    score = sure_score(trial.score, trial.basis)
    if is_best:
        score.stylize("bold green")
    return score


def _values(tuning: Tuning, trial: Trial) -> str:
    learnt = tuning.plan_of(trial).hyperparameters.model_dump(mode="json")
    return ", ".join(f"{name}={plain_value(learnt[name])}" for name in tuning.space if name in learnt)


def _objective(tuning: Tuning) -> str:
    if tuning.order is None:
        return ""
    weights = tuning.order.objective
    text = (
        ", ".join(f"{name} × {weight:g}" for name, weight in weights.items())
        if len(weights) > 1
        else next(iter(weights))
    )
    return f"{text}, and what it takes" if tuning.order.with_cost else text


def _planned(tuning: Tuning) -> str:
    if tuning.arithmetic is None or tuning.order is None or tuning.plan is None:
        return ""
    return arithmetic_text(tuning.arithmetic, tuning.order, tuning.plan)


def _importance(tuning: Tuning) -> str:
    verdict = tuning.verdict
    if verdict is None or not verdict.importances:
        return ""
    shares = ", ".join(f"{name} {share:.0%}" for name, share in verdict.importances.items())
    return f"{shares} of the score's variance, by {verdict.importances_of} trials"


def _edges(tuning: Tuning) -> Iterator[tuple[str, str]]:
    verdict = tuning.verdict
    if verdict is None:
        return
    for edge in verdict.edges:
        yield (
            "Edge",
            f"the best {edge.name} is {plain_value(edge.value)}, {edge.text}. `wordvectors show {tuning.tuning_id} "
            f"--wider FILE` writes an order that reaches to {plain_value(edge.beyond)}",
        )
