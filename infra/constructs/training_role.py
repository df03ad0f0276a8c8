"""TrainingRole: what a training job may do."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.nag import acknowledge_wildcard
from wordvectors.blazingtext import TRAINING_LOG_GROUP
from wordvectors.run import CORPORA, MODELS


class TrainingRole(Construct):
    """The execution role of the training jobs: read corpora, write models, write logs and metrics.

    Attributes
    ----------
    role : aws_cdk.aws_iam.Role
    """

    def __init__(self, scope: Construct, id: str, *, bucket_arn: str, image_repository_arn: str) -> None:
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
        self._allow(
            "s3:GetObject",
            on=f"{bucket_arn}/{CORPORA}*",
            because="a job reads whichever corpus was uploaded",
        )
        self._allow("s3:ListBucket", on=bucket_arn, conditions={"StringLike": {"s3:prefix": f"{CORPORA}*"}})
        self._allow(
            "s3:PutObject",
            "s3:AbortMultipartUpload",
            on=f"{bucket_arn}/{MODELS}*",
            because="SageMaker writes into a folder that it names for the job",
        )
        log_group = training_log_group_arn(self)
        # CloudWatch Logs asks for the right to create a group with and without a tail to its ARN.
        self._allow("logs:CreateLogGroup", on=log_group)
        self._allow(
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            on=f"{log_group}:*",
            because="SageMaker names the log streams",
        )
        self._allow(
            "cloudwatch:PutMetricData",
            on="*",
            conditions={"StringEquals": {"cloudwatch:namespace": TRAINING_LOG_GROUP}},
            because="PutMetricData, held to one namespace, and GetAuthorizationToken know no resources",
        )
        self._allow("ecr:GetAuthorizationToken", on="*")
        self._allow(
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            on=image_repository_arn,
        )

    def _allow(
        self,
        *actions: str,
        on: str,
        because: str | None = None,
        conditions: dict[str, dict[str, str]] | None = None,
    ) -> None:
        self.role.add_to_policy(
            iam.PolicyStatement(actions=list(actions), resources=[on], conditions=conditions)
        )
        if because is not None:
            acknowledge_wildcard(self.role, on, reason=because)


def training_log_group_arn(scope: Construct) -> str:
    """Return the ARN of the log group that all training jobs of an account share."""
    return cdk.Stack.of(scope).format_arn(
        service="logs",
        resource="log-group",
        resource_name=TRAINING_LOG_GROUP,
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
