"""Whether all that a tuning will know fits into its row: DynamoDB holds 400 KB, and what was trained is paid for."""

from __future__ import annotations

import json

from wordvectors.lifecycle.plan import TrainingPlan
from wordvectors.tuning.order import OF_WORDSIM, TuningOrder
from wordvectors.tuning.space import Choices, Space

MOST_BYTES = 320_000
"""Of a row, as JSON; what is left of DynamoDB's 400 KB is for what it adds, and for unlucky notes."""
MOST_KNOWN = 100
"""Of the earlier runs of a corpus: the best by the objective."""
MOST_NOTE = 200
"""Characters of a trial's note."""
_REST, _TRIAL, _KNOWN, _NUMBER = 10_000, 700, 150, 24
"""Bytes: of a verdict and the like; of a trial and of an earlier run, without their values and scores; of a number."""


def room_faults(order: TuningOrder, plan: TrainingPlan, space: Space, trainings: int) -> list[str]:
    """Say that the row would have no room for all trainings of an order, if so.

    Parameters
    ----------
    plan
        The one without changes.
    trainings
        Trials and repeats.
    """
    values = sum(
        _size(name) + (max(map(_size, found.choices)) if isinstance(found, Choices) else _NUMBER)
        for name, found in space.items()
    )
    scores = sum(_size(name) + _NUMBER for name in {*OF_WORDSIM, *plan.evaluation.sets, *order.objective})
    whole = (
        _REST
        + trainings * (_TRIAL + values + scores)
        + (MOST_KNOWN * (_KNOWN + values) if order.from_runs else 0)
        + _size(order.to_json())
        + _size(plan.model_dump(mode="json"))
    )
    if whole <= MOST_BYTES:
        return []
    return [
        f"{trainings} trainings, each with {len(space)} searched values and its scores, may take {whole:,} bytes of "
        f"the tuning's row, which holds {MOST_BYTES:,}; ask for fewer trials or repeats, or name fewer sets"
    ]


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())
