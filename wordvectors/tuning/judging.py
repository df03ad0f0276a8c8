"""How a tuning is judged: the finalists' repeats, side by side and pair by pair. It needs numpy and scipy."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

import numpy as np

from wordvectors.evaluation.paired import compare_rhos
from wordvectors.tuning.noise import Noise, noise_of
from wordvectors.tuning.search import importances
from wordvectors.tuning.space import edges, wider
from wordvectors.tuning.tuning import Trial, TrialKind, Tuning
from wordvectors.tuning.verdict import Contrast, Standing, Verdict, recommended_of, sentence_of

PairCosines = Mapping[str, tuple[float, float]]
"""By `WORD WORD`, people's score of a pair that a model knows, and its cosine."""


def runs_to_read(tuning: Tuning) -> list[str]:
    """Return the runs whose models are compared pair by pair: none if nothing was repeated, or there is no set."""
    order, finalists = tuning.required_order, _finalists(tuning)
    if order.pair_set is None or len(finalists) < 2:
        return []
    return [
        trial.run_id
        for trials in finalists.values()
        for trial in trials
        if trial.kind is TrialKind.REPEAT and trial.run_id
    ]


def conclude(tuning: Tuning, cosines: Mapping[str, PairCosines], note: str | None = None) -> Verdict:
    """Return the verdict of a tuning whose repeats have ended.

    Parameters
    ----------
    cosines
        By run, of those of `runs_to_read` that could be read.
    note
        Why there is no test by pairs, if there is none.
    """
    finalists = _finalists(tuning)
    standings = sorted(
        (_standing(tuning, number, trials) for number, trials in finalists.items()),
        key=lambda one: (-one.mean, one.trial),
    )
    best, noise = standings[0], noise_of([one.scores for one in standings if one.repeated])
    contrasts = [_contrast(tuning, best, other, noise, finalists, cosines) for other in standings[1:]]
    recommended = recommended_of(standings, contrasts)
    at_edge = edges(tuning.space, tuning.trial(best.trial).values)
    shares = importances(tuning)
    return Verdict(
        best=best.trial,
        recommended=recommended.trial,
        run_id=recommended.run_id,
        sentence=sentence_of(standings, contrasts, recommended),
        standings=tuple(standings),
        contrasts=tuple(contrasts),
        edges=tuple(at_edge),
        wider=wider(tuning.space, at_edge) if at_edge else {},
        importances=shares,
        importances_of=sum(trial.score is not None for trial in tuning.search_trials) + len(tuning.known),
        note=note,
    )


def _finalists(tuning: Tuning) -> dict[int, list[Trial]]:
    return {number: tuning.judged_by(number) for number in tuning.finalists}


def _standing(tuning: Tuning, number: int, trials: Sequence[Trial]) -> Standing:
    scores = [trial.score or 0.0 for trial in trials]
    seconds = [trial.seconds for trial in trials if trial.seconds is not None]
    costs = [trial.cost for trial in trials if trial.cost is not None]
    best = max(trials, key=lambda trial: trial.score or 0.0)
    return Standing(
        trial=number,
        is_default=tuning.trial(number).kind is TrialKind.DEFAULT,
        run_id=best.run_id or "",
        scores=tuple(scores),
        repeated=trials[0].kind is TrialKind.REPEAT,
        mean=round(statistics.fmean(scores), 6),
        spread=round(statistics.stdev(scores), 6) if len(scores) > 1 else None,
        seconds=round(statistics.fmean(seconds), 1) if seconds else None,
        cost=round(statistics.fmean(costs), 6) if costs else None,
    )


def _contrast(
    tuning: Tuning,
    best: Standing,
    other: Standing,
    noise: Noise | None,
    finalists: Mapping[int, Sequence[Trial]],
    cosines: Mapping[str, PairCosines],
) -> Contrast:
    found = Contrast(best=best.trial, other=other.trial, difference=round(best.mean - other.mean, 6))
    if noise is None or not (best.repeated and other.repeated):
        return found
    repeats = len(best.scores), len(other.scores)
    told = {
        "error": round(noise.error(*repeats), 6),
        "least": round(noise.least(*repeats), 6),
        "p_repeats": noise.p(found.difference, *repeats),
    }
    found = found.model_copy(update=told)
    known = [_averaged(finalists[number], cosines) for number in (other.trial, best.trial)]
    common = sorted(known[0].keys() & known[1].keys())
    if len(common) < 4:
        return found
    human, first, second = (
        [known[0][pair][0] for pair in common],
        [known[0][pair][1] for pair in common],
        [known[1][pair][1] for pair in common],
    )
    tested = compare_rhos(human, first, second)
    by_pairs = {"p_pairs": tested.p, "pairs": tested.pairs, "pair_set": tuning.required_order.pair_set}
    return found.model_copy(update=by_pairs)


def _averaged(trials: Sequence[Trial], cosines: Mapping[str, PairCosines]) -> dict[str, tuple[float, float]]:
    """Return each pair's cosine, averaged over the repeats that could be read; of pairs that all of them know."""
    read = [cosines[trial.run_id] for trial in trials if trial.run_id and trial.run_id in cosines]
    if not read:
        return {}
    common = set.intersection(*(set(one) for one in read))
    return {pair: (read[0][pair][0], float(np.mean([one[pair][1] for one in read]))) for pair in common}
