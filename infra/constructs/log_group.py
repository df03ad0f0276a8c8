"""Log groups that end with their stack."""

from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct


def short_lived_log_group(
    scope: Construct, id: str, *, retention: int, name: str | None = None
) -> logs.LogGroup:
    """Return a log group that is removed with its stack: the table of runs holds what should last.

    Parameters
    ----------
    retention
        Days; CDK has names for them, CloudWatch Logs takes the number.
    """
    group = logs.LogGroup(scope, id, removal_policy=cdk.RemovalPolicy.DESTROY, log_group_name=name)
    cast(logs.CfnLogGroup, group.node.default_child).retention_in_days = retention
    return group


def vended_log_group(scope: Construct, id: str, *, retention: int) -> logs.LogGroup:
    """Return a log group of a state machine, of the kind that needs no policy of its own.

    Each other name makes CloudWatch Logs lengthen a resource policy that holds 5,120 characters for the whole
    account (Step Functions developer guide, "CloudWatch Logs resource policy size restrictions"). The name holds the
    stack's own part of its ARN: one that an execution makes again while the stack is removed is not in the way of the
    next deployment.
    """
    return short_lived_log_group(
        scope, id, retention=retention, name=f"/aws/vendedlogs/states/{stack_path(scope)}/{scope.node.id}"
    )


def stack_path(scope: Construct) -> str:
    """Return `NAME/UUID` of a stack, which no other stack has had, nor this one before it was removed."""
    stack = cdk.Stack.of(scope)
    return f"{stack.stack_name}/{cdk.Fn.select(2, cdk.Fn.split('/', stack.stack_id))}"
