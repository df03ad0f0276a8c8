"""A tuning's page: its verdict first, what it rests on, and whatever is known of one that has not come so far."""

from __future__ import annotations

import json
import re

import pytest

from tests.unit.pages.test_page import Page
from tests.unit.pages.tunings import tuning_row
from wordvectors.pages.tuning.axes import axis_of, axis_of_scores
from wordvectors.pages.tuning.charts import BOTTOM, TOP, Scored, against_cost, history, slices
from wordvectors.pages.tuning.page import tuning_page
from wordvectors.tuning.space import Choices, Range


def scored() -> list[Scored]:
    return [
        Scored(trial, trial.score, "search")
        for trial in tuning_row().search_trials
        if trial.score is not None
    ]


def test_the_verdict_comes_first_and_each_fact_is_there():
    page = Page(tuning_page(tuning_row()))
    text = re.sub(r"\s+", " ", page.text)

    headings = [a["aria-labelledby"].removesuffix("-title") for tag, a in page.tags if tag == "section"]
    assert headings == [
        "verdict",
        "history",
        "coordinates",
        "importances",
        "slices",
        "cost",
        "trials",
        "order",
    ]
    for fact in (
        "Trial 6 is better than the plan without changes by 0.021 ± 0.006.", "18 of 18", "wv-pets-best",
        "0.5135 [0.41, 0.59] 85%",
        "window_size=8", "at the end of its range", "reaches to 0.4", "70%", "by 11 trials", "trial 6 again",
        "no score", "[0.41, 0.59] 85%", "all trials are made", "mean_rho × 2, SimLex-999 × 1", "of $100.00",
        "a warning",
    ):  # fmt: skip
        assert fact in text, fact


def test_each_trial_leads_to_the_report_of_its_run():
    tuning = tuning_row()
    page = Page(tuning_page(tuning))
    links = [a["href"] for tag, a in page.tags if tag == "a" and not a["href"].startswith("#")]

    assert links == [
        f"../../runs/{run_id}/report.html"
        for run_id in (tuning.verdict.run_id, *(t.run_id for t in tuning.trials))
    ]
    assert {a["href"][1:] for tag, a in page.tags if tag == "a"} - {link[1:] for link in links} <= {
        a.get("id") for _, a in page.tags
    }


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "SEARCHING", "verdict": None, "ended_at": None},
        {"status": "SEARCHING", "verdict": None, "trials": [], "arithmetic": None},
        {"status": "REJECTED", "verdict": None, "trials": [], "order": None, "space": {}, "reasons": ["no such corpus"],
         "corpus": {}},
    ],
)  # fmt: skip
def test_of_one_that_has_not_come_so_far_it_says_what_is_known(facts):
    tuning = tuning_row(**facts)
    page = tuning_page(tuning)

    assert ("There is no verdict yet." in page) == (tuning.status == "SEARCHING")
    assert ("no such corpus" in page) == (tuning.status == "REJECTED")
    assert ("<svg" in page) == bool(tuning.trials)


def test_the_script_gets_each_scored_trial_on_all_axes():
    page = Page(tuning_page(tuning_row()))
    data = json.loads(page.scripts[0])

    assert [axis["name"] for axis in data["axes"]] == ["learning_rate", "window_size", "mode", "score"]
    assert [trial["number"] for trial in data["trials"]] == [n for n in range(1, 13) if n != 11]
    assert all(0 <= place <= 1 for trial in data["trials"] for place in trial["places"])
    best = max(data["trials"], key=lambda trial: trial["places"][-1])
    assert (best["number"], best["places"][-1], best["places"][2]) == (6, 1, 0)
    assert [label for _, label in data["axes"][2]["ticks"]] == ["batch_skipgram", "cbow"]


def test_what_a_mode_has_no_use_for_has_no_place():
    tuning = tuning_row()
    first = tuning.trials[0]
    values = {name: value for name, value in first.values.items() if name != "window_size"}
    tuning = tuning.with_trial(first.but(values=values))

    data = json.loads(Page(tuning_page(tuning)).scripts[0])

    assert data["trials"][0]["places"][1] is None
    assert data["trials"][1]["places"][1] is not None


def test_an_axis_reaches_over_the_range_and_what_was_trained_beyond_it():
    axis = axis_of("learning_rate", Range(low=0.01, high=0.1, log=True), [0.001, 0.05])

    assert (axis.share(0.001), axis.share(0.1)) == (0, 1)
    assert axis.share(0.01) == pytest.approx(0.5)
    assert [label for _, label in axis.ticks] == ["0.001", "0.01", "0.1"]
    assert [label for _, label in axis_of("epochs", Range(low=5, high=30), []).ticks] == ["5", "18", "30"]
    choices = axis_of("mode", Choices(choices=("cbow", "skipgram")), ["batch_skipgram"])
    assert [choices.share(mode) for mode in ("cbow", "skipgram", "batch_skipgram")] == [0, 0.5, 1]
    assert axis_of_scores([0.5, 0.5]).share(0.5) == 0.5


def test_the_history_tells_the_best_so_far():
    found, scores = scored(), axis_of_scores([each.score for each in scored()])
    drawn = history(found, scores)

    heights = [y for _, y in drawn.line]
    assert heights == sorted(heights, reverse=True)  # y is downwards
    assert heights[-1] == TOP
    assert [tick.label for tick in drawn.y_ticks] == ["0.400", "0.460", "0.520"]
    assert len(drawn.dots) == len(found)
    assert {BOTTOM, TOP} <= {dot.y for dot in drawn.dots}


def test_the_front_has_no_trial_that_another_beats_in_as_little_time():
    found, scores = scored(), axis_of_scores([each.score for each in scored()])
    drawn = against_cost(found, scores)

    assert drawn is not None
    assert 1 < len(drawn.line) < len(found)
    for x, y in drawn.line:
        assert not [dot for dot in drawn.dots if dot.x <= x and dot.y < y]
    unbilled = [Scored(each.trial.but(seconds=None), each.score, "search") for each in found]
    assert against_cost(unbilled, scores) is None


def test_a_slice_has_the_trials_that_have_a_value():
    found, scores = scored(), axis_of_scores([each.score for each in scored()])
    bare = Scored(found[0].trial.but(values={}), found[0].score, "search")
    (drawn,) = slices([bare, *found[1:]], [axis_of("window_size", Range(low=2, high=15), [])], scores)

    assert len(drawn.dots) == len(found) - 1
    xs = [dot.x for dot in drawn.dots]
    assert xs == sorted(xs)
