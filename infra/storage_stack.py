"""StorageStack: the bucket and the table of runs, which outlive the pipeline."""

from __future__ import annotations

from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.log_group import short_lived_log_group
from infra.nag import acknowledge
from wordvectors.aws.rows import NEWEST_INDEX
from wordvectors.aws.run_table import BEST_INDEX
from wordvectors.cleaning.order import PARTS
from wordvectors.lifecycle.keys import CHECKPOINTS

CHECKPOINT_DAYS = 30
"""Longer than SageMaker's longest training job, in which a checkpoint may wait for spot capacity."""


class StorageStack(cdk.Stack):
    """Where corpora, models and runs are kept.

    Attributes
    ----------
    bucket : aws_cdk.aws_s3.Bucket
        Corpora, plans, models and what is derived from runs. Announces its objects to EventBridge.
    run_table : aws_cdk.aws_dynamodb.Table
        One item per run.
    """

    def __init__(
        self, scope: Construct, id: str, *, keeps_data: bool, log_retention: int, **kwargs: Any
    ) -> None:
        super().__init__(scope, id, **kwargs)
        removal_policy = cdk.RemovalPolicy.RETAIN if keeps_data else cdk.RemovalPolicy.DESTROY

        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="forget-what-was-replaced",
                    noncurrent_version_expiration=cdk.Duration.days(30),
                    expired_object_delete_marker=True,
                ),
                s3.LifecycleRule(
                    id="forget-parts-of-cleanings",
                    prefix=PARTS,
                    expiration=cdk.Duration.days(7),
                    noncurrent_version_expiration=cdk.Duration.days(1),
                ),
                s3.LifecycleRule(
                    id="forget-checkpoints",
                    prefix=CHECKPOINTS,
                    expiration=cdk.Duration.days(CHECKPOINT_DAYS),
                    noncurrent_version_expiration=cdk.Duration.days(1),
                ),
                s3.LifecycleRule(
                    id="abort-unfinished-uploads",
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                ),
            ],
            removal_policy=removal_policy,
            auto_delete_objects=not keeps_data,
        )

        _announce_to_event_bridge(self.bucket)
        if not keeps_data:
            self._remove_log_of_emptying(log_retention)
        acknowledge(
            self.bucket,
            "S1",
            reason="Only the pipeline's roles and the account's own people read here; for a record of each "
            "access there are CloudTrail's data events, without a second bucket to pay for",
        )

        self.run_table = dynamodb.Table(
            self,
            "RunTable",
            partition_key=_text("run_id"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=keeps_data,
            removal_policy=removal_policy,
        )
        self.run_table.add_global_secondary_index(
            index_name=NEWEST_INDEX, partition_key=_text("kind"), sort_key=_text("created_at")
        )
        self.run_table.add_global_secondary_index(
            index_name=BEST_INDEX,
            partition_key=_text("corpus_key"),
            sort_key=dynamodb.Attribute(name="mean_rho", type=dynamodb.AttributeType.NUMBER),
        )

        # CloudFormation then refuses to take the bucket or the table away from under a pipeline that stands.
        for resource in (self.bucket, self.run_table):
            cdk.CrossStackReferences.of(resource).produce(cdk.ReferenceStrength.STRONG)

    def _remove_log_of_emptying(self, retention: int) -> None:
        """Give CDK's function that empties the bucket a log group that goes with the stack, and no right to another.

        By itself it logs to `/aws/lambda/NAME`, which Lambda makes and nothing removes.
        """
        provider = self.node.find_child("Custom::S3AutoDeleteObjectsCustomResourceProvider")
        function, role = (
            cast(cdk.CfnResource, provider.node.find_child(name)) for name in ("Handler", "Role")
        )
        group = short_lived_log_group(self, "EmptyingLogs", retention=retention)
        function.add_property_override("LoggingConfig", {"LogGroup": group.log_group_name})
        writing = {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": group.log_group_arn,
        }
        policy = {"PolicyName": "Log", "PolicyDocument": {"Version": "2012-10-17", "Statement": [writing]}}
        role.add_property_deletion_override("ManagedPolicyArns")
        role.add_property_override("Policies", [policy])


def _announce_to_event_bridge(bucket: s3.Bucket) -> None:
    """Set the bucket's own property; CDK's `event_bridge_enabled` would add a function to set it."""
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def exported_arn(bucket: s3.IBucket) -> str:
    """Return a bucket's ARN as other stacks write it: an import from the storage stack, by name."""
    return cdk.Stack.of(bucket).export_value(bucket.bucket_arn)
