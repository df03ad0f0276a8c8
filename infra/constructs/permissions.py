"""What roles are allowed, with the reasons that cdk-nag asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from infra.nag import acknowledge_wildcard


def allow(
    role: iam.Role,
    *actions: str,
    on: Sequence[str],
    because: str | None = None,
    conditions: Mapping[str, Mapping[str, object]] | None = None,
) -> None:
    """Allow a role these actions on these ARNs.

    Parameters
    ----------
    because
        Why those of the ARNs that hold a `*` can't be narrower.
    """
    role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=list(on), conditions=conditions))
    if because is not None:
        for resource in on:
            acknowledge_wildcard(role, resource, reason=because)


def allow_objects(role: iam.Role, action: str, bucket_arn: str, *folders: str) -> None:
    """Let a role do this to the objects of these folders of a bucket."""
    allow(
        role,
        action,
        on=[f"{bucket_arn}/{folder}*" for folder in folders],
        because="Objects of these folders only; which ones, uploads and runs decide",
    )


def allow_decrypting(role: iam.Role, key_arns: Sequence[str]) -> None:
    """Let a role read what S3 holds under these KMS keys, and use them for nothing else."""
    if key_arns:
        via_s3 = {"StringEquals": {"kms:ViaService": f"s3.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}"}}
        allow(role, "kms:Decrypt", on=key_arns, conditions=via_s3)


def allow_listing(role: iam.Role, bucket_arn: str, *folders: str) -> None:
    """Let a role find out which objects these folders of a bucket hold, and whether there is a certain one."""
    allow(
        role,
        "s3:ListBucket",
        on=[bucket_arn],
        conditions={"StringLike": {"s3:prefix": [f"{folder}*" for folder in folders]}},
    )
