"""All that is wrong with an order is told at once, whatever part of it can't be read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wordvectors.evaluation.sets import BUILT_IN
from wordvectors.lifecycle.checks import Content, Place
from wordvectors.lifecycle.cost import Price
from wordvectors.lifecycle.limits import Limits
from wordvectors.tuning.checks import Judged, arithmetic_text, judge_order

TEXT = b"the cat sat on the mat\n" * 1000
SET_FAULT = "there is no set absent in evaluation/"

OWN_SETS = {"few": 29, "enough": 30}


def judged(missing: bool = False, **order: Any) -> Judged:
    """Judge an order in a deployment that knows prices, allows 50 runs a day, and has two own sets."""
    place = Place(
        "team-text",
        {},
        Limits(max_run_cost=100, max_runs_per_day=50),
        lambda instance_type: Price(instance_type, per_hour=0.2, currency="USD", date="2026-11-29"),
        list,
        lambda sets: (
            {name: size for name, size in OWN_SETS.items() if name in sets},
            [SET_FAULT] if "absent" in sets else [],
        ),
        True,
    )
    content = None if missing else Content(len(TEXT), lambda start, length: TEXT[start:][:length])
    return judge_order(json.dumps(order).encode(), place, lambda key: (content, []))


def faults(missing: bool = False, **order: Any) -> list[str]:
    """Return what is told of an order."""
    return judged(missing, **order).faults


SET, DAY, CEILING = SET_FAULT, "76 trainings", "more than the ceiling of $0.0100"
MANY = {"trials": 60, "finalists": 3, "repeats": 4, "objective": "absent", "max_cost": 0.01}


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (
            {"corpus": "a", "plan": {"hyperparameters": {"vector_dim": -5}}, **MANY},
            ["hyperparameters.vector_dim", SET, DAY, CEILING],
        ),
        (
            {"corpus": "a", "plan": {"colour": 1}, "space": {"window_size": {"low": 0, "high": 9}}, **MANY},
            ["colour", SET, "window_size", DAY, CEILING],
        ),
        (
            {"corpus": "a", "plan": {"resources": {"instance_count": "two"}}, **MANY},
            ["resources.instance_count", SET, DAY],  # what it costs is not known
        ),
        (
            {"corpus": "a", "plan": {"hyperparameters": {"mode": "cbow"},
                                     "resources": {"instance_count": 2}}, **MANY},
            ["cbow", SET, DAY],
        ),
        (
            {"corpus": "a", "colour": 1, "plan": {"evaluation": {"sets": 5}}, **MANY},
            ["colour", "evaluation.sets", DAY, CEILING],
        ),
        (
            {"colour": 1, "plan": {"hyperparameters": {"epochs": 0}}, **MANY},
            ["corpus is missing", "colour", "hyperparameters.epochs", SET, DAY, CEILING],
        ),
        (
            {"corpus": "a", "engine": "blazingtxt", "plan": {"hyperparameters": {"seed": 3}}, **MANY},
            ["engine", SET, DAY, CEILING],  # seed is a hyperparameter of one of the engines
        ),
        (
            {"corpus": "a", "plan": {"hyperparameters": {"mode": "glove"}}, "trials": 4, "max_cost": 0.01,
             "space": {"window_size": {"low": 0, "high": 9}, "min_char": {"low": 2, "high": 4},
                       "batch_size": {"low": 8, "high": 64}}},
            ["hyperparameters.mode", "window_size", "batch_size", CEILING],  # min_char is of a mode with subwords
        ),
        (
            {"corpus": "a", "engine": "blazingtxt", "trials": 4, "space": {"epochs": {"low": 0, "high": 5}},
             "plan": {"colour": 1, "hyperparameters": {"seed": 3, "vector_dim": 0}}},
            ["engine", "colour", "hyperparameters.vector_dim", "hyperparameters.epochs"],
        ),
        (
            {"corpus": "a", **MANY, "trials": 500, "max_cost": "much", "objective": {"absent": 1},
             "plan": {"hyperparameters": {"epochs": 0}}},
            ["max_cost", "trials", "hyperparameters.epochs", SET],
        ),
    ],
)  # fmt: skip
def test_what_can_not_be_read_hides_no_other_fault(order: dict[str, Any], told: list[str]):
    found = faults(**order)

    assert len(found) == len(told), found
    for part in told:
        assert sum(part in fault for fault in found) == 1, (part, found)


def test_a_corpus_that_is_not_there_is_told_beside_an_order_that_can_not_be_read():
    of_order, of_corpus = faults(missing=True, corpus="a", trials=0)

    assert of_order.startswith("trials is 0")
    assert of_corpus == "there is no object s3://team-text/corpora/a.txt"


def test_a_ceiling_that_no_training_fits_under_is_to_be_raised():
    (fault,) = faults(corpus="a", trials=4, max_cost=0.0001)
    assert fault.endswith("more than the ceiling of $0.0001; raise max_cost")
    (fault,) = faults(corpus="a", trials=4, max_cost=0.01)
    assert fault.endswith("set plan.resources.max_runtime_seconds to 180 or less, or raise max_cost")


def test_an_order_in_order_has_no_fault():
    assert faults(corpus="a", trials=4, finalists=1, repeats=1) == []


@pytest.mark.parametrize(
    ("objective", "named", "scored_on"),
    [
        ("own-text", {}, BUILT_IN),
        ("own-text", {"sets": ["SimLex-999"]}, ("SimLex-999",)),
        ("mean_rho", {"sets": ["SimLex-999"]}, ("SimLex-999",)),
        ({"WS-353-REL": 1, "own-text": 1}, {"sets": ["SimLex-999"]}, ("SimLex-999",)),
        ("own-text", {"sets": []}, ("own-text",)),
        ({"products": 1, "own-text": 1}, {"sets": []}, ("products",)),
        ("products", {"sets": ["SimLex-999"]}, ("SimLex-999", "products")),
    ],
)
def test_a_plan_gets_no_set_for_a_score_that_every_run_has(objective, named: dict, scored_on: tuple):
    """Or it would be another plan, and what was trained before would be trained again."""
    plan = judged(corpus="a", trials=4, objective=objective, plan={"evaluation": named}).plan
    assert plan is not None
    assert plan.evaluation.sets == scored_on


def test_no_most_is_told_of_the_time_that_a_training_may_exceed():
    found = judged(corpus="a", trials=4, max_hours=0.0001, plan={"resources": {"max_runtime_seconds": 7200}})
    assert found.order is not None
    assert found.plan is not None
    assert found.arithmetic is not None
    assert arithmetic_text(found.arithmetic, found.order, found.plan).endswith(
        "at most $6.40; no training starts after 0.36 s, and each may take up to 2 h"
    )


def test_a_set_with_too_few_pairs_to_rank_by_is_no_objective():
    (fault,) = faults(corpus="a", trials=4, objective={"few": 1, "enough": 1})
    assert fault == "objective names few, which has 29 pairs; to rank trials by, a set needs 30 or more"
    assert faults(corpus="a", trials=4, objective="enough", plan={"evaluation": {"sets": ["few"]}}) == []
