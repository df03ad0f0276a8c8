"""Each run ends as promised, once, whatever goes wrong; and what IAM allows is what is used."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.cells import _row_misses, matrix
from tests.faults.chosen import chosen
from tests.faults.runs import SCENARIOS, rows, unknown, unplayed
from tests.permissions import PIPELINE, UNUSED, Statement, statements

pytestmark = pytest.mark.timeout(300)


def test_every_run_with_a_fault_ends_as_promised(played):
    misses = [
        f"{cell.scenario.name}, {cell.row}, {cell.variant}: {'; '.join(cell.misses)}"
        for cell in played.cells
        if cell.misses
    ]

    assert len(played.cells) >= 25
    assert misses == []


def test_every_call_of_the_pipeline_has_its_row(played):
    assert unknown(rows(played.recorded)) == []


def test_every_row_is_of_a_call_that_a_scenario_makes(played):
    assert unplayed(rows(played.recorded)) == []


def test_a_row_that_no_scenario_plays_is_a_miss(played):
    made = [
        row for row in rows(played.recorded) if row.action != "dynamodb:PutItem" or row.caller != "close_run"
    ]

    (sentence,) = unplayed(made)

    assert "has close_run call dynamodb:PutItem" in sentence


def test_a_call_without_a_row_is_a_miss():
    recorded = {scenario.name: Counter() for scenario in SCENARIOS}
    recorded["trained"]["poll_training", "sqs:SendMessage", 1] = 1

    (sentence,) = unknown(rows(recorded))

    assert sentence.startswith("poll_training calls sqs:SendMessage")


def test_a_pattern_that_chooses_no_cell_is_an_error():
    recorded = {scenario.name: Counter() for scenario in SCENARIOS}
    recorded["trained"]["close_run", "dynamodb:GetItem", 1] = 1
    patterns = ["close_run dynamodb:GetItem 1 throttled once", "close_run dynamodb:PutItem 1 throttled once"]

    with pytest.raises(LookupError, match=f"choose no cell of the matrix: {patterns[1]}$"):
        chosen(patterns, recorded, matrix)


@pytest.mark.parametrize("history", [["PLANNED", "TRAINING", "QUEUED"], ["TRAINING", "FAILED", "STOPPED"]])
def test_a_row_that_moves_backwards_is_a_miss(history):
    assert "moved backwards" in _row_misses({"status": "COMPLETED"}, history)[0]


def test_no_role_lacks_a_permission(played):
    refused = [
        asked
        for asked in played.stage.book.access()
        if not asked["allowed"] and asked["principal"] != "people"
    ]

    assert refused == []


def test_no_role_holds_a_permission_that_no_path_used(played):
    used = [asked for asked in played.stage.book.access() if asked["allowed"]]
    held = list(statements(played.stage.client("iam"), PIPELINE))

    idle = [statement for statement in held if not statement.is_used(used) and not statement.is_excused()]

    assert len(held) > 40
    assert [str(statement) for statement in idle] == []


def test_every_excuse_is_needed(played):
    held = [
        statement
        for statement in statements(played.stage.client("iam"), PIPELINE)
        if statement.excuse() is not None
    ]

    assert {statement.excuse() for statement in held} == set(UNUSED[PIPELINE])


def test_a_permission_too_many_is_noticed():
    spare = Statement("Wordvectors-Pipeline-PlanRunRole", "s3:DeleteObject", "arn:aws:s3:::b/corpora/*")

    assert not spare.is_used(
        [{"principal": spare.role, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/corpora/x"}]
    )
    assert not spare.is_excused()
