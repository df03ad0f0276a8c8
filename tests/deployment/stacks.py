"""Stacks, as CloudFormation has them."""

from __future__ import annotations

import json
import re
from typing import Any

from local_cloud import deployer
from local_cloud.connection import Connection

STORAGE, PIPELINE, TUNING, CLEANING = "Storage", "Pipeline", "Tuning", "Cleaning"
# The CDK's hash of a path, which begins with the stack.
_HASH = re.compile(r"(AllowEventRule\w*?)[0-9A-F]{8,}")


def statuses(connection: Connection, *stacks: str) -> list[str | None]:
    """Return the status of each stack; None where there is no such stack."""
    cloudformation = connection.client("cloudformation")
    return [deployer.stack_status(cloudformation, stack) for stack in stacks]


def resources(connection: Connection, stack: str) -> dict[str, str]:
    """Return a stack's resources: logical id -> physical id."""
    pages = connection.client("cloudformation").get_paginator("list_stack_resources")
    found = [found for page in pages.paginate(StackName=stack) for found in page["StackResourceSummaries"]]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}


def template(connection: Connection, prefix: str, name: str) -> dict[str, Any]:
    """Return a stack's template, with PREFIX in the place of its deployment's prefix."""
    stack = f"{prefix}-{name}"
    body = connection.client("cloudformation").get_template(StackName=stack)["TemplateBody"]
    text = re.sub(rf"\b{prefix}\b|(?<=AllowEventRule){prefix}", "PREFIX", json.dumps(body))
    return json.loads(_HASH.sub(r"\1", text))
