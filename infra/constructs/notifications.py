"""RunNotifications: the topic that gets one message per run that ends."""

from __future__ import annotations

from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


class RunNotifications(Construct):
    """A topic that takes messages over TLS only and keeps them encrypted.

    It is encrypted by SNS's own key, which lets every principal of the account use it through SNS: whoever
    may publish needs no permission for the key.

    Attributes
    ----------
    topic : aws_cdk.aws_sns.Topic
    """

    def __init__(self, scope: Construct, id: str, *, email: str | None) -> None:
        super().__init__(scope, id)
        self.topic = sns.Topic(
            self,
            "Topic",
            display_name="wordvectors runs",
            master_key=kms.Alias.from_alias_name(self, "SnsKey", "alias/aws/sns"),
            enforce_ssl=True,
        )
        if email is not None:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
