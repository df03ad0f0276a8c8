"""Each run ends as promised, once, whatever goes wrong; and what IAM allows is what is used.

All that looks at the runs which `played` plays is in this file: another would be another worker's, and play them again.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.faults.cells import _row_misses, matrix
from tests.faults.chosen import chosen
from tests.faults.runs import SCENARIOS, rows, unknown, unplayed
from tests.permissions import PIPELINE, UNUSED, Statement, statements


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


def run_of(played, subject: str) -> dict[str, Any]:
    """Return the one run of a corpus."""
    (run,) = played.stage.rows()[subject]
    return run


def test_a_run_is_trained_by_its_next_job_when_the_first_has_no_instances(played):
    run = run_of(played, "cleanstarved")
    name = run["run_id"]

    assert run["status"] == "COMPLETED"
    assert played.stage.histories()[name] == [
        "PLANNED",
        "TRAINING",
        "QUEUED",
        "TRAINING",
        "EVALUATING",
        "COMPLETED",
    ]
    assert played.stage.jobs()["cleanstarved"] == {name: "Failed", f"{name}-j2": "Completed"}
    assert (run["job_number"], run["training"]["job_name"]) == (2, f"{name}-j2")
    assert run["artifacts"]["model"].endswith(f"/models/{name}-j2/output/model.tar.gz")
    assert run["artifacts"]["report"].endswith(f"/runs/{name}/report.html")
    assert "waiting_for" not in run
    assert played.stage.messages["cleanstarved"]


def test_a_run_for_which_there_are_never_instances_fails_and_names_others(played):
    run = run_of(played, "cleanbarren")
    (sent,) = played.stage.messages["cleanbarren"]
    message = json.loads(sent)["Message"]

    assert run["status"] == "FAILED"
    assert len(played.stage.jobs()["cleanbarren"]) == 3
    assert "CapacityError: Unable to provision requested ML compute capacity" in run["reason"]
    for text in (run["reason"], message):
        assert "no capacity for 1 × ml.c5.xlarge in 3 tries" in text
        assert "ml.m5.large" in text
    assert (run["cost"]["actual"], run["training"]["billed_instance_seconds"]) == (0, 0)
    assert "nothing was billed" in message


def test_a_run_that_is_stopped_while_it_waits_for_instances_is_stopped(played):
    run = run_of(played, "cleanimpatient")

    assert (run["status"], run["reason"]) == (
        "STOPPED",
        "the execution was stopped: somebody pressed the button",
    )
    assert set(played.stage.jobs()["cleanimpatient"].values()) == {"Failed"}
