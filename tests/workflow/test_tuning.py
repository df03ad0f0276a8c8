"""Searches in the local cloud, each ended by another bound; together they take four trainings."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest

from tests.workflow.conftest import Pipeline, wait_until
from wordvectors.evaluation.sets import BUILT_IN
from wordvectors.tuning.tuning import Tuning

ANIMALS, SHIPS = ["cat", "dog", "cow", "hen", "pig"], ["sail", "mast", "hull", "deck", "keel"]
TEXT = "".join(f"{' '.join(topic)}\n{' '.join(reversed(topic))}\n" for topic in (ANIMALS, SHIPS)) * 100
"""Two topics whose words never meet: each word occurs as often as the others, so that no min_count cuts any."""
PAIRS = "".join(
    f"{one},{other},{9 if {one, other} <= {*ANIMALS} or {one, other} <= {*SHIPS} else 1}\n"
    for one, other in combinations([*ANIMALS, *SHIPS], 2)
)
PLAN = {"hyperparameters": {"epochs": 5, "vector_dim": 10, "min_count": 1, "sampling_threshold": 0.9, "seed": 1,
                            "threads": 1}}  # fmt: skip
ORDER = {
    "corpus": "topics", "engine": "wordvectors", "plan": PLAN, "objective": "topics", "side_by_side": 1, "repeats": 0,
    "space": {"min_count": {"low": 1, "high": 90}},
}  # fmt: skip
ORDERS: dict[str, dict[str, Any]] = {
    "patient": {"trials": 9, "patience": 2, "with_cost": True},
    "content": {"trials": 9, "target": 0.3, "space": {"window_size": {"low": 2, "high": 5}}},
    "unknowing": {"objective": "few"},
}


@pytest.fixture(scope="module")
def tunings(pipeline: Pipeline) -> dict[str, Tuning]:
    """The searches, by their orders' names, when they have ended."""
    pipeline.put("evaluation/topics.csv", PAIRS)
    few = [
        *PAIRS.splitlines(keepends=True)[:29],
        "sun,moon,5\n",
        "red,blue,4\n",
    ]  # the text has none of the last two
    pipeline.put("evaluation/few.csv", "".join(few))
    sets = {"sets": [*BUILT_IN, "topics"]}
    pipeline.put("plans/topics.json", {**PLAN, "engine": "wordvectors", "evaluation": sets})
    pipeline.put("corpora/topics.txt", TEXT)
    pipeline.ended_run_of("corpora/topics.txt")
    for name, order in ORDERS.items():
        pipeline.put(f"tunings/{name}.json", ORDER | order)
    pipeline.put("tunings/patient.json", ORDER | ORDERS["patient"])  # the same upload again
    return {name: ended_tuning_of(pipeline, name) for name in ORDERS}


def ended_tuning_of(pipeline: Pipeline, name: str) -> Tuning:
    """Wait for the only search of an order to end, and for its people to be told; return it."""
    found: list[Tuning] = []

    def ended() -> bool:
        found[:] = [tuning for tuning in pipeline.deployment.tunings.newest() if tuning.name == name]
        return any(tuning.notified_at for tuning in found)

    wait_until(ended, lambda: f"the search {name}, which is {found}")
    (tuning,) = found
    return tuning


def page_of(pipeline: Pipeline, tuning: Tuning) -> str:
    """Return a tuning's page as it lies in the bucket."""
    key = f"tunings/{tuning.tuning_id}/report.html"
    return pipeline.s3.get_object(Bucket=pipeline.bucket, Key=key)["Body"].read().decode()


def test_a_search_ends_when_nothing_improves(tunings: dict[str, Tuning]):
    found = tunings["patient"]

    assert found.status == "COMPLETED", found.reason
    assert found.searched == "2 trials in a row were no better"
    assert len(found.trials) == 3
    assert (
        len({trial.score for trial in found.trials}) == 1
    )  # no word is cut, so that all plans learn the same


def test_cost_is_an_objective_beside_the_score(pipeline: Pipeline, tunings: dict[str, Tuning]):
    found = tunings["patient"]

    assert all(trial.seconds and trial.cost for trial in found.trials)
    assert found.verdict is not None
    cheapest = min(found.trials, key=lambda trial: trial.seconds or 0)
    assert found.trial(found.verdict.recommended).seconds == cheapest.seconds
    assert "Pareto" in page_of(pipeline, found)


def test_a_search_ends_when_its_target_is_reached(tunings: dict[str, Tuning]):
    found = tunings["content"]

    assert found.status == "COMPLETED", found.reason
    assert found.searched == "trial 1 reached the target, 0.3"
    assert [(trial.number, trial.was_reused) for trial in found.trials] == [(1, True)]


def test_an_objective_of_too_few_pairs_is_refused_with_its_coverage(tunings: dict[str, Tuning]):
    found = tunings["unknowing"]

    assert found.status == "FAILED"
    assert re.search(r"\(few\) can't rank trials: 29 of 31 pairs are too few", found.reason or "")
    assert len(found.trials) <= 2
