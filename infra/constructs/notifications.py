"""The topics: RunNotifications gets one message per run that ends, AlarmNotifications one per alarm."""

from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


class RunNotifications(Construct):
    """A topic that takes messages over TLS only and keeps them encrypted.

    It is encrypted by SNS's own key, which lets every principal of the account use it through SNS: whoever
    may publish needs no permission for the key. The key is named by its bare alias, the one value that is documented
    to create it in an account that does not have it yet.

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
            enforce_ssl=True,
        )
        cast(sns.CfnTopic, self.topic.node.default_child).kms_master_key_id = "alias/aws/sns"
        if email is not None:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))


class AlarmNotifications(Construct):
    """A topic for alarms, over TLS only.

    It is a topic of its own because CloudWatch can't publish to one that is encrypted with SNS's own key:
    that key's policy does not let the service use it (CloudWatch user guide, "Notifying users on alarm
    changes"). An alarm's message holds the alarm's name and numbers, and nothing of a run.

    Attributes
    ----------
    topic : aws_cdk.aws_sns.Topic
    """

    def __init__(self, scope: Construct, id: str, *, email: str | None) -> None:
        super().__init__(scope, id)
        self.topic = sns.Topic(self, "Topic", display_name="wordvectors alarms", enforce_ssl=True)
        # A topic with a policy of its own has lost the one that let the account's alarms in.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
            )
        )
        if email is not None:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
