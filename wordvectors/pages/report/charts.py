"""Line charts as SVG, drawn here: no script, no library, colours by the page's style."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from wordvectors.pages.report.figures import duration
from wordvectors.pages.report.markup import text

WIDTH, HEIGHT = 460, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 14, 34

Scale = Callable[[float], float]


def line_chart(
    points: Sequence[tuple[float, float]], *, title: str, of_y: Callable[[float], str], summary: str
) -> str:
    """Return a chart of values over seconds.

    Parameters
    ----------
    points
        (seconds, value), seconds ascending from 0, at least two.
    of_y
        How a value is written at its axis.
    summary
        What a screen reader says instead.
    """
    seconds, values = [point[0] for point in points], [point[1] for point in points]
    x_ticks, y_ticks = ticks(0, seconds[-1]), ticks(0, max(values))
    x = _scale(0, max(x_ticks[-1], seconds[-1]), _LEFT, WIDTH - _RIGHT)
    y = _scale(0, max(y_ticks[-1], *values), HEIGHT - _BOTTOM, _TOP)
    grid = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        f'<text class="tick y" x="{_LEFT - 8}" y="{y(tick) + 4:.1f}">{text(of_y(tick))}</text>'
        for tick in y_ticks
    ) + "".join(
        f'<text class="tick x" x="{x(tick):.1f}" y="{HEIGHT - _BOTTOM + 20}">{text(duration(tick))}</text>'
        for tick in x_ticks
    )
    line = " ".join(f"{x(second):.1f},{y(value):.1f}" for second, value in points)
    area = f"{x(seconds[0]):.1f},{y(0):.1f} {line} {x(seconds[-1]):.1f},{y(0):.1f}"
    return (
        f'<figure class="chart"><figcaption>{text(title)}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{text(summary)}">{grid}'
        f'<polygon class="area" points="{area}"/><polyline class="line" points="{line}"/></svg></figure>'
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


def _scale(low: float, high: float, start: float, end: float) -> Scale:
    spread = (high - low) or 1
    return lambda value: start + (value - low) / spread * (end - start)
