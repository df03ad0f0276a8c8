"""app.py as a program: what a person or the CDK CLI sees of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from infra.application import add_stacks, cdk_json_context
from infra.node import bundled_node, use_bundled_node
from infra.settings import DeploymentSettings
from tests.infra.conftest import NO_BUNDLING, Assembly
from tests.infra.templates import resources, text
from wordvectors.project import root

WAITING = ("AWS::Lambda::Function", "AWS::Glue::Job", "AWS::StepFunctions::StateMachine")
REGIONS = ["us-east-1", "eu-west-1"]


def run_app(folder: Path, context: dict[str, object], **variables: str) -> subprocess.CompletedProcess[str]:
    """Run app.py by itself, as on a machine without an AWS profile and without a Node of its own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "CDK_")) and name != "JSII_NODE"
    }
    environment = {
        **kept,
        "PATH": "/nonexistent",
        "CDK_OUTDIR": str(folder / "cdk.out"),
        "CDK_CONTEXT_JSON": json.dumps(context),
        **variables,
    }
    return subprocess.run(
        [sys.executable, "app.py"], cwd=root(), env=environment, capture_output=True, text=True, check=False
    )


def test_synthesizes_without_account_region_or_system_node(tmp_path: Path, production: Assembly) -> None:
    """And, with the layer bundled, to the very templates that the other tests see without it."""
    done = run_app(tmp_path, {})
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "cdk.out"
    assert json.loads((folder / "Wordvectors-Storage.template.json").read_text()) == production.storage
    assert json.loads((folder / "Wordvectors-Pipeline.template.json").read_text()) == production.pipeline
    layers = {
        text({"Ref": id}): folder
        / f"asset.{found['Properties']['Content']['S3Key'].removesuffix('.zip')}"
        / "python"
        for id, found in resources(production.pipeline, "AWS::Lambda::LayerVersion").items()
    }
    assert (layers["${DependenciesLayer}"] / "pydantic").is_dir()
    assert (layers["${ReportDependenciesLayer}"] / "sklearn").is_dir()


def test_wrong_settings_and_region_end_it_with_sentences(tmp_path: Path) -> None:
    context = {"wordvectors.enviroment": "production", "wordvectors.max_queue_hours": "0"}
    done = run_app(tmp_path, context, CDK_DEFAULT_REGION="ap-southeast-5")
    assert done.returncode == 1
    hours, unknown, region = done.stderr.splitlines()
    assert hours == "wordvectors.max_queue_hours is '0'; it should be greater than or equal to 1"
    assert unknown.startswith("wordvectors.enviroment is not a setting")
    assert region.startswith(
        "SageMaker has no BlazingText image in ap-southeast-5; it has one in ap-southeast-1"
    )


def test_stacks_are_named_by_the_prefix(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), context={**cdk_json_context(), **NO_BUNDLING})
    stacks = add_stacks(app, DeploymentSettings(stack_prefix="Nlp-Test"))
    assert (stacks.storage.stack_name, stacks.pipeline.stack_name) == (
        "Nlp-Test-Storage",
        "Nlp-Test-Pipeline",
    )
    app.synth()


def test_outputs_are_what_the_command_line_reads(production: Assembly) -> None:
    others = ("ExportsOutput", "PublishOutput")  # what other stacks import
    assert {name for name in production.pipeline["Outputs"] if not name.startswith(others)} == {
        "BucketName",
        "TableName",
        "StateMachineArn",
        "TopicArn",
        "AlarmTopicArn",
        "DashboardName",
        "DeadLetterQueueUrl",
        "DefaultPlan",
        "Limits",
        "TrainingRoleArn",
        "CloseRunFunctionName",
        "RecordEvaluationFunctionName",
        "RenderReportFunctionName",
        "JobNamePrefix",
        "UploadRuleName",
    }


def test_findings_of_cdk_nag_end_the_synthesis(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), context={**cdk_json_context(), **NO_BUNDLING})
    stacks = add_stacks(app, DeploymentSettings())
    s3.Bucket(stacks.storage, "Careless")
    with pytest.raises(RuntimeError, match="AwsSolutions-S10"):
        app.synth()


def test_no_feature_flag_is_forgotten() -> None:
    """The flags that `cdk init` would set with this version of aws-cdk-lib, each at its recommended value."""
    (package,) = (Path(cdk.__file__).parent / "_jsii").glob("aws-cdk-lib@*.tgz")
    with tarfile.open(package) as archive:
        recommended = json.load(archive.extractfile("package/recommended-feature-flags.json"))
    flags = {key: value for key, value in cdk_json_context().items() if key.startswith("@aws-cdk")}
    assert flags == recommended


@pytest.mark.parametrize("environment", ["production", "development"])
def test_templates_are_clean_for_cfn_lint(environment: str, request: pytest.FixtureRequest) -> None:
    assembly: Assembly = request.getfixturevalue(environment)
    findings = {
        (match.rule.id, "/".join(map(str, match.path)))
        for template in (assembly.storage, assembly.pipeline, assembly.tuning, assembly.cleaning)
        for match in lint(json.dumps(template, indent=1), config=ManualArgs(regions=REGIONS))
    }
    # CDK lets a function, a job and a state machine wait for the role that they name; to wait twice is harmless.
    waits = {
        ("W3005", f"Resources/{id}/DependsOn/{position}")
        for template in (assembly.storage, assembly.pipeline, assembly.tuning, assembly.cleaning)
        for id, resource in template["Resources"].items()
        if resource["Type"] in WAITING
        for position, _ in enumerate(resource.get("DependsOn", []))
    }
    # The command line needs one stack's outputs only, so these two say again what the storage stack exports.
    repeated = {("W6001", f"Outputs/{name}/Value/Fn::ImportValue") for name in ("BucketName", "TableName")}
    assert findings - waits == repeated


def test_jsii_runs_on_the_bundled_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JSII_NODE", raising=False)
    use_bundled_node()
    assert os.environ["JSII_NODE"] == str(bundled_node())
    version = subprocess.run([bundled_node(), "--version"], capture_output=True, text=True, check=True).stdout
    assert int(version.removeprefix("v").partition(".")[0]) >= 22
    monkeypatch.setenv("JSII_NODE", "/my/node")
    use_bundled_node()
    assert os.environ["JSII_NODE"] == "/my/node"
