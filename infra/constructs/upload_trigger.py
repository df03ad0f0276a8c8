"""UploadTrigger: an uploaded object starts a state machine."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.dead_letters import DELIVERY_ATTEMPTS, LONGEST_DELIVERY


class UploadTrigger(Construct):
    """Starts an execution for each object whose key is of a pattern.

    Attributes
    ----------
    rule : aws_cdk.aws_events.Rule
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        what: str,
        bucket: s3.IBucket,
        key_pattern: str,
        hands_over: Sequence[str],
        state_machine: sfn.StateMachine,
        dead_letters: sqs.IQueue,
    ) -> None:
        """Listen to a bucket.

        Parameters
        ----------
        what
            Whatever is uploaded, in words.
        hands_over
            The facts about the object that the execution is given beside `bucket` and `key`.
        """
        super().__init__(scope, id)
        role = iam.Role(
            self,
            "Role",
            description="Lets uploads start the wordvectors state machine",
            assumed_by=iam.ServicePrincipal("events.amazonaws.com"),
        )
        state_machine.grant_start_execution(role)
        self.rule = events.Rule(
            self,
            "Rule",
            description=f"{what} was uploaded",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [bucket.bucket_name]},
                    "object": {"key": [{"wildcard": key_pattern}]},
                },
            ),
            targets=[
                targets.SfnStateMachine(
                    state_machine,
                    role=role,
                    input=events.RuleTargetInput.from_object(
                        {
                            "bucket": events.EventField.from_path("$.detail.bucket.name"),
                            "key": events.EventField.from_path("$.detail.object.key"),
                            **{
                                fact: events.EventField.from_path(f"$.detail.object.{fact}")
                                for fact in hands_over
                            },
                        }
                    ),
                    dead_letter_queue=dead_letters,
                    retry_attempts=DELIVERY_ATTEMPTS,
                    max_event_age=LONGEST_DELIVERY,
                )
            ],
        )
