"""What a tuning does next, from what is known of it: a pure function of its row and the time.

One execution alone hands out trials, as many side by side as the order says: there are no workers that could hand
out the same one, or together exceed what was agreed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from wordvectors.blazingtext.hyperparameters import DEFAULT_SEED, LARGEST_SEED
from wordvectors.evaluation.certainty import Basis, basis_of_mean
from wordvectors.lifecycle.cost import actual_cost, money
from wordvectors.lifecycle.engines import Engine
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.plain_text import plain
from wordvectors.tuning.order import TuningOrder
from wordvectors.tuning.room import MOST_NOTE
from wordvectors.tuning.search import Suggest, pareto_front
from wordvectors.tuning.space import values_of
from wordvectors.tuning.tuning import Trial, TrialKind, Tuning, TuningStatus, seconds_since

MOST_FAILED = 3
"""Of the trials in a row, or of a third of all, after which a search is given up."""
EXHAUSTED = "the space holds no further plan"


class SearchFailed(Exception):
    """A search that can't come to anything; the message says why."""


def first_trials(tuning: Tuning) -> Tuning:
    """Return a tuning with its first trial, the plan without changes, still to be started."""
    values = values_of(tuning.required_plan, tuning.space)
    return _with_new(tuning, Trial(number=1, kind=TrialKind.DEFAULT, values=values))


def seen(trial: Trial, run: Run, order: TuningOrder) -> Trial:
    """Return a trial as its run tells it."""
    if not run.status.is_final:
        return trial.but(run_id=run.run_id, status=run.status, percent=run.progress.percent)
    score, note = score_of(run, order), run.reason or "; ".join(run.reasons) or None
    basis = basis_of(run, order)
    if run.status is not RunStatus.COMPLETED:
        score = None
    elif score is None:
        note = f"no score on {', '.join(_unscored(run, order))}"
    elif basis and basis.doubt:
        score, note = None, basis.doubt
    facts = {
        "run_id": run.run_id,
        "status": run.status,
        "score": score,
        "scores": {name: round(value, 6) for name in (*order.objective, *run.evaluation.sets)
                   if (value := run.score(name)) is not None},
        "basis": basis,
        "seconds": run.training.billed_instance_seconds,
        "cost": actual_cost(run.cost),
        "note": note and plain(note, MOST_NOTE),
        "ended_at": run.ended_at,
    }  # fmt: skip
    return trial.but(**{name: fact for name, fact in facts.items() if fact is not None})


def score_of(run: Run, order: TuningOrder) -> float | None:
    """Return the weighted mean of a run's scores; None if one of them is missing."""
    scores = {name: run.score(name) for name in order.objective}
    known = {name: score for name, score in scores.items() if score is not None}
    if len(known) < len(scores):
        return None
    total = sum(order.objective.values())
    return round(sum(order.objective[name] * score for name, score in known.items()) / total, 6)


def _unscored(run: Run, order: TuningOrder) -> list[str]:
    return [name for name in order.objective if run.score(name) is None]


def basis_of(run: Run, order: TuningOrder) -> Basis | None:
    """Return what a run's score by a tuning's objective rests on; None where that is not known."""
    bases = {name: basis for name in order.objective if (basis := run.basis(name)) is not None}
    return basis_of_mean(bases, order.objective)


def advance(tuning: Tuning, suggest: Suggest, now: datetime) -> Tuning:
    """Return a tuning with what comes next: further trials to be started, or another status.

    Parameters
    ----------
    tuning
        Whose open trials have been looked at.
    suggest
        Returns values for the next trial, or None if there is no plan left.

    Raises
    ------
    SearchFailed
        When too many trials have failed, or the objective rests on too few pairs.
    """
    _check_coverage(tuning)
    if tuning.status is TuningStatus.SEARCHING:
        _check_failures(tuning)
        tuning = _search(tuning, suggest, now)
    if tuning.status is TuningStatus.REPEATING:
        tuning = _repeat(tuning, now)
    return tuning


def _search(tuning: Tuning, suggest: Suggest, now: datetime) -> Tuning:
    order = tuning.required_order
    while tuning.searched is None and len(tuning.open_trials) < order.side_by_side:
        why = _why_searched(tuning, now)
        if why is None:
            values = suggest(tuning)
            if values is not None:
                number = len(tuning.trials) + 1
                tuning = _with_new(tuning, Trial(number=number, kind=TrialKind.SEARCH, values=values))
                continue
            why = EXHAUSTED
        elif why == "":
            break  # not now, but when a trial has ended
        tuning = tuning.but(searched=why)
    if tuning.searched is None or tuning.open_trials:
        return tuning
    finalists = _finalists(tuning)
    if not finalists:
        notes = [trial.note for trial in tuning.trials if trial.note]
        raise SearchFailed(f"no trial has a score: {notes[0] if notes else 'it is not known why'}")
    status = TuningStatus.REPEATING if order.repeats else TuningStatus.JUDGING
    return tuning.but(status=status, finalists=finalists)


def _why_searched(tuning: Tuning, now: datetime) -> str | None:
    """Say why the search ends; nothing as long as it goes on, and an empty text while it must wait for money."""
    order, trials, best = tuning.required_order, tuning.search_trials, tuning.best
    if len(trials) >= order.trials:
        return f"all {order.trials} trials were trained"
    if order.target is not None and best is not None and (best.score or 0.0) >= order.target:
        return f"trial {best.number} reached the target, {order.target:g}"
    if order.patience is not None and best is not None:
        since = [trial for trial in trials if trial.number > best.number and not trial.is_open]
        if len(since) >= order.patience:
            return f"{order.patience} trials in a row were no better"
    repeats = (order.finalists + 1) * order.repeats
    if not _in_time(tuning, now, repeats):
        return f"there is no time for more within {order.max_hours:g} hours"
    if not _affordable(tuning, repeats):
        return "" if tuning.open_trials else _no_money(tuning)
    return None


