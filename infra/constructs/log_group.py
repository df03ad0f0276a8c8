"""Log groups that end with their stack."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.settings import LOG_RETENTION


def short_lived_log_group(scope: Construct, id: str, *, retention: logs.RetentionDays) -> logs.LogGroup:
    """Return a log group that is removed with its stack: the table of runs holds what should last."""
    return logs.LogGroup(scope, id, retention=retention, removal_policy=cdk.RemovalPolicy.DESTROY)


def retention_days(days: int) -> logs.RetentionDays:
    """Return CDK's name for a number of days."""
    return logs.RetentionDays[LOG_RETENTION[days]]
