"""The whole pipeline on the local cloud: the synthesized stacks, over real HTTP, with the real trainer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_cloud import account
from local_cloud.assembly import DEFAULT_SETTINGS
from tests.faults import cloud
from wordvectors.cleaning.sample import write_sample_corpus
from wordvectors.client.deployment import Deployment, connect_local
from wordvectors.lifecycle.status import RunStatus

PATIENCE_SECONDS = 600
SERVING = {"wordvectors.serving.enabled": True}


@dataclass
class Pipeline:
    """A running pipeline, and the ways a test looks at it."""

    home: Path
    deployment: Deployment
    queue_url: str

    @property
    def s3(self) -> Any:
        """The S3 client."""
        return self.deployment.s3

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self.deployment.bucket.name

    def put(self, key: str, body: bytes | str | dict) -> str:
        """Upload an object, as any AWS client does, and return its ETag."""
        content = json.dumps(body) if isinstance(body, dict) else body
        return self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)["ETag"].strip('"')

    def run_of(self, key: str, wanted: Callable[[dict], bool] = lambda run: True) -> dict[str, Any]:
        """Wait for a run of a corpus that is as wanted, and return it."""
        run: dict[str, Any] | None = None

        def found() -> bool:
            nonlocal run
            run = next(
                (run.to_json() for run in self.deployment.runs.newest() if run.corpus_key == key), None
            )
            return run is not None and wanted(run)

        wait_until(found, lambda: f"the run of {key}, which is: {run}")
        assert run is not None
        return run

    def ended_run_of(self, key: str) -> dict[str, Any]:
        """Wait for the run of a corpus to end, and for its people to be told; return it."""
        return self.run_of(key, lambda run: RunStatus(run["status"]).is_final and "notified_at" in run)

    def execution_of(self, run: dict[str, Any]) -> dict[str, Any]:
        """Wait for a run's execution to end, and return it."""
        states = self.deployment.client("stepfunctions")
        execution = states.describe_execution(executionArn=run["execution_arn"])
        deadline = time.monotonic() + PATIENCE_SECONDS
        while execution["status"] == "RUNNING" and time.monotonic() < deadline:
            time.sleep(0.1)
            execution = states.describe_execution(executionArn=run["execution_arn"])
        return execution

    def executions(self) -> list[dict[str, Any]]:
        """Return all executions of the state machine."""
        states = self.deployment.client("stepfunctions")
        pages = states.get_paginator("list_executions").paginate(
            stateMachineArn=self.deployment.outputs["StateMachineArn"]
        )
        return [execution for page in pages for execution in page["executions"]]

    def messages_about(self, run_id: str) -> list[str]:
        """Return what the topic has sent about a run."""
        sqs = self.deployment.client("sqs")
        texts = []
        while received := sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=1
        ).get("Messages"):
            texts += [json.loads(message["Body"])["Message"] for message in received]
        time.sleep(1.1)
        return [text for text in texts if run_id in text]


def command(pipeline: Pipeline, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command against the pipeline."""
    return subprocess.run(
        [sys.executable, "-m", "wordvectors.cli", *arguments],
        env={**os.environ, "WORDVECTORS_HOME": str(pipeline.home), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )


def wait_until(condition: Callable[[], bool], what: Callable[[], str]) -> None:
    """Wait for a condition, or fail and say what did not come."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {PATIENCE_SECONDS} s for {what()}")
        time.sleep(0.2)


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the local cloud keeps its state in."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="package")
def pipeline(home: Path):
    """The pipeline, deployed to a local cloud that ends with the tests."""
    with deployed(home) as found:
        yield found


def start(home: Path, **how: Any) -> None:
    """Start a local cloud whose requests can go wrong; it records what IAM is asked, for the tests to come."""
    cloud.start(home, context=DEFAULT_SETTINGS | SERVING, **how)


@contextmanager
def deployed(home: Path, **how: Any) -> Iterator[Pipeline]:
    """Deploy the pipeline to a local cloud, and stop that in the end."""
    start(home, **how)
    try:
        deployment = connect_local(home, stack="Wordvectors")
        yield Pipeline(home, deployment, subscribe(deployment, deployment.outputs["TopicArn"], "people"))
    finally:
        account.stop(home)


@pytest.fixture(scope="package")
def english(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Real English text: half of a megabyte of Wikipedia."""
    path = tmp_path_factory.mktemp("corpus") / "english.txt"
    write_sample_corpus(path)
    return path.read_bytes()[:1_000_000].rsplit(b"\n", 1)[0] + b"\n"


def subscribe(deployment: Deployment, topic_arn: str, queue: str) -> str:
    """Make a queue that gets what a topic sends, and return its URL."""
    sqs = deployment.client("sqs")
    queue_url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
            }
        ],
    }
    sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": json.dumps(policy)})
    deployment.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn)
    return queue_url
