"""CleaningJob: the Glue job that cleans documents on Spark, with what it may do and where its log goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from infra.constructs.dependencies_layer import CONSTRAINTS, GLUE, PackageBundling, layer_hash
from infra.constructs.log_group import short_lived_log_group, stack_path
from infra.constructs.permissions import allow, allow_decrypting, allow_listing
from infra.constructs.pipeline_function import all_but
from infra.nag import acknowledge
from infra.settings import CleaningSettings
from wordvectors.cleaning.order import CLEANING, GLUE_VERSION, PARTS, RAW
from wordvectors.lifecycle.keys import CORPORA
from wordvectors.project import root

SCRIPT = root() / "spark" / "clean_corpus.py"
REQUIREMENTS = root() / "spark" / "requirements.txt"
LOG_GROUPS = "/wordvectors"
LIBRARY = (
    "wordvectors/*.py",
    "wordvectors/aws/__init__.py",
    "wordvectors/aws/bucket.py",
    "wordvectors/aws/cleaning_claims.py",
    "wordvectors/aws/clients.py",
    "wordvectors/aws/errors.py",
    "wordvectors/aws/unreadable.py",
    "wordvectors/cleaning/*.py",
    "wordvectors/cleaning/readers/*.py",
    "wordvectors/corpus/__init__.py",
    "wordvectors/corpus/check.py",
    "wordvectors/corpus/count.py",
    "wordvectors/corpus/language.py",
    "wordvectors/corpus/signs.py",
    "wordvectors/glue/*.py",
    "wordvectors/lifecycle/__init__.py",
    "wordvectors/lifecycle/keys.py",
)
"""The part of the project that runs in the job; it needs boto3, numpy and the packages of spark/requirements.txt."""


class CleaningJob(Construct):
    """A Spark job that reads `raw/`, and writes one object under `corpora/`. Idle, it costs nothing.

    Attributes
    ----------
    job : aws_cdk.aws_glue.CfnJob
    arn : str
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: CleaningSettings,
        bucket: s3.IBucket,
        bucket_arn: str,
        kms_key_arns: Sequence[str],
        log_retention: int,
    ) -> None:
        super().__init__(scope, id)
        stack = cdk.Stack.of(self)
        script = s3_assets.Asset(self, "Script", path=str(SCRIPT))
        library = s3_assets.Asset(
            self,
            "Library",
            path=str(root()),
            exclude=all_but(LIBRARY),
            ignore_mode=cdk.IgnoreMode.GIT,
        )
        packages = s3_assets.Asset(
            self,
            "Packages",
            path=str(REQUIREMENTS.parent),
            asset_hash=layer_hash(REQUIREMENTS, CONSTRAINTS, platform=GLUE),
            asset_hash_type=cdk.AssetHashType.CUSTOM,
            bundling=cdk.BundlingOptions(
                image=cdk.DockerImage.from_registry("never-pulled"),
                local=cast(cdk.ILocalBundling, PackageBundling(REQUIREMENTS, platform=GLUE, folder="")),
            ),
        )
        log_prefix = f"{LOG_GROUPS}/{stack_path(self)}"
        for name in ("output", "error"):  # Glue's own names
            short_lived_log_group(
                self, f"{name.title()}Logs", retention=log_retention, name=f"{log_prefix}/{name}"
            )
        self._role = iam.Role(
            self,
            "Role",
            description="What a wordvectors cleaning job may do",
            assumed_by=iam.ServicePrincipal("glue.amazonaws.com"),
        )
        self._allow_objects(bucket_arn, [script, library, packages])
        allow_decrypting(self._role, kms_key_arns)
        self.job = glue.CfnJob(
            self,
            "Job",
            description="Cleans documents into a corpus",
            role=self._role.role_arn,
            command=glue.CfnJob.JobCommandProperty(
                name="glueetl", python_version="3", script_location=script.s3_object_url
            ),
            glue_version=GLUE_VERSION,
            worker_type=settings.worker_type,
            number_of_workers=settings.workers,
            timeout=settings.limits.minutes(settings.workers),
            max_retries=0,
            execution_property=glue.CfnJob.ExecutionPropertyProperty(
                max_concurrent_runs=settings.max_concurrent
            ),
            default_arguments={
                "--job-language": "python",
                "--extra-py-files": library.s3_object_url,
                "--packages": packages.s3_object_url,
                "--bucket": bucket.bucket_name,
                "--region": cdk.Aws.REGION,
                "--engine": "spark",
                "--custom-logGroup-prefix": log_prefix,
            },
        )
        self.job.node.add_dependency(self._role)
        self.arn = stack.format_arn(service="glue", resource="job", resource_name=self.job.ref)
        for finding, what in (
            ("GL1", "CloudWatch Logs encrypts its groups"),
            ("GL3", "No bookmarks are kept"),
        ):
            acknowledge(
                self.job, finding, reason=f"{what}; a key of the deployment's own is paid for by the month"
            )

    def _allow_objects(self, bucket_arn: str, assets: list[s3_assets.Asset]) -> None:
        any_document = "Which documents there are, uploads decide"
        allow(
            self._role,
            "s3:GetObject",
            on=[f"{bucket_arn}/{folder}*" for folder in (RAW, CLEANING, PARTS, CORPORA)],
            because=any_document,
        )
        allow(
            self._role,
            "s3:GetObject",
            on=[asset.bucket.arn_for_objects(asset.s3_object_key) for asset in assets],
        )
        allow_listing(self._role, bucket_arn, RAW, CLEANING, PARTS, CORPORA)
        allow(
            self._role,
            "s3:PutObject",
            on=[f"{bucket_arn}/{folder}*" for folder in (CORPORA, CLEANING, PARTS)],
            because="A corpus is named for its documents",
        )
        allow(
            self._role,
            "s3:AbortMultipartUpload",
            on=[f"{bucket_arn}/{folder}*" for folder in (CORPORA, PARTS)],
            because="A corpus is named for its documents",
        )
        allow(self._role, "s3:DeleteObject", on=[f"{bucket_arn}/{PARTS}*"], because=any_document)
        stack = cdk.Stack.of(self)
        log_groups = stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"{LOG_GROUPS}/{stack.stack_name}/*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        allow(
            self._role,
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            on=[log_groups],
            because="Glue names the two groups and their streams",
        )
