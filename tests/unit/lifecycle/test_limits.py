"""A deployment's limits: what they refuse, and in what words."""

from __future__ import annotations

import pytest

from wordvectors.lifecycle.cost import Price, UnknownCost, planned_cost
from wordvectors.lifecycle.limits import Limits
from wordvectors.lifecycle.plan import InvalidPlan, resolve_plan

NARROW = Limits(allowed_instance_types=("ml.c5.xlarge", "ml.c5.2xlarge"), max_instance_count=2)


def cost(hours: float):
    price = Price("ml.c5.xlarge", 0.2, "USD", "2026-09-27")
    return planned_cost(price, instances=1, max_runtime_seconds=round(hours * 3600))


def test_a_plan_within_the_limits_is_as_without():
    plan = {"resources": {"instance_type": "ml.c5.2xlarge", "instance_count": 2}}
    assert resolve_plan(plan, None, NARROW) == resolve_plan(plan)


def test_what_a_plan_may_not_ask_for_is_named_with_its_other_faults():
    plan = {
        "hyperparameters": {"epochs": 0},
        "resources": {"instance_type": "ml.c5.18xlarge", "instance_count": 3, "volume_gb": 101},
    }

    with pytest.raises(InvalidPlan) as refused:
        resolve_plan(plan, None, NARROW)

    faults = "\n".join(refused.value.faults)
    assert len(refused.value.faults) == 4
    for part in (
        "epochs is 0",
        "volume_gb is 101; this deployment allows at most 100 per instance (max_volume_gb in cdk.json)",
        "'ml.c5.18xlarge'; this deployment allows ml.c5.xlarge, ml.c5.2xlarge",
        "instance_count is 3; this deployment allows at most 2",
    ):
        assert part in faults


def test_the_default_instance_is_held_to_the_limits_too():
    with pytest.raises(InvalidPlan, match=r"ml\.c5\.xlarge.*allows ml\.m5\.large"):
        resolve_plan({}, None, Limits(allowed_instance_types=("ml.m5.large",)))


def test_a_ceiling_refuses_what_is_dearer_and_says_how_to_get_below():
    limits = Limits(max_run_cost=1)

    assert limits.cost_faults(cost(hours=5)) == []
    (fault,) = limits.cost_faults(cost(hours=5.1))
    assert "may cost $1.02" in fault
    assert "allows $1.00 per run" in fault
    assert "max_runtime_seconds" in fault


def test_under_a_ceiling_what_has_no_price_is_refused_and_the_way_on_is_told():
    (fault,) = Limits(max_run_cost=1).cost_faults(UnknownCost(reason="the AWS Price List did not answer"))

    assert "its price is unknown: the AWS Price List did not answer" in fault
    assert "--again" in fault
    assert "max_run_cost" in fault


def test_by_default_there_is_a_ceiling_and_what_has_no_price_starts_under_it():
    assert Limits().cost_faults(cost(hours=600))
    assert Limits().cost_faults(UnknownCost(reason="no answer")) == []
    both = Limits(max_run_cost=1, unpriced_runs=True)
    assert both.cost_faults(UnknownCost(reason="no answer")) == []
    assert Limits.model_validate_json(Limits().model_dump_json()) == Limits()


def test_without_a_ceiling_nothing_is_too_dear():
    assert Limits(max_run_cost=None).cost_faults(cost(hours=600)) == []
    assert Limits(max_run_cost=None).cost_faults(UnknownCost(reason="no answer")) == []
