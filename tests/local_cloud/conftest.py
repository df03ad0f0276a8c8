"""One local cloud for all tests of this folder, used over HTTP, and helpers to put things into it."""

from __future__ import annotations

import io
import itertools
import json
import sys
import textwrap
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local_cloud import account
from local_cloud.connection import Connection

FAKE_TRAINER = Path(__file__).with_name("fake_trainer.py")
_numbers = itertools.count(1)


class Cloud:
    """A local cloud and shorthands for its clients."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._clients: dict[str, object] = {}

    def __getattr__(self, service: str):
        """The client of a service, by its name in boto3."""
        if service.startswith("_"):
            raise AttributeError(service)
        if service not in self._clients:
            name = {"lambda_": "lambda"}.get(service, service)
            self._clients[service] = self.connection.client(name)
        return self._clients[service]

    @staticmethod
    def wait_for(condition: Callable[[], object], seconds: float = 30.0, what: str = "the condition"):
        """Poll until `condition()` is true; its value."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} did not come true within {seconds} s")
            time.sleep(0.05)
        return value

    @staticmethod
    def trust(*services: str) -> str:
        """A trust policy for AWS services."""
        statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    @staticmethod
    def allow(*statements: tuple[str | list[str], str | list[str]]) -> str:
        """A policy of (actions, resources) pairs."""
        allowed = [{"Effect": "Allow", "Action": actions, "Resource": on} for actions, on in statements]
        return json.dumps({"Version": "2012-10-17", "Statement": allowed})

    def name(self, stem: str) -> str:
        """A name nobody has used."""
        return f"{stem}-{next(_numbers)}"

    def role(self, services: list[str], *policies: str) -> str:
        """A role, as the ARN."""
        name = self.name("role")
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=self.trust(*services))["Role"][
            "Arn"
        ]
        for number, policy in enumerate(policies):
            self.iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=policy)
        return arn

    def user_client(self, service: str, *policies: str):
        """A client with the keys of a new user."""
        user = self.name("user")
        self.iam.create_user(UserName=user)
        for number, policy in enumerate(policies):
            self.iam.put_user_policy(UserName=user, PolicyName=f"p{number}", PolicyDocument=policy)
        key = self.iam.create_access_key(UserName=user)["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return self.connection.client(service, **keys)

    def function(self, code: str, *, policy: str | None = None, timeout: int = 10) -> str:
        """A Python function from the source of its `handler`, as the ARN."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("main.py", textwrap.dedent(code))
        return self.lambda_.create_function(
            FunctionName=self.name("function"),
            Runtime="python3.13",
            Handler="main.handler",
            Role=self.role(["lambda.amazonaws.com"], *([policy] if policy else [])),
            Code={"ZipFile": packed.getvalue()},
            Timeout=timeout,
        )["FunctionArn"]

    def machine(self, definition: dict, *, policy: str | None = None) -> str:
        """A state machine, as the ARN; its role may invoke functions unless `policy` says otherwise."""
        policy = policy or self.allow(("lambda:InvokeFunction", "*"))
        return self.stepfunctions.create_state_machine(
            name=self.name("machine"),
            definition=json.dumps(definition),
            roleArn=self.role(["states.amazonaws.com"], policy),
        )["stateMachineArn"]

    def execution(self, definition: dict, given: object = None, **settings) -> str:
        """A started execution, as the ARN."""
        machine = self.machine(definition, **settings)
        started = self.stepfunctions.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))
        return started["executionArn"]

    def ended(self, execution: str) -> dict:
        """DescribeExecution's answer once the execution has ended, with the output parsed."""

        def described():
            answer = self.stepfunctions.describe_execution(executionArn=execution)
            return answer if answer["status"] != "RUNNING" else None

        answer = self.wait_for(described, what="the end of the execution")
        return answer | {"output": json.loads(answer["output"])} if answer.get("output") else answer

    def history(self, execution: str) -> list[dict]:
        """Every event of an execution."""
        pages = self.stepfunctions.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]


@pytest.fixture(scope="package")
def cloud(tmp_path_factory):
    """The folder's local cloud, with a trainer that does what its hyperparameters say."""
    home = tmp_path_factory.mktemp("home")
    connection = account.start(
        home,
        deploy=False,
        stop_grace_seconds=1.0,
        interrupt_spot_seconds=2.0,
        commands={"blazingtext": [sys.executable, str(FAKE_TRAINER)], "sagemaker-scikit-learn": []},
    )
    yield Cloud(connection)
    account.stop(home)


@pytest.fixture
def home(tmp_path):
    """A home folder whose local cloud is stopped at the end of the test."""
    yield tmp_path
    account.stop(tmp_path)


@pytest.fixture
def status_events(cloud):
    """Called with an execution's ARN, the details of its status-change events so far."""
    pattern = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"]}
    with details_of_events(cloud, pattern) as seen:
        yield lambda execution: [detail for detail in seen() if detail["executionArn"] == execution]


@contextmanager
def details_of_events(cloud: Cloud, pattern: dict[str, Any]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Yield what returns the details of EventBridge's events of a pattern so far."""
    queue = cloud.sqs.create_queue(QueueName=cloud.name("events"))["QueueUrl"]
    rule = cloud.name("rule")
    cloud.events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    queue_arn = cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    cloud.sqs.set_queue_attributes(
        QueueUrl=queue,
        Attributes={
            "Policy": json.dumps({
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": "*",
                }]
            })
        },
    )  # fmt: skip
    target = {"Id": "queue", "Arn": queue_arn["Attributes"]["QueueArn"]}
    cloud.events.put_targets(Rule=rule, Targets=[target])
    seen: list[dict] = []

    def details() -> list[dict[str, Any]]:
        for message in cloud.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            seen.append(json.loads(message["Body"])["detail"])
        return seen

    yield details
    cloud.events.remove_targets(Rule=rule, Ids=["queue"])
    cloud.events.delete_rule(Name=rule)


def create_table(dynamodb: Any, name: str, key: str) -> None:
    """Create a table whose rows are found by one string."""
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
