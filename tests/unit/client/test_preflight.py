"""The doctor's questions: each answer, in an account that has nothing, something, or says no."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.unit.conftest import BUCKET, TABLE
from wordvectors.aws.daily_starts import DailyStarts
from wordvectors.client import account_questions, deployment_questions, preflight
from wordvectors.client.deployment import Account
from wordvectors.client.patient import Check, Patient
from wordvectors.client.preflight import examine
from wordvectors.lifecycle.plan import resolve_plan

DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not allowed"}}, "Any")


class Quotas:
    """Service Quotas with what was applied to the account, and AWS's defaults."""

    def __init__(self, applied: dict[str, float], defaults: dict[str, float]) -> None:
        self.lists = {"list_service_quotas": applied, "list_aws_default_service_quotas": defaults}

    def get_paginator(self, operation: str) -> Any:
        self.operation = operation
        return self

    def paginate(self, **wanted: Any):
        assert wanted["ServiceCode"] == "sagemaker"
        for name, value in self.lists[self.operation].items():
            code = f"L-{abs(hash(name)):X}"[:10]
            yield {"Quotas": [{"QuotaName": name, "QuotaCode": code, "Value": value}]}


class Topics:
    """SNS with these subscriptions to each topic: the address, and its ARN."""

    def __init__(self, subscriptions: dict[str, str]) -> None:
        self.subscriptions = subscriptions

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_subscriptions_by_topic"
        return self

    def paginate(self, TopicArn: str) -> Any:  # noqa: N803  boto3's name
        yield {
            "Subscriptions": [
                {"Endpoint": to, "SubscriptionArn": arn} for to, arn in self.subscriptions.items()
            ]
        }


class Stacks:
    """CloudFormation with these stacks; the cleaning's has one output of its own, the others the same."""

    def __init__(self, states: dict[str, str], outputs: dict[str, str], *events: dict[str, str]) -> None:
        self.states, self.outputs, self.events = states, outputs, events
        self.resource_types = ["AWS::SNS::Topic"]

    def get_paginator(self, operation: str) -> Any:
        self.operation = operation
        return self

    def paginate(self, StackName: str) -> Any:  # noqa: N803  boto3's name
        if self.operation == "list_stack_resources":
            for kind in self.resource_types:
                yield {"StackResourceSummaries": [{"ResourceType": kind}]}
            return
        assert self.operation == "describe_stack_events"
        for event in self.events:
            yield {"StackEvents": [{"StackId": StackName, **event}]}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803  boto3's name
        if StackName not in self.states:
            error = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        own = {"CleaningDeadLetterQueueUrl": "-Cleaning", "TuningDeadLetterQueueUrl": "-Tuning"}
        outputs = [
            {"OutputKey": key, "OutputValue": value}
            for key, value in self.outputs.items()
            if StackName.endswith(own.get(key, ("-Storage", "-Pipeline")))
        ]
        return {"Stacks": [{"StackStatus": self.states[StackName], "Outputs": outputs}]}


NAMES = ("Wordvectors-Storage", "Wordvectors-Pipeline", "Wordvectors-Tuning")
TRAINING = "ml.c5.xlarge for training job usage"
SPOT = "ml.c5.xlarge for spot training job usage"


@pytest.fixture
def place(account, session, monkeypatch):
    """The account; what moto has not is faked: SageMaker's quotas, and the stacks."""
    fakes: dict[str, Any] = {
        "service-quotas": Quotas({TRAINING: 4.0}, {TRAINING: 0.0, SPOT: 0.0}),
        "cloudformation": Stacks({}, {}),
        "sns": Topics({}),
    }
    original = Account.client
    monkeypatch.setattr(
        Account, "client", lambda self, service, **how: fakes.get(service) or original(self, service)
    )
    found = Account(session, None)
    object.__setattr__(found, "fakes", fakes)
    return found


