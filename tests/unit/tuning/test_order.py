"""An order says all that is wrong with it at once."""

from __future__ import annotations

import json

import pytest

from wordvectors.lifecycle.plan import resolve_plan
from wordvectors.tuning.order import InvalidTuning, order_schema, parse_order
from wordvectors.tuning.space import (
    Choices,
    Range,
    default_space,
    edges,
    space_faults,
    trial_plan,
    wider,
)

PLAN = resolve_plan({}).model_dump(mode="json")


def test_all_faults_are_told_at_once():
    wrong = {
        "colour": 1,
        "trials": 1000,
        "objective": "WS-353-REL/SIM",
        "space": {"window_size": {"low": 9, "high": 2}, "epochs": [1, 2]},
    }
    with pytest.raises(InvalidTuning) as invalid:
        parse_order(json.dumps(wrong).encode())

    faults = invalid.value.faults
    assert [fault.split(" ")[0] for fault in faults] == [
        "corpus", "space.window_size", "space.epochs", "objective", "trials", "colour",
    ]  # fmt: skip
    assert "low must be less than high" in faults[1]
    assert "WS-353, SimLex-999, Google-analogies" in faults[3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[]", "the order is a list; it must be a JSON object"),
        (b'{"corpus": "a", "trials": 4, "trials": 90}', "the order names trials more than once"),
        (b'{"corpus": "a", "plan": {"tags": {"a": "1", "a": "2"}}}', "the order names a more than once"),
        (b"{", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b" " * 100_001, "100,001 bytes"),
    ],
)
def test_what_is_no_order_is_said(text: bytes, said: str):
    with pytest.raises(InvalidTuning, match=said):
        parse_order(text)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"objective": {}}, "objective is empty; name one score or more, or leave it out"),
        ({"space": {}}, "space is empty; name one hyperparameter or more, or leave it out"),
        (
            {"objective": {f"set{n}": 1 for n in range(9)}},
            "objective has too many entries; at most 8 are allowed",
        ),
        ({"objective": 5}, "objective is a number; it must be an object of names and values"),
        ({"corpus": ""}, "corpus is ''; it should have at least 1 character"),
        ({"trials": 1}, "trials is 1; it should be greater than or equal to 2"),
        ({"trials": "many"}, "trials is 'many'; it should be a whole number"),
        ({"trials": None}, "trials is null; it should be a whole number"),
        ({"engine": "x"}, "engine is 'x'; it should be 'blazingtext' or 'wordvectors'"),
    ],
)
def test_a_fault_is_a_plain_sentence(order: dict, said: str):
    with pytest.raises(InvalidTuning) as invalid:
        parse_order(json.dumps({"corpus": "a", **order}).encode())
    assert invalid.value.faults == [said]


def test_the_own_text_is_an_objective_that_no_pairs_stand_for():
    order = parse_order(b'{"corpus": "blogs", "objective": "own-text"}')
    assert (order.sets, order.pair_set) == ((), None)


def test_an_objective_is_a_name_or_weights():
    one = parse_order(b'{"corpus": "corpora/blogs.txt", "objective": "products:rating"}')
    assert (one.corpus_key, one.objective, one.pair_set) == (
        "corpora/blogs.txt", {"products:rating": 1.0}, "products:rating",
    )  # fmt: skip
    several = parse_order(b'{"corpus": "blogs", "objective": {"mean_rho": 1, "Google-analogies": 3}}')
    assert several.sets == ("Google-analogies",)
    assert several.pair_set == "WS-353"


def test_a_set_of_the_objective_has_one_name():
    order = parse_order(b'{"corpus": "blogs", "objective": {"EN-WS-353-REL.txt": 2, "simlex999": 1}}')
    assert (order.objective, order.pair_set) == ({"WS-353-REL": 2, "SimLex-999": 1}, "WS-353-REL")
    assert order.sets == ("SimLex-999",)
    with pytest.raises(InvalidTuning, match="names one of WS-353 more than once"):
        parse_order(b'{"corpus": "blogs", "objective": {"WS-353": 2, "wordsim353": 1}}')


