"""What is tried next: Optuna's tree-structured Parzen estimator, rebuilt each time from what is known.

Nothing but the trials is kept: a study of a hundred of them is made in milliseconds, and the same trials give the same
suggestion. The estimator is that of Bergstra et al. 2011, "Algorithms for hyper-parameter optimization", over all
hyperparameters together, and a trial that still runs counts as a bad one ("constant liar"), so that trials side by
side are not of one place.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wordvectors.tuning.space import Choices, Parameter, Space, Value, covers, is_whole
from wordvectors.tuning.tuning import Trial, TrialKind, Tuning

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study

Suggest = Callable[[Tuning], dict[str, Value] | None]

MOST_AT_RANDOM = 10
"""The estimator judges from so many trials on, or from a third of all; those before are drawn at random."""
_TRIES = 60
"""Draws for a plan that was not trained before."""
_BY_ESTIMATE = 20
"""Those of them that ask the estimator; it may insist on a plan where there are few."""


@dataclass(frozen=True)
class _Told:
    """A trial as the search is told of it; without scores it still runs, or has failed."""

    values: dict[str, Value]
    scores: tuple[float, ...] | None
    has_ended: bool


def suggest(tuning: Tuning, *, by_estimate: int = _BY_ESTIMATE) -> dict[str, Value] | None:
    """Return the next trial's values: a plan that this tuning has not; None if none was found.

    Parameters
    ----------
    by_estimate
        How many draws ask the estimator before they are made at random; with 0 the search is a random one.
    """
    trained = {tuning.plan_of(trial).canonical_json() for trial in tuning.trials}
    for attempt in range(_TRIES):
        study = _study(tuning, seed=_seed(tuning, attempt), at_random=attempt >= by_estimate)
        drawn = study.ask(_distributions(tuning.space)).params
        values = {name: _short(tuning.space[name], drawn[name]) for name in tuning.space}
        trial = Trial(number=0, kind=TrialKind.SEARCH, values=values)
        if tuning.plan_of(trial).canonical_json() not in trained:
            return values
    return None


def importances(tuning: Tuning) -> dict[str, float]:
    """Return the share of the score's variance that each hyperparameter explains, the greatest first.

    By PED-ANOVA over the whole space (Watanabe et al. 2023, "PED-ANOVA: efficiently quantifying hyperparameter
    importance in arbitrary subspaces"). Empty if fewer than four trials have a score, or all have the same.
    """
    told = [one for one in _told(tuning) if one.scores]
    if len(told) < 4 or len({one.scores for one in told}) < 2:
        return {}
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    with _quietly():
        evaluator = PedAnovaImportanceEvaluator(evaluate_on_local=False)
        found = get_param_importances(
            _study(tuning, seed=0, at_random=False),
            evaluator=evaluator,
            target=(lambda trial: trial.values[0]) if tuning.required_order.with_cost else None,
        )
    return {name: round(float(share), 4) for name, share in found.items()}


def _short(parameter: Parameter, value: Value) -> Value:
    """Return a number of as few digits as a person would give, within its range."""
    if isinstance(parameter, Choices) or not isinstance(value, float):
        return value
    return min(max(float(f"{value:.3g}"), parameter.low), parameter.high)


def _study(tuning: Tuning, *, seed: int, at_random: bool) -> Study:
    from optuna.samplers import RandomSampler, TPESampler
    from optuna.study import create_study
    from optuna.trial import TrialState, create_trial

    order = tuning.required_order
    with _quietly():
        sampler = RandomSampler(seed) if at_random else TPESampler(
            seed=seed,
            n_startup_trials=min(MOST_AT_RANDOM, max(order.trials // 3, 3)),
            multivariate=True,
            constant_liar=True,
        )  # fmt: skip
        study = create_study(
            sampler=sampler, directions=["maximize", "minimize"] if order.with_cost else ["maximize"]
        )
        distributions = _distributions(tuning.space)
        for one in _told(tuning):
            state = TrialState.FAIL if one.has_ended else TrialState.RUNNING
            study.add_trial(
                create_trial(
                    params=dict(one.values),
                    distributions=distributions,
                    values=one.scores,
                    state=TrialState.COMPLETE if one.scores else state,
                )
            )
    return study


def _told(tuning: Tuning) -> list[_Told]:
    """Return the trials within the space, and what earlier runs tell; the plan without changes may lie outside."""
    with_cost = tuning.required_order.with_cost

    def scores(score: float | None, seconds: int | None) -> tuple[float, ...] | None:
        if score is None or (with_cost and seconds is None):
            return None
        return (score, float(seconds or 0)) if with_cost else (score,)

    told = [_Told(known.values, scores(known.score, known.seconds), True) for known in tuning.known]
    told += [
        _Told(trial.values, scores(trial.score, trial.seconds), not trial.is_open)
        for trial in tuning.search_trials
    ]
    return [one for one in told if covers(tuning.space, one.values)]


def _distributions(space: Space) -> dict[str, BaseDistribution]:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    found: dict[str, BaseDistribution] = {}
    for name, parameter in space.items():
        if isinstance(parameter, Choices):
            found[name] = CategoricalDistribution(parameter.choices)
        elif is_whole(name):
            found[name] = IntDistribution(int(parameter.low), int(parameter.high), log=parameter.log)
        else:
            found[name] = FloatDistribution(parameter.low, parameter.high, log=parameter.log)
    return found


def _seed(tuning: Tuning, attempt: int) -> int:
    """Return another seed for each suggestion of each tuning, and always the same."""
    text = f"{tuning.fingerprint} {len(tuning.trials)} {attempt}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


@contextmanager
def _quietly() -> Iterator[None]:
    """Leave out Optuna's warnings that an option is experimental, and its log of studies."""
    from optuna import logging
    from optuna.exceptions import ExperimentalWarning

    logging.set_verbosity(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield


def pareto_front(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials than which no other scores better for no more seconds, the cheapest first."""
    scored = [trial for trial in trials if trial.score is not None and trial.seconds is not None]
    front: list[Trial] = []
    for trial in sorted(scored, key=lambda trial: (trial.seconds or 0, -(trial.score or 0.0))):
        if not front or (trial.score or 0.0) > (front[-1].score or 0.0):
            front.append(trial)
    return front