@pytest.fixture
def deployed(place, session):
    """The pipeline, as far as the questions look at it."""
    rule = session.client("events")
    rule.put_rule(Name="upload", ScheduleExpression="rate(1 day)")
    role = session.client("iam").create_role(
        RoleName="training", AssumeRolePolicyDocument=json.dumps({"Statement": []})
    )["Role"]["Arn"]
    url = session.client("sqs").create_queue(QueueName="dead")["QueueUrl"]
    outputs = {
        "BucketName": BUCKET,
        "TableName": TABLE,
        "JobNamePrefix": "wv",
        "DefaultPlan": resolve_plan({}).canonical_json(),
        "Limits": "{}",
        "UploadRuleName": "upload",
        "TrainingRoleArn": role,
        "DeadLetterQueueUrl": url,
        "CloseRunFunctionName": "close",
        **{name: f"arn:aws:sns:eu-west-1:123456789012:{name}" for name in ("TopicArn", "AlarmTopicArn")},
        "StateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:m",
    }
    place.fakes["cloudformation"] = Stacks(dict.fromkeys(NAMES, "CREATE_COMPLETE"), outputs)
    session.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String")
    return outputs


def answers(place: Account, **settings: Any) -> dict[str, Check]:
    return {check.name: check for check in examine(Patient(place, "Wordvectors", **settings))}


def test_a_new_account_hears_what_to_do(place):
    found = answers(place)

    assert list(found) == list(preflight.QUESTIONS)
    assert {name: check.status for name, check in found.items()} == {
        "Credentials": "ok",
        "Region": "ok",
        "Bootstrap": "fail",
        "Stacks": "fail",
        "Training quota": "ok",
        "Spot quota": "warn",
        "Account quotas": "ok",
        "Training role": "unknown",
        "Upload rule": "unknown",
        "E-mail": "unknown",
        "Dead letters": "unknown",
        "Money": "unknown",
        "Orphans": "unknown",
    }
    assert found["Bootstrap"].fix == "make bootstrap"
    assert found["Stacks"].fix == "make deploy"
    assert "Wordvectors-Storage is not deployed" in found["Stacks"].text


def test_a_healthy_deployment(place, deployed):
    found = answers(place)

    assert {name for name, check in found.items() if check.status == "ok"} == set(found) - {"Spot quota"}
    assert "bootstrap version 21" in found["Bootstrap"].text
    assert "Wordvectors-Pipeline is CREATE_COMPLETE" in found["Stacks"].text
    assert all(not check.fix for check in found.values() if check.status == "ok")


def test_a_quota_of_zero_is_told_with_the_command_that_asks_for_more(place):
    place.fakes["service-quotas"] = Quotas({TRAINING: 0.0}, {SPOT: 2.0})

    check = answers(place)["Training quota"]

    assert check.status == "fail"
    assert check.text == f"'{TRAINING}' is 0, and a run needs 1"
    assert check.fix.startswith("aws service-quotas request-service-quota-increase --service-code sagemaker")
    assert "--quota-code L-" in check.fix
    assert "--desired-value 1 --region eu-west-1" in check.fix
    assert answers(place)["Spot quota"].status == "ok"


def test_the_default_counts_where_nothing_was_applied(place):
    place.fakes["service-quotas"] = Quotas({}, {TRAINING: 1.0})

    found = answers(place)

    assert found["Training quota"].text == f"'{TRAINING}' is 1"
    assert found["Spot quota"].status == "unknown"


def test_the_quotas_of_all_types_together_are_told(place):
    assert (
        "'Longest run time for a training job' is 432,000 unless it was raised"
        in answers(place)["Account quotas"].text
    )
    place.fakes["service-quotas"] = Quotas({"Number of instances across training jobs": 0.0}, {})

    check = answers(place)["Account quotas"]

    assert check.status == "fail"
    assert "'Number of instances across training jobs' is 0, and a run needs 1" in check.text
    assert "--desired-value 1" in check.fix


def test_another_type_can_be_asked_for(place):
    place.fakes["service-quotas"] = Quotas({"ml.g5.xlarge for training job usage": 0.0}, {})
    assert "ml.g5.xlarge" in answers(place, instance_type_asked="ml.g5.xlarge")["Training quota"].text


def test_a_region_without_blazingtext(account):
    place = Account(boto3.Session("testing", "testing", region_name="mx-central-1"), None)
    check = Check("Region", *account_questions.region(Patient(place, "Wordvectors")))
    assert (check.status, "no BlazingText image in mx-central-1" in check.text) == ("fail", True)


