"""The AWS CLI, in the environment of its own in which `make test` has it too."""

from __future__ import annotations

import json
import urllib.request

import pytest

from tests.clients.conftest import BUCKET, CORPUS, IMAGE, Machine, job_request, python_of

JOB = "by-command"
NAMED = ("--training-job-name", JOB)


@pytest.fixture(scope="module")
def aws(machine: Machine):
    """Run the command and return what it prints, parsed if it is JSON."""
    command = python_of("awscli").with_name("aws")

    def run(*arguments: str):
        printed = machine.run(command, *arguments)
        return json.loads(printed) if printed.startswith(("{", "[")) else printed

    return run


@pytest.fixture(scope="module")
def trained(aws, machine: Machine):
    """A job that the command has created and that has ended."""
    request = {**job_request(JOB, machine.role), "Tags": [{"Key": "team", "Value": "blogs"}]}
    created = aws("sagemaker", "create-training-job", "--cli-input-json", json.dumps(request))
    sagemaker = machine.connection.client("sagemaker")
    # The CLI's own waiter looks every two minutes.
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=JOB, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    return created["TrainingJobArn"]


def test_a_job_is_waited_for_described_and_listed(aws, trained):
    assert aws("sagemaker", "wait", "training-job-completed-or-stopped", *NAMED) == ""
    job = aws("sagemaker", "describe-training-job", *NAMED)
    assert (job["TrainingJobArn"], job["TrainingJobStatus"]) == (trained, "Completed")
    assert job["AlgorithmSpecification"]["TrainingImage"] == IMAGE
    listed = aws(
        "sagemaker",
        "list-training-jobs",
        "--name-contains",
        "by-",
        "--query",
        "TrainingJobSummaries[].TrainingJobName",
    )
    assert listed == [JOB]
    assert aws("sagemaker", "list-tags", "--resource-arn", trained)["Tags"] == [
        {"Key": "team", "Value": "blogs"}
    ]


def test_the_log_is_shown(aws, trained):
    """By the request that `aws logs tail` makes, which version 2 alone has; that is no Python package."""
    group = ("--log-group-name", "/aws/sagemaker/TrainingJobs", "--log-stream-name-prefix", JOB)
    shown = aws(
        "logs",
        "filter-log-events",
        *group,
        "--interleaved",
        "--start-time",
        "0",
        "--query",
        "events[].message",
    )
    assert "Training finished!" in shown
    assert len(aws("logs", "filter-log-events", *group, "--max-items", "2")["events"]) == 2


def test_an_address_can_be_handed_on(aws, machine):
    address = aws("s3", "presign", f"s3://{BUCKET}/corpora/small.txt").strip()
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == CORPUS.encode()


def test_folders_are_brought_into_line(aws, trained, machine):
    aws("s3", "sync", f"s3://{BUCKET}/models/{JOB}", "model", "--only-show-errors")
    assert (machine.folder / "model" / "output" / "model.tar.gz").stat().st_size > 100
    texts = machine.folder / "texts"
    texts.mkdir()
    for name in ("a b.txt", "ü.txt"):
        (texts / name).write_text(CORPUS)
    aws("s3", "sync", "texts", f"s3://{BUCKET}/texts", "--only-show-errors")
    assert "upload" not in aws("s3", "sync", "texts", f"s3://{BUCKET}/texts")  # there already
    (texts / "a b.txt").unlink()
    gone = aws("s3", "sync", "texts", f"s3://{BUCKET}/texts", "--delete")
    assert gone.startswith(f"delete: s3://{BUCKET}/texts/a b.txt")
    assert aws("s3", "ls", f"s3://{BUCKET}/texts/").split()[-1] == "ü.txt"
