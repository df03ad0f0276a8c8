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
    words_per_second: float,
    *,
    billed: int = 100,
    trained: float = 60,
    taken: int | None = None,
    status: RunStatus = RunStatus.COMPLETED,
    **hyperparameters: object,
) -> Run:
    return Run(
        run_id="r",
        status=status,
        plan=plan(**hyperparameters),
        progress=Progress(words_per_second=words_per_second),
        training=Training(training_seconds=trained, billable_seconds=billed, job_seconds=taken),
    )


def training_seconds(**hyperparameters: object) -> float:
    expected = forecast(plan(**hyperparameters), 10**9, None, [])
    assert expected is not None
    return expected.job_seconds - PUBLISHED[next(iter(PUBLISHED))].other_seconds


def test_no_run_is_expected_to_cost_more_than_it_may():
    limited = resolve_plan({"resources": {"max_runtime_seconds": 60}})
    most = planned_cost(
        Price("ml.c5.xlarge", 0.204, "USD", "2026-09-27"), instances=1, max_runtime_seconds=60
    )

    expected = forecast(limited, 10**9, most, [])

    assert expected is not None
    assert expected.job_seconds > 1000
    assert expected.cost == most.most


def test_the_yardstick_is_expected_as_it_was():
    """148 M words, 10 epochs: 729 s were billed, $0.0413."""
    expected = forecast(plan(epochs=10), 148_000_000, COST, [])

    assert expected is not None
    assert expected.job_seconds == pytest.approx(729, abs=1)
    assert expected.cost == pytest.approx(0.0413, abs=1e-4)
    assert forecast_text(expected, COST, is_local=False) == (
        "about 12 min and $0.0413, by published figures of BlazingText on these instances; "
        "unsure, as no run of this kind has completed yet"
    )
    assert forecast_text(expected, COST, is_local=True).startswith("in AWS about 12 min and $0.0413")


def test_twice_the_values_or_the_window_take_twice_as_long():
    assert training_seconds(vector_dim=200) == pytest.approx(2 * training_seconds(), abs=1)
    assert training_seconds(window_size=10) == pytest.approx(2 * training_seconds(), abs=1)


def test_each_negative_counts_like_the_word_itself():
    assert training_seconds(negative_samples=11) == pytest.approx(2 * training_seconds(), abs=1)


def test_cbow_adds_its_window_up_and_predicts_once():
    run = ended(1e6, mode="cbow")  # 100 values, for 5 words of the window and 1 + 5 predicted ones

    def speed(**hyperparameters: object) -> float:
        expected = forecast(plan(mode="cbow", **hyperparameters), 10**6, None, [run])
        assert expected is not None
        return expected.words_per_second

    assert speed(vector_dim=50) == 2e6
    assert speed(window_size=16) == 5e5
    assert speed(negative_samples=16) == 5e5


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


def test_runs_of_other_threads_are_of_another_kind():
    own = ended(4e6, engine="wordvectors", threads=1)

    assert forecast(plan(engine="wordvectors"), 10**6, COST, [own]) is None
    expected = forecast(plan(engine="wordvectors", threads=1), 10**6, COST, [own])
    assert expected is not None
    assert expected.by_runs == 1


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.STOPPED, RunStatus.TRAINING])
def test_a_run_that_did_not_complete_tells_no_pace(status):
    expected = forecast(plan(), 10**8, COST, [ended(1e6, billed=1000, trained=5, status=status)])

    assert expected is not None
    assert expected.by_runs == 0


def test_a_run_takes_the_seconds_that_pass_however_few_spot_capacity_bills():
    spot = ended(1e6, billed=300, trained=900, taken=1000)

    expected = forecast(plan(epochs=1), 10**9, COST, [spot])

    assert expected is not None
    assert expected.job_seconds == 1000 + 100
    told = Forecast(job_seconds=1000, words_per_second=1e6, by_runs=2)
    assert forecast_error(spot.model_copy(update={"forecast": told})) == 0


def test_a_run_that_went_on_from_a_checkpoint_tells_no_pace_and_is_held_against_nothing():
    """Its log counts the training of the job before, too."""
    resumed = ended(1e6, billed=500, trained=900, taken=500).model_copy(
        update={"forecast": Forecast(job_seconds=1000, words_per_second=1e6, by_runs=2)}
    )

    assert forecast_error(resumed) is None
    expected = forecast(plan(), 10**8, COST, [resumed])
    assert expected is not None
    assert expected.by_runs == 0


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.STOPPED])
def test_a_job_that_was_cut_off_is_held_against_nothing(status):
    cut_off = ended(1e6, taken=10, trained=5, status=status).model_copy(
        update={"forecast": Forecast(job_seconds=1000, words_per_second=1e6, by_runs=2)}
    )
    assert forecast_error(cut_off) is None


def test_no_more_than_three_years_are_told():
    endless = forecast(plan(epochs=1_000_000), 10**15, COST, [])

    assert endless is not None
    assert endless.job_seconds == 10**8
    assert forecast_text(endless, None, is_local=False).startswith(
        "more than three years, by published figures"
    )
    unsure = forecast(plan(), 10**14, COST, [ended(10_000_000), ended(1_000_000)])
    assert unsure is not None
    assert forecast_text(unsure, None, is_local=False).endswith(
        "it may take 13,888 h 54 min to more than three years"
    )


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


def test_a_training_that_ended_early_is_not_held_against_all_its_epochs():
    run = ended(2e6, billed=80).model_copy(
        update={
            "forecast": Forecast(job_seconds=100, words_per_second=2e6, by_runs=2),
            "progress": Progress(words_per_second=2e6, ended_early_after=2),
        }
    )
    assert forecast_error(run) is None
    assert forecast(plan(), 10**6, COST, [run]).by_runs == 1


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
    expected = forecast(plan(), 10**8, COST, [ended(-1e6), ended(1e6), ended(1.1e9), ended(1e300)])

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
