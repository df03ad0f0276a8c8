"""The page's drawings: dots over two axes. The template draws them as SVG, the page's style colours them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wordvectors.figures import rho
from wordvectors.pages.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Tick
from wordvectors.pages.tuning.axes import Axis
from wordvectors.plain_text import plain
from wordvectors.tuning.search import pareto_front
from wordvectors.tuning.tuning import Trial


@dataclass(frozen=True)
class Dot:
    """A trial in a chart; `kind` is its class in the style, and `label` what it says when it is pointed at."""

    x: float
    y: float
    kind: str
    label: str


@dataclass(frozen=True)
class DotChart:
    """Dots, and a line where there is one: best so far, or the Pareto front."""

    title: str
    summary: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    line: tuple[tuple[float, float], ...] = ()
    left: int = LEFT
    right: int = RIGHT
    bottom: int = BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Scored:
    """A trial that has a score."""

    trial: Trial
    score: float
    kind: str

    @property
    def label(self) -> str:
        """What it says when it is pointed at."""
        return f"trial {self.trial.number}: {rho(self.score)}"


def history(scored: Sequence[Scored], scores: Axis) -> DotChart:
    """Return the scores in the order in which the trials were handed out, and the best so far."""
    numbers = [each.trial.number for each in scored]
    axis = Axis("trial", min(numbers), max(numbers))
    line: list[tuple[float, float]] = []
    best = None
    for each in scored:
        x, best = _x(axis.share(each.trial.number)), max(each.score, best if best is not None else each.score)
        if line:
            line.append((x, line[-1][1]))
        line.append((x, _y(scores.share(best))))
    ends = [axis.low, axis.high] if axis.high > axis.low else [axis.low]
    return DotChart(
        "Score of each trial, and the best so far",
        f"Of {len(scored)} trials the best scores {rho(best)}",
        tuple(Tick(_x(axis.share(number)), f"trial {number:g}") for number in ends),
        _y_ticks(scores),
        tuple(_dot(each, axis.share(each.trial.number), scores) for each in scored),
        tuple(line),
    )


def slices(scored: Sequence[Scored], axes: Iterable[Axis], scores: Axis) -> tuple[DotChart, ...]:
    """Return, for each hyperparameter, the score over its value."""
    return tuple(
        DotChart(
            plain(axis.name),
            f"Score over {plain(axis.name)}, of {len(scored)} trials",
            tuple(Tick(_x(place), plain(label)) for place, label in axis.ticks),
            _y_ticks(scores),
            tuple(
                _dot(each, axis.share(each.trial.values[axis.name]), scores)
                for each in scored
                if axis.name in each.trial.values
            ),
        )
        for axis in axes
    )


def against_cost(scored: Sequence[Scored], scores: Axis) -> DotChart | None:
    """Return the score over what a training took, and the Pareto front; None if too few are billed."""
    billed = [(each, each.trial.seconds) for each in scored if each.trial.seconds is not None]
    if len(billed) < 2:
        return None
    longest = float(max(seconds for _, seconds in billed)) or 1.0
    axis = Axis("seconds", 0.0, longest, written=lambda seconds: f"{seconds:,.0f} s")
    front = [
        (_x(axis.share(trial.seconds)), _y(scores.share(trial.score)))
        for trial in pareto_front([each.trial for each, _ in billed])
        if trial.seconds is not None and trial.score is not None
    ]
    return DotChart(
        "Score over billed instance-seconds, and the Pareto front",
        f"{len(front)} of {len(billed)} trials score better than any that took no longer",
        tuple(Tick(_x(place), label) for place, label in axis.ticks),
        _y_ticks(scores),
        tuple(_dot(each, axis.share(seconds), scores) for each, seconds in billed),
        tuple(front),
    )


def _dot(each: Scored, share: float, scores: Axis) -> Dot:
    return Dot(_x(share), _y(scores.share(each.score)), each.kind, each.label)


def _y_ticks(scores: Axis) -> tuple[Tick, ...]:
    return tuple(Tick(_y(place), label) for place, label in scores.ticks)


def _x(share: float) -> float:
    return round(LEFT + share * (RIGHT - LEFT), 1)


def _y(share: float) -> float:
    return round(BOTTOM + share * (TOP - BOTTOM), 1)