def test_the_schema_takes_what_is_taken():
    schema = order_schema()
    assert schema["required"] == ["corpus"]
    assert {"type": "string"} in schema["properties"]["objective"]["anyOf"]


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({"window": Range(low=1, high=5)}, "space.window can't be searched"),
        ({"seed": Range(low=1, high=5)}, "space.seed can't be searched"),
        ({"mode": Range(low=1, high=5)}, "space.mode is a range"),
        ({"mode": Choices(choices=("cbow", "glove"))}, "hyperparameters.mode is 'glove'"),
        ({"window_size": Range(low=0.5, high=5)}, "hyperparameters.window_size is 0.5"),
        ({"vector_dim": Range(low=50, high=5000)}, "hyperparameters.vector_dim is 5000"),
        ({"min_char": Range(low=2, high=4)}, "no meaning without subwords"),
    ],
)
def test_a_space_holds_only_what_can_be_trained(space: dict, said: str):
    faults = space_faults(space, PLAN)
    assert len(faults) == 1
    assert said in faults[0]


def test_a_hyperparameter_of_one_mode_may_be_searched_along_with_the_mode():
    space = {
        "mode": Choices(choices=("batch_skipgram", "skipgram")),
        "subwords": Choices(choices=(True, False)),
        "batch_size": Range(low=8, high=32),
        "min_char": Range(low=2, high=4),
    }
    assert space_faults(space, PLAN) == []
    base = resolve_plan({})
    plan = trial_plan(base, {"mode": "skipgram", "subwords": True, "batch_size": 9, "min_char": 3})
    assert plan.hyperparameters.model_dump(mode="json").keys() & {"batch_size", "min_char"} == {"min_char"}
    plan = trial_plan(base, {"mode": "batch_skipgram", "subwords": True, "batch_size": 9, "min_char": 3})
    assert (plan.hyperparameters.subwords, plan.hyperparameters.batch_size) == (False, 9)


def test_the_usual_space_can_be_trained_in_every_mode():
    for given in ({}, {"mode": "cbow"}, {"mode": "skipgram", "subwords": True}):
        plan = resolve_plan({"hyperparameters": given})
        for tokens in (None, 1_000, 10**9):
            assert space_faults(default_space(plan, tokens), plan.model_dump(mode="json")) == []


def test_a_value_at_the_edge_is_told_with_the_space_beyond():
    space = {
        "window_size": Range(low=2, high=15),
        "learning_rate": Range(low=0.01, high=0.1, log=True),
        "vector_dim": Range(low=100, high=2048),
    }
    found = edges(space, {"window_size": 15, "learning_rate": 0.0101, "vector_dim": 2048})

    assert [(edge.name, edge.end) for edge in found] == [("window_size", 15), ("learning_rate", 0.01)]
    longer = wider(space, found)
    assert longer["window_size"] == Range(low=2, high=22)
    assert longer["learning_rate"] == Range(low=0.00316, high=0.1, log=True)
    assert longer["vector_dim"] == space["vector_dim"]  # no more is allowed
    assert edges(space, {"window_size": 8, "learning_rate": 0.03, "vector_dim": 500}) == []


@pytest.mark.parametrize(
    ("name", "given", "value", "end", "longer"),
    [
        ("epochs", Range(low=1, high=3), 5, 3, Range(low=1, high=6)),
        ("window_size", Range(low=10, high=14), 5, 10, Range(low=3, high=14)),
        (
            "learning_rate",
            Range(low=0.001, high=0.01, log=True),
            0.05,
            0.01,
            Range(low=0.001, high=0.158, log=True),
        ),
        ("sampling_threshold", Range(low=0.1, high=0.7), 0.9, 0.7, Range(low=0.1, high=0.95)),
        ("min_count", Range(low=2, high=50, log=True), 0, 2, Range(low=0, high=50)),
        ("vector_dim", Range(low=100, high=200), 2048, 200, Range(low=100, high=2048)),
    ],
)
def test_a_value_outside_of_its_range_is_told_and_is_in_the_wider_one(
    name: str, given: Range, value: float, end: float, longer: Range
):
    (edge,) = edges({name: given}, {name: value})

    assert edge.text == f"outside of its range, which ends at {end}: there was no search around it"
    assert wider({name: given}, [edge]) == {name: longer}
    assert space_faults({name: longer}, PLAN) == []
