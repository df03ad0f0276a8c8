"""TrainingWorkflow: the state machine that takes an upload to a finished run."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.function_task import error_alone, function_task, queue_retry
from infra.constructs.workflow import outcome_is, single_exit, standard_machine
from wordvectors.lifecycle.capacity import longest_seconds
from wordvectors.lifecycle.ending import ERRORS
from wordvectors.lifecycle.errors import QuotaReached
from wordvectors.lifecycle.plan import MAX_RUNTIME_SECONDS
from wordvectors.lifecycle.status import Outcome

SPARE_TIME = cdk.Duration.days(1)
"""What a run takes beside queue and training: start of the instances, upload, evaluation, retries."""


class TrainingWorkflow(Construct):
    """PlanRun → StartTraining → (Wait → PollTraining)* → RecordEvaluation → RenderReport → CloseRun.

    From PollTraining back to StartTraining leads WaitForCapacity: SageMaker had no instances for the job.
    CloseRun is the single exit: every failure leads there, so that each run gets a final status, each job
    that still runs is stopped, and one message goes out. A report that fails leads there too, and leaves the
    run as it was.

    Attributes
    ----------
    state_machine : aws_cdk.aws_stepfunctions.StateMachine
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        plan_run: lambda_.Function,
        start_training: lambda_.Function,
        poll_training: lambda_.Function,
        record_evaluation: lambda_.Function,
        render_report: lambda_.Function,
        close_run: lambda_.Function,
        max_queue: cdk.Duration,
        capacity_tries: int,
        log_retention: int,
    ) -> None:
        super().__init__(scope, id)
        run_id = {"run_id": sfn.JsonPath.string_at("$.run_id")}

        planning = function_task(
            self,
            "PlanRun",
            plan_run,
            {"input": sfn.JsonPath.object_at("$"), "execution_arn": sfn.JsonPath.execution_id},
        )
        starting = function_task(
            self,
            "StartTraining",
            start_training,
            run_id,
            first_retry=queue_retry([QuotaReached.__name__], max_queue),
        )
        waiting = sfn.Wait(self, "Wait", time=sfn.WaitTime.seconds_path("$.wait_seconds"))
        polling = function_task(self, "PollTraining", poll_training, run_id)
        pausing = sfn.Wait(self, "WaitForCapacity", time=sfn.WaitTime.seconds_path("$.wait_seconds"))
        recording = function_task(self, "RecordEvaluation", record_evaluation, run_id)
        rendering = function_task(self, "RenderReport", render_report, run_id)
        closing = function_task(
            self,
            "CloseRun",
            close_run,
            {
                "state": sfn.JsonPath.object_at("$"),
                "input": sfn.JsonPath.object_at("$$.Execution.Input"),
                "execution_arn": sfn.JsonPath.execution_id,
                "started_at": sfn.JsonPath.execution_start_time,
            },
        )
        # The state of the first step is the caller's input: nothing of it may pass as what the pipeline knows, so the
        # error takes its place.
        planning.add_catch(error_alone(self, closing))
        for step in (starting, polling, recording):
            step.add_catch(closing, result_path="$.error")
        rendering.add_catch(closing, result_path="$.report_error")  # beside the outcome, which stands

        planning.next(
            sfn.Choice(self, "PlanOutcome")
            .when(outcome_is(Outcome.START), starting)
            .when(outcome_is(Outcome.DUPLICATE, Outcome.SUPERSEDED), sfn.Succeed(self, "NothingToDo"))
            .when(outcome_is(Outcome.REJECTED), closing)
            .otherwise(closing)
        )
        starting.next(waiting).next(polling).next(
            sfn.Choice(self, "TrainingOutcome")
            .when(outcome_is(Outcome.IN_PROGRESS), waiting)
            .when(outcome_is(Outcome.COMPLETED), recording)
            .when(outcome_is(Outcome.NO_CAPACITY), pausing.next(starting))
            .when(outcome_is(Outcome.FAILED, Outcome.STOPPED), closing)
            .otherwise(closing)
        )
        recording.next(rendering).next(closing)
        single_exit(self, closing, errors=ERRORS, not_closed="RunNotClosed")
        self.state_machine = standard_machine(
            self,
            planning,
            comment="From an uploaded corpus to evaluated word vectors",
            timeout=longest_run(max_queue, capacity_tries),
            log_retention=log_retention,
            functions=[
                plan_run, start_training, poll_training, record_evaluation, render_report, close_run,
            ],
        )  # fmt: skip


def longest_run(max_queue: cdk.Duration, capacity_tries: int) -> cdk.Duration:
    """Return the longest that a run may take."""
    return cdk.Duration.seconds(
        max_queue.to_seconds()
        + longest_seconds(capacity_tries)
        + MAX_RUNTIME_SECONDS
        + SPARE_TIME.to_seconds()
    )
