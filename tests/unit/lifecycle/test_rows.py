"""Rows as version 0.1 wrote them are read, and go back as they were; what is written is held to the model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from wordvectors.lifecycle.cost import KnownCost, UnknownCost
from wordvectors.lifecycle.run import Changes, Corpus, Run
from wordvectors.lifecycle.status import RunStatus

ROWS = json.loads(Path(__file__).with_name("rows.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_read_and_says_the_same_as_json(name: str):
    said = json.dumps(ROWS[name]).replace(
        "EN-WS-353-ALL.txt", "WS-353"
    )  # as an earlier version called the set
    assert Run.of_row(ROWS[name]).to_json() == json.loads(said)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_goes_through_the_table(account, name: str):
    run = Run.of_row(ROWS[name])
    account.runs.claim(run)

    assert account.runs.get(run.run_id) == run


def test_what_the_rows_say():
    run = {name: Run.of_row(row) for name, row in ROWS.items()}

    assert run["training"].progress.percent == 50
    completed = run["completed"]
    assert (completed.score("WS-353"), completed.score("Google-analogies")) == (0.71, 0.4)
    assert completed.evaluation.sets["WS-353"].found == (350, 353)
    assert completed.score("gone") is completed.score("SimLex-999") is completed.score("none") is None
    assert completed.resolved_plan.tags == {"team": "search"}
    assert run["rejected_without_a_plan"].plan is run["rejected_without_a_plan"].cost is None
    assert run["price_unknown"].cost == UnknownCost(reason="the AWS Price List did not answer (timeout)")
    saved = run["billed_with_spot_saving"].cost
    assert isinstance(saved, KnownCost)
    assert (saved.actual, saved.spot_saving) == (0.0204, 0.7)
    assert run["made_by_close_run"].status is RunStatus.FAILED
    assert run["made_by_close_run"].training.started_at is None


def test_what_a_later_version_wrote_is_passed_over():
    row = ROWS["completed"]
    later = {
        **row,
        "colour": "blue",
        "training": {**row["training"], "kernel": "x"},
        "plan": {**row["plan"], "schedule": "nightly"},
        "cost": {**row["cost"], "tax": 1},
    }

    assert Run.of_row(later) == Run.of_row(row)


def test_an_empty_cost_is_none():
    assert Run.of_row({**ROWS["planned"], "cost": {}}).cost is None


def test_what_is_written_has_no_other_attributes():
    with pytest.raises(ValidationError):
        Changes(colour="blue")  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        Corpus(size=1)  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        Changes(polls="many")  # type: ignore[arg-type]


def test_sets_stand_in_one_order_and_are_found_by_other_spellings():
    run = Run.of_row(ROWS["completed"] | {"evaluation": {"sets": {
        name: {"spearmans_rho": 0.5, "not_found": 0, "total_pairs": 99, "coverage": 1}
        for name in ("Zoo", "EN-WS-353-SIM.txt", "Google-analogies", "animals", "SimLex-999", "EN-WS-353-ALL.txt")
    }}})  # fmt: skip
    assert [*run.evaluation.sets] == [
        "WS-353",
        "WS-353-SIM",
        "SimLex-999",
        "Google-analogies",
        "Zoo",
        "animals",
    ]
    assert run.score("wordsim353") == run.score("EN-WS-353-ALL.txt") == 0.5
    assert run.basis("simlex999") == run.evaluation.sets["SimLex-999"].basis