def test_no_region_at_all(monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")

    class Nowhere:
        region = ""

    assert account_questions.region(Patient(Nowhere(), "x"))[0] == "fail"


def test_an_old_bootstrap(place, deployed, session):
    session.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value="5", Type="String", Overwrite=True
    )
    assert answers(place)["Bootstrap"].status == "fail"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("UPDATE_COMPLETE", "ok"),
        ("UPDATE_ROLLBACK_COMPLETE", "warn"),
        ("UPDATE_IN_PROGRESS", "warn"),
        ("ROLLBACK_COMPLETE", "fail"),
        ("DELETE_FAILED", "fail"),
    ],
)
def test_the_states_of_a_stack(place, state, status):
    place.fakes["cloudformation"] = Stacks(dict.fromkeys(NAMES, state), {})
    assert deployment_questions.stacks(Patient(place, "Wordvectors"))[0] == status


def test_why_a_deployment_did_not_go_through(place):
    def event(status: str, reason: str = "", id: str = "AlarmTopic") -> dict[str, str]:
        return {"ResourceStatus": status, "ResourceStatusReason": reason, "LogicalResourceId": id}

    begun = event("CREATE_IN_PROGRESS") | {"PhysicalResourceId": NAMES[1]}
    place.fakes["cloudformation"] = Stacks(
        {NAMES[0]: "CREATE_COMPLETE", NAMES[1]: "ROLLBACK_COMPLETE"},
        {},
        event("CREATE_FAILED", "Resource creation cancelled", "Other"),
        event("CREATE_FAILED", "you are not authorized to perform SNS:CreateTopic"),
        begun,
        event("DELETE_FAILED", "of an earlier deployment"),
    )
    status, text, _ = deployment_questions.stacks(Patient(place, "Wordvectors"))
    assert status == "fail"
    assert text.endswith(
        "Wordvectors-Pipeline is ROLLBACK_COMPLETE: "
        "AlarmTopic CREATE_FAILED: you are not authorized to perform SNS:CreateTopic"
    )


def test_a_role_that_was_deleted(place, deployed, session):
    session.client("iam").delete_role(RoleName="training")
    check = answers(place)["Training role"]
    assert (check.status, "training was deleted" in check.text) == ("fail", True)


def test_a_disabled_rule(place, deployed, session):
    session.client("events").disable_rule(Name="upload")

    check = answers(place)["Upload rule"]

    assert check.status == "fail"
    assert check.fix == "aws events enable-rule --name upload"


@pytest.mark.parametrize(
    ("subscriptions", "status", "text"),
    [
        ({}, "ok", "nobody is told how runs end: no notification_email is set"),
        ({"me@example.com": "arn:aws:sns:eu-west-1:1:a:b"}, "ok", "me@example.com is told how runs end"),
        (
            {"me@example.com": "PendingConfirmation"},
            "warn",
            "me@example.com is told nothing: the subscription is not confirmed",
        ),
    ],
)
def test_who_is_told_how_runs_end(place, deployed, subscriptions, status, text):
    place.fakes["sns"] = Topics(subscriptions)
    check = answers(place)["E-mail"]
    assert (check.status, check.text) == (status, text)


def test_a_subscription_that_aws_has_forgotten_is_not_taken_for_none(place, deployed):
    place.fakes["cloudformation"].resource_types.append("AWS::SNS::Subscription")

    check = answers(place)["E-mail"]

    assert check.status == "warn"
    assert "was not confirmed within 48 hours" in check.text
    assert check.fix.startswith(f"aws sns subscribe --topic-arn {deployed['TopicArn']} --protocol email")


def test_dead_letters_are_counted_shown_and_left(place, deployed, session):
    sqs, url = session.client("sqs"), deployed["DeadLetterQueueUrl"]
    for body in ("the first", "the last"):
        sqs.send_message(QueueUrl=url, MessageBody=body)

    first, second = answers(place)["Dead letters"], answers(place)["Dead letters"]

    assert first.status == second.status == "warn"
    assert first.text.startswith("2 events could not be delivered; of those seen the last is of ")
    assert "purge-queue" in first.fix


@pytest.fixture
def cleaning_deployed(place, deployed, session):
    """The pipeline, and beside it the stack that cleans."""
    url = session.client("sqs").create_queue(QueueName="dead-cleanings")["QueueUrl"]
    states = dict.fromkeys((*NAMES, "Wordvectors-Cleaning"), "CREATE_COMPLETE")
    stacks = Stacks(states, {**deployed, "CleaningDeadLetterQueueUrl": url})
    place.fakes["cloudformation"] = stacks
    return stacks


