"""What training twice makes of a score, and which differences are more than that. It needs scipy.

Two or three repeats of a plan tell little of how far its scores scatter; those of all finalists together tell more, as
their noise has one source, the random numbers of a training. So the variance is pooled over the finalists, as in an
analysis of variance, with the degrees of freedom of all.

Which finalist is the best is known by the same repeats, so that any two of them may be the ones that are compared.
Tukey's test keeps the share of false alarms for all pairs together (Tukey 1953, "The problem of multiple comparisons");
for unequal numbers of repeats it is Kramer's (1956, "Extension of multiple range tests to group means with unequal
numbers of replications", Biometrics 12), which keeps it, too (Hayter 1984, "A proof of the conjecture that the
Tukey-Kramer multiple comparisons procedure is conservative", Annals of Statistics 12).
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from scipy import stats

from wordvectors.evaluation.certainty import MEANS_SOMETHING


@dataclass(frozen=True)
class Noise:
    """How far a plan's scores scatter.

    Attributes
    ----------
    spread : float
        Their standard deviation, pooled.
    freedom : int
        Its degrees of freedom.
    plans : int
        How many are compared.
    """

    spread: float
    freedom: int
    plans: int

    def error(self, first: int, second: int) -> float:
        """Return the standard error of the difference of two means, of so many repeats each."""
        return self.spread * (1 / first + 1 / second) ** 0.5

    def p(self, difference: float, first: int, second: int) -> float:
        """Return how often two of the plans would be so far apart, if all were equally good.

        Repeats without any spread differ, or they don't.
        """
        error = self.error(first, second)
        if not error:
            return 1.0 if difference == 0 else 0.0
        return float(stats.studentized_range.sf(abs(difference) / error * 2**0.5, self.plans, self.freedom))

    def least(self, first: int, second: int) -> float:
        """Return the least difference of two means that is more than noise."""
        return self.error(first, second) * _bound(self.plans, self.freedom) / 2**0.5


def noise_of(repeats: Sequence[Sequence[float]]) -> Noise | None:
    """Return the noise of the scores of several plans, each trained again; None if no plan was, twice."""
    freedom = sum(len(scores) - 1 for scores in repeats)
    if len(repeats) < 2 or not freedom:
        return None
    squares = sum(statistics.variance(scores) * (len(scores) - 1) for scores in repeats if len(scores) > 1)
    return Noise(spread=(squares / freedom) ** 0.5, freedom=freedom, plans=len(repeats))


@lru_cache(maxsize=256)
def _bound(plans: int, freedom: int) -> float:
    return float(stats.studentized_range.isf(MEANS_SOMETHING, plans, freedom))
