"""A local cloud with the pipeline and a quick trainer, and all that is to be seen on it."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from local_cloud import account
from local_cloud.assembly import DEFAULT_SETTINGS
from tests.faults import cloud
from tests.faults.book import FaultBook
from tests.faults.emulator.callers import subject_of
from tests.faults.emulator.pace import Pace
from wordvectors.client.deployment import Deployment, connect_local

PACE = Pace(time_scale=0.01)
SETTINGS = {
    **DEFAULT_SETTINGS,
    "wordvectors.poll_seconds_min": 60,
    "wordvectors.poll_seconds_max": 300,
    "wordvectors.max_capacity_tries": 3,
}
"""At this pace, a job is looked at after 0.6 s."""
OWN_SET = ("evaluation/own.csv", "cat,sat,3\ncat,mat,2\nthe,mat,1\n")
"""Key and content of an evaluation set that plans may name."""
_TRAINER = [sys.executable, str(Path(__file__).with_name("trainer.py"))]
_LOOK_SECONDS = 0.3


class Stage:
    """A running pipeline whose requests can be made to go wrong.

    Attributes
    ----------
    book : FaultBook
    messages, dead_letters : dict
        Subject -> what the topic and the dead-letter queue have received about it, so far.
    """

    def __init__(self, home: Path, deployment: Deployment) -> None:
        self.book = FaultBook(home)
        self.deployment = deployment
        self.outputs = dict(deployment.outputs)
        for stack in self.client("cloudformation").describe_stacks()["Stacks"]:
            self.outputs |= {
                output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])
            }
        self.s3, self.states = self.client("s3"), self.client("stepfunctions")
        self.sagemaker, self.dynamodb = self.client("sagemaker"), self.client("dynamodb")
        self.messages: dict[str, list[str]] = defaultdict(list)
        self.dead_letters: dict[str, list[str]] = defaultdict(list)
        self._sqs = self.client("sqs")
        self._stream = self._follow_the_table()
        self._ended = threading.Event()
        readers = [(self._subscribe(), self.messages)]
        for name in ("DeadLetterQueueUrl", "TuningDeadLetterQueueUrl", "CleaningDeadLetterQueueUrl"):
            if name in self.outputs:
                readers.append((self.outputs[name], self.dead_letters))
        self._readers = [threading.Thread(target=self._read, args=reader, daemon=True) for reader in readers]
        for thread in self._readers:
            thread.start()

    def client(self, service: str) -> Any:
        """Return a boto3 client for many threads."""
        return self.deployment.session.client(
            service,
            endpoint_url=self.deployment.endpoint_url,
            config=Config(max_pool_connections=64, retries={"mode": "standard", "total_max_attempts": 5}),
        )

    def close(self) -> None:
        """Read no more."""
        self._ended.set()
        for thread in self._readers:
            thread.join(5)

    def listen_to_uploads(self, wanted: bool) -> None:
        """Switch the rules that start something for an upload on or off."""
        events = self.client("events")
        for rule in events.list_rules()["Rules"]:
            if "UploadTrigger" in rule["Name"]:
                (events.enable_rule if wanted else events.disable_rule)(Name=rule["Name"])

    def put(self, key: str, body: bytes | str) -> None:
        """Write an object."""
        self.s3.put_object(Bucket=self.outputs["BucketName"], Key=key, Body=body)

    def delete(self, key: str) -> None:
        """Delete an object, if there is one."""
        self.s3.delete_object(Bucket=self.outputs["BucketName"], Key=key)

    def start(self, request: Any, name: str, machine: str = "StateMachineArn") -> str:
        """Start an execution of the state machine that an output names, and return the execution's ARN."""
        started = self.states.start_execution(
            stateMachineArn=self.outputs[machine], name=name, input=json.dumps(request)
        )
        return started["executionArn"]

    def upload(self, key: str, body: bytes | str) -> dict[str, str]:
        """Upload an object and return what the upload rule makes of it."""
        bucket = self.outputs["BucketName"]
        stored = self.s3.put_object(Bucket=bucket, Key=key, Body=body)
        etag = stored["ETag"].strip('"')
        return {"bucket": bucket, "key": key, "etag": etag, "version-id": stored["VersionId"]}

    def invoke(self, name: str, event: dict[str, Any]) -> None:
        """Invoke a function of the pipeline, and wait until it has ended, be it with an error."""
        functions = self.client("lambda")
        names = [
            function["FunctionName"]
            for page in functions.get_paginator("list_functions").paginate()
            for function in page["Functions"]
        ]
        (found,) = [function for function in names if f"-Pipeline-{name}" in function]
        functions.invoke(FunctionName=found, Payload=json.dumps(event))

    def ended(self, execution: str, seconds: float) -> dict[str, Any] | None:
        """Wait for an execution's end and return it; None if it has not come in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            described = self.states.describe_execution(executionArn=execution)
            if described["status"] != "RUNNING":
                return described
            time.sleep(_LOOK_SECONDS)
        return None

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Return all runs by subject."""
        found = defaultdict(list)
        for run in self.deployment.runs.newest():
            found[subject_of(f"{run.corpus_key} {run.run_id}-")].append(run.to_json())
        return found

    def stop_jobs(self, subject: str) -> None:
        """Stop the training jobs of a subject that have not ended."""
        found = self.sagemaker.list_training_jobs(NameContains=f"-{subject}-", StatusEquals="InProgress")
        for job in found["TrainingJobSummaries"]:
            with suppress(ClientError):  # it has ended meanwhile
                self.sagemaker.stop_training_job(TrainingJobName=job["TrainingJobName"])

    def jobs(self) -> dict[str, dict[str, str]]:
        """Return all training jobs by subject: name -> status."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for page in self.sagemaker.get_paginator("list_training_jobs").paginate(MaxResults=100):
            for job in page["TrainingJobSummaries"]:
                name = job["TrainingJobName"]
                found[subject_of(name)][name] = job["TrainingJobStatus"]
        return found

    def histories(self) -> dict[str, list[str]]:
        """Return the statuses that each run has had, in order, without repetitions: run id -> statuses."""
        found: dict[str, list[str]] = defaultdict(list)
        for record in self._records():
            image = record["dynamodb"].get("NewImage")
            if image and "status" in image:
                statuses = found[image["run_id"]["S"]]
                if statuses[-1:] != [image["status"]["S"]]:
                    statuses.append(image["status"]["S"])
        return found

    def calls(self) -> dict[str, Counter[tuple[str, str, int]]]:
        """Return the requests by subject: how often each caller made each action for the n-th time in one go."""
        found: dict[str, Counter] = defaultdict(Counter)
        within: Counter = Counter()
        for request in self.book.requests():
            call = (request["caller"], request["action"])
            place = (request["invocation"], *call)
            within[place] += 1
            found[request["subject"]][(*call, within[place] if request["invocation"] else 1)] += 1
        return found

    def faults(self) -> Counter[tuple[str, str, str]]:
        """Return how often a fault has happened, by subject, caller and action."""
        return Counter(
            (request["subject"], request["caller"], request["action"])
            for request in self.book.requests()
            if request["fault"]
        )

    def _follow_the_table(self) -> str:
        table = self.outputs["TableName"]
        self.dynamodb.update_table(
            TableName=table, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        )
        return self.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]

    def _records(self) -> Iterator[dict[str, Any]]:
        streams = self.client("dynamodbstreams")
        for shard in streams.describe_stream(StreamArn=self._stream)["StreamDescription"]["Shards"]:
            token = streams.get_shard_iterator(
                StreamArn=self._stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while token:
                page = streams.get_records(ShardIterator=token)
                yield from page["Records"]
                token = page.get("NextShardIterator") if page["Records"] else None

    def _subscribe(self) -> str:
        url = self._sqs.create_queue(QueueName="people")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        allow = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": attributes["QueueArn"],
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        self._sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        self.client("sns").subscribe(
            TopicArn=self.outputs["TopicArn"], Protocol="sqs", Endpoint=attributes["QueueArn"]
        )
        return url

    def _read(self, queue_url: str, found: dict[str, list[str]]) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            while True:
                answer = self._sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
                for message in answer.get("Messages", []):
                    found[subject_of(message["Body"])].append(message["Body"])
                    self._sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                if not answer.get("Messages"):
                    break


@contextmanager
def stage(
    home: Path,
    *,
    training_jobs: int = 32,
    pace: Pace = PACE,
    cleaning: bool = False,
) -> Iterator[Stage]:
    """Start a local cloud in a folder of its own, with the pipeline, and cleaning if wanted; stop it at the end."""
    cloud.start(
        home,
        pace=pace,
        context={**SETTINGS, "wordvectors.cleaning.enabled": cleaning},
        training_jobs=training_jobs,
        cleaning_jobs=training_jobs,
        stop_grace_seconds=1.0,
        commands={"blazingtext": _TRAINER},
    )
    try:
        found = Stage(home, connect_local(home, stack="Wordvectors"))
        found.put(*OWN_SET)
        try:
            yield found
        finally:
            found.close()
    finally:
        account.stop(home)
