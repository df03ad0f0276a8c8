"""CleaningWorkflow: the state machine that takes uploaded documents to a corpus."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.cleaning_job import CleaningJob
from infra.constructs.function_task import error_alone, function_task, queue_retry
from infra.constructs.workflow import outcome_is, single_exit, standard_machine
from wordvectors.cleaning.ending import ERRORS
from wordvectors.lifecycle.status import Outcome

CROWDED_OUT = ["Glue.ConcurrentRunsExceededException", "Glue.ResourceNumberLimitExceededException"]
"""As many cleanings run as the settings, or the account's quota, allow."""
UNMODELLED = "Glue.AWSGlueException"
"""What Step Functions calls an error of Glue's that is not in the model of StartJobRun: throttling, and others."""
THROTTLED = "*Rate exceeded*"
"""The cause after which no job was started. After other errors one may have been all the same, and Glue knows no token
that would keep a second try from starting another."""
MOST_TRIES, PAUSE = 12, cdk.Duration.seconds(30)
SPARE_TIME = cdk.Duration.hours(2)
"""What a cleaning takes beside queue and job: its planning, its closing, their retries."""


class CleaningWorkflow(Construct):
    """PlanCleaning → CleanDocuments, which is the Glue job to its end → CloseCleaning.

    CloseCleaning is the single exit: every failure leads there, so that no job runs on, and one message goes out.

    Attributes
    ----------
    state_machine : aws_cdk.aws_stepfunctions.StateMachine
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        plan_cleaning: lambda_.Function,
        close_cleaning: lambda_.Function,
        job: CleaningJob,
        longest: cdk.Duration,
        max_queue: cdk.Duration,
        log_retention: int,
    ) -> None:
        super().__init__(scope, id)
        planning = function_task(
            self,
            "PlanCleaning",
            plan_cleaning,
            {"input": sfn.JsonPath.object_at("$"), "execution_arn": sfn.JsonPath.execution_id},
        )
        cleaning = sfn.CustomState(
            self,
            "CleanDocuments",
            state_json={
                "Type": "Task",
                "Resource": f"arn:{cdk.Aws.PARTITION}:states:::glue:startJobRun.sync",
                "Parameters": {
                    "JobName": job.job.ref,
                    "Arguments.$": "$.arguments",
                    "WorkerType.$": "$.worker_type",
                    "NumberOfWorkers.$": "$.workers",
                    "Timeout.$": "$.minutes",
                },
                "ResultPath": "$.job",
                "TimeoutSeconds": int(longest.plus(cdk.Duration.minutes(30)).to_seconds()),
            },
        )
        cleaning.add_retry(**queue_retry(CROWDED_OUT, max_queue))
        closing = function_task(
            self,
            "CloseCleaning",
            close_cleaning,
            {
                "state": sfn.JsonPath.object_at("$"),
                "input": sfn.JsonPath.object_at("$$.Execution.Input"),
                "execution_arn": sfn.JsonPath.execution_id,
            },
        )
        # The state of the first step is the caller's input: nothing of it may pass as what the pipeline knows, so the
        # error takes its place.
        planning.add_catch(error_alone(self, closing))
        again = sfn.Pass(self, "OneMoreTry", parameters=_planned(tries="States.MathAdd($.tries, 1)"))
        again.next(sfn.Wait(self, "Pause", time=sfn.WaitTime.duration(PAUSE))).next(cleaning)
        throttled = sfn.Condition.and_(
            sfn.Condition.string_matches("$.error.Cause", THROTTLED),
            sfn.Condition.number_less_than("$.tries", MOST_TRIES),
        )
        cleaning.add_catch(
            sfn.Choice(self, "Refused").when(throttled, again).otherwise(closing),
            errors=[UNMODELLED],
            result_path="$.error",
        )
        cleaning.add_catch(closing, result_path="$.error")
        planning.next(
            sfn.Choice(self, "PlanOutcome")
            .when(outcome_is(Outcome.START), cleaning)
            .when(
                outcome_is(Outcome.DUPLICATE),
                sfn.Succeed(self, "NothingToDo"),
            )
            .otherwise(closing)
        )
        cleaning.next(closing)
        single_exit(self, closing, errors=ERRORS, not_closed="CleaningNotClosed")
        self.state_machine = standard_machine(
            self,
            planning,
            comment="From uploaded documents to a corpus",
            timeout=max_queue.plus(longest).plus(SPARE_TIME),
            log_retention=log_retention,
            functions=[plan_cleaning, close_cleaning],
        )
        # What the .sync integration asks: step-functions developer guide, "AWS Glue".
        self.state_machine.add_to_role_policy(
            iam.PolicyStatement(
                actions=["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
                resources=[job.arn],
            )
        )


def _planned(tries: str) -> dict[str, str]:
    """Return what PlanCleaning answers, without the error that came since, and with another number of tries."""
    kept = ("outcome", "cleaning_id", "reasons", "arguments", "workers", "worker_type", "minutes")
    return {f"{name}.$": f"$.{name}" for name in kept} | {"tries.$": tries}