def test_dead_letters_of_cleanings_are_seen_beside_those_of_runs(place, cleaning_deployed, session):
    assert answers(place)["Dead letters"].status == "ok"
    sqs, urls = session.client("sqs"), cleaning_deployed.outputs
    sqs.send_message(QueueUrl=urls["CleaningDeadLetterQueueUrl"], MessageBody="raw/blogs/_READY")

    check = answers(place)["Dead letters"]

    assert check.status == "warn"
    assert check.text.startswith("1 cleaning's event could not be delivered")
    assert "raw/blogs/_READY" in check.text
    assert check.fix.endswith(f"purge-queue --queue-url {urls['CleaningDeadLetterQueueUrl']}")

    sqs.send_message(QueueUrl=urls["DeadLetterQueueUrl"], MessageBody="corpora/blogs.txt")
    both = answers(place)["Dead letters"]
    assert "corpora/blogs.txt" in both.text
    assert "raw/blogs/_READY" in both.text
    assert both.fix.count("purge-queue") == 2


def test_dead_letters_of_tunings_are_seen_too(place, deployed, session):
    sqs = session.client("sqs")
    url = sqs.create_queue(QueueName="dead-tunings")["QueueUrl"]
    place.fakes["cloudformation"].outputs["TuningDeadLetterQueueUrl"] = url
    sqs.send_message(QueueUrl=url, MessageBody="tunings/blogs.json")

    assert answers(place)["Dead letters"].text.startswith("1 tuning's event could not be delivered")


def test_the_cleaning_stack_counts_where_it_is_deployed(place, cleaning_deployed):
    assert "Wordvectors-Cleaning is CREATE_COMPLETE" in answers(place)["Stacks"].text

    cleaning_deployed.states["Wordvectors-Cleaning"] = "ROLLBACK_COMPLETE"

    assert answers(place)["Stacks"].status == "fail"


def test_orphans_are_named(place, deployed, account):
    account.claim({"run_id": "wv-a", "status": "TRAINING", "execution_arn": (
        "arn:aws:states:eu-west-1:123456789012:execution:m:gone"
    )})  # fmt: skip

    check = answers(place)["Orphans"]

    assert check.status == "fail"
    assert "wv-a: the run is TRAINING, but its execution does not exist any more" in check.text
    assert "doctor --fix" in check.fix


class Refusing:
    """A client whose every call ends with the same error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            raise self.error

        return call


@pytest.mark.parametrize(
    "service", ["ssm", "cloudformation", "service-quotas", "iam", "events", "sqs", "sagemaker"]
)
@pytest.mark.parametrize(
    ("error", "text"),
    [
        (DENIED, "you may not ask: not allowed"),
        (EndpointConnectionError(endpoint_url="https://x"), "could not be asked"),
        (
            ClientError({"Error": {"Code": "Oops", "Message": "broken"}}, "Any"),
            "could not be asked: Oops: broken",
        ),
    ],
)
def test_what_may_not_be_asked_is_unknown_and_the_rest_is_answered(place, deployed, service, error, text):
    before = answers(place)
    place.fakes[service] = Refusing(error)

    found = answers(place)

    changed = {name for name in found if found[name] != before[name]}
    assert changed
    for name in changed:
        if found[name].text != "there is no deployment to look at":
            assert (found[name].status, text in found[name].text) == ("unknown", True), found[name]
    assert found["Credentials"].status == found["Region"].status == "ok"


def test_wrong_credentials(place):
    place.fakes["sts"] = Refusing(ClientError({"Error": {"Code": "ExpiredToken"}}, "GetCallerIdentity"))
    assert answers(place)["Credentials"].status == "fail"


@pytest.mark.parametrize(
    ("limits", "status", "text"),
    [
        (
            {},
            "ok",
            "may cost 100 USD (in China CNY) at most (max_run_cost), and 100 runs and cleanings may start on a day",
        ),
        ({"max_runs_per_day": 2}, "fail", "2 have started today"),
        ({"max_run_cost": None}, "warn", "may cost any amount"),
    ],
)
def test_what_may_be_spent_is_told_and_when_nothing_more_starts(place, deployed, limits, status, text):
    deployed["Limits"] = json.dumps(limits)
    for name in ("a", "b"):
        DailyStarts(boto3.client("dynamodb"), TABLE).admit(name, 5)

    found = answers(place)["Money"]

    assert found.status == status
    assert text in found.text
