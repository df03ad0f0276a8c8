"""Line charts: whether there is anything to draw, and where their ticks and points stand.

The template draws them as SVG, the page's style colours them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wordvectors.figures import duration

WIDTH, HEIGHT = 460, 240
LEFT, RIGHT, TOP, BOTTOM = 62, WIDTH - 38, 14, HEIGHT - 34
"""Of the area within the axes, in units of the drawing; the last label of an axis needs room beyond it."""
STRAIGHT = 0.03
"""A curve that is nowhere farther from the line between its ends than this share of the chart's height is one."""
_STEPS_OF_TIME = (60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400)
"""Seconds: between ticks that are a minute apart or more."""


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where it stands along the axis, and what it says."""

    place: float
    label: str


@dataclass(frozen=True)
class LineChart:
    """A chart of values over seconds, or over epochs, laid out.

    Attributes
    ----------
    summary : str
        What a screen reader says instead.
    points : tuple of (float, float)
        Of the line, in units of the drawing, y downwards.
    """

    title: str
    summary: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    points: tuple[tuple[float, float], ...]
    left: int = LEFT
    right: int = RIGHT
    bottom: int = BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def line_chart(
    points: Sequence[tuple[float, float]],
    *,
    title: str,
    of_y: Callable[[float], str],
    summary: str,
    of_x: Callable[[float], str] = duration,
) -> LineChart:
    """Lay out a chart of values over seconds, or over what else `of_x` writes.

    Parameters
    ----------
    points
        (seconds, value), seconds ascending from 0, at least two. A value below 0 stands at 0.
    of_y, of_x
        How a value is written at its axis.
    """
    seconds, values = [point[0] for point in points], [max(point[1], 0.0) for point in points]
    x_ticks = time_ticks(seconds[-1]) if of_x is duration else ticks(0, seconds[-1])
    y_ticks = ticks(0, max(values))
    x = _scale(max(x_ticks[-1], seconds[-1]), LEFT, RIGHT)
    y = _scale(max(y_ticks[-1], *values), BOTTOM, TOP)
    return LineChart(
        title,
        summary,
        tuple(Tick(x(tick), of_x(tick)) for tick in x_ticks),
        tuple(Tick(y(tick), of_y(tick)) for tick in y_ticks),
        tuple((x(second), y(value)) for second, value in zip(seconds, values, strict=True)),
    )


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers from `low` up to `high` or just beyond it, at most about `most` of them.

    Examples
    --------
    >>> ticks(0, 29.8)
    [0.0, 10.0, 20.0, 30.0]
    """
    if high <= low:
        high = low + 1
    rough = (high - low) / most
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough * 0.999)
    count = math.ceil((high - low) / step - 1e-9)
    return [round(low + number * step, 12) for number in range(count + 1)]


def time_ticks(high: float) -> list[float]:
    """Return ticks from 0 up to so many seconds or just beyond, of whole minutes and hours where there are some.

    Examples
    --------
    >>> time_ticks(400)
    [0, 120, 240, 360, 480]
    """
    step = next((step for step in _STEPS_OF_TIME if step * 5 >= high), None)
    if high <= 60 or step is None:
        return ticks(0, high)
    return [step * number for number in range(math.ceil(high / step) + 1)]


def is_straight(points: Sequence[tuple[float, float]]) -> bool:
    """Tell whether a curve is a straight line, which needs no chart: its ends say it all.

    Examples
    --------
    >>> is_straight([(0, 0.05), (1, 0.026), (2, 0)]), is_straight([(0, 0.05), (1, 0.01), (2, 0)])
    (True, False)
    """
    (first, start), (last, end) = points[0], points[-1]
    slope = (end - start) / (last - first or 1)
    away = max(abs(value - start - slope * (moment - first)) for moment, value in points)
    return away <= STRAIGHT * max(abs(value) for _, value in points)


def _scale(high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + value / (high or 1) * (end - start)
