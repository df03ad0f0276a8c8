"""TuningWorkflow: the state machine that takes an order to a verdict."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.function_task import error_alone, function_task
from infra.constructs.log_group import vended_log_group
from infra.nag import acknowledge_wildcard
from wordvectors.runs.status import Outcome
from wordvectors.tuning.ending import ERRORS
from wordvectors.tuning.order import MOST_HOURS
from wordvectors.tuning.tuning import TuningStatus


class TuningWorkflow(Construct):
    """PlanTuning → (AdvanceTuning → Wait)* → JudgeTuning* → CloseTuning.

    AdvanceTuning starts as many trials side by side as the order says, each an execution of the training machine, and
    looks at them: one scheduler, in place of workers that could hand out the same trial. CloseTuning is the single
    exit: every failure leads there. A verdict that fails leads there too, and leaves the search's results.

    Attributes
    ----------
    state_machine : aws_cdk.aws_stepfunctions.StateMachine
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        plan_tuning: lambda_.Function,
        advance_tuning: lambda_.Function,
        judge_tuning: lambda_.Function,
        close_tuning: lambda_.Function,
        longest_run: cdk.Duration,
        log_retention: int,
    ) -> None:
        super().__init__(scope, id)
        tuning_id = {"tuning_id": sfn.JsonPath.string_at("$.tuning_id")}
        planning = function_task(
            self,
            "PlanTuning",
            plan_tuning,
            {"input": sfn.JsonPath.object_at("$"), "execution_arn": sfn.JsonPath.execution_id},
        )
        advancing = function_task(self, "AdvanceTuning", advance_tuning, tuning_id)
        waiting = sfn.Wait(self, "Wait", time=sfn.WaitTime.seconds_path("$.wait_seconds"))
        judging = function_task(self, "JudgeTuning", judge_tuning, tuning_id)
        closing = function_task(
            self,
            "CloseTuning",
            close_tuning,
            {
                "state": sfn.JsonPath.object_at("$"),
                "input": sfn.JsonPath.object_at("$$.Execution.Input"),
                "execution_arn": sfn.JsonPath.execution_id,
                "started_at": sfn.JsonPath.execution_start_time,
            },
        )
        # The state of the first step is the caller's input: nothing of it may pass as what the pipeline knows.
        planning.add_catch(error_alone(self, closing))
        advancing.add_catch(closing, result_path="$.error")
        judging.add_catch(closing, result_path="$.verdict_error")  # beside the outcome, which stands
        planning.next(
            sfn.Choice(self, "PlanOutcome")
            .when(_outcome_is(Outcome.START), advancing)
            .when(
                sfn.Condition.or_(_outcome_is(Outcome.DUPLICATE), _outcome_is(Outcome.SUPERSEDED)),
                sfn.Succeed(self, "NothingToDo"),
            )
            .otherwise(closing)
        )
        advancing.next(
            sfn.Choice(self, "SearchOutcome")
            .when(_outcome_is(Outcome.IN_PROGRESS), waiting.next(advancing))
            .when(_outcome_is(Outcome.COMPLETED), judging)
            .otherwise(closing)
        )
        judging.next(
            sfn.Choice(self, "VerdictOutcome")
            .when(_outcome_is(Outcome.IN_PROGRESS), judging)
            .otherwise(closing)
        )
        closing.add_catch(
            sfn.Fail(self, "NotClosed", error="TuningNotClosed", cause_path="$.error.Cause"),
            result_path="$.error",
        )
        closing.next(
            sfn.Choice(self, "FinalStatus")
            .when(_status_is(TuningStatus.COMPLETED), sfn.Succeed(self, "Completed"))
            .when(_status_is(TuningStatus.REJECTED), self._failure("Rejected", TuningStatus.REJECTED))
            .when(_status_is(TuningStatus.STOPPED), self._failure("Stopped", TuningStatus.STOPPED))
            .otherwise(self._failure("Failed", TuningStatus.FAILED))
        )
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            comment="From an order to the best hyperparameters",
            definition_body=sfn.DefinitionBody.from_chainable(planning),
            state_machine_type=sfn.StateMachineType.STANDARD,
            timeout=cdk.Duration.hours(MOST_HOURS).plus(longest_run),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=vended_log_group(self, "Logs", retention=log_retention),
                level=sfn.LogLevel.ALL,
                include_execution_data=True,
            ),
        )
        role = self.state_machine.role
        acknowledge_wildcard(
            role, "*", reason="Log delivery and X-Ray, which a state machine needs, know no resources"
        )
        for function in (plan_tuning, advance_tuning, judge_tuning, close_tuning):
            acknowledge_wildcard(
                role,
                f"{function.function_arn}:*",
                reason="The versions of one function; it has only its latest",
            )

    def _failure(self, id: str, status: TuningStatus) -> sfn.Fail:
        return sfn.Fail(self, id, error=ERRORS[status], cause_path="$.reason")


def _outcome_is(outcome: Outcome) -> sfn.Condition:
    return sfn.Condition.string_equals("$.outcome", str(outcome))


def _status_is(status: TuningStatus) -> sfn.Condition:
    return sfn.Condition.string_equals("$.status", str(status))
