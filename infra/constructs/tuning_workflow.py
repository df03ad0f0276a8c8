"""TuningWorkflow: the state machine that takes an order to a verdict."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.function_task import error_alone, function_task
from infra.constructs.workflow import outcome_is, single_exit, standard_machine
from wordvectors.lifecycle.status import Outcome
from wordvectors.tuning.ending import ERRORS
from wordvectors.tuning.order import MOST_HOURS


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
        judging.add_catch(closing, result_path="$.verdict_error")  # beside the outcome: the search is done
        planning.next(
            sfn.Choice(self, "PlanOutcome")
            .when(outcome_is(Outcome.START), advancing)
            .when(
                outcome_is(Outcome.DUPLICATE, Outcome.SUPERSEDED),
                sfn.Succeed(self, "NothingToDo"),
            )
            .otherwise(closing)
        )
        advancing.next(
            sfn.Choice(self, "SearchOutcome")
            .when(outcome_is(Outcome.IN_PROGRESS), waiting.next(advancing))
            .when(outcome_is(Outcome.COMPLETED), judging)
            .otherwise(closing)
        )
        judging.next(
            sfn.Choice(self, "VerdictOutcome")
            .when(outcome_is(Outcome.IN_PROGRESS), judging)
            .otherwise(closing)
        )
        single_exit(self, closing, errors=ERRORS, not_closed="TuningNotClosed")
        self.state_machine = standard_machine(
            self,
            planning,
            comment="From an order to the best hyperparameters",
            timeout=cdk.Duration.hours(MOST_HOURS).plus(longest_run),
            log_retention=log_retention,
            functions=[plan_tuning, advance_tuning, judge_tuning, close_tuning],
        )
