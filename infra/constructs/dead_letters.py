"""DeadLetters: the queue of events that could not be delivered."""

from __future__ import annotations

import aws_cdk as cdk
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
