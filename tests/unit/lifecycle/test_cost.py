"""What a run costs: before it starts, when it has ended, and when it was cut short."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from wordvectors.lifecycle.cost import (
    KnownCost,
    Price,
    UnknownCost,
    billed_cost,
    cost_text,
    interrupted_cost,
    money,
    planned_cost,
    short_cost,
)

PRICE = Price("ml.c5.xlarge", 0.204, "USD", "2026-09-27")
PLANNED = planned_cost(PRICE, instances=1, max_runtime_seconds=86_400)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_most_is_every_instance_for_as_long_as_it_may_run():
    assert planned_cost(PRICE, instances=4, max_runtime_seconds=5400) == KnownCost(
        price_per_hour=0.204, currency="USD", price_date="2026-09-27", most=1.224
    )


def test_billed_are_seconds_times_instances_times_price():
    billed = billed_cost(PLANNED, instances=1, billable_seconds=729, training_seconds=None)

    assert billed.actual == pytest.approx(729 / 3600 * 0.204, abs=1e-6)
    assert billed.most == PLANNED.most
    assert billed.spot_saving is None
    assert billed_cost(
        PLANNED, instances=3, billable_seconds=729, training_seconds=None
    ).actual == pytest.approx(3 * billed.actual, abs=1e-6)


def test_what_spot_capacity_saved():
    billed = billed_cost(PLANNED, instances=1, billable_seconds=300, training_seconds=1000)

    assert billed.spot_saving == 0.7
    assert "spot capacity saved 70%" in cost_text(billed)


def test_without_a_price_there_is_no_cost_and_the_reason_stays():
    billed = billed_cost(
        UnknownCost(reason="no answer"), instances=1, billable_seconds=300, training_seconds=1000
    )

    assert billed == UnknownCost(reason="no answer", spot_saving=0.7)
    assert cost_text(billed).startswith("price unknown: no answer")
    assert short_cost(billed) == ""


STARTED = (NOW - timedelta(minutes=30)).isoformat()


def test_a_job_that_is_cut_short_is_reckoned_from_its_start():
    cost = interrupted_cost(PLANNED, started_at=STARTED, instances=2, moment=NOW)

    assert (cost.actual, cost.estimated) == (0.204, True)
    assert cost_text(cost).startswith("about $0.2040 ")
    assert short_cost(cost) == "~$0.2040"


@pytest.mark.parametrize(
    ("cost", "started_at"),
    [
        (PLANNED, None),  # never seen to start
        (PLANNED.model_copy(update={"actual": 0.1}), STARTED),
        (UnknownCost(reason="no answer"), STARTED),
        (None, STARTED),
    ],
)
def test_what_is_known_or_cannot_be_reckoned_is_left_alone(cost, started_at):
    assert interrupted_cost(cost, started_at=started_at, instances=1, moment=NOW) is None


def test_a_cost_in_words():
    assert cost_text(None) == ""
    assert cost_text(PLANNED) == "at most $4.90 ($0.204 per instance and hour, asked on 2026-09-27)"
    unbilled = PLANNED.model_copy(update={"actual": 0.0})
    assert cost_text(unbilled) == "nothing was billed ($0.204 per instance and hour, asked on 2026-09-27)"
    yuan = planned_cost(
        Price("ml.c5.xlarge", 1.5, "CNY", "2026-09-27"), instances=1, max_runtime_seconds=7200
    )
    assert cost_text(yuan).startswith("at most 3.00 CNY (1.5 CNY per")


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "$0.0000"), (1e-9, "<$0.0001"), (0.99999, "$1.0000"), (1, "$1.00"), (12345.678, "$12,345.68")],
)
def test_money(amount, text):
    assert money(amount, "USD") == text
