"""Bucket and table: encrypted, private, and kept or removed as the environment says."""

from __future__ import annotations

from typing import Any

from tests.infra.conftest import Assembly
from tests.infra.templates import only, resources, text
from wordvectors.aws.rows import NEWEST_INDEX
from wordvectors.aws.run_table import BEST_INDEX
from wordvectors.cleaning.order import PARTS
from wordvectors.lifecycle.keys import CHECKPOINTS
from wordvectors.lifecycle.plan import MAX_RUNTIME_SECONDS

BUCKET, TABLE = "Bucket83908E77", "RunTable09D1EA90"
"""Their logical ids. CloudFormation replaces a resource whose id changes, and its data stays behind."""


def test_logical_ids_are_what_they_always_were(storage: dict[str, Any]) -> None:
    assert list(resources(storage, "AWS::S3::Bucket")) == [BUCKET]
    assert list(resources(storage, "AWS::DynamoDB::Table")) == [TABLE]


def test_names_are_left_to_cloudformation(production: Assembly) -> None:
    for template in (production.storage, production.pipeline):
        for resource in template["Resources"].values():
            given = set(resource["Properties"]) & {
                "BucketName",
                "TableName",
                "RoleName",
                "QueueName",
                "TopicName",
                "StateMachineName",
                "LayerName",
            }
            assert not given, resource
            if (
                "LogGroupName" in resource["Properties"]
            ):  # such as a kind of log group needs, and unique all the same
                assert "AWS::StackId" in text(resource["Properties"]["LogGroupName"])
            if resource["Type"] == "AWS::Lambda::Function":
                assert "FunctionName" not in resource["Properties"]
            if resource["Type"] == "AWS::Events::Rule":
                assert "Name" not in resource["Properties"]


def test_bucket_is_encrypted_versioned_and_private(storage: dict[str, Any]) -> None:
    bucket = only(storage, "AWS::S3::Bucket")
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4


def test_bucket_refuses_requests_without_tls(storage: dict[str, Any]) -> None:
    (statement,) = only(storage, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Action"] == "s3:*"
    assert statement["Principal"] == {"AWS": "*"}
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert [text(resource) for resource in statement["Resource"]] == ["${Bucket.Arn}", "${Bucket.Arn}/*"]


def test_bucket_announces_its_objects_without_a_function_to_set_it_up(production: Assembly) -> None:
    bucket = only(production.storage, "AWS::S3::Bucket")
    assert bucket["NotificationConfiguration"]["EventBridgeConfiguration"] == {"EventBridgeEnabled": True}
    assert not resources(production.storage, "AWS::Lambda::Function")


def test_bucket_forgets_replaced_objects_and_broken_uploads(storage: dict[str, Any]) -> None:
    rules = only(storage, "AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules)
    assert any(rule.get("NoncurrentVersionExpiration") == {"NoncurrentDays": 30} for rule in rules)
    assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)
    forgotten = [rule["Prefix"] for rule in rules if "ExpirationInDays" in rule]
    assert forgotten == [PARTS, CHECKPOINTS], "corpora and models are kept"


def test_a_checkpoint_outlives_the_longest_wait_for_spot_capacity_and_replaced_ones_a_day(
    storage: dict[str, Any],
) -> None:
    (rule,) = [
        rule
        for rule in only(storage, "AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
        if rule.get("Prefix") == CHECKPOINTS
    ]
    assert rule["ExpirationInDays"] * 86_400 > MAX_RUNTIME_SECONDS
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}


def test_table_is_encrypted_recoverable_and_paid_by_request(storage: dict[str, Any]) -> None:
    table = only(storage, "AWS::DynamoDB::Table")
    assert table["SSESpecification"]["SSEEnabled"] is True
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_table_is_keyed_by_run_with_indexes_for_newest_and_best(storage: dict[str, Any]) -> None:
    table = only(storage, "AWS::DynamoDB::Table")
    types = {
        attribute["AttributeName"]: attribute["AttributeType"] for attribute in table["AttributeDefinitions"]
    }

    def keys(schema: list[dict[str, str]]) -> list[tuple[str, str]]:
        return [(key["AttributeName"], types[key["AttributeName"]]) for key in schema]

    assert keys(table["KeySchema"]) == [("run_id", "S")]
    indexes = {index["IndexName"]: index for index in table["GlobalSecondaryIndexes"]}
    assert keys(indexes[NEWEST_INDEX]["KeySchema"]) == [("kind", "S"), ("created_at", "S")]
    assert keys(indexes[BEST_INDEX]["KeySchema"]) == [("corpus_key", "S"), ("mean_rho", "N")]
    assert {index["Projection"]["ProjectionType"] for index in indexes.values()} == {"ALL"}


def test_production_keeps_its_data(storage: dict[str, Any]) -> None:
    for id in (BUCKET, TABLE):
        assert storage["Resources"][id]["DeletionPolicy"] == "Retain"
        assert storage["Resources"][id]["UpdateReplacePolicy"] == "Retain"
    assert storage["Resources"][TABLE]["Properties"]["DeletionProtectionEnabled"] is True


def test_development_leaves_nothing_behind(development: Assembly) -> None:
    template = development.storage
    for id in (BUCKET, TABLE):
        assert template["Resources"][id]["DeletionPolicy"] == "Delete"
    assert not template["Resources"][TABLE]["Properties"].get("DeletionProtectionEnabled")
    (emptied,) = resources(template, "Custom::S3AutoDeleteObjects").values()
    assert emptied["Properties"]["BucketName"] == {"Ref": BUCKET}


def test_the_log_of_the_function_that_empties_the_bucket_goes_with_it(development: Assembly) -> None:
    template = development.storage
    ((group, logs),) = resources(template, "AWS::Logs::LogGroup").items()
    assert logs["DeletionPolicy"] == "Delete"
    assert only(template, "AWS::Lambda::Function")["LoggingConfig"] == {"LogGroup": {"Ref": group}}
    role = only(template, "AWS::IAM::Role")
    assert "ManagedPolicyArns" not in role
    (policy,) = role["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == [
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ]  # or it could make the group again
    assert statement["Resource"] == {"Fn::GetAtt": [group, "Arn"]}


def test_what_the_pipeline_uses_can_not_be_taken_away_from_it(production: Assembly) -> None:
    """CloudFormation refuses to remove or replace what is exported and imported."""
    exported = {output["Export"]["Name"] for output in production.storage["Outputs"].values()}
    imported = set(_imports(production.pipeline))
    assert imported
    assert imported <= exported


def _imports(value: Any) -> list[str]:
    if isinstance(value, dict):
        if set(value) == {"Fn::ImportValue"}:
            return [value["Fn::ImportValue"]]
        return [name for child in value.values() for name in _imports(child)]
    return [name for child in value for name in _imports(child)] if isinstance(value, list) else []
