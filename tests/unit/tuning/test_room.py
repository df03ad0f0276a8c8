"""What a tuning will know fits into its row, or the order is refused before anything is paid for."""

from __future__ import annotations

import pytest

from tests.unit.tuning.tunings import planned
from wordvectors.aws.items import to_item
from wordvectors.evaluation.certainty import basis_of_share
from wordvectors.lifecycle.keys import MAX_JOB_NAME
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.room import MOST_BYTES, MOST_KNOWN, MOST_NOTE, room_faults
from wordvectors.tuning.space import SEARCHABLE, Choices, Range
from wordvectors.tuning.tuning import Known, Trial, TrialKind, Tuning

SPACE = {
    name: Choices(choices=("batch_skipgram", "skipgram")) if name == "mode" else Range(low=0.1, high=0.9)
    for name in SEARCHABLE
}
VALUES = {name: "batch_skipgram" if name == "mode" else -0.12345678901234567 for name in SPACE}
MOST = {"trials": 100, "finalists": 5, "repeats": 10, "from_runs": True}
TRAININGS = 160


def full(tuning: Tuning, *, failed: bool) -> Tuning:
    """Return a tuning with all its trainings, each with as much as there may be."""
    order, plan, moment = tuning.required_order, tuning.required_plan, "2026-11-29T13:00:00.123+00:00"
    sets = ("EN-WS-353-ALL.txt", "EN-WS-353-REL.txt", "EN-WS-353-SIM.txt", *plan.evaluation.sets)
    trial = Trial(
        number=TRAININGS, kind=TrialKind.REPEAT, of=100, values=VALUES, seed=2**31, again=True,
        execution="x" * 2 * MAX_JOB_NAME, run_id="x" * MAX_JOB_NAME, status=RunStatus.COMPLETED, percent=99.999,
        basis=basis_of_share(0.123456, 9_000, 19_544),
        seconds=10_000_000, cost=0.12345678901234567, started_at=moment, ended_at=moment,
        **({"note": "x" * (MOST_NOTE + 25)} if failed else
           {"score": 0.123456, "scores": dict.fromkeys((*order.objective, *sets), -0.123456)}),
    )  # fmt: skip
    known = Known(run_id="x" * MAX_JOB_NAME, values=VALUES, score=0.123456, seconds=10_000_000)
    return tuning.but(trials=(trial,) * TRAININGS, known=(known,) * MOST_KNOWN)


@pytest.mark.parametrize("failed", [False, True])
@pytest.mark.parametrize("sets", [[], ["products:rating", "people:score", "colours"]])
def test_the_largest_order_has_room_for_all_that_it_learns(sets: list[str], failed: bool):
    plan = {"evaluation": {"sets": ["WS-353", "SimLex-999", "Google-analogies", *sets]}}
    tuning = planned(plan, space=SPACE, **MOST)
    assert room_faults(tuning.required_order, tuning.required_plan, SPACE, TRAININGS) == []
    to_item(full(tuning, failed=failed).to_json(), MOST_BYTES)


def test_an_order_without_room_is_refused():
    sets = [f"{'x' * 63}{number}:{'é' * 64}" for number in range(5)]
    tuning = planned({"evaluation": {"sets": sets}}, space=SPACE, **MOST)
    (fault,) = room_faults(tuning.required_order, tuning.required_plan, SPACE, TRAININGS)
    assert "160 trainings" in fault
    assert "fewer trials or repeats" in fault
    assert room_faults(tuning.required_order, tuning.required_plan, SPACE, 30) == []


def test_a_row_with_an_order_beyond_this_versions_bounds_is_shown_without_it():
    choices = {"mode": {"choices": ["cbow", "x" * 1_800]}}
    row = {
        "tuning_id": "tuning-blogs-0123456789ab",
        "status": "REJECTED",
        "order": {"corpus": "blogs", "space": choices},
        "space": choices,
        "plan": {"hyperparameters": {"vector_dim": 0}},
        "reasons": ["hyperparameters.mode is wrong"],
    }
    read = Tuning.of_row(row)
    assert (read.order, read.space, read.plan) == (None, {}, None)
    assert read.reasons == ("hyperparameters.mode is wrong",)
