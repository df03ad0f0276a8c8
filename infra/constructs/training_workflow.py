"""TrainingWorkflow: the state machine that takes an upload to a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from infra.constructs.log_group import short_lived_log_group
from infra.nag import acknowledge_wildcard
from wordvectors.plan import MAX_RUNTIME_SECONDS
from wordvectors.run import RunStatus

TRANSIENT_ERRORS = [
    "TransientServiceError",  # the functions' own name for throttling, 5xx answers and lost connections
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
]
CROWDED = "Lambda.TooManyRequestsException"
"""The account's functions are all at work, as when a thousand corpora are uploaded at once."""
CROWDED_RETRIES = 60
"""About an hour: with full jitter, half of two minutes a time."""
LOST_CALLS = ["Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"]
QUOTA_REACHED = "QuotaReached"
"""StartTraining's word for: the account's instances of this type are all in use."""

FIRST_QUOTA_RETRY_SECONDS, LAST_QUOTA_RETRY_SECONDS = 60, 15 * 60
BACKOFF_RATE = 2
SPARE_TIME = cdk.Duration.days(1)
"""What a run takes beside queue and training: start of the instances, upload, evaluation, retries."""


class TrainingWorkflow(Construct):
    """PlanRun → StartTraining → (Wait → PollTraining)* → RecordEvaluation → RenderReport → CloseRun.

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
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, id)
        run_id = {"run_id": sfn.JsonPath.string_at("$.run_id")}

        planning = self._task(
            "PlanRun",
            plan_run,
            {"input": sfn.JsonPath.object_at("$"), "execution_arn": sfn.JsonPath.execution_id},
        )
        starting = self._task(
            "StartTraining", start_training, run_id, quota_retries=_quota_retries(max_queue)
        )
        waiting = sfn.Wait(self, "Wait", time=sfn.WaitTime.seconds_path("$.wait_seconds"))
        polling = self._task("PollTraining", poll_training, run_id)
        recording = self._task("RecordEvaluation", record_evaluation, run_id)
        rendering = self._task("RenderReport", render_report, run_id)
        closing = self._task(
            "CloseRun",
            close_run,
            {
                "state": sfn.JsonPath.object_at("$"),
                "input": sfn.JsonPath.object_at("$$.Execution.Input"),
                "execution_arn": sfn.JsonPath.execution_id,
                "started_at": sfn.JsonPath.execution_start_time,
            },
        )
        for step in (planning, starting, polling, recording):
            step.add_catch(closing, result_path="$.error")
        rendering.add_catch(closing, result_path="$.report_error")  # beside the outcome, which stands

        planning.next(
            sfn.Choice(self, "PlanOutcome")
            .when(_outcome_is("START"), starting)
            .when(_outcome_is("DUPLICATE", "SUPERSEDED"), sfn.Succeed(self, "NothingToDo"))
            .when(_outcome_is("REJECTED"), closing)
            .otherwise(closing)
        )
        starting.next(waiting).next(polling).next(
            sfn.Choice(self, "TrainingOutcome")
            .when(_outcome_is("IN_PROGRESS"), waiting)
            .when(_outcome_is("COMPLETED"), recording)
            .when(_outcome_is("FAILED", "STOPPED"), closing)
            .otherwise(closing)
        )
        recording.next(rendering).next(closing)
        closing.add_catch(self._failure("NotClosed", "RunNotClosed", "$.error.Cause"), result_path="$.error")
        closing.next(
            sfn.Choice(self, "FinalStatus")
            .when(_status_is(RunStatus.COMPLETED), sfn.Succeed(self, "Completed"))
            .when(_status_is(RunStatus.REJECTED), self._failure("Rejected", "RunRejected", "$.reason"))
            .when(_status_is(RunStatus.STOPPED), self._failure("Stopped", "RunStopped", "$.reason"))
            .otherwise(self._failure("Failed", "RunFailed", "$.reason"))
        )

        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            comment="From an uploaded corpus to evaluated word vectors",
            definition_body=sfn.DefinitionBody.from_chainable(planning),
            state_machine_type=sfn.StateMachineType.STANDARD,
            timeout=max_queue.plus(cdk.Duration.seconds(MAX_RUNTIME_SECONDS)).plus(SPARE_TIME),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=short_lived_log_group(self, "Logs", retention=log_retention),
                level=sfn.LogLevel.ALL,
                include_execution_data=True,
            ),
        )
        self._acknowledge(
            plan_run, start_training, poll_training, record_evaluation, render_report, close_run
        )

    def _task(
        self, id: str, function: lambda_.Function, payload: Mapping[str, Any], *, quota_retries: int = 0
    ) -> tasks.LambdaInvoke:
        """Return a state whose result is what the function returns."""
        assert function.timeout is not None
        task = tasks.LambdaInvoke(
            self,
            id,
            lambda_function=function,
            payload=sfn.TaskInput.from_object(dict(payload)),
            output_path="$.Payload",
            retry_on_service_exceptions=False,  # the list below is complete, and spreads its retries
            task_timeout=sfn.Timeout.duration(function.timeout.plus(cdk.Duration.seconds(10))),
        )
        if quota_retries:
            task.add_retry(
                errors=[QUOTA_REACHED],
                interval=cdk.Duration.seconds(FIRST_QUOTA_RETRY_SECONDS),
                max_delay=cdk.Duration.seconds(LAST_QUOTA_RETRY_SECONDS),
                max_attempts=quota_retries,
                backoff_rate=BACKOFF_RATE,
                jitter_strategy=sfn.JitterType.FULL,
            )
        task.add_retry(
            errors=[CROWDED],
            interval=cdk.Duration.seconds(2),
            max_delay=cdk.Duration.minutes(2),
            max_attempts=CROWDED_RETRIES,
            backoff_rate=BACKOFF_RATE,
            jitter_strategy=sfn.JitterType.FULL,
        )
        task.add_retry(
            errors=TRANSIENT_ERRORS,
            interval=cdk.Duration.seconds(2),
            max_delay=cdk.Duration.minutes(2),
            max_attempts=12,
            backoff_rate=BACKOFF_RATE,
            jitter_strategy=sfn.JitterType.FULL,
        )
        task.add_retry(
            errors=LOST_CALLS,
            interval=cdk.Duration.seconds(10),
            max_delay=cdk.Duration.minutes(1),
            max_attempts=2,
            backoff_rate=BACKOFF_RATE,
            jitter_strategy=sfn.JitterType.FULL,
        )
        return task

    def _failure(self, id: str, error: str, cause_path: str) -> sfn.Fail:
        return sfn.Fail(self, id, error=error, cause_path=cause_path)

    def _acknowledge(self, *functions: lambda_.Function) -> None:
        """Tell cdk-nag why the wildcards that CDK writes into the machine's role are safe."""
        role = self.state_machine.role
        acknowledge_wildcard(
            role, "*", reason="Log delivery and X-Ray, which a state machine needs, know no resources"
        )
        for function in functions:
            acknowledge_wildcard(
                role,
                f"{function.function_arn}:*",
                reason="The versions of one function; it has only its latest",
            )


def _quota_retries(max_queue: cdk.Duration) -> int:
    """Return how often to ask for a place, so that on average `max_queue` passes.

    With full jitter a delay is anything between nothing and its full length: half of it on average.
    """
    retries, longest = 0, 0.0
    while longest < 2 * max_queue.to_seconds():
        longest += min(FIRST_QUOTA_RETRY_SECONDS * BACKOFF_RATE**retries, LAST_QUOTA_RETRY_SECONDS)
        retries += 1
    return retries


def _outcome_is(*outcomes: str) -> sfn.Condition:
    conditions = [sfn.Condition.string_equals("$.outcome", outcome) for outcome in outcomes]
    return conditions[0] if len(conditions) == 1 else sfn.Condition.or_(*conditions)


def _status_is(status: RunStatus) -> sfn.Condition:
    return sfn.Condition.string_equals("$.status", str(status))
