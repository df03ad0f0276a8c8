"""Faults on purpose: each is what an AWS client sees of the real thing, and only of what the rule names."""

from __future__ import annotations

import json
import time

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_cloud import account
from tests.faults import cloud
from tests.faults.book import Fault, FaultBook, Rule
from tests.faults.emulator.pace import Pace


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """A local cloud whose requests can go wrong, its book of faults, and a maker of clients that try once."""
    home = tmp_path_factory.mktemp("home")
    connection = cloud.start(home, deploy=False, pace=Pace(0.01))

    def client(service: str, read_timeout: float = 60):
        config = Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout)
        return connection.client(service, config=config)

    yield client, FaultBook(home)
    account.stop(home)


CALLS = {
    "s3": ("s3:ListBucket", lambda client: client.list_objects_v2(Bucket="b", Prefix="corpora/one.txt")),
    "dynamodb": (
        "dynamodb:GetItem",
        lambda client: client.get_item(TableName="t", Key={"id": {"S": "wv-one-1"}}),
    ),
    "sns": (
        "sns:Publish",
        lambda client: client.publish(TopicArn="arn:aws:sns:us-east-1:000000000000:t", Message="wv-one-1"),
    ),
    "sagemaker": (
        "sagemaker:DescribeTrainingJob",
        lambda client: client.describe_training_job(TrainingJobName="wv-one-1"),
    ),
    "logs": (
        "logs:DescribeLogStreams",
        lambda client: client.describe_log_streams(logGroupName="g", logStreamNamePrefix="wv-one-1"),
    ),
    "lambda": (
        "lambda:InvokeFunction",
        lambda client: client.invoke(FunctionName="f", Payload=b'{"run_id": "wv-one-1"}'),
    ),
}
CODES = {
    ("s3", Fault.THROTTLED): (503, "SlowDown"),
    ("s3", Fault.DENIED): (403, "AccessDenied"),
    ("dynamodb", Fault.THROTTLED): (400, "ThrottlingException"),
    ("dynamodb", Fault.FAILING): (500, "InternalServerError"),
    ("sns", Fault.THROTTLED): (400, "Throttling"),
    ("sns", Fault.DENIED): (403, "AuthorizationError"),
    ("sagemaker", Fault.DENIED): (400, "AccessDeniedException"),
    ("sagemaker", Fault.QUOTA): (400, "ResourceLimitExceeded"),
    ("logs", Fault.THROTTLED): (400, "ThrottlingException"),
    ("lambda", Fault.THROTTLED): (429, "TooManyRequestsException"),
    ("lambda", Fault.FAILING): (500, "ServiceException"),
}


@pytest.mark.parametrize(("service", "fault"), CODES)
def test_an_error_is_the_services_own(faulty, service, fault):
    client, book = faulty
    action, call = CALLS[service]
    rule = Rule(f"{service}-{fault}", "one", "client", action, fault, first=2, last=2)
    book.add(rule)
    seen = []
    for _ in range(3):
        try:
            call(client(service))
            seen.append(None)
        except ClientError as error:
            seen.append(
                (error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"])
            )
    book.remove(rule)

    assert seen[1] == CODES[service, fault]
    assert seen[0] != seen[1] != seen[2]


@pytest.mark.parametrize(
    ("fault", "error"), [(Fault.SILENT, "ReadTimeoutError"), (Fault.DROPPED, "ConnectionClosedError")]
)
def test_a_request_without_an_answer_is_carried_out(faulty, fault, error):
    client, book = faulty
    s3 = client("s3")
    s3.create_bucket(Bucket=fault.name.lower())
    impatient = client("s3", read_timeout=5)
    rule = Rule(fault.name, "one", "client", "s3:PutObject", fault)
    book.add(rule)

    with pytest.raises(BotoCoreError) as raised:
        impatient.put_object(Bucket=fault.name.lower(), Key="corpora/one.txt", Body=b"text")
    book.remove(rule)

    assert type(raised.value).__name__ == error
    assert s3.get_object(Bucket=fault.name.lower(), Key="corpora/one.txt")["Body"].read() == b"text"


def test_other_subjects_and_actions_go_on(faulty):
    client, book = faulty
    s3 = client("s3")
    s3.create_bucket(Bucket="others")
    rule = Rule("others", "one", "client", "s3:PutObject", Fault.DENIED)
    book.add(rule)

    s3.put_object(Bucket="others", Key="corpora/two.txt", Body=b"")
    s3.list_objects_v2(Bucket="others", Prefix="corpora/one.txt")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket="others", Key="corpora/one.txt", Body=b"")
    book.remove(rule)
    s3.put_object(Bucket="others", Key="corpora/one.txt", Body=b"")

    made = [
        (asked["subject"], asked["fault"]) for asked in book.requests() if asked["action"] == "s3:PutObject"
    ]
    assert made[-3:] == [("two", None), ("one", "access denied"), ("one", None)]


def test_pauses_are_scaled_and_nothing_else(faulty):
    """An hour of waiting and three tries an hour apart; the tries are as many as without the scale."""
    client, _ = faulty
    iam, states = client("iam"), client("stepfunctions")
    trust = {
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]
    }
    role = iam.create_role(RoleName="paced", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    task = {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "none"},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 50, "MaxAttempts": 3, "BackoffRate": 1}],
        "End": True,
    }  # fmt: skip
    definition = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "Next": "T"}, "T": task}}
    machine = states.create_state_machine(name="paced", definition=json.dumps(definition), roleArn=role)
    began = time.monotonic()
    execution = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]

    while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
        assert time.monotonic() - began < 100
        time.sleep(0.1)

    events = states.get_execution_history(executionArn=execution, maxResults=100)["events"]
    assert sum(event["type"] == "TaskScheduled" for event in events) == 4
    assert time.monotonic() - began >= (60 + 3 * 50) * 0.01
