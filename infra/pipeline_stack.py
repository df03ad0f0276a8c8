"""PipelineStack: from an uploaded corpus to evaluated word vectors; it can be destroyed and deployed anew."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.dead_letters import DeadLetters
from infra.constructs.monitoring import Monitoring
from infra.constructs.notifications import AlarmNotifications, RunNotifications
from infra.constructs.own_engine import OwnEngine
from infra.constructs.stop_on_abort import StopOnAbort
from infra.constructs.training_image import TrainingImages
from infra.constructs.training_role import TrainingRole
from infra.constructs.training_workflow import TrainingWorkflow
from infra.constructs.upload_trigger import UploadTrigger
from infra.settings import DeploymentSettings
from infra.storage_stack import exported_arn
from infra.training_steps import TrainingSteps
from wordvectors.lifecycle.keys import CORPORA, CORPUS_SUFFIX
from wordvectors.lifecycle.outputs import Output


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
        dead_letters = DeadLetters(self, "DeadLetters").queue
        self.topic = RunNotifications(self, "Notifications", email=settings.notification_email).topic
        images, engine = TrainingImages(self, "TrainingImage"), OwnEngine(self, "OwnEngine")
        self.training_role = TrainingRole(
            self,
            "Training",
            bucket_arn=exported_arn(bucket),
            image_repository_arns=[images.blazingtext.repository_arn, images.scikit_learn.repository_arn],
            code=[engine.code, engine.packages],
            kms_key_arns=settings.kms_key_arns,
        ).role

        adding = TrainingSteps(
            self,
            settings=settings,
            bucket=bucket,
            run_table=run_table,
            images=images,
            engine=engine,
            training_role=self.training_role,
            topic=self.topic,
        )
        steps = {
            "PlanRun": adding.plan_run(),
            "StartTraining": adding.start_training(),
            "PollTraining": adding.poll_training(),
            "RecordEvaluation": adding.record_evaluation(),
            "RenderReport": adding.render_report(),
            "CloseRun": adding.close_run(),
        }
        served = {"ServeModels": adding.serve_models()} if settings.serving.enabled else {}
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
            capacity_tries=settings.max_capacity_tries,
            log_retention=settings.log_retention_days,
        )
        state_machine = self.workflow.state_machine
        upload_trigger = UploadTrigger(
            self,
            "UploadTrigger",
            what="A corpus",
            bucket=bucket,
            key_pattern=f"{CORPORA}*{CORPUS_SUFFIX}",
            hands_over=["etag", "version-id", "sequencer"],
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
            functions=steps | served,
            dead_letters=dead_letters,
            max_queue=max_queue,
            topic=self.alarm_topic,
        )

        for function in served.values():
            by_token = bool(settings.serving.token_sha256)
            kind = lambda_.FunctionUrlAuthType.NONE if by_token else lambda_.FunctionUrlAuthType.AWS_IAM
            url = function.add_function_url(auth_type=kind)
            cdk.CfnOutput(self, "ServingUrl", value=url.url)
        for name, value in {
            Output.BUCKET: bucket.bucket_name,
            Output.TABLE: run_table.table_name,
            Output.STATE_MACHINE: state_machine.state_machine_arn,
            Output.TOPIC: self.topic.topic_arn,
            Output.ALARM_TOPIC: self.alarm_topic.topic_arn,
            "DashboardName": monitoring.dashboard.dashboard_name,
            Output.DEAD_LETTERS: dead_letters.queue_url,
            Output.DEFAULT_PLAN: settings.resolved_default_plan.canonical_json(),
            Output.LIMITS: settings.limits.model_dump_json(),
            Output.TRAINING_ROLE: self.training_role.role_arn,
            Output.CLOSE_RUN: steps["CloseRun"].function_name,
            Output.RECORD_EVALUATION: steps["RecordEvaluation"].function_name,
            Output.RENDER_REPORT: steps["RenderReport"].function_name,
            Output.JOB_NAME_PREFIX: settings.job_name_prefix,
            Output.UPLOAD_RULE: upload_trigger.rule.rule_name,
        }.items():
            cdk.CfnOutput(self, name, value=value)
