"""How sure a single score is: its 95 % confidence interval, and whether it rests on enough to rank models by.

Standard library only. Both intervals need nothing but the score and the number of pairs or questions, so that every
run's score has one, whichever version wrote its row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from statistics import NormalDist, fmean
from typing import Any

from wordvectors.figures import rho as rho_text

LEVEL = 0.95
MEANS_SOMETHING = 0.05
"""Below this p-value a difference is said to be more than chance."""
LEAST_PAIRS = 30
"""A rho of 0.5 on 30 pairs may as well be 0.15, or 0.74."""
LEAST_COVERAGE = 0.5
"""Below it most of a set was not asked, and what was asked are its frequent words."""
LEAST_FOR_INTERVAL = 4
"""Fewer pairs tell nothing of how sure a correlation is."""
_REACH = NormalDist().inv_cdf((1 + LEVEL) / 2)


@dataclass(frozen=True)
class Interval:
    """A 95 % confidence interval."""

    low: float
    high: float


def rho_interval(rho: float, pairs: int) -> Interval:
    """Return the interval of Spearman's rho: of fewer than four pairs all that rho can be.

    Fisher's z with the variance (1 + rho²/2) / (pairs - 3) of Bonett & Wright 2000, "Sample size requirements for
    estimating Pearson, Kendall and Spearman correlations", Psychometrika 65, equation 3.
    """
    if pairs < LEAST_FOR_INTERVAL:
        return Interval(-1.0, 1.0)
    z = math.atanh(max(-1 + 1e-12, min(1 - 1e-12, rho)))
    reach = _REACH * math.sqrt((1 + rho**2 / 2) / (pairs - 3))
    return Interval(math.tanh(z - reach), math.tanh(z + reach))


def share_interval(share: float, asked: int) -> Interval | None:
    """Return Wilson's interval of a share of right answers; None if nothing was asked.

    Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22.
    """
    if asked < 1:
        return None
    square = _REACH**2
    centre = (share + square / (2 * asked)) / (1 + square / asked)
    spread = math.sqrt(share * (1 - share) / asked + square / (4 * asked**2))
    reach = _REACH * spread / (1 + square / asked)
    return Interval(max(centre - reach, 0.0), min(centre + reach, 1.0))


TOO_FEW = "too few to rank by"
"""What stands beside a score with a doubt."""


@dataclass(frozen=True)
class Basis:
    """What a score rests on.

    Attributes
    ----------
    found, total : int
        The pairs or questions that were asked, of how many.
    interval : Interval or None
        None where there is no score.
    doubt : str or None
        Why the score can't rank models: the end of a sentence that begins with the score's name.
    weakest : str or None
        Of a mean: the set that the pairs and the doubt are of.
    """

    found: int
    total: int
    interval: Interval | None = None
    doubt: str | None = None
    weakest: str | None = field(default=None, compare=False)

    @property
    def coverage(self) -> float:
        """The share that was asked, 0 to 1."""
        return self.found / self.total if self.total else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        interval = asdict(self.interval) if self.interval else None
        return {
            "found": self.found, "total": self.total, "interval": interval, "doubt": self.doubt,
            "coverage": self.coverage,
        }  # fmt: skip

    @property
    def text(self) -> str:
        """What stands behind the score wherever a person reads it: `[0.43, 0.60] 65%`."""
        return self._text(2)

    def marked(self, places: int = 2) -> str:
        """Return the same where a mark can't stand beside it: `[0.43, 0.60] 35%, too few to rank by`."""
        return f"{self._text(places)}{f', {TOO_FEW}' if self.doubt else ''}"

    def _text(self, places: int) -> str:
        interval = self.interval
        ends = f"[{rho_text(interval.low, places)}, {rho_text(interval.high, places)}] " if interval else ""
        return f"{ends}{self.coverage:.0%}"


def basis_of_rho(rho: float | None, found: int, total: int) -> Basis:
    """Return what Spearman's rho on a set of word pairs rests on."""
    interval = None if rho is None else rho_interval(rho, found)
    return Basis(found, total, interval, _doubt("pairs", found, total))


def basis_of_share(share: float | None, found: int, total: int) -> Basis:
    """Return what the share of right answers to a set of questions rests on."""
    interval = None if share is None else share_interval(share, found)
    return Basis(found, total, interval, _doubt("questions", found, total))


def basis_of_mean(bases: Mapping[str, Basis], weights: Mapping[str, float] | None = None) -> Basis | None:
    """Return what the mean of sets' scores rests on: its weakest set, the one with the least coverage.

    The interval's ends are the means of the sets' own, which is right for sets that share all their pairs, and too
    wide for others. WordSim-353's two halves are parts of the whole. The doubt names the weakest set; of a mean of
    means, the one that its mean has named.

    Parameters
    ----------
    bases
        By set; None is returned if there are none.
    weights
        By set, of a weighted mean.
    """
    if not bases:
        return None
    weakest = min(bases, key=lambda name: (bases[name].doubt is None, bases[name].coverage))
    intervals = [basis.interval for basis in bases.values()]
    known = [interval for interval in intervals if interval is not None]
    interval = None
    if len(known) == len(intervals):
        by_set = [weights[name] for name in bases] if weights else None
        interval = Interval(
            fmean((each.low for each in known), by_set), fmean((each.high for each in known), by_set)
        )
    basis = bases[weakest]
    is_named = basis.doubt is None or basis.weakest is not None
    doubt = basis.doubt if is_named else f"{basis.doubt} ({weakest})"
    return Basis(basis.found, basis.total, interval, doubt, basis.weakest or weakest)


def _doubt(asked: str, found: int, total: int) -> str | None:
    enough = max(LEAST_PAIRS, math.ceil(LEAST_COVERAGE * total))
    if found < enough:
        return f"{found:,} of {total:,} {asked} are {TOO_FEW}; {enough:,} would do"
    return None
