"""The page of a report: its contents, its curves laid out, and the template that writes them."""

from __future__ import annotations

from wordvectors.figures import duration, millions
from wordvectors.pages.charts import LineChart, line_chart
from wordvectors.pages.kit import render
from wordvectors.pages.report.contents import Contents, CurvePoint, MapWord
from wordvectors.pages.report.word_map import perplexity
from wordvectors.plain_text import plain
from wordvectors.runs.plan import TrainingPlan

_PlacedWord = tuple[str, float, float, list[tuple[str, float]]]


def report_page(contents: Contents) -> str:
    """Write a report as one HTML file."""
    return render(
        "report.html",
        contents=contents,
        run=contents.run,
        plan=contents.run.plan or TrainingPlan(),
        perplexity=perplexity(len(contents.words)),
        map_data=[_placed(word) for word in contents.words],
        charts=_charts(contents.curve),
    )


def _placed(word: MapWord) -> _PlacedWord:
    """Return what the script draws of a word; what it shows is as plain as the template's own text."""
    near = [(plain(other), round(cosine, 3)) for other, cosine in word.neighbours]
    return plain(word.word), round(word.x, 4), round(word.y, 4), near


def _charts(points: tuple[CurvePoint, ...]) -> tuple[LineChart, ...]:
    """Return the course of the training; nothing where too little is known to draw it."""
    if len(points) < 2 or points[-1].seconds <= 0:
        return ()
    first, last = points[0], points[-1]
    return (
        line_chart(
            [(point.seconds, point.alpha) for point in points],
            title="Learning rate (alpha)",
            of_y=lambda value: f"{value:g}",
            summary=f"The learning rate goes from {first.alpha:g} to {last.alpha:g} in {duration(last.seconds)}",
        ),
        line_chart(
            [(point.seconds, point.words_per_second) for point in points],
            title="Words per second, so far",
            of_y=lambda value: millions(value) if value else "0",
            summary=f"{millions(last.words_per_second)} words per second after {duration(last.seconds)}",
        ),
    )
