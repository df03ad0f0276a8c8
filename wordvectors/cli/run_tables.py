"""Runs as people see them: in a line, as a table, with all that is known of one."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from wordvectors.cli.output import Shown, console, errors, show_facts, show_table
from wordvectors.evaluation.certainty import Basis
from wordvectors.evaluation.scores import MEAN_RHO, OWN_TEXT_MEANING
from wordvectors.evaluation.sets import OWN_TEXT
from wordvectors.figures import millions, moment, rho, seconds, size
from wordvectors.lifecycle.cost import cost_heading, cost_there, short_cost
from wordvectors.lifecycle.engines import Engine
from wordvectors.lifecycle.forecast import held_text
from wordvectors.lifecycle.keys import marked
from wordvectors.lifecycle.ranking import several_texts
from wordvectors.lifecycle.run import NgramScore, Run, sets_of
from wordvectors.lifecycle.status import RunStatus
from wordvectors.pages.texts import text_facts

DOUBT_MARK = "?"
"""Behind a score that rests on too little to rank runs by."""
_STYLES = {
    RunStatus.COMPLETED: "green",
    RunStatus.REJECTED: "red",
    RunStatus.FAILED: "red",
    RunStatus.STOPPED: "yellow",
}


def status_text(status: RunStatus) -> Text:
    """Return a status in its colour."""
    return Text(status, _STYLES.get(status, "cyan"))


def sure_score(value: float | None, basis: Basis | None) -> Text:
    """Return a score with its interval and coverage, marked if nothing can be ranked by it."""
    if value is None or basis is None:
        return Text(rho(value))
    mark = DOUBT_MARK if basis.doubt else ""
    return Text(f"{rho(value)} {basis.text}{mark}", "yellow" if mark else "")


def speed_text(words_per_second: float | None) -> str:
    """Return a throughput, or nothing."""
    return f"{millions(words_per_second)} words/s" if words_per_second else ""


def show_runs(runs: Sequence[Run], by: str = MEAN_RHO) -> None:
    """Print runs as a table; in 80 columns where their names are short.

    Parameters
    ----------
    by
        The evaluation set that the runs were put in order by, which then has a column.
    """
    sets = [by] if by in sets_of(runs) else []
    labels = ["TAGS"] if any(run.promoted_as or run.tags for run in runs) else []
    cost = cost_heading(is_local=any(run.is_local for run in runs)).upper()
    show_table(
        ["RUN", "STATUS", "MEAN_RHO", *(name.upper() for name in sets), cost, "CREATED (UTC)", *labels],
        [
            [
                run.run_id,
                _stage(run),
                *(sure_score(run.score(name), run.basis(name)) for name in (MEAN_RHO, *sets)),
                short_cost(run.cost),
                run.created_at[:16].replace("T", " "),
                *([" ".join([*marked(run.promoted_as), *run.tags])] if labels else []),
            ]
            for run in runs
        ],
        right=[3 + len(sets)],
    )
    if any(run.score(name) is not None and run.doubt(name) for run in runs for name in (MEAN_RHO, *sets)):
        errors.say(f"{DOUBT_MARK}: too few pairs to rank by; `wordvectors show RUN` says how many.")
    if warning := several_texts(runs, by):
        errors.say(warning)


def _stage(run: Run) -> Text:
    percent = run.progress.percent
    training = run.status is RunStatus.TRAINING and percent is not None
    return status_text(run.status) + (f" {percent:.0f} %" if training else "")


def show_run(run: Run) -> None:
    """Print all that is known of a run, its scores last: each with what it rests on, or why there is none."""
    corpus, training, resources = run.corpus, run.training, run.plan.resources if run.plan else None
    hyperparameters = sorted(run.plan.hyperparameters.strings().items()) if run.plan else []
    billed = training.billed_instance_seconds
    facts: dict[str, Shown] = {
        "Run": run.run_id,
        "Status": status_text(run.status),
        "Promoted as": ", ".join(marked(run.promoted_as)),
        "Tuning": run.tuning or "",
        "Note": run.note or "",
        "Tags": ", ".join(run.tags),
        "Removal": f"began {moment(run.removed_at)}; `wordvectors rm` completes it" if run.removed_at else "",
        "Reason": run.reason or "",
        "Waiting for": (run.waiting_for or "") if run.status is RunStatus.QUEUED else "",
        "Warnings": "\n".join(run.warnings),
        "Corpus": f"s3://{corpus.bucket}/{corpus.key}"
        + (f" ({size(corpus.bytes)})" if corpus.bytes is not None else ""),
        "Text": text_facts(corpus),
        "Engine": run.plan.engine if run.plan and run.plan.engine is not Engine.BLAZINGTEXT else "",
        "Hyperparameters": ", ".join(f"{name}={value}" for name, value in hyperparameters),
        "Instances": f"{resources.instance_count} × {resources.instance_type}" if resources else "",
        "Created": run.created_at,
        "Training": _training_facts(run),
        "Billed": f"{billed:,} instance-seconds" if billed is not None else "",
        "Expected": held_text(run),
        "Cost": cost_there(run.cost, is_local=run.is_local),
        "Vocabulary": f"{training.vocabulary:,} words" if training.vocabulary else "",
        "Model": run.artifacts.model or "",
        "Report": run.artifacts.report or "",
        "Scores": run.evaluation.note or "",
    }
    show_facts(facts.items())
    if run.evaluation.sets:
        console.show()
        show_scores(run)


def show_scores(run: Run) -> None:
    """Print a run's scores, each with what it rests on, or why there is none."""
    sets = run.evaluation.sets.items()
    by_ngrams = any(entry.with_ngrams for _, entry in sets)
    rows: list[list[Shown]] = [
        [
            name,
            rho(entry.value),
            entry.measure if entry.found else "",
            f"{entry.found[0]:,} of {entry.found[1]:,}" if entry.found else "",
            f"{entry.coverage:.0%}" if entry.coverage is not None else "",
            _interval_text(entry.basis),
            *(_ngram_cells(entry.with_ngrams) if by_ngrams else ()),
        ]
        for name, entry in sets
    ]
    columns = ["EVALUATION SET", "SCORE", "MEASURE", "FOUND", "COVERAGE", "95 % INTERVAL"]
    columns += ["WITH N-GRAMS", "NEEDED BY"] if by_ngrams else []
    basis = run.basis(MEAN_RHO)
    mean: list[Shown] = [
        Text(MEAN_RHO, "bold"),
        Text(rho(run.mean_rho), "bold"),
        "",
        "",
        f"{basis.coverage:.0%}" if basis else "",
        _interval_text(basis),
    ]
    mean += [""] * (len(columns) - len(mean))
    show_table(columns, [*rows, mean], right=(1, 3, 4, 6, 7))
    for name, entry in sets:
        if note := entry.note or (entry.basis and entry.basis.doubt):
            console.say(f"{name}: {note}")
    if run.mean_rho is not None and (doubt := run.doubt(MEAN_RHO)):
        console.say(f"{MEAN_RHO}: {doubt}")
    if run.score(OWN_TEXT) is not None:
        console.say(f"{OWN_TEXT}: {OWN_TEXT_MEANING}")


def _interval_text(basis: Basis | None) -> str:
    interval = basis and basis.interval
    return f"{rho(interval.low, 3)} to {rho(interval.high, 3)}" if interval else ""


def _ngram_cells(score: NgramScore | None) -> tuple[str, str]:
    return (rho(score.spearmans_rho), f"{score.share:.0%}") if score else ("", "")


def _training_facts(run: Run) -> str:
    training, percent = run.training, run.progress.percent
    trained = seconds(training.training_seconds)
    parts = [
        training.secondary_status,
        f"{percent:.0f} %" if percent is not None else "",
        f"{trained} of training" if trained else "",
        speed_text(run.progress.words_per_second),
        run.early_end,
    ]
    return ", ".join(filter(None, parts))
