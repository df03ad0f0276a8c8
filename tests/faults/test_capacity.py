"""SageMaker has no instances for a training job: once, always, and until somebody stops the run."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(300)


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
