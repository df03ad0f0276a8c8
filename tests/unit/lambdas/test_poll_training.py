"""PollTraining: every status of a job has its outcome, and what the log says reaches the run."""

from __future__ import annotations

import pytest

from tests.unit.lambdas.conftest import RUN_ID, job, status_of

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


def test_a_stopped_job_says_who_stopped_it(poll_run):
    answer, _ = poll_run(job("Stopped", "Stopped"), stop_requested_by="arn:aws:iam::1:user/ann")
    assert answer["reason"] == "the training job was stopped: `wordvectors stop` by arn:aws:iam::1:user/ann"


def test_a_job_stopped_from_elsewhere_says_who_knows(poll_run):
    answer, _ = poll_run(job("Stopped", "Stopped"))
    assert "CloudTrail knows who" in answer["reason"]
