"""DeadLetters: the queue of events that could not be delivered, and its alarm."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.nag import acknowledge

DELIVERY_ATTEMPTS = 20
LONGEST_DELIVERY = cdk.Duration.hours(6)
"""An event that could not be delivered by then lands in the queue."""


class DeadLetters(Construct):
    """A queue that keeps for 14 days, SQS's longest, what EventBridge or Lambda gave up on.

    Attributes
    ----------
    queue : aws_cdk.aws_sqs.Queue
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        acknowledge(
            self.queue, "SQS3", reason="This is the dead-letter queue; people, not a consumer, look into it"
        )


def alarm_of_lost_events(scope: Construct, queue: sqs.IQueue, *, about: str, topic: sns.ITopic) -> None:
    """Add an alarm that goes off when the queue holds an event; people are told by the topic."""
    alarm = queue.metric_approximate_number_of_messages_visible(
        period=cdk.Duration.minutes(5), statistic="Maximum"
    ).create_alarm(
        scope,
        "LostEvents",
        alarm_description=f"An event about {about} could not be delivered; it is in the dead-letter queue",
        threshold=1,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
