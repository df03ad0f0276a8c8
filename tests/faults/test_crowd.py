"""Many uploads at once against a small quota: each corpus is trained once, and everybody waits in turn."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.book import Fault, Rule
from tests.faults.cells import PLAN, TEXT, wait_for
from tests.faults.crowd import Crowd, play_crowd
from tests.faults.emulator.pace import Pace
from tests.faults.stage import Stage, stage

LIMIT = 120


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory):
    """A pipeline with a quota of four jobs, uploads listened to."""
    home = tmp_path_factory.mktemp("home")
    with stage(home, training_jobs=Crowd.QUOTA, pace=Pace(0.03, Crowd.FUNCTIONS)) as found:
        yield found


def test_sixteen_uploads_and_a_quota_of_four(crowded: Stage):
    crowd = play_crowd(crowded, 16)

    assert crowd.misses == []
    assert crowd.statuses == {"COMPLETED": 16}
    assert crowd.most_jobs <= 4
    assert crowd.most_queued > 0
    assert crowd.polls_per_run < 10


def ended(stage: Stage, request: dict, name: str) -> dict:
    """Start an execution, wait for its end and return its output."""
    described = stage.ended(stage.start(request, name), LIMIT)
    assert described is not None
    assert described["status"] == "SUCCEEDED", described
    return json.loads(described["output"])


def test_again_and_another_plan(crowded: Stage):
    crowded.listen_to_uploads(False)
    plan = "plans/anew.json"
    crowded.put(plan, json.dumps(PLAN))
    request = crowded.upload("corpora/anew.txt", "anew" + TEXT)
    first = ended(crowded, request, "anew-1")["run_id"]

    crowded.put("corpora/anew.txt", "anew" + TEXT)
    assert ended(crowded, request, "anew-2")["outcome"] == "DUPLICATE"

    with ThreadPoolExecutor(4) as pool:
        again = pool.map(lambda n: ended(crowded, {**request, "again": True}, f"anew-again-{n}"), range(4))
        attempts = sorted(answer["run_id"] for answer in again)
    assert attempts == [f"{first}-{attempt}" for attempt in (2, 3, 4, 5)]

    crowded.put(plan, json.dumps({"hyperparameters": {**PLAN["hyperparameters"], "vector_dim": 20}}))
    other = ended(crowded, request, "anew-3")["run_id"]
    assert other not in (first, *attempts)
    assert ended(crowded, request, "anew-4")["outcome"] == "DUPLICATE"
    assert len(crowded.rows()["anew"]) == 6
    assert len(crowded.jobs()["anew"]) == 6


def test_a_corpus_that_is_replaced_while_its_run_is_queued_is_not_trained(crowded: Stage):
    crowded.listen_to_uploads(False)
    crowded.put("plans/swap.json", json.dumps(PLAN))
    request = crowded.upload("corpora/swap.txt", "first" + TEXT)
    crowded.book.add(
        Rule("swap-quota", "swap", "start_training", "sagemaker:CreateTrainingJob", Fault.QUOTA, 1, None)
    )
    execution = crowded.start(request, "swap-1")
    wait_for(lambda: "QUEUED" in [run["status"] for run in crowded.rows()["swap"]], LIMIT)

    crowded.put("corpora/swap.txt", "second" + TEXT)

    crowded.ended(execution, LIMIT)
    (run,) = crowded.rows()["swap"]
    assert run["status"] == "FAILED"
    assert run["reason"] == (
        "the corpus was replaced after it was checked; the new content has a run of its own"
    )
    assert crowded.jobs()["swap"] == {}


def test_an_event_delivered_three_times_that_never_had_a_run_is_one_row_told_once(crowded: Stage):
    crowded.listen_to_uploads(False)
    request = crowded.upload("corpora/never.txt", "never" + TEXT)
    crowded.book.add(Rule("never", "never", "plan_run", "dynamodb:PutItem", Fault.DENIED, 1, None))

    for execution in [crowded.start(request, f"never-{number}") for number in range(3)]:
        crowded.ended(execution, LIMIT)

    wait_for(lambda: bool(crowded.messages["never"]), LIMIT)
    assert [run["status"] for run in crowded.rows()["never"]] == ["FAILED"]
    assert len(crowded.messages["never"]) == 1


def test_what_failed_is_tried_again_under_a_new_attempt(crowded: Stage):
    crowded.listen_to_uploads(False)
    crowded.put("plans/broken.json", json.dumps(PLAN))
    request = crowded.upload("corpora/broken.txt", "fail" + TEXT)

    for number, again in enumerate([{}, {}, {"again": True}]):
        crowded.ended(crowded.start({**request, **again}, f"broken-{number}"), LIMIT)

    runs = {run["run_id"]: run for run in crowded.rows()["broken"]}
    assert sorted(run["attempt"] for run in runs.values()) == [1, 2]
    assert {run["status"] for run in runs.values()} == {"FAILED"}
    assert all("told to fail" in run["reason"] for run in runs.values())
