"""Whether two models' scores on the same pairs differ by more than chance.

Intervals of differences are percentile bootstrap intervals over the pairs, `scipy.stats.bootstrap` (Efron &
Tibshirani 1993, "An introduction to the bootstrap", chapter 13). The test is a paired permutation test,
`scipy.stats.permutation_test` (Good 2005, "Permutation, parametric and bootstrap tests of hypotheses", chapter 3): if
both models were equally good, it would not matter which of the two gave which of a pair's two ranks; so ranks change
sides at random, or in every way where these are few. The two-sided p-value is twice the smaller share of such tables
that lie at least as far to one side. As a cross-check stands Williams's t for two correlations that share a variable
(Steiger 1980, "Tests for comparing elements of a correlation matrix", equation 7), which assumes normality.
Shares of right answers have the exact McNemar test. How sure a single score is says
`wordvectors.evaluation.certainty`.

Spearman's rho itself is computed here: `scipy.stats.spearmanr` takes one pair of columns at a time, and a
comparison needs some 14,000.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import computed_field
from pydantic.dataclasses import dataclass
from scipy import stats

from wordvectors.evaluation.certainty import LEAST_FOR_INTERVAL, LEVEL, MEANS_SOMETHING, Interval

RESAMPLES, PERMUTATIONS = 2_000, 10_000
_SEED = 353
_AT_ONCE = 500

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """The second model's score less the first's, on what both were asked.

    Attributes
    ----------
    difference, interval
        Of the scores; the interval is None of correlations of fewer than four pairs.
    p : float
        Of the paired permutation test; of shares, of the exact McNemar test. Two-sided.
    p_williams : float or None
        Of Williams's t, for correlations of four pairs and more.
    pairs : int
        What both were asked.
    """

    difference: float
    interval: Interval | None
    p: float
    p_williams: float | None
    pairs: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def means_something(self) -> bool:
        """Whether chance alone makes such a difference in fewer than one of twenty cases."""
        return self.p < MEANS_SOMETHING


def compare_rhos(human: ArrayLike, first: ArrayLike, second: ArrayLike) -> Difference:
    """Compare two models by their cosines of the same pairs.

    Parameters
    ----------
    human, first, second
        Human scores, and the two models' cosines: arrays (pairs,), at least two.
    """
    human, first, second = (np.asarray(values, float) for values in (human, first, second))

    def gain(human: Floats, first: Floats, second: Floats, axis: int = -1) -> Floats:
        return _rhos(human, second, axis) - _rhos(human, first, axis)

    tested = stats.permutation_test(
        (stats.rankdata(first), stats.rankdata(second)),
        lambda first, second, axis: gain(np.broadcast_to(human, first.shape), first, second, axis),
        permutation_type="samples", vectorized=True, n_resamples=PERMUTATIONS, batch=_AT_ONCE, rng=_SEED,
    )  # fmt: skip
    p_williams, interval = None, None
    if len(human) >= LEAST_FOR_INTERVAL:
        interval = _interval(gain, human, first, second)
        p_williams = williams(
            float(_rhos(human, first)), float(_rhos(human, second)), float(_rhos(first, second)), len(human)
        )[1]
    return Difference(
        float(tested.statistic), interval, float(tested.pvalue),
        p_williams, len(human),
    )  # fmt: skip


def williams(first: float, second: float, between: float, pairs: int) -> tuple[float, float]:
    """Return Williams's t and its two-sided p-value (Steiger 1980, equation 7).

    Parameters
    ----------
    first, second
        The two models' correlations with the human scores.
    between
        The models' correlation with each other.
    pairs
        Their number, above 3.
    """
    determinant = 1 - first**2 - second**2 - between**2 + 2 * first * second * between
    mean = (first + second) / 2
    spread = 2 * (pairs - 1) / (pairs - 3) * max(determinant, 0.0) + mean**2 * (1 - between) ** 3
    if spread <= 0:  # the models order the pairs alike
        return 0.0, 1.0
    t = (first - second) * np.sqrt((pairs - 1) * (1 + between) / spread)
    return float(t), float(2 * stats.t.sf(abs(t), pairs - 3))


def compare_shares(first: ArrayLike, second: ArrayLike) -> Difference:
    """Compare two models by which of the same questions they answered rightly: arrays (questions,) of bool.

    The interval of the difference is Wald's for paired shares; the test is McNemar's, exact.
    """
    first, second = np.asarray(first, bool), np.asarray(second, bool)
    gained, lost = int((second & ~first).sum()), int((first & ~second).sum())
    asked = len(first)
    difference = (gained - lost) / asked
    spread = np.sqrt(max(gained + lost - (gained - lost) ** 2 / asked, 0.0)) / asked
    reach = float(stats.norm.ppf((1 + LEVEL) / 2) * spread)
    p = float(stats.binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    return Difference(difference, Interval(difference - reach, difference + reach), p, None, asked)


def _rhos(human: Floats, cosines: Floats, axis: int = -1) -> Floats:
    """Return Spearman's rho along an axis; 0 where it is not defined."""
    first, second = (stats.rankdata(values, axis=axis) for values in (human, cosines))
    first = first - first.mean(axis=axis, keepdims=True)
    second = second - second.mean(axis=axis, keepdims=True)
    spread = np.sqrt((first**2).sum(axis=axis) * (second**2).sum(axis=axis))
    return np.divide(
        (first * second).sum(axis=axis), spread, out=np.zeros_like(spread, dtype=float), where=spread > 0
    )


def _interval(statistic: Callable[..., Floats], *columns: ArrayLike) -> Interval:
    """Return the interval of a statistic of columns whose rows are drawn together; always the same."""
    found = stats.bootstrap(
        columns, statistic, paired=True, vectorized=True, method="percentile",
        confidence_level=LEVEL, n_resamples=RESAMPLES, batch=_AT_ONCE, rng=_SEED,
    ).confidence_interval  # fmt: skip
    return Interval(float(found.low), float(found.high))
