"""What is wrong with an order, and what it is going to take: one verdict for the command line and the pipeline."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from wordvectors.evaluation.certainty import LEAST_PAIRS
from wordvectors.evaluation.sets import BUILT_IN, OWN_TEXT
from wordvectors.lifecycle.checks import Content, GivenPlan, Place, Upload, Verdict, judge, volume_faults
from wordvectors.lifecycle.cost import KnownCost, UnknownCost, money
from wordvectors.lifecycle.engines import Engine
from wordvectors.lifecycle.forecast import forecast
from wordvectors.lifecycle.plan import MIN_RUNTIME_SECONDS, TrainingPlan, common_faults
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.plain_text import plain_sentences
from wordvectors.tuning.order import OF_WORDSIM, InvalidTuning, TuningOrder, parse_order
from wordvectors.tuning.room import room_faults
from wordvectors.tuning.space import (
    Choices,
    Parameter,
    Space,
    Value,
    covers,
    default_space,
    extreme_plans,
    faults_beside_any_plan,
    is_whole,
    space_faults,
    trial_plan,
    values_of,
)
from wordvectors.tuning.steps import basis_of, score_of
from wordvectors.tuning.tuning import Arithmetic, Known

CorpusOf = Callable[[str], tuple[Content | None, Sequence[str]]]
"""Returns the corpus at a key, None if there is none, and the keys of other objects that begin with this key."""


@dataclass(frozen=True)
class Judged:
    """What is to be said of an order.

    Attributes
    ----------
    order, plan : TuningOrder, TrainingPlan, or None
        None if they can't be read; the plan is the one without changes, with every default filled in.
    space : dict
        The order's, or the one that suits its corpus.
    arithmetic : Arithmetic or None
        What it is going to take; None where the plan can't be read.
    faults : list of str
        Why it can't start, all at once; empty if it can.
    facts : dict
        Of the corpus, by samples.
    """

    order: TuningOrder | None
    plan: TrainingPlan | None = None
    space: dict[str, Parameter] = field(default_factory=dict)
    arithmetic: Arithmetic | None = None
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def judge_order(text: bytes, place: Place, corpus_of: CorpusOf) -> Judged:
    """Say what is wrong with an order, and what it is going to take.

    What can be read of a faulty order is judged as well, so that all faults are told at once.
    """
    faults: list[str] = []
    unsound: frozenset[str] = frozenset()
    try:
        order = parse_order(text)
    except InvalidTuning as invalid:
        if invalid.readable is None:
            return Judged(None, faults=plain_sentences(invalid.faults))
        order, unsound, faults = invalid.readable, invalid.unsound, list(invalid.faults)
    content, verdict = _verdict(order, unsound, faults, place, corpus_of)
    faults += verdict.faults
    space: dict[str, Parameter] = dict(order.space or {})
    plan, learnt = verdict.plan, verdict.learnt
    if learnt is None:
        wrong = faults_beside_any_plan(space)  # what else their values may not be depends on the plan
    else:
        space = space or default_space(learnt, verdict.facts.get("tokens"))
        wrong = space_faults(space, learnt.model_dump(mode="json"))
        if content is not None and not wrong and "space" not in unsound:
            faults += (
                fault
                for one in extreme_plans(learnt, space)
                for fault in volume_faults(content.size, one, place)
            )
        needed = "objective" not in unsound and any(name in OF_WORDSIM for name in order.objective)
        if needed and not learnt.hyperparameters.evaluation:
            faults.append("the plan switches hyperparameters.evaluation off, which the objective needs")
    faults += wrong
    if "objective" not in unsound:
        faults += _size_faults(order, verdict)
    faults += _ceiling_faults(order, unsound, verdict, place)
    arithmetic = None
    if plan is not None and not unsound:
        arithmetic = _arithmetic(order, plan, {} if wrong else space, verdict, place)
        if not faults:
            faults += room_faults(order, plan, space, arithmetic.trainings)
    return Judged(
        None if unsound else order,
        plan,
        space,
        arithmetic,
        plain_sentences(dict.fromkeys(faults)),
        verdict.warnings,
        verdict.facts,
    )


def _verdict(
    order: TuningOrder, unsound: frozenset[str], told: list[str], place: Place, corpus_of: CorpusOf
) -> tuple[Content | None, Verdict]:
    """Judge an order's corpus and plan, as far as it names them; return the corpus as well.

    Of an order whose engine can't be read those faults are told that its plan has with any.
    """
    content, others = (None, []) if "corpus" in unsound else corpus_of(order.corpus_key)

    def judged(given: GivenPlan) -> Verdict:
        if "corpus" in unsound:
            return judge(Upload(given), place)
        return judge(Upload(given, place.bucket, order.corpus_key, content, others), place)

    if "plan" in unsound:
        return content, judged(GivenPlan(unread=told[0]))  # what is wrong with it has been told
    engines = list(Engine) if "engine" in unsound else [order.engine]
    plans = [_plan_of(order.model_copy(update={"engine": engine}), place) for engine in engines]
    verdicts = [judged(GivenPlan(json.dumps(plan, sort_keys=True).encode())) for plan in plans]
    first, *more = sorted(verdicts, key=lambda verdict: len(verdict.unsound))
    if not more:
        return content, first
    common = common_faults(verdict.faults for verdict in (first, *more))
    return content, replace(first, plan=None, faults=common, unsound=first.unsound | {"engine"})


def known_runs(
    runs: Iterable[Run], plan: TrainingPlan, space: Space, order: TuningOrder, etag: str
) -> list[Known]:
    """Return the earlier runs of this very corpus that are points of the space, the best by the objective first."""
    found = []
    for run in runs:
        if run.plan is None or run.status is not RunStatus.COMPLETED or run.corpus.etag != etag:
            continue
        values, score, basis = values_of(run.plan, space), score_of(run, order), basis_of(run, order)
        if basis and basis.doubt:
            continue
        is_point = covers(space, values) and run.plan.engine is plan.engine
        if is_point and score is not None and _learnt(plan, values) == run.plan.hyperparameters:
            seconds = run.training.billed_instance_seconds
            found.append(Known(run_id=run.run_id, values=values, score=score, seconds=seconds))
    return sorted(found, key=lambda known: -known.score)


def _learnt(plan: TrainingPlan, values: dict[str, Value]) -> object:
    return trial_plan(plan, values).hyperparameters


def _plan_of(order: TuningOrder, place: Place) -> dict[str, Any]:
    """Return the plan without changes, as a user's: with the order's engine, and the sets that its objective needs.

    Nothing else is added: a plan of other sets is another plan, and would be trained again.
    """
    given = dict(order.plan)
    if order.engine is not None:
        given["engine"] = order.engine.value
    evaluation = given.get("evaluation", {})
    if isinstance(evaluation, dict):
        usual = place.default_plan.get("evaluation", {}).get("sets", BUILT_IN)
        chosen = evaluation.get("sets", usual)
        if isinstance(chosen, list | tuple):
            missing = [name for name in order.sets if name not in chosen]
            if OWN_TEXT in order.objective and not [*chosen, *missing]:
                missing = [OWN_TEXT]  # a run that is scored on nothing has not even this score
            if missing:
                given["evaluation"] = {**evaluation, "sets": [*chosen, *missing]}
    return given


def _arithmetic(
    order: TuningOrder, plan: TrainingPlan, space: Space, verdict: Verdict, place: Place
) -> Arithmetic:
    """Reckon what a tuning is expected to take, by a plan in the middle of its space, and takes at most."""
    trainings = order.trainings
    middle = trial_plan(plan, {name: _middle(name, parameter) for name, parameter in space.items()})
    expected = None
    if not verdict.faults:
        expected = forecast(middle, verdict.facts.get("tokens"), verdict.cost, place.earlier_runs())
    known = verdict.cost if isinstance(verdict.cost, KnownCost) else None
    ceiling = None
    if known is not None:
        ceiling = order.max_cost or place.limits.max_run_cost
    most = min(trainings * known.most, ceiling or float("inf")) if known else None
    return Arithmetic(
        trainings=trainings,
        expected_cost=trainings * expected.cost if expected and expected.cost is not None else None,
        expected_hours=trainings * expected.job_seconds / order.side_by_side / 3600 if expected else None,
        most_of_one=known.most if known else None,
        most=most,
        ceiling=ceiling,
        currency=known.currency if known else "USD",
        hours=order.max_hours,
    )


def _middle(name: str, parameter: Parameter) -> Value:
    if isinstance(parameter, Choices):
        return parameter.choices[0]
    low, high = float(parameter.low), float(parameter.high)
    middle = (low * high) ** 0.5 if parameter.log else (low + high) / 2
    return round(middle) if is_whole(name) else middle


def _size_faults(order: TuningOrder, verdict: Verdict) -> list[str]:
    """Say which of the objective's sets can rank nothing, however many of their words a model knows."""
    return [
        f"objective names {name}, which has {verdict.pairs[name]} pairs; to rank trials by, a set needs {LEAST_PAIRS} "
        "or more"
        for name in order.objective
        if verdict.pairs.get(name, LEAST_PAIRS) < LEAST_PAIRS
    ]


