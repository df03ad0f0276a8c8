"""Acknowledging single cdk-nag findings."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(construct: IConstruct, finding: str, *, reason: str) -> None:
    """Record why one AwsSolutions finding is safe on one construct.

    Parameters
    ----------
    finding
        As cdk-nag prints it, without the pack's name: `S1`, `IAM4[Policy::…]`.
    """
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=f"AwsSolutions-{finding}", reason=reason))


def acknowledge_wildcard(construct: IConstruct, resource: str, *, reason: str) -> None:
    """Record why one resource pattern in the policies of a construct is as narrow as it can be.

    Parameters
    ----------
    resource
        The ARN with its `*`, tokens and all.
    """
    shown = _as_nag_prints(cdk.Stack.of(construct).resolve(resource))
    acknowledge(construct, f"IAM5[Resource::{shown}]", reason=reason)


def _as_nag_prints(value: Any) -> str:
    """Return a resolved ARN in cdk-nag's notation, in which references stand in angle brackets."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return separator.join(_as_nag_prints(part) for part in parts)
        case {"Fn::GetAtt": [logical_id, attribute]}:
            return f"<{logical_id}.{attribute}>"
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::ImportValue": export}:
            return _as_nag_prints(export)
    return str(value)
