"""Assemblies synthesized from an app and deployed with boto3, on a small app without the CDK."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local_cloud import assembly, deployer, stacks
from local_cloud.connection import Files
from local_cloud.errors import DeploymentError, SynthesisError

HANDLER = """
import boto3, os
def handler(event, context):
    item = {"run_id": {"S": event["key"]}, "version": {"S": "VERSION"}}
    boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=item)
    return event
"""


def role(service: str, *statements: tuple[str, object]) -> dict:
    """A role resource."""
    allowed = [{"Effect": "Allow", "Action": action, "Resource": on} for action, on in statements]
    policies = [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": allowed}}]
    trusted = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Statement": [trusted]}, "Policies": policies},
    }


def arn(name: str) -> dict:
    """The ARN of another resource."""
    return {"Fn::GetAtt": [name, "Arn"]}


def storage() -> dict:
    """A bucket that tells EventBridge what is uploaded, and a table, for the other stack."""
    key = [{"AttributeName": "run_id", "KeyType": "HASH"}]
    outputs = {"Table": {"Ref": "Table"}, "TableArn": arn("Table"), "Bucket": {"Ref": "Bucket"}}
    return {
        "Parameters": {
            "BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": "/cdk-bootstrap/hnb659fds/version",
            }
        },
        "Rules": {"CheckBootstrapVersion": {"Assertions": [{"Assert": {"Fn::Equals": ["a", "b"]}}]}},
        "Resources": {
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"NotificationConfiguration": {"EventBridgeConfiguration": {}}},
            },
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "KeySchema": key,
                    "AttributeDefinitions": [{"AttributeName": "run_id", "AttributeType": "S"}],
                    "BillingMode": "PAY_PER_REQUEST",
                },
            },
        },
        "Outputs": {
            name: {"Value": value, "Export": {"Name": f"small-{name}"}} for name, value in outputs.items()
        },
    }


def pipeline(asset: str) -> dict:
    """Upload rule, state machine and function."""
    definition = {
        "StartAt": "First",
        "States": {
            "First": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "${Function}", "Payload": {"key.$": "$.detail.object.key"}},
                "End": True,
            }
        },
    }
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [{"Fn::ImportValue": "small-Bucket"}]}}}
    return {
        "Resources": {
            "FunctionRole": role(
                "lambda.amazonaws.com", ("dynamodb:PutItem", {"Fn::ImportValue": "small-TableArn"})
            ),
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": "python3.13",
                    "Handler": "main.handler",
                    "Role": arn("FunctionRole"),
                    "Code": {
                        "S3Bucket": {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"},
                        "S3Key": f"{asset}.zip",
                    },
                    "Environment": {"Variables": {"TABLE": {"Fn::ImportValue": "small-Table"}}},
                },
            },
            "MachineRole": role("states.amazonaws.com", ("lambda:InvokeFunction", arn("Function"))),
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "DefinitionString": {"Fn::Sub": [json.dumps(definition), {"Function": arn("Function")}]},
                    "RoleArn": arn("MachineRole"),
                },
            },
            "RuleRole": role("events.amazonaws.com", ("states:StartExecution", {"Ref": "Machine"})),
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventPattern": pattern,
                    "Targets": [{"Id": "m", "Arn": {"Ref": "Machine"}, "RoleArn": arn("RuleRole")}],
                },
            },
        },
        "Outputs": {"MachineArn": {"Value": {"Ref": "Machine"}}},
    }


def write_assembly(folder: Path, version: str, change=lambda templates: None) -> Path:
    """An assembly of two stacks, the one that depends on the other named first."""
    asset = f"asset{version}"
    (folder / asset).mkdir(parents=True)
    (folder / asset / "main.py").write_text(HANDLER.replace("VERSION", version))
    templates = {"Small-Storage": storage(), "Small-Pipeline": pipeline(asset)}
    change(templates)
    destination = {
        "bucketName": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}",
        "objectKey": f"{asset}.zip",
    }
    files = {asset: {"source": {"path": asset, "packaging": "zip"}, "destinations": {"here": destination}}}
    (folder / "Small-Pipeline.assets.json").write_text(json.dumps({"files": files}))
    for name, template in templates.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template))
    artifacts = {
        "Small-Pipeline.assets": {
            "type": "cdk:asset-manifest",
            "properties": {"file": "Small-Pipeline.assets.json"},
        },
        "Small-Pipeline": {
            "type": "aws:cloudformation:stack",
            "dependencies": ["Small-Storage", "Small-Pipeline.assets"],
            "properties": {"templateFile": "Small-Pipeline.template.json"},
        },
        "Small-Storage": {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": "Small-Storage.template.json"},
        },
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return folder


@pytest.fixture(scope="module")
def deployed(cloud, tmp_path_factory):
    """The outputs of the first deployment."""
    folder = write_assembly(tmp_path_factory.mktemp("assembly") / "cdk.out", "1")
    return deployer.deploy(folder, cloud.connection)


def version_of(cloud, outputs: dict, key: str) -> str | None:
    """The version of the function that saw an uploaded key."""
    item = cloud.dynamodb.get_item(TableName=outputs["Table"], Key={"run_id": {"S": key}}).get("Item")
    return item and item["version"]["S"]


def test_an_upload_runs_through_the_deployed_stacks(cloud, deployed):
    cloud.s3.put_object(Bucket=deployed["Bucket"], Key="first.txt", Body=b"a b c")
    seen = cloud.wait_for(lambda: version_of(cloud, deployed, "first.txt"), what="the row")
    assert seen == "1"
    machine = deployed["MachineArn"]
    cloud.wait_for(
        lambda: [execution["status"] for execution in
                 cloud.stepfunctions.list_executions(stateMachineArn=machine)["executions"]] == ["SUCCEEDED"]
    )  # fmt: skip


def test_deploying_again_changes_nothing_and_a_change_is_an_update(cloud, deployed, tmp_path):
    same = write_assembly(tmp_path / "same", "1")
    assert deployer.deploy(same, cloud.connection) == deployed
    changed = write_assembly(tmp_path / "changed", "2")
    assert deployer.deploy(changed, cloud.connection) == deployed
    cloud.s3.put_object(Bucket=deployed["Bucket"], Key="second.txt", Body=b"a b c")
    assert cloud.wait_for(lambda: version_of(cloud, deployed, "second.txt"), what="the row") == "2"


def test_a_stack_that_fails_says_which_resource_and_why(cloud, tmp_path):
    def fail(templates: dict) -> None:
        templates["Small-Pipeline"]["Resources"]["Wrong"] = {
            "Type": "Custom::Nothing",
            "Properties": {"ServiceToken": "arn:aws:lambda:us-east-1:000000000000:function:nobody"},
        }

    folder = write_assembly(tmp_path / "broken", "3", fail)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["artifacts"]["Small-Pipeline"]["properties"]["stackName"] = "Small-Broken"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(
        DeploymentError, match=r"Small-Broken could not be deployed: Wrong \(Custom::Nothing\)"
    ):
        deployer.deploy(folder, cloud.connection)
    with pytest.raises(DeploymentError, match="Wrong"):  # the remains of the first try are no hindrance
        deployer.deploy(folder, cloud.connection)


APP = """
import json, os, pathlib, sys
context = json.loads(os.environ["CDK_CONTEXT_JSON"])
if context.get("fault"):
    sys.exit("wordvectors.owner is 7; it should be text")
