"""TrainingRole: what a training job may do."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from infra.constructs.permissions import allow, allow_decrypting
from wordvectors.blazingtext.log import TRAINING_LOG_GROUP
from wordvectors.lifecycle.keys import CHECKPOINTS, CORPORA, EVALUATION, MODELS

_READ = (CORPORA, CHECKPOINTS, EVALUATION)


class TrainingRole(Construct):
    """The execution role of the training jobs: read corpora, sets and code, write models, checkpoints, logs, metrics.

    Attributes
    ----------
    role : aws_cdk.aws_iam.Role
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket_arn: str,
        image_repository_arns: Sequence[str],
        code: Sequence[s3_assets.Asset],
        kms_key_arns: Sequence[str],
    ) -> None:
        """Make the role.

        Parameters
        ----------
        code
            Archives that a job may fetch, out of the bucket of the CDK's assets.
        """
        super().__init__(scope, id)
        self.role = iam.Role(
            self,
            "Role",
            description="What a wordvectors training job may do",
            assumed_by=iam.ServicePrincipal(
                "sagemaker.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
            ),
        )
        allow(
            self.role,
            "s3:GetObject",
            on=[f"{bucket_arn}/{folder}*" for folder in _READ],
            because="a job reads whichever corpus was uploaded, its plan's sets, and its run's checkpoint",
        )
        allow_decrypting(self.role, kms_key_arns)
        allow(
            self.role,
            "s3:ListBucket",
            on=[bucket_arn],
            conditions={"StringLike": {"s3:prefix": [f"{folder}*" for folder in _READ]}},
        )
        allow(
            self.role,
            "s3:GetObject",
            on=[archive.bucket.arn_for_objects(archive.s3_object_key) for archive in code],
        )
        allow(
            self.role,
            "s3:ListBucket",
            on=sorted({archive.bucket.bucket_arn for archive in code}),
            conditions={"StringEquals": {"s3:prefix": [archive.s3_object_key for archive in code]}},
        )
        allow(
            self.role,
            "s3:PutObject",
            "s3:AbortMultipartUpload",
            on=[f"{bucket_arn}/{MODELS}*", f"{bucket_arn}/{CHECKPOINTS}*"],
            because="SageMaker writes into a folder that it names for the job, and its run's checkpoints",
        )
        log_group = training_log_group_arn(self)
        # CloudWatch Logs asks for the right to create a group with and without a tail to its ARN.
        allow(self.role, "logs:CreateLogGroup", on=[log_group])
        allow(
            self.role,
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            on=[f"{log_group}:*"],
            because="SageMaker names the log streams",
        )
        allow(
            self.role,
            "cloudwatch:PutMetricData",
            on=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": TRAINING_LOG_GROUP}},
            because="PutMetricData, held to one namespace, and GetAuthorizationToken know no resources",
        )
        allow(self.role, "ecr:GetAuthorizationToken", on=["*"])
        allow(
            self.role,
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            on=list(image_repository_arns),
        )


def training_log_group_arn(scope: Construct) -> str:
    """Return the ARN of the log group that all training jobs of an account share."""
    return cdk.Stack.of(scope).format_arn(
        service="logs",
        resource="log-group",
        resource_name=TRAINING_LOG_GROUP,
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
