"""CleaningStack: from uploaded documents to a corpus, whose training the pipeline then starts."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.cleaning_job import CleaningJob
from infra.constructs.cleaning_workflow import CleaningWorkflow
from infra.constructs.dead_letters import DeadLetters, alarm_of_lost_events
from infra.constructs.dependencies_layer import LAMBDAS, DependenciesLayer
from infra.constructs.permissions import allow_decrypting, allow_listing
from infra.constructs.pipeline_function import PipelineFunction
from infra.constructs.stop_on_abort import StopOnAbort
from infra.constructs.upload_trigger import UploadTrigger
from infra.settings import DeploymentSettings
from infra.storage_stack import exported_arn
from wordvectors.aws.daily_starts import STARTS
from wordvectors.cleaning.order import CLEANING, RAW, READY
from wordvectors.lifecycle.keys import CORPORA
from wordvectors.lifecycle.outputs import Output


class CleaningStack(cdk.Stack):
    """A Glue job, the small state machine around it, and what starts it. Nothing of it costs anything at rest.

    Attributes
    ----------
    workflow : CleaningWorkflow
    job : CleaningJob
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: DeploymentSettings,
        bucket: s3.IBucket,
        run_table: dynamodb.ITable,
        topic: sns.ITopic,
        alarm_topic: sns.ITopic,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        self._settings = settings
        self._bucket = bucket
        self._run_table = run_table
        self._bucket_arn = exported_arn(bucket)
        retention = settings.log_retention_days

        self._layer = DependenciesLayer(
            self,
            "Dependencies",
            requirements=LAMBDAS / "requirements.txt",
            description="Third-party packages of the wordvectors functions",
        ).layer
        dead_letters = DeadLetters(self, "DeadLetters").queue
        self.job = CleaningJob(
            self,
            "Cleaning",
            settings=settings.cleaning,
            bucket=bucket,
            bucket_arn=self._bucket_arn,
            kms_key_arns=settings.kms_key_arns,
            log_retention=retention,
        )
        plan_cleaning = self._plan_cleaning().function
        close_cleaning = self._close_cleaning(cdk.Stack.of(topic).export_value(topic.topic_arn)).function
        self.workflow = CleaningWorkflow(
            self,
            "Workflow",
            plan_cleaning=plan_cleaning,
            close_cleaning=close_cleaning,
            job=self.job,
            longest=cdk.Duration.minutes(settings.cleaning.timeout_minutes),
            max_queue=cdk.Duration.hours(settings.max_queue_hours),
            log_retention=retention,
        )
        UploadTrigger(
            self,
            "UploadTrigger",
            what="Documents whose marker says that all are there",
            bucket=bucket,
            key_pattern=f"{RAW}*/{READY}",
            hands_over=["sequencer"],
            state_machine=self.workflow.state_machine,
            dead_letters=dead_letters,
        )
        StopOnAbort(
            self,
            "StopOnAbort",
            state_machine=self.workflow.state_machine,
            close_run=close_cleaning,
            dead_letters=dead_letters,
        )
        alarm_of_lost_events(self, dead_letters, about="a cleaning", topic=alarm_topic)
        for name, value in {
            "CleaningStateMachineArn": self.workflow.state_machine.state_machine_arn,
            "CleaningJobName": self.job.job.ref,
            Output.CLEANING_DEAD_LETTERS: dead_letters.queue_url,
        }.items():
            cdk.CfnOutput(self, name, value=value)

    def _plan_cleaning(self) -> PipelineFunction:
        settings = self._settings.cleaning
        function = self._function(
            "PlanCleaning",
            module="plan_cleaning",
            description="Decides whether uploaded documents are cleaned, before any money is spent",
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "DEFAULT_RECIPE": json.dumps(settings.default_recipe, sort_keys=True),
                "LIMITS": settings.limits.model_dump_json(),
                "TABLE_NAME": self._run_table.table_name,
                "RUN_LIMITS": self._settings.limits.model_dump_json(),
            },
        )
        self._allow_reading(function, RAW, CLEANING, CORPORA)
        allow_decrypting(function.role, self._settings.kms_key_arns)
        function.allow("s3:PutObject", on=[f"{self._bucket_arn}/{CLEANING}*"], because="One for each upload")
        function.allow(
            "dynamodb:UpdateItem",
            on=[self._run_table.table_arn],
            conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{STARTS}*"]}},
        )
        return function

    def _close_cleaning(self, topic_arn: str) -> PipelineFunction:
        function = self._function(
            "CloseCleaning",
            module="close_cleaning",
            description="Stops a cleaning that still runs, and tells the topic how it ended",
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TOPIC_ARN": topic_arn,
                "JOB_NAME": self.job.job.ref,
            },
        )
        self._allow_reading(function, CLEANING)
        function.allow("glue:GetJobRuns", "glue:BatchStopJobRun", on=[self.job.arn])
        function.allow("sns:Publish", on=[topic_arn])
        return function

    def _function(self, id: str, **kwargs: Any) -> PipelineFunction:
        return PipelineFunction(
            self,
            id,
            layers=[self._layer],
            log_retention=self._settings.log_retention_days,
            memory_mb=512,
            timeout=cdk.Duration.minutes(1),
            **kwargs,
        )

    def _allow_reading(self, function: PipelineFunction, *folders: str) -> None:
        function.allow(
            "s3:GetObject",
            on=[f"{self._bucket_arn}/{folder}*" for folder in folders],
            because="Objects of these folders only; which ones, uploads decide",
        )
        allow_listing(function.role, self._bucket.bucket_arn, *folders)
