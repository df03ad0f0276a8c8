"""The matrix knows each call that the functions' code may make, also on paths that no scenario takes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults import cleanings, runs, tunings
from tests.faults.calls import OF_A_VERSION, PACKAGES, calls
from wordvectors.project import root

HANDLERS = sorted(
    file.stem for file in (root() / "lambdas").glob("*.py") if "\ndef handler(" in file.read_text()
)
SERVING = {"serve_models": {"s3:GetObject", "s3:ListBucket", "dynamodb:Query"}}
"""Calls for a question, not for a run: whoever asks is answered with a 503, and may ask again
(tests/unit/aws/test_served_models.py)."""
KINDS = (*runs.KNOWN, *cleanings.KNOWN, *tunings.KNOWN, tunings.ELSEWHERE, SERVING)
KNOWN = {
    handler: {OF_A_VERSION.get(action, action) for kind in KINDS for action in kind.get(handler, ())}
    for handler in HANDLERS
}
NOT_CALLED = {
    ("advance_tuning", "dynamodb:Query"): "a tuning's best trial has the name of RunTable.best",
    (
        "close_tuning",
        "s3:GetObject",
    ): "StoredReader.metadata has the name of an attribute of pydantic's fields",
    ("close_tuning", "s3:ListBucket"): "likewise",
    ("serve_models", "s3:PutObject"): "Bucket.write has the name of a stream's method",
    ("render_report", "s3:DeleteObject"): "numpy's delete has the name of Bucket.delete",
    ("poll_training", "sagemaker:Search"): "a regular expression's search",
    ("start_training", "sagemaker:Search"): "a regular expression's search",
    (
        "start_training",
        "s3:GetObject",
    ): "Bucket.read has the name of Settings.read; the function reads no object",
}
"""What looks like a call and is none, and why."""


@pytest.mark.parametrize("handler", HANDLERS)
def test_every_call_in_a_functions_code_has_its_row(handler):
    excused = {action for name, action in NOT_CALLED if name == handler}

    assert calls(handler) - KNOWN[handler] == excused, "say in tests/faults what holds when a call goes wrong"


def test_there_are_functions_and_calls():
    assert len(HANDLERS) == 13
    assert all(KNOWN[handler] <= calls(handler) for handler in HANDLERS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project's code, to be changed."""
    for package in PACKAGES:
        shutil.copytree(root() / package, tmp_path / package)
    return tmp_path


@pytest.mark.parametrize(
    ("call", "action"),
    [
        ('client("sagemaker").list_training_jobs(MaxResults=1)', "sagemaker:ListTrainingJobs"),
        ('client("sagemaker").get_paginator("list_models").paginate()', "sagemaker:ListModels"),
        ("training_jobs.running()", "sagemaker:ListTags"),
        ('client("sqs").send_message(QueueUrl="q", MessageBody="b")', "sqs:SendMessage"),
        ('client("s3").upload_file("a", "b", "c")', "s3:PutObject"),
        ('listed(call=client("sagemaker").list_models)', "sagemaker:ListModels"),
        ('sqs = client("sqs"); retried("text", times=3, call=sqs.send_message)', "sqs:SendMessage"),
    ],
)
def test_a_call_on_a_path_that_is_never_taken_is_seen(project, call, action):
    with (project / "lambdas" / "poll_training.py").open("a") as file:
        file.write(f"\n\ndef _never() -> None:\n    if False:\n        {call}\n")

    assert action not in calls("poll_training")
    assert action in calls("poll_training", project)
