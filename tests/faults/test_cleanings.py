"""Each cleaning ends as promised, once, whatever goes wrong: a part of the matrix, played."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.cells import play_all
from tests.faults.chosen import chosen
from tests.faults.cleanings import SCENARIOS, matrix, record, rows, unknown, unplayed
from tests.faults.stage import stage

CHOSEN = [
    "plan_cleaning s3:PutObject 1 (function killed|access denied|throttled 10)",
    "plan_cleaning s3:GetObject 1 (resource missing|connection dropped)",
    "PlanCleaning state lambda:InvokeFunction 1 (throttled once|access denied)",
    "state machine glue:StartJobRun 1 (throttled|connection dropped|5xx once|access denied)",
    "CloseCleaning state lambda:InvokeFunction 1 (access denied|malformed)",
    "close_cleaning sns:Publish 1 (throttled 10|access denied|function killed)",
    "close_cleaning glue:GetJobRuns 1 (throttled once|5xx once)",
]


@pytest.fixture(scope="module")
def recorded_and_played(tmp_path_factory):
    """The calls of cleanings without a fault; the chosen cleanings, played."""
    with stage(tmp_path_factory.mktemp("home"), cleaning=True) as found:
        found.listen_to_uploads(False)
        recorded = record(found)
        cells = chosen(CHOSEN, recorded, matrix)
        play_all(found, cells, at_once=8)
    return recorded, cells


def test_every_cleaning_with_a_fault_ends_as_promised(recorded_and_played):
    _, cells = recorded_and_played
    misses = [
        f"{cell.scenario.name}, {cell.row}, {cell.variant}: {'; '.join(cell.misses)}"
        for cell in cells
        if cell.misses
    ]

    assert len(cells) >= 18
    assert misses == []


def test_every_call_of_a_cleaning_has_its_row(recorded_and_played):
    recorded, _ = recorded_and_played

    assert unknown(rows(recorded)) == []
    assert unplayed(rows(recorded)) == []


def test_a_call_without_a_row_is_a_miss():
    recorded = {scenario.name: Counter() for scenario in SCENARIOS}
    recorded["cleaned"]["plan_cleaning", "sqs:SendMessage", 1] = 1

    (sentence,) = unknown(rows(recorded))

    assert sentence.startswith("plan_cleaning calls sqs:SendMessage")
