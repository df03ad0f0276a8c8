"""What AWS refuses, the local cloud refuses, whether it comes by itself or with a stack."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError, WaiterError


def code() -> bytes:
    """Return a function's archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): pass")
    return packed.getvalue()


def stack_fault(cloud, resource: dict) -> str:
    """Create a stack of one resource, and return why it failed; nothing if it did not."""
    stack = cloud.name("stack")
    cloud.cloudformation.create_stack(
        StackName=stack,
        TemplateBody=json.dumps({"Resources": {"It": resource}}),
        Capabilities=["CAPABILITY_IAM"],
    )
    try:
        cloud.cloudformation.get_waiter("stack_create_complete").wait(StackName=stack)
    except WaiterError:
        events = cloud.cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        return next(
            event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "CREATE_FAILED"
        )
    return ""


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ({"team": "aws:nlp"}, "aws: are reserved"),
        ({"AWS:team": "nlp"}, "aws: are reserved"),
        ({"Owner": "a", "owner": "b"}, "Tag keys are case insensitive"),
        ({"team": "nlp aws:"}, ""),
    ],
)
def test_tags_of_a_role(cloud, tags, sentence):
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    trust = cloud.trust("lambda.amazonaws.com")
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": json.loads(trust), "Tags": listed},
    }

    fault = stack_fault(cloud, role)
    assert sentence in fault
    assert bool(fault) is bool(sentence)

    def create():
        cloud.iam.create_role(RoleName=cloud.name("role"), AssumeRolePolicyDocument=trust, Tags=listed)

    if sentence:
        with pytest.raises(cloud.iam.exceptions.InvalidInputException, match=sentence):
            create()
    else:
        create()


@pytest.mark.parametrize(
    ("size", "fits"), [(4_096 - len('{"AB":""}'), True), (4_097 - len('{"AB":""}'), False)]
)
def test_the_environment_of_a_function_is_measured_as_json(cloud, size, fits):
    role = cloud.role(["lambda.amazonaws.com"])
    properties = {"Role": role, "Handler": "main.handler", "Runtime": "python3.13"}
    large = {"Variables": {"AB": "x" * size}}
    inline = {"ZipFile": "def handler(event, context): pass"}
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {**properties, "Code": inline, "Environment": large},
    }

    assert ("exceeded the 4KB limit" in stack_fault(cloud, function)) is not fits

    name, client = cloud.name("function"), cloud.lambda_
    client.create_function(FunctionName=name, Code={"ZipFile": code()}, **properties)
    if fits:
        client.update_function_configuration(FunctionName=name, Environment=large)
    else:
        with pytest.raises(client.exceptions.InvalidParameterValueException, match="exceeded the 4KB limit"):
            client.update_function_configuration(FunctionName=name, Environment=large)


@pytest.mark.parametrize(
    ("key", "is_there"),
    [("alias/aws/sns", True), ("arn:aws:kms:us-east-1:000000000000:alias/aws/sns", False)],
)
def test_a_key_of_awss_that_an_arn_names_takes_no_message(cloud, key, is_there):
    name = cloud.name("topic")
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name, "KmsMasterKeyId": key}}
    assert not stack_fault(cloud, topic)
    sending = {"TopicArn": f"arn:aws:sns:us-east-1:000000000000:{name}", "Message": "text"}

    if is_there:
        assert cloud.sns.publish(**sending)["MessageId"]
    else:
        with pytest.raises(ClientError, match="KMSNotFound"):
            cloud.sns.publish(**sending)
