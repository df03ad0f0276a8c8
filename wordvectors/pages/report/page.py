"""The page of a report: its contents, its curves laid out, and the template that writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict
from urllib.parse import quote

from markupsafe import Markup

from wordvectors.evaluation.published import SOURCE
from wordvectors.evaluation.scores import OWN_TEXT_MEANING
from wordvectors.evaluation.sets import OWN_TEXT
from wordvectors.figures import duration, millions, rho
from wordvectors.lifecycle.plan import TrainingPlan
from wordvectors.lifecycle.run import Run
from wordvectors.pages.charts import LineChart, is_straight, line_chart
from wordvectors.pages.kit import render
from wordvectors.pages.report.contents import Contents, CurvePoint
from wordvectors.pages.report.scale import rho_scale
from wordvectors.pages.report.word_map import perplexity
from wordvectors.plain_text import plain

_THOUSAND = 1_000


class MapData(TypedDict):
    """What the script draws and searches.

    `words` begins with those that can be searched for, the most frequent first. `places` has x, y and cluster of those
    of them that are on the map, `near` has for each its neighbours, as a place in `words` and a cosine in
    thousandths by turns.
    """

    words: list[str]
    places: list[tuple[float, float, int]]
    near: list[list[int]]


class Course(NamedTuple):
    """What changed while the model was trained: in a sentence, and as a chart unless that would be a straight line."""

    summary: str
    chart: LineChart | None


def report_page(contents: Contents) -> str:
    """Write a report as one HTML file."""
    return render(
        "report.html",
        contents=contents,
        run=contents.run,
        plan=contents.run.plan or TrainingPlan(),
        perplexity=perplexity(len(contents.words)),
        map_data=_map_data(contents),
        plan_link=_json_link(contents.run.plan.model_dump(mode="json") if contents.run.plan else {}),
        scores_link=_json_link(
            {
                **contents.run.evaluation.to_json(),
                "mean_rho": contents.run.mean_rho,
                "certainty": contents.run.certainty(),
            }
        ),
        scale=rho_scale(contents.run),
        published_in=SOURCE,
        own_text=f"{OWN_TEXT}: {OWN_TEXT_MEANING}" if contents.run.score(OWN_TEXT) is not None else "",
        courses=(*_courses(contents.curve), *_score_courses(contents.run)),
    )


def _json_link(value: dict[str, Any]) -> Markup:
    """Return an address that is the file itself; all that is special in HTML is escaped in it."""
    return Markup(f"data:application/json,{quote(json.dumps(value, indent=2))}")


def _map_data(contents: Contents) -> MapData:
    """Return the words that the script shows, as plain as the template's own text."""
    found = [*contents.words, *contents.further]
    words = [each.word for each in found]
    place = {word: number for number, word in reversed(list(enumerate(words)))}

    def place_of(word: str) -> int:
        if word not in place:
            place[word] = len(words)
            words.append(word)
        return place[word]

    near = [
        [
            number
            for other, cosine in each.neighbours
            for number in (place_of(other), round(cosine * _THOUSAND))
        ]
        for each in found
    ]
    places = [(round(each.x, 3), round(each.y, 3), each.cluster) for each in contents.words]
    return MapData(words=[plain(word) for word in words], places=places, near=near)


def _score_courses(run: Run) -> tuple[Course, ...]:
    """Return the course of each set's score; nothing where there are too few to say anything."""
    courses, epochs = [], run.epoch_scores
    for name in dict.fromkeys(name for one in epochs for name in one.scores):
        points = [(float(one.epoch), one.scores[name]) for one in epochs if name in one.scores]
        if len(points) < 2:
            continue
        best = max(points, key=lambda point: point[1])
        basis = run.basis(name)
        sure = f" {basis.marked()}" if basis else ""
        courses.append(
            _course(
                points,
                f"{plain(name)} after each epoch",
                f"{plain(name)} goes from {rho(points[0][1])} after epoch {points[0][0]:g} to {rho(points[-1][1])} "
                f"after epoch {points[-1][0]:g}{sure}; best is {rho(best[1])} after epoch {best[0]:g}",
                lambda value: f"{value:g}",
                lambda epoch: f"{epoch:g}",
            )
        )
    return tuple(courses)


def _courses(points: tuple[CurvePoint, ...]) -> tuple[Course, ...]:
    """Return the course of the training; nothing where too little is known of it."""
    if len(points) < 2 or points[-1].seconds <= 0:
        return ()
    first, last = points[0], points[-1]
    took = duration(last.seconds)
    speeds = [(point.seconds, point.words_per_second) for point in points]
    return (
        # In both engines it falls with the words that were read; a chart over time would show the speed once more.
        Course(
            f"The learning rate goes from {first.alpha:g} to {last.alpha:g} in {took}, in step with the words read",
            None,
        ),
        _course(
            speeds,
            "Words per second, so far",
            f"{millions(last.words_per_second)} words per second after {took}",
            lambda value: millions(value) if value else "0",
        ),
    )


def _course(
    points: list[tuple[float, float]],
    title: str,
    summary: str,
    of_y: Callable[[float], str],
    of_x: Callable[[float], str] = duration,
) -> Course:
    if is_straight(points):
        return Course(f"{summary}, in a straight line", None)
    return Course(summary, line_chart(points, title=title, of_y=of_y, of_x=of_x, summary=summary))
