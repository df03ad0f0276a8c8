"""The page of a tuning: the verdict first, then what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from wordvectors.lifecycle.cost import money
from wordvectors.lifecycle.keys import REPORT, run_key
from wordvectors.pages.kit import render
from wordvectors.pages.tuning.axes import Axis, axis_of, axis_of_scores
from wordvectors.pages.tuning.charts import DotChart, Scored, against_cost, history, slices
from wordvectors.plain_text import plain
from wordvectors.tuning.ending import spent_text
from wordvectors.tuning.tuning import Trial, TrialKind, Tuning
from wordvectors.tuning.verdict import REPEATS_REST_ON

_TO_BUCKET = "../../"
"""From `tunings/TUNING_ID/` to where the runs' folders lie."""


class CoordinatesAxis(TypedDict):
    """An axis of the parallel coordinates: places are shares of its height, from 0 to 1."""

    name: str
    ticks: list[tuple[float, str]]


class CoordinatesTrial(TypedDict):
    """A trial of the parallel coordinates; None where its mode has no use for a hyperparameter."""

    number: int
    places: list[float | None]
    says: str


class Coordinates(TypedDict):
    """What the script draws; the last axis is the score's."""

    axes: list[CoordinatesAxis]
    trials: list[CoordinatesTrial]


@dataclass(frozen=True)
class Drawings:
    """The charts of a tuning in which at least two trials have a score."""

    history: DotChart
    slices: tuple[DotChart, ...]
    cost: DotChart | None
    coordinates: Coordinates


def tuning_page(tuning: Tuning) -> str:
    """Write a tuning as one HTML file; of one that still goes on, how it stands."""
    verdict = tuning.verdict
    currency = tuning.arithmetic.currency if tuning.arithmetic else "USD"
    return render(
        "tuning.html",
        tuning=tuning,
        verdict=verdict,
        taken=tuning.trial(verdict.recommended) if verdict else None,
        objective=_objective(tuning),
        spent=spent_text(tuning),
        repeats_rest_on=REPEATS_REST_ON,
        why=_why,
        cost_of=lambda amount: "" if amount is None else money(amount, currency),
        link=lambda run_id: f"{_TO_BUCKET}{run_key(run_id, REPORT)}",
        drawings=_drawings(tuning),
    )


def _drawings(tuning: Tuning) -> Drawings | None:
    best = tuning.verdict.best if tuning.verdict else tuning.best.number if tuning.best else None
    scored = [
        Scored(trial, trial.score, "best" if trial.number == best else str(trial.kind))
        for trial in tuning.search_trials
        if trial.score is not None
    ]
    if len(scored) < 2:
        return None
    axes = [
        axis_of(name, parameter, [each.trial.values[name] for each in scored if name in each.trial.values])
        for name, parameter in tuning.space.items()
    ]
    scores = axis_of_scores([each.score for each in scored])
    return Drawings(
        history(scored, scores),
        slices(scored, axes, scores),
        against_cost(scored, scores),
        _coordinates(scored, axes, scores),
    )


def _coordinates(scored: list[Scored], axes: list[Axis], scores: Axis) -> Coordinates:
    drawn = [
        CoordinatesAxis(
            name=plain(axis.name), ticks=[(round(place, 4), plain(label)) for place, label in axis.ticks]
        )
        for axis in (*axes, scores)
    ]
    trials = [
        CoordinatesTrial(
            number=each.trial.number,
            places=[
                *(
                    round(axis.share(each.trial.values[axis.name]), 4)
                    if axis.name in each.trial.values
                    else None
                    for axis in axes
                ),
                round(scores.share(each.score), 4),
            ],
            says=each.label,
        )
        for each in scored
    ]
    return Coordinates(axes=drawn, trials=trials)


def _why(trial: Trial) -> str:
    """Say why a plan was trained."""
    return {
        TrialKind.DEFAULT: "the plan without changes",
        TrialKind.SEARCH: "search",
        TrialKind.REPEAT: f"trial {trial.of} again",
    }[trial.kind]


def _objective(tuning: Tuning) -> str:
    if tuning.order is None:
        return ""
    weights = tuning.order.objective
    text = ", ".join(f"{name} × {weight:g}" if len(weights) > 1 else name for name, weight in weights.items())
    return f"{text}, and what it takes" if tuning.order.with_cost else text
