"""Each role's whole policy, statement by statement: nothing may come in unseen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.conftest import Assembly, synthesize
from tests.infra.templates import ASSET_HASH, as_list, resources, statements, text

ACCOUNT = "${AWS::Region}:${AWS::AccountId}"
JOBS = f"arn:${{AWS::Partition}}:sagemaker:{ACCOUNT}:training-job/wv-*"
OWN_JOBS = (
    JOBS.replace("wv-*", "*"),
    "aws:ResourceTag/wordvectors:runs-table StringEquals ${RunTable}",
)
"""Whatever their names."""
TRAINING_LOGS = f"arn:${{AWS::Partition}}:logs:{ACCOUNT}:log-group:/aws/sagemaker/TrainingJobs"
ASSETS = 'arn:${AWS::Partition}:s3:::{"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}'
"""The bucket of the CDK's assets."""
XRAY = ("xray:PutTelemetryRecords xray:PutTraceSegments", "*")

ALLOWED = {
    "PlanRunRole": {
        ("logs:CreateLogStream logs:PutLogEvents", "${PlanRunLogs.Arn}"),
        (f"pricing:GetProducts {XRAY[0]}", "*"),
        (
            "s3:GetObject",
            "${Bucket.Arn}/corpora/* ${Bucket.Arn}/evaluation/* ${Bucket.Arn}/plans/* ${Bucket.Arn}/prices/*",
        ),
        ("s3:GetObjectVersion", "${Bucket.Arn}/corpora/*"),
        ("s3:ListBucket", "${Bucket.Arn}", "s3:prefix StringLike corpora/* evaluation/* plans/* prices/*"),
        ("s3:PutObject", "${Bucket.Arn}/prices/* ${Bucket.Arn}/runs/*"),
        ("dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem", "${RunTable.Arn}"),
        ("dynamodb:Query", "${RunTable.Arn}/index/newest"),
    },
    "StartTrainingRole": {
        ("logs:CreateLogStream logs:PutLogEvents", "${StartTrainingLogs.Arn}"),
        XRAY,
        ("s3:ListBucket", "${Bucket.Arn}", "s3:prefix StringLike corpora/* evaluation/*"),
        ("sagemaker:AddTags sagemaker:CreateTrainingJob sagemaker:StopTrainingJob", JOBS),
        ("iam:PassRole", "${TrainingRole.Arn}", "iam:PassedToService StringEquals sagemaker.amazonaws.com"),
        ("dynamodb:GetItem dynamodb:UpdateItem", "${RunTable.Arn}"),
    },
    "PollTrainingRole": {
        ("logs:CreateLogStream logs:PutLogEvents", "${PollTrainingLogs.Arn}"),
        XRAY,
        ("sagemaker:DescribeTrainingJob", JOBS),
        ("sagemaker:DescribeTrainingJob", *OWN_JOBS),
        ("logs:DescribeLogStreams logs:GetLogEvents", f"{TRAINING_LOGS}:*"),
        ("dynamodb:GetItem dynamodb:UpdateItem", "${RunTable.Arn}"),
    },
    "RecordEvaluationRole": {
        ("logs:CreateLogStream logs:PutLogEvents", "${RecordEvaluationLogs.Arn}"),
        XRAY,
        ("s3:GetObject", "${Bucket.Arn}/corpora/* ${Bucket.Arn}/evaluation/* ${Bucket.Arn}/models/*"),
        ("s3:ListBucket", "${Bucket.Arn}", "s3:prefix StringLike corpora/* evaluation/* models/*"),
        ("s3:PutObject", "${Bucket.Arn}/runs/*"),
        ("dynamodb:GetItem dynamodb:UpdateItem", "${RunTable.Arn}"),
    },
    "RenderReportRole": {
        ("logs:CreateLogStream logs:PutLogEvents", "${RenderReportLogs.Arn}"),
        XRAY,
        ("s3:GetObject", "${Bucket.Arn}/corpora/* ${Bucket.Arn}/models/*"),
        ("s3:ListBucket", "${Bucket.Arn}", "s3:prefix StringLike corpora/* models/*"),
        ("s3:PutObject", "${Bucket.Arn}/runs/*"),
        ("logs:DescribeLogStreams logs:GetLogEvents", f"{TRAINING_LOGS}:*"),
        ("dynamodb:GetItem dynamodb:UpdateItem", "${RunTable.Arn}"),
        ("dynamodb:Query", "${RunTable.Arn}/index/best"),
    },
    "CloseRunRole": {
        ("logs:CreateLogStream logs:PutLogEvents", "${CloseRunLogs.Arn}"),
        XRAY,
        ("sagemaker:StopTrainingJob", JOBS),
        ("sagemaker:StopTrainingJob", *OWN_JOBS),
        ("sns:Publish", "${NotificationsTopic}"),
        ("dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem", "${RunTable.Arn}"),
        ("dynamodb:Query", "${RunTable.Arn}/index/newest"),
        ("sqs:SendMessage", "${DeadLettersQueue.Arn}"),
    },
    "TrainingRole": {
        (
            "s3:GetObject",
            f"{ASSETS}/<asset>.zip {ASSETS}/<asset>.zip ${{Bucket.Arn}}/checkpoints/* ${{Bucket.Arn}}/corpora/* "
            "${Bucket.Arn}/evaluation/*",
        ),
        ("s3:ListBucket", "${Bucket.Arn}", "s3:prefix StringLike corpora/* checkpoints/* evaluation/*"),
        ("s3:ListBucket", ASSETS, "s3:prefix StringEquals <asset>.zip <asset>.zip"),
        ("s3:AbortMultipartUpload s3:PutObject", "${Bucket.Arn}/checkpoints/* ${Bucket.Arn}/models/*"),
        ("logs:CreateLogGroup", TRAINING_LOGS),
        (
            "logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents",
            f"{TRAINING_LOGS}:*",
        ),
        ("cloudwatch:PutMetricData", "*", "cloudwatch:namespace StringEquals /aws/sagemaker/TrainingJobs"),
        ("ecr:GetAuthorizationToken", "*"),
        (
            "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer",
            "arn:${AWS::Partition}:ecr:${AWS::Region}:${Registries.Account}:repository/blazingtext "
            "arn:${AWS::Partition}:ecr:${AWS::Region}:${Registries.ScikitLearnAccount}:repository/sagemaker-scikit-learn",
        ),
    },
    "UploadTriggerRole": {("states:StartExecution", "${WorkflowStateMachine}")},
}

