"""PipelineStack: from an uploaded corpus to evaluated word vectors; it can be destroyed and deployed anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.dead_letters import DeadLetters
from infra.constructs.dependencies_layer import LAMBDAS, DependenciesLayer
from infra.constructs.log_group import retention_days
from infra.constructs.monitoring import Monitoring
from infra.constructs.notifications import AlarmNotifications, RunNotifications
from infra.constructs.permissions import allow_listing
from infra.constructs.pipeline_function import PipelineFunction
from infra.constructs.stop_on_abort import StopOnAbort
from infra.constructs.training_image import TrainingImage
from infra.constructs.training_role import TrainingRole, training_log_group_arn
from infra.constructs.training_workflow import TrainingWorkflow
from infra.constructs.upload_trigger import UploadTrigger
from infra.settings import DeploymentSettings
from infra.storage_stack import BEST_INDEX, NEWEST_INDEX
from wordvectors.evaluation.sets import ANALOGIES_FILE, PAIR_SETS
from wordvectors.runs.keys import CORPORA, CORPUS_SUFFIX, EVALUATION, MODELS, PLANS, PRICES, RUNS, TABLE_TAG

ONE_CPU_MB = 1769
"""With this much memory Lambda gives a function one whole vCPU."""


class PipelineStack(cdk.Stack):
    """The functions, the state machine around them, and what starts and stops it.

    Attributes
    ----------
    workflow : TrainingWorkflow
    training_role : TrainingRole
    topic, alarm_topic : aws_cdk.aws_sns.Topic
        Where people are told how a run ended, and of alarms.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: DeploymentSettings,
        bucket: s3.IBucket,
        run_table: dynamodb.ITable,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        self._settings = settings
        self._bucket = bucket
        # The ARN as it is written here: an import from the storage stack, by name.
        self._bucket_arn = cdk.Stack.of(bucket).export_value(bucket.bucket_arn)
        self._run_table = run_table

        self._layer = DependenciesLayer(
            self,
            "Dependencies",
            requirements=LAMBDAS / "requirements.txt",
            description="Third-party packages of the wordvectors functions",
        ).layer
        dead_letters = DeadLetters(self, "DeadLetters").queue
        self.topic = RunNotifications(self, "Notifications", email=settings.notification_email).topic
        self._image = TrainingImage(self, "TrainingImage")
        self.training_role = TrainingRole(
            self, "Training", bucket_arn=self._bucket_arn, image_repository_arn=self._image.repository_arn
        ).role

        steps = {
            "PlanRun": self._plan_run().function,
            "StartTraining": self._start_training().function,
            "PollTraining": self._poll_training().function,
            "RecordEvaluation": self._record_evaluation().function,
            "RenderReport": self._render_report().function,
            "CloseRun": self._close_run().function,
        }
        max_queue = cdk.Duration.hours(settings.max_queue_hours)
        self.workflow = TrainingWorkflow(
            self,
            "Workflow",
            plan_run=steps["PlanRun"],
            start_training=steps["StartTraining"],
            poll_training=steps["PollTraining"],
            record_evaluation=steps["RecordEvaluation"],
            render_report=steps["RenderReport"],
            close_run=steps["CloseRun"],
            max_queue=max_queue,
            log_retention=retention_days(settings.log_retention_days),
        )
        state_machine = self.workflow.state_machine
        upload_trigger = UploadTrigger(
            self,
            "UploadTrigger",
            what="A corpus",
            bucket=bucket,
            key_pattern=f"{CORPORA}*{CORPUS_SUFFIX}",
            hands_over=["etag", "sequencer"],
            state_machine=state_machine,
            dead_letters=dead_letters,
        )
        StopOnAbort(
            self,
            "StopOnAbort",
            state_machine=state_machine,
            close_run=steps["CloseRun"],
            dead_letters=dead_letters,
        )
        self.alarm_topic = AlarmNotifications(self, "Alarms", email=settings.notification_email).topic
        monitoring = Monitoring(
            self,
            "Monitoring",
            deployment=settings.stack_prefix,
            functions=steps,
            dead_letters=dead_letters,
            max_queue=max_queue,
            topic=self.alarm_topic,
        )

        for name, value in {
            "BucketName": bucket.bucket_name,
            "TableName": run_table.table_name,
            "StateMachineArn": state_machine.state_machine_arn,
            "TopicArn": self.topic.topic_arn,
            "AlarmTopicArn": self.alarm_topic.topic_arn,
            "DashboardName": monitoring.dashboard.dashboard_name,
            "DeadLetterQueueUrl": dead_letters.queue_url,
            "DefaultPlan": settings.resolved_default_plan.canonical_json(),
            "Limits": settings.limits.model_dump_json(),
            "TrainingRoleArn": self.training_role.role_arn,
            "CloseRunFunctionName": steps["CloseRun"].function_name,
            "JobNamePrefix": settings.job_name_prefix,
            "UploadRuleName": upload_trigger.rule.rule_name,
        }.items():
            cdk.CfnOutput(self, name, value=value)

    def _plan_run(self) -> PipelineFunction:
        function = self._function(
            "PlanRun",
            module="plan_run",
            description="Decides whether an upload becomes a run, before any money is spent",
            memory_mb=512,
            timeout=cdk.Duration.minutes(2),
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TABLE_NAME": self._run_table.table_name,
                "JOB_NAME_PREFIX": self._settings.job_name_prefix,
                "DEFAULT_PLAN": self._settings.resolved_default_plan.canonical_json(),
                "LIMITS": self._settings.limits.model_dump_json(),
            },
        )
        self._allow_objects(function, "s3:GetObject", CORPORA, EVALUATION, PLANS, PRICES)
        allow_listing(function.role, self._bucket.bucket_arn, CORPORA, EVALUATION, PLANS, PRICES)
        self._allow_objects(function, "s3:PutObject", PRICES, RUNS)
        function.allow("pricing:GetProducts", on=["*"], because="The public price list knows no resources")
        function.allow(
            "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", on=[self._run_table.table_arn]
        )
        return function

    def _start_training(self) -> PipelineFunction:
        function = self._function(
            "StartTraining",
            module="start_training",
            description="Creates the SageMaker training job of a run",
            memory_mb=512,
            timeout=cdk.Duration.minutes(1),
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TABLE_NAME": self._run_table.table_name,
                "TRAINING_IMAGE": self._image.uri,
                "TRAINING_ROLE_ARN": self.training_role.role_arn,
                "TRAINING_TAGS": json.dumps(self._settings.all_tags, sort_keys=True),
                "DEPLOYMENT": self._settings.stack_prefix,
                "POLL_SECONDS_MIN": str(self._settings.poll_seconds_min),
            },
        )
        allow_listing(function.role, self._bucket.bucket_arn, CORPORA)
        self._allow_jobs(
            function, "sagemaker:CreateTrainingJob", "sagemaker:AddTags", "sagemaker:StopTrainingJob"
        )
        function.allow(
            "iam:PassRole",
            on=[self.training_role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )
        function.allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=[self._run_table.table_arn])
        return function

    def _poll_training(self) -> PipelineFunction:
        function = self._function(
            "PollTraining",
            module="poll_training",
            description="Looks at a training job and keeps its progress",
            memory_mb=512,
            timeout=cdk.Duration.minutes(1),
            environment={
                "TABLE_NAME": self._run_table.table_name,
                "POLL_SECONDS_MIN": str(self._settings.poll_seconds_min),
                "POLL_SECONDS_MAX": str(self._settings.poll_seconds_max),
            },
        )
        self._allow_own_jobs(function, "sagemaker:DescribeTrainingJob")
        self._allow_logs(function)
        function.allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=[self._run_table.table_arn])
        return function

    def _record_evaluation(self) -> PipelineFunction:
        layer = DependenciesLayer(
            self,
            "EvaluationDependencies",
            requirements=LAMBDAS / "requirements-evaluation.txt",
            description="numpy for the wordvectors scores; SimLex-999 and the Google analogies",
            gensim_files=[ANALOGIES_FILE, *PAIR_SETS.values()],
        ).layer
        function = self._function(
            "RecordEvaluation",
            module="record_evaluation",
            description="Takes BlazingText's own scores out of the model's archive, and scores it on further sets",
            layers=[self._layer, layer],
            memory_mb=ONE_CPU_MB,
            timeout=cdk.Duration.minutes(15),
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TABLE_NAME": self._run_table.table_name,
            },
        )
        self._allow_objects(function, "s3:GetObject", EVALUATION, MODELS)
        allow_listing(function.role, self._bucket.bucket_arn, EVALUATION, MODELS)
        self._allow_objects(function, "s3:PutObject", RUNS)
        function.allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=[self._run_table.table_arn])
        return function

    def _render_report(self) -> PipelineFunction:
        layer = DependenciesLayer(
            self,
            "ReportDependencies",
            requirements=LAMBDAS / "requirements-report.txt",
            description="Jinja, numpy, scipy and scikit-learn for the wordvectors reports; WordSim-353",
            gensim_files=["wordsim353.tsv"],
        ).layer
        function = self._function(
            "RenderReport",
            module="render_report",
            description="Writes a run's report: scores, map of words, neighbours, training curve",
            layers=[self._layer, layer],
            memory_mb=ONE_CPU_MB,
            timeout=cdk.Duration.minutes(5),
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TABLE_NAME": self._run_table.table_name,
            },
        )
        self._allow_objects(function, "s3:GetObject", CORPORA, MODELS)
        allow_listing(function.role, self._bucket.bucket_arn, CORPORA, MODELS)
        self._allow_objects(function, "s3:PutObject", RUNS)
        self._allow_logs(function)
        function.allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=[self._run_table.table_arn])
        function.allow("dynamodb:Query", on=[f"{self._run_table.table_arn}/index/{BEST_INDEX}"])
        return function

    def _close_run(self) -> PipelineFunction:
        function = self._function(
            "CloseRun",
            module="close_run",
            description="Gives a run its final status, stops a job that still runs, and tells the topic",
            memory_mb=512,
            timeout=cdk.Duration.minutes(1),
            environment={
                "TABLE_NAME": self._run_table.table_name,
                "TOPIC_ARN": self.topic.topic_arn,
                "JOB_NAME_PREFIX": self._settings.job_name_prefix,
                "DEPLOYMENT": self._settings.stack_prefix,
            },
        )
        self._allow_own_jobs(function, "sagemaker:StopTrainingJob")
        function.allow("sns:Publish", on=[self.topic.topic_arn])
        function.allow(
            "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", on=[self._run_table.table_arn]
        )
        function.allow("dynamodb:Query", on=[f"{self._run_table.table_arn}/index/{NEWEST_INDEX}"])
        return function

    def _function(
        self, id: str, *, layers: Sequence[lambda_.ILayerVersion] = (), **kwargs: Any
    ) -> PipelineFunction:
        return PipelineFunction(
            self,
            id,
            layers=layers or [self._layer],
            log_retention=retention_days(self._settings.log_retention_days),
            **kwargs,
        )

    def _allow_objects(self, function: PipelineFunction, action: str, *folders: str) -> None:
        function.allow(
            action,
            on=[f"{self._bucket_arn}/{folder}*" for folder in folders],
            because="Objects of these folders only; which ones, uploads and runs decide",
        )

    def _allow_logs(self, function: PipelineFunction) -> None:
        """Let a function read the training jobs' logs."""
        function.allow(
            "logs:DescribeLogStreams",
            "logs:GetLogEvents",
            on=[f"{training_log_group_arn(self)}:*"],
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
            conditions={"StringEquals": {f"aws:ResourceTag/{TABLE_TAG}": self._run_table.table_name}},
            because="Jobs of this deployment only, by the tag that names its table",
        )

    def _jobs(self, names: str) -> str:
        return self.format_arn(service="sagemaker", resource="training-job", resource_name=names)
