"""What the local cloud keeps of a training job, from one of its servers to the next."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from local_cloud.sagemaker.jobs import JobStore, TrainingJob
from local_cloud.sagemaker.runner import Host
from local_cloud.sagemaker.service import SageMaker

REQUEST = {
    "TrainingJobName": "job-1",
    "AlgorithmSpecification": {"TrainingImage": "x/blazingtext:1"},
    "RetryStrategy": {"MaximumRetryAttempts": 1},
}
EARLIER = {
    "arn": "arn", "request": REQUEST, "status": "InProgress", "secondary": "Training", "created": 10.0,
    "modified": 150.0, "training_started": 100.0, "training_ended": None, "failure": None, "artifact": None,
    "transitions": [{"Status": "Training", "StartTime": 150.0, "StatusMessage": ""}], "metrics": [],
    "process": None, "retries": 0,
}  # fmt: skip
"""The record of a job whose server was killed, as it was before it had `trained_seconds`."""


def store_of(folder: Path, **changes: Any) -> JobStore:
    """Return a store that reads one record."""
    (folder / "job-1").mkdir()
    (folder / "job-1" / "job.json").write_text(json.dumps(EARLIER | changes))
    return JobStore(folder)


def taken_up(store: JobStore) -> dict[str, Any]:
    """Return what a new server says of the job."""
    SageMaker(Host(store, "http://127.0.0.1:1", "us-east-1", {}), "0" * 12, 2).take_up_interrupted()
    return JobStore(store.folder).jobs["job-1"].describe()


@pytest.mark.parametrize(
    ("ended", "seconds"), [({"training_ended": 160.5}, 61), ({}, 50)], ids=["ended", "killed"]
)
def test_a_record_of_an_earlier_version_has_the_time_between_its_start_and_what_it_last_knew(
    tmp_path, ended, seconds
):
    (job,) = store_of(tmp_path, **ended).jobs.values()
    job.training_ended = 5000.0
    assert job.describe()["TrainingTimeInSeconds"] == seconds


def test_a_job_that_is_taken_up_keeps_its_start_and_the_time_that_it_has_trained(tmp_path):
    store = store_of(tmp_path, trained_seconds=116.2)
    job = taken_up(store)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("InProgress", "Starting")
    assert job["TrainingStartTime"] == 100.0
    assert JobStore(tmp_path).jobs["job-1"].trained_seconds == 116.2


def test_of_a_job_that_is_not_taken_up_what_it_has_trained_is_billed(tmp_path):
    job = taken_up(store_of(tmp_path, trained_seconds=116.2, retries=1))
    assert job["TrainingJobStatus"] == "Failed"
    assert (job["TrainingTimeInSeconds"], job["BillableTimeInSeconds"]) == (117, 117)


def test_each_try_has_a_log_of_its_own_in_the_order_of_their_names(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1000.9)
    job, names = TrainingJob("arn", REQUEST), []
    for status in ("Training", "Interrupted", "Training", "Starting"):
        names += [job.log_stream()] if status == "Training" else []
        job.enter(status)
    assert names == ["job-1/algo-1-1000", "job-1/algo-1-1001"]
