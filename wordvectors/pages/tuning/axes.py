"""An axis of a chart: where each value of a hyperparameter, or each score, stands between its ends."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wordvectors.figures import plain_value, rho
from wordvectors.tuning.space import Choices, Parameter, Value, is_whole


def _short(value: float) -> str:
    return f"{value:.3g}"


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high`, or one of several `choices`.

    Attributes
    ----------
    log : bool
        Whether values stand by their logarithms.
    whole : bool
        Whether there is nothing between 1 and 2.
    written : callable
        How a number stands at the axis.
    """

    name: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    choices: tuple[Value, ...] = ()
    whole: bool = False
    written: Callable[[float], str] = _short

    def share(self, value: Value) -> float:
        """Return where a value stands: 0 at the low end, 1 at the high end."""
        if self.choices:
            return self.choices.index(value) / max(len(self.choices) - 1, 1)
        low, high, number = (self._scaled(one) for one in (self.low, self.high, float(value)))
        return (number - low) / (high - low) if high > low else 0.5

    @property
    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Where the labels stand, and what they say: all choices, or both ends and their middle."""
        if self.choices:
            return tuple((self.share(choice), plain_value(choice)) for choice in self.choices)
        low, high = self._scaled(self.low), self._scaled(self.high)
        middle = math.exp((low + high) / 2) if self.log else (low + high) / 2
        between = round(middle) if self.whole else middle
        values = (self.low, between, self.high) if high > low else (self.low,)
        return tuple((self.share(value), self.written(value)) for value in dict.fromkeys(values))

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value


def axis_of(name: str, parameter: Parameter, values: Sequence[Value]) -> Axis:
    """Return the axis of a hyperparameter: its whole range, and what was trained beyond it."""
    if isinstance(parameter, Choices):
        return Axis(name, choices=tuple(dict.fromkeys([*parameter.choices, *values])))
    numbers = [float(value) for value in values]
    low, high = min([float(parameter.low), *numbers]), max([float(parameter.high), *numbers])
    return Axis(name, low, high, log=parameter.log and low > 0, whole=is_whole(name))


def axis_of_scores(scores: Sequence[float]) -> Axis:
    """Return the axis of the objective's score."""
    return Axis("score", min(scores), max(scores), written=lambda score: rho(score, 3))
