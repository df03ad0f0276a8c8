"""PollTraining: every status of a job has its outcome, and what the log says reaches the run."""

from __future__ import annotations

import sys

import pytest

from tests.unit.lambdas.conftest import RUN_ID, job, status_of
from wordvectors.lifecycle.run import Changes
from wordvectors.lifecycle.status import RunStatus

LOG = [
    "Arguments: train",
    "Number of words:  71290",
    "##### Alpha: 0.0490  Progress: 2.00%  Million Words/sec: 2.12 #####",
    "##### Alpha: 0.0250  Progress: 50.00%  Million Words/sec: 2.30 #####",
]
LOG_END = [
    "Training finished!",
    "Average throughput in Million words/sec: 4.63",
    "Total training time in seconds: 18.37",
    "[11/28/2020 12:47:25 INFO 140259373856576] #mean_rho: 0.7001782479281529",
]


@pytest.fixture
def poll(function, run_in, monkeypatch):
    module = function("poll_training")
    run_in("TRAINING")

    def call(state):
        monkeypatch.setattr(module.training_jobs, "describe", lambda name: state)
        return module.handler({"run_id": RUN_ID}, None)

    return call


@pytest.mark.parametrize(
    ("state", "outcome", "reason"),
    [
        (job(), "IN_PROGRESS", ""),
        (job("InProgress", "Starting", started_at=None), "IN_PROGRESS", ""),
        (job("InProgress", "Interrupted"), "IN_PROGRESS", ""),
        (job("Stopping", "Stopping"), "IN_PROGRESS", ""),
        (job("Completed", "Completed"), "COMPLETED", ""),
        (job("Failed", "Failed", reason="AlgorithmError: no words"), "FAILED", "AlgorithmError: no words"),
        (job("Failed", "Failed"), "FAILED", "gave no reason"),
        (job("Stopped", "Stopped"), "STOPPED", "StopTrainingJob"),
        (job("Stopped", "MaxRuntimeExceeded"), "STOPPED", "max_runtime_seconds = 86400"),
        (job("Stopped", "MaxWaitTimeExceeded"), "STOPPED", "spot capacity"),
        (job("Deleting", "Deleting"), "FAILED", "no longer exists"),
        (None, "FAILED", "no longer exists"),
    ],
)
def test_every_status_of_a_job_has_its_outcome(poll, state, outcome, reason):
    answer = poll(state)

    assert answer["outcome"] == outcome
    assert reason in answer["reason"]


def test_progress_and_speed_come_from_the_log(account, poll):
    account.write_log(RUN_ID, LOG)

    answer = poll(job())

    run = account.row(RUN_ID)
    assert run["progress"] == {"percent": 50, "alpha": 0.025, "words_per_second": 2_300_000}
    assert answer["wait_seconds"] == 30  # half of the minute that remains
    assert status_of(account) == "TRAINING"


def test_a_job_without_a_log_yet_is_looked_at_again(account, poll):
    assert poll(job())["wait_seconds"] == 30
    assert account.row(RUN_ID)["progress"] == {}


def test_progress_is_kept_when_the_log_is_silent(account, poll):
    account.write_log(RUN_ID, LOG)
    poll(job())
    account.logs.delete_log_group(logGroupName="/aws/sagemaker/TrainingJobs")

    poll(job())

    assert account.row(RUN_ID)["progress"]["percent"] == 50


def test_the_end_of_training_is_recorded_with_what_it_cost(account, poll):
    account.write_log(RUN_ID, LOG + ["another line"] * 200 + LOG_END)

    poll(job("Completed", "Completed", billable_seconds=729, training_seconds=729))

    run = account.row(RUN_ID)
    assert run["training"]["vocabulary"] == 71290
    assert run["training"]["training_seconds"] == 18.37
    assert run["training"]["job_seconds"] == 729
    assert run["training"]["billed_instance_seconds"] == 729
    assert run["progress"]["words_per_second"] == 4_630_000
    assert status_of(account) == "EVALUATING"