def _repeat(tuning: Tuning, now: datetime) -> Tuning:
    order = tuning.required_order
    for trial in _missing_repeats(tuning):
        if len(tuning.open_trials) >= order.side_by_side:
            break
        if not (_in_time(tuning, now, 0) and _affordable(tuning, 0)):
            break
        tuning = _with_new(tuning, trial)
    return tuning if tuning.open_trials else tuning.but(status=TuningStatus.JUDGING)


def _missing_repeats(tuning: Tuning) -> Iterator[Trial]:
    """Yield the repeats that are still to be trained: the first of each finalist, then the second of each."""
    order, number = tuning.required_order, len(tuning.trials)
    own_engine = tuning.required_plan.engine is Engine.WORDVECTORS
    given = tuning.required_plan.hyperparameters.seed
    seed = DEFAULT_SEED if given is None else given
    done = {finalist: sum(trial.of == finalist for trial in tuning.trials) for finalist in tuning.finalists}
    for repeat in range(order.repeats):
        for finalist in tuning.finalists:
            if done[finalist] > repeat:
                continue
            number += 1
            yield Trial(
                number=number,
                kind=TrialKind.REPEAT,
                of=finalist,
                values=tuning.trial(finalist).values,
                # BlazingText has no seed: the same plan trained again gives another model.
                seed=(seed + repeat + 1) % (LARGEST_SEED + 1) if own_engine else None,
                again=not own_engine,
            )


def _finalists(tuning: Tuning) -> tuple[int, ...]:
    """Return the numbers of the best trials, and of the plan without changes."""
    order = tuning.required_order
    scored = [trial for trial in tuning.search_trials if trial.score is not None]
    if order.with_cost:
        front = pareto_front(scored)
        scored = front if len(front) >= order.finalists else scored
    best = sorted(scored, key=lambda trial: (-(trial.score or 0.0), trial.number))[: order.finalists]
    default = [trial for trial in tuning.search_trials if trial.kind is TrialKind.DEFAULT]
    return tuple(dict.fromkeys([*(trial.number for trial in best), *(
        trial.number for trial in default if trial.score is not None)]))  # fmt: skip


def _affordable(tuning: Tuning, repeats: int) -> bool:
    """Whether one more training fits under the ceiling, if all that run cost as much as they may."""
    arithmetic = tuning.arithmetic
    if arithmetic is None or arithmetic.ceiling is None or arithmetic.most_of_one is None:
        return True
    may_run = sum(not trial.was_reused for trial in tuning.open_trials) + 1
    costs = [trial.cost for trial in tuning.trials if trial.cost is not None]
    kept = repeats * (sum(costs) / len(costs) if costs else 0.0)
    return tuning.spent + may_run * arithmetic.most_of_one + kept <= arithmetic.ceiling


def _no_money(tuning: Tuning) -> str:
    arithmetic = tuning.arithmetic
    assert arithmetic is not None
    spent, ceiling = (money(one or 0.0, arithmetic.currency) for one in (tuning.spent, arithmetic.ceiling))
    most = money(arithmetic.most_of_one or 0.0, arithmetic.currency)
    return f"{spent} of {ceiling} were spent, and a training may cost {most}"


def _in_time(tuning: Tuning, now: datetime, repeats: int) -> bool:
    """Whether a training may start now so that there is time for the repeats, by what they took so far."""
    order = tuning.required_order
    took = [
        seconds_since(trial.started_at, datetime.fromisoformat(trial.ended_at))
        for trial in tuning.trials
        if trial.started_at and trial.ended_at and not trial.was_reused
    ]
    kept = -(-repeats // order.side_by_side) * (sum(took) / len(took)) if took else 0.0
    return seconds_since(tuning.created_at, now) + kept <= order.max_hours * 3600


def coverage_fault(tuning: Tuning) -> str | None:
    """Return why the objective can't rank trials, by what the plan without changes was asked, and what helps; or None.

    The same order, given again, comes to the same.
    """
    basis = tuning.trials[0].basis if tuning.trials else None
    if not (basis and basis.doubt):
        return None
    names = ", ".join(tuning.required_order.objective)
    return (
        f"the objective ({names}) can't rank trials: {basis.doubt}. Name another objective (own-text needs no set), or "
        "a set of your own in the corpus's language, or give more text"
    )


def _check_coverage(tuning: Tuning) -> None:
    if fault := coverage_fault(tuning):
        raise SearchFailed(fault)


def _check_failures(tuning: Tuning) -> None:
    ended = [trial for trial in tuning.search_trials if not trial.is_open]
    failed = [trial for trial in ended if trial.score is None]
    in_a_row = len(ended) >= MOST_FAILED and all(trial.score is None for trial in ended[-MOST_FAILED:])
    if in_a_row or len(failed) > max(MOST_FAILED, tuning.required_order.trials // 3):
        last = failed[-1]
        raise SearchFailed(f"{len(failed)} trials have no score; the last one: {last.note or last.status}")


def _with_new(tuning: Tuning, trial: Trial) -> Tuning:
    return tuning.but(trials=(*tuning.trials, trial))
