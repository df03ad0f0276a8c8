"""A run's mean_rho among those of published models, on a scale from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass

from wordvectors.evaluation.certainty import Interval
from wordvectors.evaluation.published import PUBLISHED
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.lifecycle.run import Run

WIDTH = 200
"""Of the scale, in units of the drawing: from a rho of 0 to one of 1."""


@dataclass(frozen=True)
class ScaleRow:
    """A model on the scale.

    Attributes
    ----------
    text : str
        What it was trained on.
    interval : Interval or None
        Of the run's own score; none is published of the others.
    is_own : bool
        Whether it is the run of the report.
    """

    name: str
    text: str
    score: float
    interval: Interval | None = None
    is_own: bool = False

    @property
    def place(self) -> float:
        """Where it stands."""
        return _place(self.score)

    @property
    def band(self) -> tuple[float, float] | None:
        """Where its interval begins and ends."""
        return None if self.interval is None else (_place(self.interval.low), _place(self.interval.high))


def rho_scale(run: Run) -> tuple[ScaleRow, ...]:
    """Return a run and the published models, the best first.

    There is nothing if the run was not scored on these sets, or on too few pairs to rank by: the others know all.
    """
    if run.mean_rho is None or run.doubt(MEAN_RHO):
        return ()
    basis = run.basis(MEAN_RHO)
    own = ScaleRow(
        "This run", run.corpus.name or "", run.mean_rho, basis.interval if basis else None, is_own=True
    )
    others = (ScaleRow(model.name, model.text, model.mean_rho) for model in PUBLISHED)
    return tuple(sorted([own, *others], key=lambda row: -row.score))


def _place(rho: float) -> float:
    return round(min(max(rho, 0.0), 1.0) * WIDTH, 1)
