"""Runs beside each other: what differs in their plans, and what a point cost."""

from __future__ import annotations

from typing import Any

import pytest

from wordvectors.lifecycle.differences import cost_per_point, plan_differences
from wordvectors.lifecycle.plan import resolve_plan
from wordvectors.lifecycle.run import Run


def run(**more: Any) -> Run:
    return Run.of_row({"run_id": "wv-a", "status": "COMPLETED", **more})


def test_plans_are_compared_key_by_key():
    def planned(etag: str, **plan: Any) -> Run:
        return run(plan=resolve_plan(plan).model_dump(mode="json"), corpus={"key": "a", "etag": etag})

    runs = [planned("1", hyperparameters={"epochs": 5}), planned("2", tags={"team": "x"}), run(plan=None)]

    assert plan_differences(runs[:2]) == {"corpus.etag": ["1", "2"], "tags.team": [None, "x"]}
    assert plan_differences([runs[0], runs[0]]) == {}
    assert plan_differences(runs)["hyperparameters.epochs"] == [5, 5, None]


def few(not_found: int) -> dict[str, Any]:
    return {"spearmans_rho": 0.6, "not_found": not_found, "total_pairs": 353}


COST = {"price_per_hour": 0.2, "currency": "USD", "price_date": "2026-11-23", "most": 1.0, "actual": 0.06}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"cost": COST, "mean_rho": 0.6}, 0.001),
        ({"cost": COST, "mean_rho": 0.0}, None),
        ({"cost": None, "mean_rho": 0.6}, None),
        ({"cost": {"unknown": "no answer"}, "mean_rho": 0.6}, None),
        ({"cost": COST}, None),
        ({"cost": COST, "mean_rho": 0.6, "evaluation": {"sets": {"WS-353": few(349)}}}, None),
        ({"cost": COST, "mean_rho": 0.6, "evaluation": {"sets": {"WS-353": few(3)}}}, 0.001),
    ],
)
def test_cost_per_point(facts: dict[str, Any], expected: float | None):
    assert cost_per_point(run(**facts)) == (None if expected is None else pytest.approx(expected))