def _ceiling_faults(order: TuningOrder, unsound: frozenset[str], verdict: Verdict, place: Place) -> list[str]:
    """Check what an order takes against what it, and the deployment, allow; what is unsound is left out."""
    faults = []
    trainings, cost = order.trainings, verdict.cost
    if trainings > place.limits.max_runs_per_day and not unsound & {"trials", "finalists", "repeats"}:
        faults.append(
            f"{order.trials} trials and {trainings - order.trials} repeats are {trainings} trainings; this "
            f"deployment starts at most {place.limits.max_runs_per_day:,} a day (max_runs_per_day)"
        )
    if "max_cost" in unsound:
        return faults
    if isinstance(cost, UnknownCost) and order.max_cost is not None and place.price_must_be_known:
        faults.append(
            f"max_cost is {order.max_cost:g}, but what a training may cost is unknown: {cost.reason}"
        )
    ceiling = order.max_cost or place.limits.max_run_cost
    if isinstance(cost, KnownCost) and ceiling is not None and cost.most > ceiling:
        assert verdict.readable is not None
        fits = int(verdict.readable.resources.max_runtime_seconds * ceiling / cost.most)
        shorter = f"set plan.resources.max_runtime_seconds to {fits} or less, or "
        faults.append(
            f"one training may cost {money(cost.most, cost.currency)}, more than the ceiling of "
            f"{money(ceiling, cost.currency)}; {shorter if fits >= MIN_RUNTIME_SECONDS else ''}raise max_cost"
        )
    return faults


