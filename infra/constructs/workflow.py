"""What the state machines have in common: how an outcome leads on, the single exit, logs and tracing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from infra.constructs.log_group import vended_log_group
from infra.nag import acknowledge_wildcard
from wordvectors.lifecycle.status import Outcome


def outcome_is(*outcomes: Outcome) -> sfn.Condition:
    """Return the condition that the step before came to one of these outcomes."""
    conditions = [sfn.Condition.string_equals("$.outcome", str(outcome)) for outcome in outcomes]
    return conditions[0] if len(conditions) == 1 else sfn.Condition.or_(*conditions)


def single_exit(
    scope: Construct, closing: tasks.LambdaInvoke, *, errors: Mapping[Outcome, str], not_closed: str
) -> None:
    """Let an execution end as the last step says: well, or with the error of its status.

    Parameters
    ----------
    errors
        Of REJECTED, STOPPED and FAILED.
    not_closed
        The error of an execution whose last step has failed for good.
    """

    def failure(id: str, outcome: Outcome) -> sfn.Fail:
        return sfn.Fail(scope, id, error=errors[outcome], cause_path="$.reason")

    def ended_as(outcome: Outcome) -> sfn.Condition:
        return sfn.Condition.string_equals("$.status", str(outcome))

    closing.add_catch(
        sfn.Fail(scope, "NotClosed", error=not_closed, cause_path="$.error.Cause"), result_path="$.error"
    )
    closing.next(
        sfn.Choice(scope, "FinalStatus")
        .when(ended_as(Outcome.COMPLETED), sfn.Succeed(scope, "Completed"))
        .when(ended_as(Outcome.REJECTED), failure("Rejected", Outcome.REJECTED))
        .when(ended_as(Outcome.STOPPED), failure("Stopped", Outcome.STOPPED))
        .otherwise(failure("Failed", Outcome.FAILED))
    )


def standard_machine(
    scope: Construct,
    first: sfn.IChainable,
    *,
    comment: str,
    timeout: cdk.Duration,
    log_retention: int,
    functions: Sequence[lambda_.Function],
) -> sfn.StateMachine:
    """Return a Standard state machine with logs and tracing.

    Parameters
    ----------
    functions
        Those that it calls: cdk-nag is told why the wildcards that CDK writes into the machine's role are safe.
    """
    machine = sfn.StateMachine(
        scope,
        "StateMachine",
        comment=comment,
        definition_body=sfn.DefinitionBody.from_chainable(first),
        state_machine_type=sfn.StateMachineType.STANDARD,
        timeout=timeout,
        tracing_enabled=True,
        logs=sfn.LogOptions(
            destination=vended_log_group(scope, "Logs", retention=log_retention),
            level=sfn.LogLevel.ALL,
            include_execution_data=True,
        ),
    )
    acknowledge_wildcard(
        machine.role, "*", reason="Log delivery and X-Ray, which a state machine needs, know no resources"
    )
    for function in functions:
        acknowledge_wildcard(
            machine.role,
            f"{function.function_arn}:*",
            reason="The versions of one function; it has only its latest",
        )
    return machine
