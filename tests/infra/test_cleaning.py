"""The stack that cleans: what may start it, what its roles allow, how it ends, and that it can be left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.constructs.cleaning_job import LIBRARY, REQUIREMENTS, SCRIPT
from infra.constructs.dependencies_layer import CONSTRAINTS, GLUE, install_packages
from infra.settings import DeploymentSettings, InvalidSettings
from tests.infra.conftest import Assembly, synthesize
from tests.infra.imports import assert_imports_are_in, imports
from tests.infra.templates import ASSET_HASH, as_list, machine, only, resources, statements, text
from tests.infra.test_events import rule
from tests.infra.test_permissions import KNOWN_WITHOUT_RESOURCES, XRAY, _summary
from wordvectors.cleaning.order import DPU
from wordvectors.project import root

ACCOUNT = "${AWS::Region}:${AWS::AccountId}"
JOB = f"arn:${{AWS::Partition}}:glue:{ACCOUNT}:job/${{CleaningJob}}"
ALLOWED = {
    "PlanCleaningRole": {
        ("logs:CreateLogStream logs:PutLogEvents", "${PlanCleaningLogs.Arn}"),
        XRAY,
        ("s3:GetObject", "${Bucket.Arn}/cleaning/* ${Bucket.Arn}/corpora/* ${Bucket.Arn}/raw/*"),
        ("s3:ListBucket", "${Bucket.Arn}", "s3:prefix StringLike raw/* cleaning/* corpora/*"),
        ("dynamodb:UpdateItem", "${RunTable.Arn}", "dynamodb:LeadingKeys ForAllValues:StringLike starts#*"),
        ("s3:PutObject", "${Bucket.Arn}/cleaning/*"),
    },
    "CloseCleaningRole": {
        ("logs:CreateLogStream logs:PutLogEvents", "${CloseCleaningLogs.Arn}"),
        XRAY,
        ("s3:GetObject", "${Bucket.Arn}/cleaning/*"),
        ("s3:ListBucket", "${Bucket.Arn}", "s3:prefix StringLike cleaning/*"),
        ("glue:BatchStopJobRun glue:GetJobRuns", JOB),
        ("sns:Publish", "${NotificationsTopic}"),
        ("sqs:SendMessage", "${DeadLettersQueue.Arn}"),
    },
    "UploadTriggerRole": {("states:StartExecution", "${WorkflowStateMachine}")},
}


@pytest.mark.parametrize("role", ALLOWED)
def test_role_allows_this_and_nothing_else(cleaning: dict[str, Any], role: str) -> None:
    assert {_summary(statement) for statement in statements(cleaning, role)} == ALLOWED[role]


def test_the_job_reads_documents_and_writes_corpora_and_no_models(cleaning: dict[str, Any]) -> None:
    allowed: dict[str, set[str]] = {}
    for statement in statements(cleaning, "CleaningRole"):
        for action in as_list(statement["Action"]):
            allowed.setdefault(action, set()).update(map(text, as_list(statement["Resource"])))
    folders = {
        action: {place.split("/", 1)[1] for place in places if place.startswith("${Bucket.Arn}/")}
        for action, places in allowed.items()
    }
    assert folders["s3:GetObject"] == {"raw/*", "cleaning/*", "cleaning-parts/*", "corpora/*"}
    assert folders["s3:PutObject"] == {"corpora/*", "cleaning/*", "cleaning-parts/*"}
    assert folders["s3:DeleteObject"] == {"cleaning-parts/*"}
    assert set(allowed) == {
        "s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:AbortMultipartUpload", "s3:DeleteObject",
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
    }  # fmt: skip
    assets = [place for place in allowed["s3:GetObject"] if "Bucket.Arn" not in place]
    assert len(assets) == 3
    assert not [place for place in assets if "*" in place]


def test_every_role_is_looked_at(cleaning: dict[str, Any]) -> None:
    roles = {text({"Ref": id}).strip("${}") for id in resources(cleaning, "AWS::IAM::Role")}
    assert roles == {*ALLOWED, "CleaningRole", "WorkflowStateMachineRole"}


def test_the_machine_runs_this_job_and_no_other(cleaning: dict[str, Any]) -> None:
    found = [
        statement
        for statement in statements(cleaning, "WorkflowStateMachineRole")
        if str(statement["Action"]).count("glue:")
    ]
    assert [text(resource) for statement in found for resource in as_list(statement["Resource"])] == [JOB]


def test_only_actions_that_know_no_resources_have_all(cleaning: dict[str, Any]) -> None:
    unbounded = {
        action
        for policy in resources(cleaning, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    }
    assert unbounded <= KNOWN_WITHOUT_RESOURCES


def test_a_marker_and_nothing_else_starts_it(cleaning: dict[str, Any]) -> None:
    found = rule(cleaning, "UploadTrigger")
    assert found["EventPattern"]["detail"]["object"] == {"key": [{"wildcard": "raw/*/_READY"}]}
    (target,) = found["Targets"]
    assert "$.detail.object.sequencer" in target["InputTransformer"]["InputPathsMap"].values()


def test_every_failure_leads_to_the_one_exit(cleaning: dict[str, Any]) -> None:
    states = machine(cleaning)["States"]
    catches = {
        "PlanCleaning": {"Next": "ErrorAlone"},
        "CleanDocuments": {"Next": "CloseCleaning", "ResultPath": "$.error"},
    }
    for name, catch in catches.items():
        assert states[name]["Catch"][-1] == {"ErrorEquals": ["States.ALL"], **catch}
        assert all(retry["JitterStrategy"] == "FULL" for retry in states[name]["Retry"])
    # The caller's input is dropped: none of it may pass as the pipeline's state.
    assert states["ErrorAlone"] == {"Type": "Pass", "Parameters": {"error.$": "$"}, "Next": "CloseCleaning"}
    assert states["PlanOutcome"]["Default"] == "CloseCleaning"
    assert states["CleanDocuments"]["TimeoutSeconds"] >= 480 * 60


def test_only_what_glue_refused_for_its_rate_is_tried_again_and_not_for_ever(
    cleaning: dict[str, Any],
) -> None:
    states = machine(cleaning)["States"]
    assert states["CleanDocuments"]["Catch"][0] == {
        "ErrorEquals": ["Glue.AWSGlueException"], "ResultPath": "$.error", "Next": "Refused",
    }  # fmt: skip
    (again,) = states["Refused"]["Choices"]
    assert again["And"] == [
        {"Variable": "$.error.Cause", "StringMatches": "*Rate exceeded*"},
        {"Variable": "$.tries", "NumericLessThan": 12},
    ]
    assert states["Refused"]["Default"] == "CloseCleaning"
    assert (again["Next"], states["OneMoreTry"]["Next"], states["Pause"]["Next"]) == (
        "OneMoreTry", "Pause", "CleanDocuments",
    )  # fmt: skip
    kept = states["OneMoreTry"]["Parameters"]
    assert kept["tries.$"] == "States.MathAdd($.tries, 1)"
    assert "error.$" not in kept  # or the next success would be told as this failure


def test_an_execution_that_ends_from_outside_is_closed(cleaning: dict[str, Any]) -> None:
    pattern = rule(cleaning, "StopOnAbort")["EventPattern"]
    assert {"ABORTED", "TIMED_OUT", "FAILED"} == set(pattern["detail"]["status"])


def test_the_job_is_bounded(cleaning: dict[str, Any]) -> None:
    job = only(cleaning, "AWS::Glue::Job")
    assert (job["GlueVersion"], job["WorkerType"], job["NumberOfWorkers"]) == ("5.0", "G.1X", 4)
    assert job["MaxRetries"] == 0
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 2}
    assert job["Timeout"] == 480
    logs = resources(cleaning, "AWS::Logs::LogGroup").values()
    assert all(group["Properties"]["RetentionInDays"] == 90 for group in logs)


@pytest.mark.parametrize(("workers", "worker_type", "minutes"), [(4, "G.1X", 480), (20, "G.2X", 75)])
def test_no_cleaning_is_billed_more_than_allowed(workers: int, worker_type: str, minutes: int) -> None:
    settings = DeploymentSettings.model_validate({"cleaning": {"worker_type": worker_type}}).cleaning
    assert settings.limits.minutes(workers) == minutes
    assert minutes / 60 * workers * DPU[worker_type] <= settings.max_dpu_hours


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"workers": 30}, "30 workers, more than max_workers"),
        ({"max_dpu_hours": 1}, "less than 5 minutes"),
        ({"worker_type": "Standard"}, "worker_type"),
        ({"default_recipe": {"lowr": True}}, "lowr is no setting of a recipe"),
        ({"colour": 1}, "known are enabled"),
    ],
)
def test_wrong_settings_are_said(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidSettings, match=sentence):
        DeploymentSettings.from_context({"wordvectors": {"cleaning": given}})


def test_it_can_be_left_out(tmp_path: Path) -> None:
    without = synthesize(tmp_path, {"wordvectors.cleaning.enabled": "false"})
    assert without.cleaning == {}
    assert not (tmp_path / "Wordvectors-Cleaning.template.json").exists()


def test_the_library_holds_what_the_job_imports(production: Assembly) -> None:
    job = only(production.cleaning, "AWS::Glue::Job")
    found = ASSET_HASH.search(json.dumps(job["DefaultArguments"]["--extra-py-files"]))
    assert found is not None
    shipped = production.folder / f"asset.{found[0]}"
    files = {file.relative_to(shipped).as_posix() for file in shipped.rglob("*") if file.is_file()}
    assert files == {
        file.relative_to(root()).as_posix() for pattern in LIBRARY for file in root().glob(pattern)
    }
    of_the_script = {name for name in imports(SCRIPT) if name.startswith("wordvectors")}
    assert {"wordvectors.glue.cleaning_job", "wordvectors.glue.cleaning_engines"} <= of_the_script
    assert_imports_are_in(shipped, of_the_script, packages=("wordvectors",))


def test_packages_are_for_glue(tmp_path: Path) -> None:
    install_packages(REQUIREMENTS, CONSTRAINTS, tmp_path, GLUE)
    compiled = [file.name for file in tmp_path.rglob("*.so")]
    assert {"pydantic", "sentencex", "zstandard"} <= {path.name for path in tmp_path.iterdir()}
    assert all("x86_64" in name for name in compiled if "cpython" in name)
    assert any("cpython-311" in name for name in compiled)
