"""TuningStack: from an order to the best hyperparameters, by runs of the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.dead_letters import DeadLetters, alarm_of_lost_events
from infra.constructs.dependencies_layer import LAMBDAS, DependenciesLayer
from infra.constructs.permissions import allow_decrypting, allow_listing, allow_objects
from infra.constructs.pipeline_function import PipelineFunction
from infra.constructs.stop_on_abort import StopOnAbort
from infra.constructs.training_workflow import longest_run
from infra.constructs.tuning_workflow import TuningWorkflow
from infra.constructs.upload_trigger import UploadTrigger
from infra.settings import DeploymentSettings
from infra.storage_stack import exported_arn
from infra.training_steps import ONE_CPU_MB
from wordvectors.aws.rows import NEWEST_INDEX
from wordvectors.aws.tuning_table import TUNING_ROWS
from wordvectors.evaluation.sets import PAIR_SETS
from wordvectors.evaluation.wordsim353 import WORDSIM353
from wordvectors.lifecycle.keys import CORPORA, EVALUATION, MODELS, PRICES, RUNS
from wordvectors.lifecycle.outputs import Output
from wordvectors.tuning.order import ORDER_SUFFIX, TUNINGS, report_key
from wordvectors.tuning.tuning import TUNING_PREFIX


class TuningStack(cdk.Stack):
    """The functions of a search, the state machine around them, and what starts and stops it.

    Attributes
    ----------
    workflow : TuningWorkflow
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: DeploymentSettings,
        bucket: s3.IBucket,
        run_table: dynamodb.ITable,
        training_machine: sfn.StateMachine,
        topic: sns.ITopic,
        alarm_topic: sns.ITopic,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        self._settings, self._bucket, self._table = settings, bucket, run_table
        self._bucket_arn = exported_arn(bucket)
        pipeline = cdk.Stack.of(training_machine)
        self._training_machine_arn = pipeline.export_value(training_machine.state_machine_arn)
        self._training_machine_name = pipeline.export_value(training_machine.state_machine_name)
        self._layer = self._dependencies(
            "Dependencies", "requirements.txt", "Third-party packages of the wordvectors functions"
        )
        self._search_layer = self._dependencies(
            "TuningDependencies",
            "requirements-tuning.txt",
            "numpy and Optuna, which suggests a tuning's trials",
        )
        dead_letters = DeadLetters(self, "DeadLetters").queue
        close_tuning = self._close_tuning(cdk.Stack.of(topic).export_value(topic.topic_arn))
        self.workflow = TuningWorkflow(
            self,
            "Workflow",
            plan_tuning=self._plan_tuning(),
            advance_tuning=self._advance_tuning(),
            judge_tuning=self._judge_tuning(),
            close_tuning=close_tuning,
            longest_run=longest_run(
                cdk.Duration.hours(settings.max_queue_hours), settings.max_capacity_tries
            ),
            log_retention=settings.log_retention_days,
        )
        UploadTrigger(
            self,
            "UploadTrigger",
            what="An order of a search for hyperparameters",
            bucket=bucket,
            key_pattern=f"{TUNINGS}*{ORDER_SUFFIX}",
            hands_over=["etag", "sequencer"],
            state_machine=self.workflow.state_machine,
            dead_letters=dead_letters,
        )
        StopOnAbort(
            self,
            "StopOnAbort",
            state_machine=self.workflow.state_machine,
            close_run=close_tuning,
            dead_letters=dead_letters,
        )
        alarm_of_lost_events(self, dead_letters, about="a tuning", topic=alarm_topic)
        for name, value in {
            "TuningStateMachineArn": self.workflow.state_machine.state_machine_arn,
            Output.TUNING_DEAD_LETTERS: dead_letters.queue_url,
            Output.CLOSE_TUNING: close_tuning.function_name,
        }.items():
            cdk.CfnOutput(self, name, value=value)

    def _plan_tuning(self) -> lambda_.Function:
        function = self._function(
            "PlanTuning",
            module="plan_tuning",
            description="Decides whether an order becomes a tuning, before any money is spent",
            timeout=cdk.Duration.minutes(2),
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TABLE_NAME": self._table.table_name,
                "DEFAULT_PLAN": self._settings.resolved_default_plan.canonical_json(),
                "LIMITS": self._settings.limits.model_dump_json(),
            },
        )
        allow_objects(function.role, "s3:GetObject", self._bucket_arn, CORPORA, EVALUATION, PRICES, TUNINGS)
        allow_decrypting(function.role, self._settings.kms_key_arns)
        allow_listing(function.role, self._bucket.bucket_arn, CORPORA, EVALUATION, PRICES, TUNINGS)
        allow_objects(function.role, "s3:PutObject", self._bucket_arn, PRICES)
        function.allow("pricing:GetProducts", on=["*"], because="The public price list knows no resources")
        self._allow_rows(function)
        function.allow("dynamodb:Query", on=[f"{self._table.table_arn}/index/{NEWEST_INDEX}"])
        return function.function

    def _advance_tuning(self) -> lambda_.Function:
        function = self._function(
            "AdvanceTuning",
            module="advance_tuning",
            description="Looks at a tuning's trials, and starts what comes next",
            layers=[self._search_layer],
            environment={
                "TABLE_NAME": self._table.table_name,
                "STATE_MACHINE_ARN": self._training_machine_arn,
                "JOB_NAME_PREFIX": self._settings.job_name_prefix,
                "POLL_SECONDS_MIN": str(self._settings.poll_seconds_min),
                "POLL_SECONDS_MAX": str(self._settings.poll_seconds_max),
            },
        )
        self._allow_rows(function)
        function.allow("states:StartExecution", on=[self._training_machine_arn])
        self._allow_trials(function, "states:DescribeExecution", "states:StopExecution")
        return function.function

    def _judge_tuning(self) -> lambda_.Function:
        layer = self._dependencies(
            "JudgingDependencies",
            "requirements-judging.txt",
            f"scipy for a tuning's verdict; {' and '.join(('WordSim-353', *PAIR_SETS))}",
            gensim_files=[WORDSIM353, *PAIR_SETS.values()],
        )
        function = self._function(
            "JudgeTuning",
            module="judge_tuning",
            description="Compares a tuning's finalists pair by pair, and writes the verdict",
            layers=[self._search_layer, layer],
            memory_mb=ONE_CPU_MB,
            timeout=cdk.Duration.minutes(15),
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TABLE_NAME": self._table.table_name,
            },
        )
        allow_objects(function.role, "s3:GetObject", self._bucket_arn, EVALUATION, MODELS, RUNS)
        allow_decrypting(function.role, self._settings.kms_key_arns)
        allow_listing(function.role, self._bucket.bucket_arn, EVALUATION, MODELS, RUNS)
        allow_objects(function.role, "s3:PutObject", self._bucket_arn, RUNS)
        self._allow_rows(function)
        return function.function

    def _close_tuning(self, topic_arn: str) -> lambda_.Function:
        function = self._function(
            "CloseTuning",
            module="close_tuning",
            description="Gives a tuning its final status, stops its trials, writes its page, and tells the topic",
            layers=[
                self._dependencies("PageDependencies", "requirements-page.txt", "Jinja for a tuning's page")
            ],
            environment={
                "BUCKET_NAME": self._bucket.bucket_name,
                "TABLE_NAME": self._table.table_name,
                "TOPIC_ARN": topic_arn,
                "STATE_MACHINE_ARN": self._training_machine_arn,
                "JOB_NAME_PREFIX": self._settings.job_name_prefix,
            },
        )
        self._allow_trials(function, "states:StopExecution")
        function.allow(
            "s3:PutObject",
            on=[f"{self._bucket_arn}/{report_key('*')}"],
            because="A tuning's page lies in the tuning's folder, and no order does",
        )
        function.allow("sns:Publish", on=[topic_arn])
        self._allow_rows(function, "dynamodb:PutItem", "dynamodb:UpdateItem")
        function.allow("dynamodb:Query", on=[f"{self._table.table_arn}/index/{NEWEST_INDEX}"])
        return function.function

    def _dependencies(
        self, id: str, requirements: str, description: str, gensim_files: Sequence[str] = ()
    ) -> lambda_.LayerVersion:
        return DependenciesLayer(
            self, id, requirements=LAMBDAS / requirements, description=description, gensim_files=gensim_files
        ).layer

    def _function(
        self,
        id: str,
        *,
        layers: Sequence[lambda_.ILayerVersion] = (),
        memory_mb: int = 512,
        timeout: cdk.Duration | None = None,
        **kwargs: Any,
    ) -> PipelineFunction:
        return PipelineFunction(
            self,
            id,
            layers=[self._layer, *layers],
            log_retention=self._settings.log_retention_days,
            memory_mb=memory_mb,
            timeout=timeout or cdk.Duration.minutes(1),
            **kwargs,
        )

    def _allow_rows(self, function: PipelineFunction, *writing: str) -> None:
        """Let a function read rows, and write those of tunings, and no run's."""
        function.allow("dynamodb:GetItem", on=[self._table.table_arn])
        function.allow(
            *(writing or ("dynamodb:PutItem",)),
            on=[self._table.table_arn],
            conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{TUNING_ROWS}*"]}},
        )

    def _allow_trials(self, function: PipelineFunction, *actions: str) -> None:
        """Let a function work on the executions that tunings start, and on no others of the training machine."""
        executions = self.format_arn(
            service="states",
            resource="execution",
            resource_name=f"{self._training_machine_name}:{TUNING_PREFIX}*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        function.allow(*actions, on=[executions], because="A trial's execution is named after its tuning")
