"""Each tuning ends as promised, once, whatever goes wrong: a part of the matrix, played."""

from __future__ import annotations

import pytest

from tests.faults.cells import play_all
from tests.faults.chosen import chosen
from tests.faults.stage import stage
from tests.faults.tunings import matrix, record, rows, unknown, unplayed
from tests.permissions import TUNING, statements

CHOSEN = [
    "plan_tuning dynamodb:PutItem 1 function killed",
    "advance_tuning states:StartExecution 1 connection dropped",
    "advance_tuning dynamodb:PutItem 1 function killed",
    "judge_tuning s3:GetObject 1 access denied",
    "close_tuning s3:PutObject 1 access denied",
    "close_tuning sns:Publish 1 access denied",
]


@pytest.fixture(scope="module")
def recorded_and_played(tmp_path_factory):
    """The calls of tunings without a fault; the chosen tunings, played."""
    with stage(tmp_path_factory.mktemp("home")) as found:
        found.listen_to_uploads(False)
        recorded = record(found)
        cells = chosen(CHOSEN, recorded, matrix)
        play_all(found, cells, at_once=8)
        asked = found.book.access()
        held = list(statements(found.client("iam"), TUNING))
    return recorded, cells, asked, held


def test_every_tuning_with_a_fault_ends_as_promised(recorded_and_played):
    _, cells, _, _ = recorded_and_played
    misses = [
        f"{cell.scenario.name}, {cell.row}, {cell.variant}: {'; '.join(cell.misses)}"
        for cell in cells
        if cell.misses
    ]

    assert len(cells) >= 6
    assert misses == []


def test_every_call_of_a_tuning_has_its_row(recorded_and_played):
    recorded, _, _, _ = recorded_and_played

    assert unknown(rows(recorded)) == []
    assert unplayed(rows(recorded)) == []


def test_roles_hold_the_permissions_that_were_used_and_no_others(recorded_and_played):
    _, _, asked, held = recorded_and_played
    used = [one for one in asked if one["allowed"]]

    assert [one for one in asked if not one["allowed"] and one["principal"] != "people"] == []
    assert len(held) > 30
    assert [str(one) for one in held if not one.is_used(used) and not one.is_excused()] == []