def test_billed_seconds_count_every_instance(account, function, run_in, monkeypatch):
    module = function("poll_training")
    run_in("TRAINING", {"resources": {"instance_count": 3}})
    monkeypatch.setattr(
        module.training_jobs, "describe", lambda name: job("Completed", "Completed", billable_seconds=100)
    )

    module.handler({"run_id": RUN_ID}, None)

    assert account.row(RUN_ID)["training"]["billed_instance_seconds"] == 300


def test_a_late_look_does_not_move_an_ended_run_back(account, function, run_in, monkeypatch):
    module = function("poll_training")
    run_in("STOPPED")
    monkeypatch.setattr(module.training_jobs, "describe", lambda name: job())

    module.handler({"run_id": RUN_ID}, None)

    assert status_of(account) == "STOPPED"


PLANNED_COST = {"price_per_hour": 0.2, "currency": "USD", "price_date": "2026-11-23", "most": 4.8}


@pytest.fixture
def poll_run(account, function, run_in, monkeypatch):
    """Look at a job of a run with these attributes; return the answer and the row afterwards."""

    def call(state, plan=None, **attributes):
        module = function("poll_training")
        run_in("TRAINING", plan, **attributes)
        monkeypatch.setattr(module.training_jobs, "describe", lambda name: state)
        return module.handler({"run_id": RUN_ID}, None), account.row(RUN_ID)

    return call


@pytest.mark.parametrize("status", ["InProgress", "Completed"])
def test_scores_on_the_way_are_on_the_row_with_those_of_earlier_looks(account, poll_run, status):
    first, seen = {"epoch": 1, "scores": {"mean_rho": 0.25}}, {"epoch": 2, "scores": {"mean_rho": 0.3}}
    account.write_log(RUN_ID, [
        "Epoch 2 of 5, #mean_rho: 0.310000", "Epoch 2 of 5, #SimLex-999: -0.100000", "Epoch 3 of 5, #mean_rho: 0.4",
    ])  # fmt: skip

    _, run = poll_run(job(status, status), {"engine": "wordvectors"}, epoch_scores=[first, seen])

    assert run["epoch_scores"] == [
        first,
        {"epoch": 2, "scores": {"mean_rho": 0.31, "SimLex-999": -0.1}},
        {"epoch": 3, "scores": {"mean_rho": 0.4}},
    ]


def test_a_training_that_ended_early_says_so_on_the_row(account, poll_run):
    account.write_log(
        RUN_ID, ["[11/30/2026 INFO 1] Training ends early, after epoch 3 of 20: mean_rho is no better."]
    )

    _, run = poll_run(job("Completed", "Completed"), {"engine": "wordvectors"})

    assert run["progress"]["ended_early_after"] == 3


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped"])
def test_what_a_run_cost_is_on_its_row_however_it_ended(poll_run, status):
    state = job(status, status, billable_seconds=1800, training_seconds=1800)

    _, run = poll_run(state, {"resources": {"instance_count": 2}}, cost=PLANNED_COST)

    assert run["cost"] == {**PLANNED_COST, "actual": 0.2}


def test_what_spot_capacity_saved_is_on_the_row(poll_run):
    state = job("Completed", "Completed", billable_seconds=900, training_seconds=3000)

    _, run = poll_run(state, {"resources": {"spot": True, "max_runtime_seconds": 3600}}, cost=PLANNED_COST)

    assert run["cost"]["actual"] == 0.05
    assert run["cost"]["spot_saving"] == 0.7


def test_a_job_that_runs_has_cost_nothing_that_is_known(poll_run):
    _, run = poll_run(job(billable_seconds=100), cost=PLANNED_COST)
    assert run["cost"] == PLANNED_COST


@pytest.mark.parametrize("cost", [None, {"unknown": "no answer"}])
def test_a_run_without_a_price_ends_all_the_same(poll_run, cost):
    _, run = poll_run(job("Completed", "Completed", billable_seconds=900), cost=cost)
    assert run["cost"] == cost
    assert run["training"]["billed_instance_seconds"] == 900


CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML "
    "instance type."
)
STARVED = job("Failed", "Failed", reason=CAPACITY, started_at=None)


def test_a_job_without_instances_puts_its_run_back_into_the_queue(poll_run):
    answer, run = poll_run(STARVED, cost=PLANNED_COST, training={"job_name": RUN_ID})

    assert answer == {
        "run_id": RUN_ID, "job_name": f"{RUN_ID}-j2", "outcome": "NO_CAPACITY", "reason": run["waiting_for"],
        "wait_seconds": 300,
    }  # fmt: skip
    assert (run["status"], run["job_number"], run["training"]) == ("QUEUED", 2, {})
    assert CAPACITY in run["waiting_for"]
    assert "ml.m5.large" in run["waiting_for"]
    assert run["cost"] == PLANNED_COST  # nothing was billed for it


def test_a_look_that_is_repeated_finds_the_run_queued_and_says_the_same(account, poll_run):
    first, before = poll_run(STARVED)
    function = sys.modules["lambdas.poll_training"]

    assert function.handler({"run_id": RUN_ID}, None) == first
    assert account.row(RUN_ID) == before


def test_the_job_that_is_looked_at_is_the_runs_last(account, function, run_in, monkeypatch):
    module = function("poll_training")
    run_in("TRAINING", job_number=2)
    account.write_log(f"{RUN_ID}-j2", LOG)
    looked_at = []
    monkeypatch.setattr(module.training_jobs, "describe", lambda name: looked_at.append(name) or job())

    assert module.handler({"run_id": RUN_ID}, None)["job_name"] == f"{RUN_ID}-j2"
    assert looked_at == [f"{RUN_ID}-j2"]
    assert account.row(RUN_ID)["progress"]["percent"] == 50


@pytest.mark.parametrize("state", [job(), STARVED], ids=["runs", "starved"])
def test_a_late_look_at_the_job_before_changes_nothing(account, function, run_in, monkeypatch, state):
    module = function("poll_training")
    run_in("TRAINING")

    def describe(name):
        """Meanwhile another look has queued the run, and its next job has been created."""
        account.runs.queue_again(account.runs.require(RUN_ID), "capacity")
        account.runs.advance(RUN_ID, RunStatus.TRAINING, Changes(training={"job_name": "next"}))
        return state

    monkeypatch.setattr(module.training_jobs, "describe", describe)

    module.handler({"run_id": RUN_ID}, None)

    row = account.row(RUN_ID)
    assert (row["status"], row["job_number"], row["training"]) == ("TRAINING", 2, {"job_name": "next"})


def test_the_last_try_fails_the_run_and_nothing_was_billed(poll_run):
    answer, run = poll_run(STARVED, cost=PLANNED_COST, job_number=3)

    assert answer["outcome"] == "FAILED"
    assert "in 3 tries (max_capacity_tries)" in answer["reason"]
    assert "ml.m5.large" in answer["reason"]
    assert run["status"] == "TRAINING"  # which CloseRun ends
    assert run["cost"] == {**PLANNED_COST, "actual": 0}
    assert run["training"]["billed_instance_seconds"] == 0


def test_a_run_whose_stop_was_asked_for_gets_no_other_job(poll_run):
    answer, run = poll_run(STARVED, stop_requested_by="arn:aws:iam::1:user/ann")

    assert answer["outcome"] == "STOPPED"
    assert answer["reason"].endswith("`wordvectors stop` by arn:aws:iam::1:user/ann")
    assert run["status"] == "TRAINING"


def test_a_stopped_job_says_who_stopped_it(poll_run):
    answer, _ = poll_run(job("Stopped", "Stopped"), stop_requested_by="arn:aws:iam::1:user/ann")
    assert answer["reason"] == "the training job was stopped: `wordvectors stop` by arn:aws:iam::1:user/ann"


def test_a_job_stopped_from_elsewhere_says_who_knows(poll_run):
    answer, _ = poll_run(job("Stopped", "Stopped"))
    assert "CloudTrail knows who" in answer["reason"]
