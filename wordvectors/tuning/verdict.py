"""The verdict of a tuning: which of the best is better, by how much, and whether that is more than noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from wordvectors.blazingtext.eval_json import set_of
from wordvectors.evaluation.certainty import MEANS_SOMETHING
from wordvectors.figures import probability, rho, signed
from wordvectors.plain_text import capital
from wordvectors.tuning.space import Edge, Parameter

LEAST_SHOWN = 0.0005
"""Lesser differences would be shown as 0.000."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


REPEATS_REST_ON = "Each score rests on as much as the mean beside it, whose interval and coverage are given."


class Standing(_Part):
    """A finalist, by its repeats alone: the score for which it was chosen is the luckiest of many.

    Attributes
    ----------
    trial : int
    run_id : str
        Of its best repeat; without repeats, of the trial.
    scores : tuple of float
        Of its repeats; without repeats, of the trial.
    repeated : bool
        Whether these are scores of repeats.
    spread : float or None
        The scores' standard deviation; None for a single one.
    seconds : float or None
        Billed instance-seconds of one training, on average.
    """

    trial: int
    is_default: bool
    run_id: str
    scores: tuple[float, ...]
    repeated: bool = False
    mean: float
    spread: float | None = None
    seconds: float | None = None
    cost: float | None = None

    @property
    def title(self) -> str:
        """How a sentence calls it."""
        return "the plan without changes" if self.is_default else f"trial {self.trial}"


def _named(pair_set: object) -> object:
    """Earlier versions called BlazingText's sets as its eval.json does."""
    return set_of(pair_set) if isinstance(pair_set, str) else pair_set


class Contrast(_Part):
    """The best finalist against another.

    Attributes
    ----------
    difference, error : float
        Of the means; and the difference's standard error, None without repeats of both.
    least : float or None
        The least difference that would be more than noise; see `wordvectors.tuning.noise`.
    p_repeats : float or None
        Of Tukey's test between the repeats' scores, the noise being pooled over all finalists.
    p_pairs : float or None
        Of `compare`'s paired permutation test, each pair's cosine averaged over the repeats.
    pairs : int
        What both know of the set that this test is of.
    """

    best: int
    other: int
    difference: float
    error: float | None = None
    least: float | None = None
    p_repeats: float | None = None
    p_pairs: float | None = None
    pairs: int | None = None
    pair_set: Annotated[str | None, BeforeValidator(_named)] = None

    @property
    def holds_in_repeats(self) -> bool:
        """Whether it is more than what training twice makes."""
        return self.p_repeats is not None and self.p_repeats < MEANS_SOMETHING

    @property
    def holds(self) -> bool:
        """Whether it is more than the noise of training and, where that was tested, the choice of pairs makes."""
        return self.holds_in_repeats and (self.p_pairs is None or self.p_pairs < MEANS_SOMETHING)


class Verdict(_Part):
    """What a tuning came to.

    Attributes
    ----------
    best : int
        The trial with the highest mean.
    recommended : int
        The cheapest of those that can't be told apart from it.
    run_id : str
        A run of what is recommended.
    sentence : str
    standings : tuple of Standing
        The best first.
    contrasts : tuple of Contrast
        The best against each other finalist.
    edges : tuple of Edge
        Of the best's values those at the end of their range, or outside; `wider` is the space that reaches beyond.
    importances : dict
        By hyperparameter the share of the score's variance that it explains, over `importances_of` trials.
    """

    best: int
    recommended: int
    run_id: str
    sentence: str
    standings: tuple[Standing, ...]
    contrasts: tuple[Contrast, ...] = ()
    edges: tuple[Edge, ...] = ()
    wider: dict[str, Parameter] = {}
    importances: dict[str, float] = {}
    importances_of: int = 0
    note: str | None = None
    """Why there is no test by pairs."""


def recommended_of(standings: Sequence[Standing], contrasts: Sequence[Contrast]) -> Standing:
    """Return the cheapest of the finalists that can't be told apart from the best, which stands first."""
    apart = {contrast.other for contrast in contrasts if contrast.holds}
    alike = [one for one in standings if one.trial not in apart]
    if any(one.seconds is None for one in alike):
        return alike[0]
    return min(alike, key=lambda one: one.seconds or 0.0)


def sentence_of(standings: Sequence[Standing], contrasts: Sequence[Contrast], recommended: Standing) -> str:
    """Say the verdict.

    Parameters
    ----------
    standings
        The best first.
    contrasts
        The best against the others.

    Examples
    --------
    >>> first = Standing(trial=7, is_default=False, run_id="a", scores=(0.6, 0.62), mean=0.61, seconds=90)
    >>> second = Standing(trial=1, is_default=True, run_id="b", scores=(0.58, 0.6), mean=0.589, seconds=30)
    >>> found = Contrast(best=7, other=1, difference=0.021, error=0.006, p_repeats=0.01, p_pairs=0.02)
    >>> sentence_of([first, second], [found], first)
    'Trial 7 is better than the plan without changes by 0.021 ± 0.006.'
    """
    best = standings[0]
    if len(standings) == 1:
        return f"{capital(best.title)} scores {rho(best.mean)}, and there is nothing to compare it with."
    titles = {one.trial: one.title for one in standings}
    parts = [
        _of_contrast(best.title, titles[contrast.other], contrast)
        for contrast in sorted(
            contrasts, key=lambda one: (not titles[one.other].startswith("the"), one.other)
        )
    ]
    unseen = [one.least for one in contrasts if one.least is not None and not one.holds_in_repeats]
    if unseen:
        parts.append(f"these repeats show differences of {max(unseen):.3f} or more")
    if recommended.trial != best.trial and recommended.seconds and best.seconds:
        share = recommended.seconds / best.seconds
        parts.append(f"{recommended.title} takes {share:.0%} of the time of {best.title} and will do")
    return capital("; ".join(parts)) + "."


def _of_contrast(best: str, other: str, contrast: Contrast) -> str:
    if contrast.error is None and abs(contrast.difference) < LEAST_SHOWN:
        return f"{best} and {other} scored the same; there are too few repeats to tell more"
    if contrast.error is None:
        return (
            f"{best} scored {contrast.difference:.3f} more than {other}, which may be noise: there are too few repeats "
            "to tell"
        )
    by = f"{contrast.difference:.3f} ± {contrast.error:.3f}"
    if contrast.holds:
        return f"{best} is better than {other} by {by}"
    if contrast.holds_in_repeats and contrast.p_pairs is not None:
        return (
            f"{best} scores {by} more than {other}, but on {contrast.pairs} pairs that may be chance "
            f"(p = {probability(contrast.p_pairs)})"
        )
    return f"{best} and {other} can't be told apart ({signed(contrast.difference, 3)} ± {contrast.error:.3f})"