KNOWN_WITHOUT_RESOURCES = {
    # X-Ray, of the functions and of the state machine
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    # the public price list
    "pricing:GetProducts",
    # of a training job; the metrics are held to a namespace
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    # the state machine's log delivery
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
}


def _summary(statement: dict[str, Any]) -> tuple[str, ...]:
    assert statement["Effect"] == "Allow"
    line = (
        " ".join(as_list(statement["Action"])),
        " ".join(text(resource) for resource in as_list(statement["Resource"])),
    )
    conditions = [
        " ".join((key, operator, *map(text, as_list(values))))
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    ]
    return tuple(ASSET_HASH.sub("<asset>", part) for part in (*line, *conditions))


@pytest.mark.parametrize("role", ALLOWED)
def test_role_allows_this_and_nothing_else(pipeline: dict[str, Any], role: str) -> None:
    assert {_summary(statement) for statement in statements(pipeline, role)} == ALLOWED[role]


def test_every_role_is_looked_at(pipeline: dict[str, Any]) -> None:
    roles = {text({"Ref": id}).strip("${}") for id in resources(pipeline, "AWS::IAM::Role")}
    assert roles == {*ALLOWED, "WorkflowStateMachineRole"}


def test_workflow_calls_the_six_functions_and_no_others(pipeline: dict[str, Any]) -> None:
    found = [
        s for s in statements(pipeline, "WorkflowStateMachineRole") if s["Action"] == "lambda:InvokeFunction"
    ]
    called = {text(resource).removesuffix(":*") for statement in found for resource in statement["Resource"]}
    assert called == {
        "${PlanRunFunction.Arn}",
        "${StartTrainingFunction.Arn}",
        "${PollTrainingFunction.Arn}",
        "${RecordEvaluationFunction.Arn}",
        "${RenderReportFunction.Arn}",
        "${CloseRunFunction.Arn}",
    }


def test_only_actions_that_know_no_resources_have_all(pipeline: dict[str, Any]) -> None:
    unbounded = {
        action
        for policy in resources(pipeline, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    }
    assert unbounded == KNOWN_WITHOUT_RESOURCES


def test_no_action_is_a_pattern(pipeline: dict[str, Any]) -> None:
    for policy in resources(pipeline, "AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert not [action for action in as_list(statement["Action"]) if "*" in action]


def test_no_managed_policy_and_no_policy_in_a_role(production: Assembly) -> None:
    for template in (production.storage, production.pipeline):
        for role in resources(template, "AWS::IAM::Role").values():
            assert "ManagedPolicyArns" not in role["Properties"]
            assert "Policies" not in role["Properties"]


def test_training_role_serves_this_account_only(pipeline: dict[str, Any]) -> None:
    (role,) = [
        role for id, role in resources(pipeline, "AWS::IAM::Role").items() if id.startswith("TrainingRole")
    ]
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_each_function_has_a_role_of_its_own(pipeline: dict[str, Any]) -> None:
    roles = [text(f["Properties"]["Role"]) for f in resources(pipeline, "AWS::Lambda::Function").values()]
    assert len(set(roles)) == len(roles) == 6


def test_the_keys_of_the_settings_are_for_those_who_read_uploads_and_through_s3_only(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    found = synthesize(tmp_path_factory.mktemp("keys"), {"wordvectors.kms_key_arns": key})

    users = {
        (role, summary)
        for template in (found.pipeline, found.tuning, found.cleaning)
        for role in {text({"Ref": id}).strip("${}") for id in resources(template, "AWS::IAM::Role")}
        for summary in map(_summary, statements(template, role))
        if "kms:" in str(summary)
    }

    use = ("kms:Decrypt", key, "kms:ViaService StringEquals s3.${AWS::Region}.${AWS::URLSuffix}")
    readers = (
        *("PlanRun", "RecordEvaluation", "RenderReport", "Training", "PlanTuning", "JudgeTuning"),
        *("PlanCleaning", "Cleaning"),
    )
    assert users == {(f"{reader}Role", use) for reader in readers}


def test_job_name_prefix_bounds_the_jobs(tmp_path_factory: pytest.TempPathFactory) -> None:
    template = synthesize(tmp_path_factory.mktemp("prefix"), {"wordvectors.job_name_prefix": "nlp"}).pipeline
    jobs = {
        text(resource)
        for policy in resources(template, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for resource in as_list(statement["Resource"])
        if ":training-job/" in text(resource)
    }
    assert jobs == {JOBS.replace("wv-", "nlp-"), OWN_JOBS[0]}
