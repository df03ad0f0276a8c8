"""The functions of the training workflow: what each is told, and what it may do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from infra.constructs.dependencies_layer import LAMBDAS, DependenciesLayer
from infra.constructs.own_engine import OwnEngine
from infra.constructs.permissions import allow_decrypting, allow_listing, allow_objects
from infra.constructs.pipeline_function import PipelineFunction
from infra.constructs.training_image import TrainingImages
from infra.constructs.training_role import training_log_group_arn
from infra.settings import DeploymentSettings
from infra.storage_stack import exported_arn
from wordvectors.aws.promotions import KIND as PROMOTION
from wordvectors.aws.rows import NEWEST_INDEX
from wordvectors.aws.run_table import BEST_INDEX
from wordvectors.evaluation.sets import ANALOGIES_FILE, PAIR_SETS
from wordvectors.evaluation.wordsim353 import WORDSIM353
from wordvectors.lifecycle.keys import CORPORA, EVALUATION, MODELS, PLANS, PRICES, RUNS, TABLE_TAG, served_key

ONE_CPU_MB = 1769
"""With this much memory Lambda gives a function one whole vCPU."""


class TrainingSteps:
    """Adds the steps' functions to a stack, one by one, each with a role of its own."""

    def __init__(
        self,
        stack: cdk.Stack,
        *,
        settings: DeploymentSettings,
        bucket: s3.IBucket,
        run_table: dynamodb.ITable,
        images: TrainingImages,
        engine: OwnEngine,
        training_role: iam.IRole,
        topic: sns.ITopic,
    ) -> None:
        self._stack, self._settings, self._bucket, self._table = stack, settings, bucket, run_table
        self._images, self._engine = images, engine
        self._training_role, self._topic = training_role, topic
        self._bucket_arn = exported_arn(bucket)
        self._layer = DependenciesLayer(
            stack,
            "Dependencies",
            requirements=LAMBDAS / "requirements.txt",
            description="Third-party packages of the wordvectors functions",
        ).layer

    def plan_run(self) -> lambda_.Function:
        """Return the function that decides what becomes of an upload."""
        function = self._function(
            "PlanRun",
            module="plan_run",
            description="Decides whether an upload becomes a run, before any money is spent",
            memory_mb=512,
            timeout=cdk.Duration.minutes(2),
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TABLE_NAME": self._table.table_name,
                "JOB_NAME_PREFIX": self._settings.job_name_prefix,
                "DEFAULT_PLAN": self._settings.resolved_default_plan.canonical_json(),
                "LIMITS": self._settings.limits.model_dump_json(),
            },
        )
        allow_objects(function.role, "s3:GetObject", self._bucket_arn, CORPORA, EVALUATION, PLANS, PRICES)
        allow_objects(function.role, "s3:GetObjectVersion", self._bucket_arn, CORPORA)
        allow_decrypting(function.role, self._settings.kms_key_arns)
        allow_listing(function.role, self._bucket.bucket_arn, CORPORA, EVALUATION, PLANS, PRICES)
        allow_objects(function.role, "s3:PutObject", self._bucket_arn, PRICES, RUNS)
        function.allow("pricing:GetProducts", on=["*"], because="The public price list knows no resources")
        self._allow_rows(function, "GetItem", "PutItem", "UpdateItem")
        self._allow_rows(function, "Query", index=NEWEST_INDEX)
        return function.function

    def start_training(self) -> lambda_.Function:
        """Return the function that creates the training job."""
        function = self._function(
            "StartTraining",
            module="start_training",
            description="Creates the SageMaker training job of a run",
            memory_mb=512,
            timeout=cdk.Duration.minutes(1),
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TABLE_NAME": self._table.table_name,
                "TRAINING_IMAGE": self._images.blazingtext.uri,
                "ENGINE_IMAGE": self._images.scikit_learn.uri,
                "ENGINE_CODE_URI": self._engine.code.s3_object_url,
                "ENGINE_PACKAGES_URI": self._engine.packages.s3_object_url,
                "TRAINING_ROLE_ARN": self._training_role.role_arn,
                "TRAINING_TAGS": json.dumps(self._settings.all_tags, sort_keys=True),
                "DEPLOYMENT": self._settings.stack_prefix,
                "MAX_QUEUE_HOURS": str(self._settings.max_queue_hours),
                "POLL_SECONDS_MIN": str(self._settings.poll_seconds_min),
            },
        )
        allow_listing(function.role, self._bucket.bucket_arn, CORPORA, EVALUATION)
        self._allow_jobs(
            function, "sagemaker:CreateTrainingJob", "sagemaker:AddTags", "sagemaker:StopTrainingJob"
        )
        function.allow(
            "iam:PassRole",
            on=[self._training_role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )
        self._allow_rows(function, "GetItem", "UpdateItem")
        return function.function

    def poll_training(self) -> lambda_.Function:
        """Return the function that looks at the job."""
        function = self._function(
            "PollTraining",
            module="poll_training",
            description="Looks at a training job and keeps its progress",
            memory_mb=512,
            timeout=cdk.Duration.minutes(1),
            environment={
                "TABLE_NAME": self._table.table_name,
                "LIMITS": self._settings.limits.model_dump_json(),
                "MAX_CAPACITY_TRIES": str(self._settings.max_capacity_tries),
                "POLL_SECONDS_MIN": str(self._settings.poll_seconds_min),
                "POLL_SECONDS_MAX": str(self._settings.poll_seconds_max),
            },
        )
        self._allow_own_jobs(function, "sagemaker:DescribeTrainingJob")
        self._allow_logs(function)
        self._allow_rows(function, "GetItem", "UpdateItem")
        return function.function

    def record_evaluation(self) -> lambda_.Function:
        """Return the function that reads the model, and, where models are served, writes the file for that."""
        serving = self._settings.serving
        self._evaluation_layer = DependenciesLayer(
            self._stack,
            "EvaluationDependencies",
            requirements=LAMBDAS / "requirements-evaluation.txt",
            description=f"numpy for the wordvectors scores; {', '.join(PAIR_SETS)} and the Google analogies",
            gensim_files=[ANALOGIES_FILE, *PAIR_SETS.values()],
        ).layer
        numbers = {"SERVING": "int8" if serving.int8 else "float32"} if serving.enabled else {}
        function = self._function(
            "RecordEvaluation",
            module="record_evaluation",
            description="Takes BlazingText's own scores out of the model's archive, and scores it on further sets",
            layers=[self._evaluation_layer],
            memory_mb=ONE_CPU_MB,
            timeout=cdk.Duration.minutes(15),
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TABLE_NAME": self._table.table_name,
                **numbers,
            },
            storage=cdk.Size.gibibytes(10) if serving.enabled else None,
        )
        allow_objects(function.role, "s3:GetObject", self._bucket_arn, CORPORA, EVALUATION, MODELS)
        allow_decrypting(function.role, self._settings.kms_key_arns)
        allow_listing(function.role, self._bucket.bucket_arn, CORPORA, EVALUATION, MODELS)
        allow_objects(function.role, "s3:PutObject", self._bucket_arn, RUNS)
        if serving.enabled:
            self._allow_served(function, "s3:PutObject", "s3:AbortMultipartUpload")
        self._allow_rows(function, "GetItem", "UpdateItem")
        return function.function

    def serve_models(self) -> lambda_.Function:
        """Return the function that answers questions about models; its layer is that of `record_evaluation`."""
        tokens = self._settings.serving.token_sha256
        function = self._function(
            "ServeModels",
            module="serve_models",
            description="Answers questions about the models: neighbours, similarity, analogies, vectors",
            layers=[self._evaluation_layer],
            memory_mb=self._settings.serving.memory_mb,
            timeout=cdk.Duration.minutes(1),
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TABLE_NAME": self._table.table_name,
                **({"TOKENS": json.dumps(tokens)} if tokens else {}),
            },
        )
        self._allow_served(function, "s3:GetObject")
        allow_listing(function.role, self._bucket.bucket_arn, MODELS)
        self._allow_rows(function, "Query", index=NEWEST_INDEX, kind=PROMOTION)
        return function.function

    def render_report(self) -> lambda_.Function:
        """Return the function that writes the run's report."""
        layer = DependenciesLayer(
            self._stack,
            "ReportDependencies",
            requirements=LAMBDAS / "requirements-report.txt",
            description="Jinja, numpy, scipy and scikit-learn for the wordvectors reports; WordSim-353",
            gensim_files=[WORDSIM353],
        ).layer
        function = self._function(
            "RenderReport",
            module="render_report",
            description="Writes a run's report: scores, map of words, neighbours, training curve",
            layers=[layer],
            memory_mb=ONE_CPU_MB,
            timeout=cdk.Duration.minutes(5),
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TABLE_NAME": self._table.table_name,
            },
        )
        allow_objects(function.role, "s3:GetObject", self._bucket_arn, CORPORA, MODELS)
        allow_decrypting(function.role, self._settings.kms_key_arns)
        allow_listing(function.role, self._bucket.bucket_arn, CORPORA, MODELS)
        allow_objects(function.role, "s3:PutObject", self._bucket_arn, RUNS)
        self._allow_logs(function)
        self._allow_rows(function, "GetItem", "UpdateItem")
        self._allow_rows(function, "Query", index=BEST_INDEX)
        return function.function

    def close_run(self) -> lambda_.Function:
        """Return the function that gives a run its end."""
        function = self._function(
            "CloseRun",
            module="close_run",
            description="Gives a run its final status, stops a job that still runs, and tells the topic",
            memory_mb=512,
            timeout=cdk.Duration.minutes(1),
            environment={
                "TABLE_NAME": self._table.table_name,
                "TOPIC_ARN": self._topic.topic_arn,
                "JOB_NAME_PREFIX": self._settings.job_name_prefix,
                "DEPLOYMENT": self._settings.stack_prefix,
            },
        )
        self._allow_own_jobs(function, "sagemaker:StopTrainingJob")
        function.allow("sns:Publish", on=[self._topic.topic_arn])
        self._allow_rows(function, "GetItem", "PutItem", "UpdateItem")
        self._allow_rows(function, "Query", index=NEWEST_INDEX)
        return function.function

    def _function(
        self, id: str, *, layers: Sequence[lambda_.ILayerVersion] = (), **kwargs: Any
    ) -> PipelineFunction:
        return PipelineFunction(
            self._stack,
            id,
            layers=[self._layer, *layers],
            log_retention=self._settings.log_retention_days,
            **kwargs,
        )

    def _allow_served(self, function: PipelineFunction, *actions: str) -> None:
        """Let a function work on the files that models are served from."""
        function.allow(
            *actions,
            on=[f"{self._bucket_arn}/{served_key('*')}"],
            because="One file of each run, and no other object of the run's",
        )

    def _allow_rows(
        self, function: PipelineFunction, *actions: str, index: str | None = None, kind: str | None = None
    ) -> None:
        """Let a function work on the table's rows, or on those of one kind in an index."""
        place = self._table.table_arn + (f"/index/{index}" if index else "")
        of_kind = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [kind]}} if kind else None
        function.allow(*(f"dynamodb:{action}" for action in actions), on=[place], conditions=of_kind)

    def _allow_logs(self, function: PipelineFunction) -> None:
        """Let a function read the training jobs' logs."""
        function.allow(
            "logs:DescribeLogStreams",
            "logs:GetLogEvents",
            on=[f"{training_log_group_arn(self._stack)}:*"],
            because="SageMaker names the log streams",
        )

    def _allow_jobs(self, function: PipelineFunction, *actions: str) -> None:
        """Let a function work on jobs by their names, whether there are such jobs or not."""
        function.allow(
            *actions,
            on=[self._jobs(f"{self._settings.job_name_prefix}-*")],
            because="Jobs of this deployment only, each named for its run",
        )

    def _allow_own_jobs(self, function: PipelineFunction, action: str) -> None:
        """Let a function work on this deployment's jobs, also those that another `job_name_prefix` named."""
        self._allow_jobs(function, action)
        function.allow(
            action,
            on=[self._jobs("*")],
            conditions={"StringEquals": {f"aws:ResourceTag/{TABLE_TAG}": self._table.table_name}},
            because="Jobs of this deployment only, by the tag that names its table",
        )

    def _jobs(self, names: str) -> str:
        return self._stack.format_arn(service="sagemaker", resource="training-job", resource_name=names)
