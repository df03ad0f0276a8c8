"""A pipeline's account, faked in this process: bucket, table, topic, and the functions bound to them."""

from __future__ import annotations

import importlib
import io
import json
import sys
import tarfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

import lambdas.logs  # noqa: F401  its stream is the standard output of this moment, and of no test
from tests.unit.containers import container  # noqa: F401  a fixture
from wordvectors.aws import clients
from wordvectors.aws.run_table import RunTable
from wordvectors.lifecycle.limits import Limits
from wordvectors.lifecycle.plan import resolve_plan
from wordvectors.lifecycle.run import Run

BUCKET, TABLE, PREFIX, REGION = "team-text", "runs", "wv", "eu-west-1"
CORPUS_KEY = "corpora/blogs.txt"
CORPUS = b"the cat sat on the mat\nthe dog sat on the log\n" * 40


@dataclass
class Account:
    """What a test needs of the faked account."""

    s3: Any
    sns: Any
    sqs: Any
    sagemaker: Any
    logs: Any
    runs: RunTable
    topic_arn: str
    queue_url: str

    def put(self, key: str, body: bytes | str) -> str:
        """Write an object and return its ETag."""
        return self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)["ETag"].strip('"')

    def claim(self, row: dict[str, Any]) -> bool:
        """Write a run's row."""
        return self.runs.claim(Run.of_row(row))

    def row(self, run_id: str) -> dict[str, Any] | None:
        """Return what a run's row holds."""
        run = self.runs.get(run_id)
        return run and run.to_json()

    def messages(self) -> list[dict[str, Any]]:
        """Take the messages that the topic has sent."""
        received = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get(
            "Messages", []
        )
        for message in received:
            self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in received]

    def write_log(self, job: str, lines: list[str]) -> None:
        """Write the log of a training job."""
        group, stream = "/aws/sagemaker/TrainingJobs", f"{job}/algo-1-1600000000"
        self.logs.create_log_group(logGroupName=group)
        self.logs.create_log_stream(logGroupName=group, logStreamName=stream)
        now = int(time.time() * 1000)
        events = [{"timestamp": now + number, "message": line} for number, line in enumerate(lines)]
        self.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def trained(
    account: Account,
    run_id: str,
    vectors: str,
    plan: dict[str, Any] | None = None,
    vectors_bin: bytes = b"x",
    **more: Any,
) -> str:
    """Write a completed run, and its model into the bucket."""
    row = {
        "run_id": run_id,
        "status": "COMPLETED",
        "execution_arn": "arn:aws:states:::execution",
        "corpus_key": CORPUS_KEY,
        "corpus": {"bucket": BUCKET, "key": CORPUS_KEY, "name": "blogs", "bytes": 1_000_000},
        "plan": resolve_plan(plan or {}).model_dump(mode="json"),
        **more,
    }
    account.claim(row)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in {
            "vectors.bin": vectors_bin,
            "eval.json": b"{}",
            "vectors.txt": vectors.encode(),
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    account.put(Run.of_row(row).model_key, buffer.getvalue())
    return run_id


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """One session for all tests: it reads the services' models once."""
    return boto3.Session("testing", "testing", region_name=REGION)


@pytest.fixture
def account(session: boto3.Session, monkeypatch: pytest.MonkeyPatch):
    """An empty account with the pipeline's storage in it, and the functions' environment."""
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
        environment = {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            "BUCKET_NAME": BUCKET,
            "TABLE_NAME": TABLE,
            "JOB_NAME_PREFIX": PREFIX,
            "DEFAULT_PLAN": resolve_plan({}).canonical_json(),
            "LIMITS": Limits().model_dump_json(),
            "DEPLOYMENT": "Wordvectors",
            "TRAINING_IMAGE": "685385470294.dkr.ecr.eu-west-1.amazonaws.com/blazingtext:1",
            "ENGINE_IMAGE": "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
            "ENGINE_CODE_URI": "s3://assets/0code.zip",
            "ENGINE_PACKAGES_URI": "s3://assets/1packages.zip",
            "TRAINING_ROLE_ARN": "arn:aws:iam::123456789012:role/training",
            "TRAINING_TAGS": '{"application":"BlazingText"}',
            "MAX_CAPACITY_TRIES": "3",
            "MAX_QUEUE_HOURS": "24",
            "POLL_SECONDS_MIN": "15",
            "POLL_SECONDS_MAX": "300",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            monkeypatch.delenv(name, raising=False)
        clients.client.cache_clear()
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        keep_price(s3, "ml.c5.xlarge", 0.204)
        _create_table()
        topic_arn, queue_url = _create_topic()
        monkeypatch.setenv("TOPIC_ARN", topic_arn)
        yield Account(
            s3=s3,
            sns=boto3.client("sns"),
            sqs=boto3.client("sqs"),
            sagemaker=boto3.client("sagemaker"),
            logs=boto3.client("logs"),
            runs=RunTable(boto3.client("dynamodb"), TABLE),
            topic_arn=topic_arn,
            queue_url=queue_url,
        )
        clients.client.cache_clear()


@pytest.fixture
def outputs():
    """What the deployment's stack says of it."""
    return {
        "BucketName": BUCKET, "TableName": TABLE, "JobNamePrefix": PREFIX,
        "DefaultPlan": resolve_plan({}).canonical_json(), "StateMachineArn": "arn:aws:states:::x",
        "Limits": Limits().model_dump_json(),
    }  # fmt: skip


@pytest.fixture
def function(account: Account):
    """Import a function's module anew, as a cold start does: `function("plan_run")`."""

    def load(name: str) -> ModuleType:
        sys.modules.pop(f"lambdas.{name}", None)
        return importlib.import_module(f"lambdas.{name}")

    yield load
    for name in [name for name in sys.modules if name.startswith("lambdas.")]:
        del sys.modules[name]


def keep_price(s3: Any, instance_type: str, per_hour: float, days_ago: int = 0) -> None:
    """Put a price into the bucket, as it is kept there; the price list itself is out of reach."""
    date = (datetime.now(UTC) - timedelta(days=days_ago)).date().isoformat()
    price = {"instance_type": instance_type, "per_hour": per_hour, "currency": "USD", "date": date}
    s3.put_object(Bucket=BUCKET, Key=f"prices/{instance_type}.json", Body=json.dumps(price))


def _create_table() -> None:
    boto3.client("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "run_id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": "S"},
            {"AttributeName": "created_at", "AttributeType": "S"},
            {"AttributeName": "corpus_key", "AttributeType": "S"},
            {"AttributeName": "mean_rho", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "run_id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "newest",
                "KeySchema": [
                    {"AttributeName": "kind", "KeyType": "HASH"},
                    {"AttributeName": "created_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "best",
                "KeySchema": [
                    {"AttributeName": "corpus_key", "KeyType": "HASH"},
                    {"AttributeName": "mean_rho", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            },
        ],
    )


def _create_topic() -> tuple[str, str]:
    sqs = boto3.client("sqs")
    queue_url = sqs.create_queue(QueueName="told")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    topic_arn = boto3.client("sns").create_topic(Name="runs")["TopicArn"]
    boto3.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn)
    return topic_arn, queue_url
