"""What is expected of a run: by published figures, by earlier runs, and how far off it was."""

from __future__ import annotations

import math

import pytest

from wordvectors.aws.items import to_item
from wordvectors.lifecycle.cost import Price, planned_cost
from wordvectors.lifecycle.forecast import PUBLISHED, forecast, forecast_error, forecast_text, held_text
from wordvectors.lifecycle.keys import LOCAL_ACCOUNT
from wordvectors.lifecycle.plan import TrainingPlan, resolve_plan
from wordvectors.lifecycle.run import Forecast, Progress, Run, Training
from wordvectors.lifecycle.status import RunStatus

COST = planned_cost(Price("ml.c5.xlarge", 0.204, "USD", "2026-09-27"), instances=1, max_runtime_seconds=86400)


def plan(
    instance_type: str = "ml.c5.xlarge", engine: str = "blazingtext", **hyperparameters: object
) -> TrainingPlan:
    return resolve_plan({
        "engine": engine, "hyperparameters": hyperparameters, "resources": {"instance_type": instance_type},
    })  # fmt: skip


def ended(
    words_per_second: float, *, billed: int = 100, trained: float = 60, **hyperparameters: object
) -> Run:
    return Run(
        run_id="r",
        status=RunStatus.COMPLETED,
        plan=plan(**hyperparameters),
        progress=Progress(words_per_second=words_per_second),
        training=Training(training_seconds=trained, billable_seconds=billed),
    )


def test_the_yardstick_is_expected_as_it_was():
    """148 M words, 10 epochs: 729 s were billed, $0.0413."""
    expected = forecast(plan(epochs=10), 148_000_000, COST, [])

    assert expected is not None
    assert expected.job_seconds == pytest.approx(729, abs=1)
    assert expected.cost == pytest.approx(0.0413, abs=1e-4)
    assert forecast_text(expected, COST, is_local=False) == (
        "about 12 min and $0.0413, by published figures of BlazingText on these instances; "
        "unsure, as no run of this kind was made yet"
    )
    assert forecast_text(expected, COST, is_local=True).startswith("in AWS about 12 min and $0.0413")


def test_twice_the_values_or_the_window_take_twice_as_long():
    def training(**hyperparameters: object) -> float:
        expected = forecast(plan(**hyperparameters), 10**9, None, [])
        assert expected is not None
        return expected.job_seconds - PUBLISHED[next(iter(PUBLISHED))].other_seconds

    assert training(vector_dim=200) == pytest.approx(2 * training(), abs=1)
    assert training(window_size=10) == pytest.approx(2 * training(), abs=1)


@pytest.mark.parametrize(
    "unknown", [plan("ml.m5.xlarge"), plan(mode="skipgram"), plan(mode="cbow", subwords=True)]
)
def test_nothing_is_said_of_what_nothing_is_known_of(unknown):
    assert forecast(unknown, 10**6, COST, [ended(1e6)]) is None
    assert forecast(plan(), None, COST, []) is None


def test_the_table_s_own_runs_count_before_published_figures():
    others = [
        ended(1e6, mode="skipgram"),
        ended(4.5e6, billed=78),
        ended(5e6, billed=82),
        ended(5.2e6, billed=80),
    ]

    expected = forecast(plan(epochs=1), 50_000_000, COST, others)

    assert expected is not None
    assert (expected.words_per_second, expected.by_runs) == (5_000_000, 3)
    assert expected.job_seconds == 10 + 20  # and the median of what was billed beside the training
    assert forecast_text(expected, COST, is_local=False) == "about 30 s and $0.0017, by 3 runs of this kind"
    assert forecast_text(expected, COST, is_local=True) == "about 30 s, by 3 runs of this kind"


def test_one_engine_says_nothing_of_the_other():
    """Nobody has published a pace of the project's own engine on these instances."""
    own = ended(4e6, engine="wordvectors")

    assert forecast(plan(engine="wordvectors"), 10**6, COST, [ended(1e6)]) is None
    expected = forecast(plan(), 10**6, COST, [own])
    assert expected is not None
    assert expected.by_runs == 0
    expected = forecast(plan(engine="wordvectors"), 10**6, COST, [ended(1e6), own])
    assert expected is not None
    assert (expected.words_per_second, expected.by_runs) == (4e6, 1)


def test_a_run_of_other_size_is_scaled():
    expected = forecast(plan(vector_dim=100), 10**6, None, [ended(1e6, vector_dim=200)])
    assert expected is not None
    assert expected.words_per_second == 2e6


def test_a_forecast_is_held_against_what_came():
    run = ended(2e6, billed=80).model_copy(
        update={"cost": COST, "forecast": Forecast(job_seconds=100, words_per_second=2e6, by_runs=2)}
    )

    assert forecast_error(run) == pytest.approx(-0.2)
    assert held_text(run) == "about 1 min 40 s, by 2 runs of this kind; it took 20% less"
    assert held_text(run.model_copy(update={"forecast": None})) == ""


def test_aws_s_figures_are_not_held_against_the_local_cloud():
    local = ended(2e6).model_copy(
        update={
            "execution_arn": f"arn:aws:states:us-east-1:{LOCAL_ACCOUNT}:execution:m:x",
            "forecast": Forecast(job_seconds=100, words_per_second=2e6),
        }
    )
    assert forecast_error(local) is None


@pytest.mark.parametrize("absurd", [0, -1e6, 1e-130, 1e125, 1e300, math.nan, math.inf])
def test_a_row_with_an_absurd_figure_stops_no_later_run(absurd):
    """Were it believed, a later run could not be planned: its row would not hold the forecast."""
    faulty = [
        ended(absurd),
        ended(1e6, trained=absurd),
        ended(1e6).model_copy(
            update={"training": Training.model_construct(training_seconds=60, billable_seconds=absurd)}
        ),
    ]
    for row in faulty:
        expected = forecast(plan(epochs=10**6), 10**18, COST, [row])
        assert expected is not None
        assert expected.job_seconds > 0
        assert expected.words_per_second > 0
        to_item({"forecast": expected.to_json()})


def test_one_absurd_row_does_not_spoil_the_others():
    expected = forecast(plan(), 10**8, COST, [ended(-1e6), ended(1e6), ended(1e300)])

    assert expected is not None
    assert (expected.by_runs, expected.words_per_second) == (1, 1_000_000)


def test_an_estimate_says_when_it_is_unsure():
    """By one run alone, or by runs whose paces would make this training take much longer or shorter."""

    def said(*earlier: Run) -> str:
        return forecast_text(forecast(plan(), 10**9, None, earlier), None, is_local=False)

    assert said(ended(4e6)).endswith("by 1 run of this kind; unsure, as that is one run alone")
    assert said(ended(4e6), ended(5e6)).endswith("by 2 runs of this kind")
    apart = [
        ended(4e6, billed=62),
        ended(4e6, billed=69),
    ]  # of a short training what is beside it takes longest
    short = forecast_text(forecast(plan(), 10**6, None, apart), None, is_local=True)
    assert short.endswith("unsure, as their paces differ: it may take 3 s to 10 s")
    assert said(ended(2e6), ended(4e6)) == (
        "about 28 min, by 2 runs of this kind; unsure, as their paces differ: it may take 22 min to 42 min"
    )