pathlib.Path("runs").open("a").write("x")
sys.path.insert(0, PROJECT)
from pathlib import Path
import importlib.util
spec = importlib.util.spec_from_file_location("small", MODULE)
small = importlib.util.module_from_spec(spec)
spec.loader.exec_module(small)
small.write_assembly(Path(os.environ["CDK_OUTDIR"]), "1")
pathlib.Path("context.json").write_text(json.dumps(context))
"""


@pytest.fixture
def project(tmp_path):
    """A project whose app writes the small assembly and counts how often it ran."""
    folder = tmp_path / "project"
    (folder / "infra").mkdir(parents=True)
    (folder / "infra" / "stack.py").write_text("first")
    code = APP.replace("PROJECT", repr(str(assembly.PROJECT))).replace("MODULE", repr(__file__))
    (folder / "app.py").write_text(code)
    return folder


def test_stacks_are_synthesized_once_until_a_source_changes(cloud, project):
    (Files(Path(cloud.connection.home)).deployment).unlink(missing_ok=True)
    runs = project / "runs"
    first = stacks.ensure_deployed(cloud.connection, project)
    assert stacks.ensure_deployed(cloud.connection, project) == first
    assert runs.read_text() == "x"
    context = json.loads((project / "context.json").read_text())
    assert context["aws:cdk:bundling-stacks"] == []
    assert context["wordvectors.poll_seconds_min"] == 1
    (project / "infra" / "stack.py").write_text("second")
    assert stacks.ensure_deployed(cloud.connection, project) == first
    assert runs.read_text() == "xx"
    cloud.cloudformation.delete_stack(StackName="Small-Pipeline")  # removed behind our back
    cloud.wait_for(lambda: deployer.stack_status(cloud.cloudformation, "Small-Pipeline") is None)
    assert stacks.ensure_deployed(cloud.connection, project).keys() == first.keys()
    assert deployer.stack_status(cloud.cloudformation, "Small-Pipeline") == "CREATE_COMPLETE"
    assert runs.read_text() == "xx"  # the assembly was still there


def test_a_fault_in_the_settings_is_shown_as_the_app_prints_it(cloud, project):
    with pytest.raises(SynthesisError, match=r"wordvectors\.owner is 7; it should be text"):
        stacks.ensure_deployed(cloud.connection, project, {"fault": True})


def test_a_disk_that_is_full_is_told_without_the_programs_own_lines(tmp_path):
    (tmp_path / "app.py").write_text("raise OSError(28, 'No space left on device', 'cdk.out/asset')\n")
    with pytest.raises(SynthesisError) as full:
        assembly.synthesize(tmp_path / "cdk.out", tmp_path)
    assert str(full.value).splitlines()[1:] == [
        "OSError: [Errno 28] No space left on device: 'cdk.out/asset'"
    ]


def test_the_hash_of_the_sources_leaves_out_compiled_files(project):
    before = assembly.sources_hash(project)
    cache = project / "infra" / "__pycache__"
    cache.mkdir()
    (cache / "stack.cpython-311.pyc").write_bytes(b"compiled")
    assert assembly.sources_hash(project) == before
    assert assembly.sources_hash(project, {"wordvectors.owner": "nlp"}) != before
