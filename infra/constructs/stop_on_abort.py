"""StopOnAbort: an execution that ends from outside leaves no job running and no run unfinished."""

from __future__ import annotations

from typing import Any

import jsii
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.dead_letters import DELIVERY_ATTEMPTS, LONGEST_DELIVERY

ENDED_BADLY = ["FAILED", "TIMED_OUT", "ABORTED"]


class StopOnAbort(Construct):
    """Calls CloseRun when an execution was aborted or timed out, or failed outside its own steps.

    Attributes
    ----------
    rule : aws_cdk.aws_events.Rule
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        state_machine: sfn.StateMachine,
        close_run: lambda_.Function,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, id)
        # EventBridge's retries end when Lambda has taken the event; from there on these count.
        close_run.configure_async_invoke(
            retry_attempts=2,
            max_event_age=LONGEST_DELIVERY,
            on_failure=_Queue(dead_letters),
        )
        self.rule = events.Rule(
            self,
            "Rule",
            description="An execution of the wordvectors state machine ended badly",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={"status": ENDED_BADLY, "stateMachineArn": [state_machine.state_machine_arn]},
            ),
            targets=[
                targets.LambdaFunction(
                    close_run,
                    dead_letter_queue=dead_letters,
                    retry_attempts=DELIVERY_ATTEMPTS,
                    max_event_age=LONGEST_DELIVERY,
                )
            ],
        )


@jsii.implements(lambda_.IDestination)
class _Queue:
    """A queue as destination. The CDK's own grants two more actions, which Lambda has no use for."""

    def __init__(self, queue: sqs.IQueue) -> None:
        self._queue = queue

    def bind(self, scope: Construct, fn: lambda_.IFunction, *, type: Any) -> lambda_.DestinationConfig:
        """Let the function's role send to the queue."""
        fn.add_to_role_policy(
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self._queue.queue_arn])
        )
        return lambda_.DestinationConfig(destination=self._queue.queue_arn)