def arithmetic_text(arithmetic: Arithmetic, order: TuningOrder, plan: TrainingPlan) -> str:
    """Say what a tuning is expected to take, what it costs at most, and how long trainings start, and go on.

    Parameters
    ----------
    plan
        The one without changes.

    Examples
    --------
    >>> found = Arithmetic(trainings=24, expected_cost=0.12, expected_hours=0.25, most_of_one=4.9, most=100.0,
    ...                    ceiling=100.0, hours=24)
    >>> for part in arithmetic_text(found, TuningOrder(corpus="a"), TrainingPlan()).split("; "):
    ...     print(part)
    12 trials and 12 repeats, 2 at a time
    expected $0.1200 and 15 min, at most $100.00
    no training starts after 24 h, and each may take up to 24 h
    """
    from wordvectors.figures import duration

    text = f"{order.trials} trials and {arithmetic.trainings - order.trials} repeats, {order.side_by_side} at a time"
    expected = []
    if arithmetic.expected_cost is not None:
        expected.append(money(arithmetic.expected_cost, arithmetic.currency))
    if arithmetic.expected_hours is not None:
        expected.append(duration(max(round(arithmetic.expected_hours * 3600), 1)))
    text += f"; expected {' and '.join(expected)}" if expected else "; what to expect is not known"
    most = "any amount (the price is unknown)" if arithmetic.most is None else money(
        arithmetic.most, arithmetic.currency)  # fmt: skip
    return (
        f"{text}, at most {most}; no training starts after {duration(arithmetic.hours * 3600)}, and each may take up "
        f"to {duration(plan.longest_seconds)}"
    )
