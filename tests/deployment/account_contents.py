"""What lies in an account, by the names of deployments."""

from __future__ import annotations

from collections.abc import Iterator

from local_cloud.connection import Connection

_LISTED = (
    ("s3", "list_buckets", "Buckets", "Name"),
    ("dynamodb", "list_tables", "TableNames", None),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("lambda", "list_layers", "Layers", "LayerName"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("stepfunctions", "list_state_machines", "stateMachines", "name"),
    ("events", "list_rules", "Rules", "Name"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("sqs", "list_queues", "QueueUrls", None),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("glue", "get_jobs", "Jobs", "Name"),
)
"""Service, operation, member of the answer, member of each item that names it (None: it is a name)."""


def contents(connection: Connection, prefix: str) -> set[str]:
    """Return the names of all that a deployment's stacks have made and that is still there."""
    return {name for name in _names(connection) if f"{prefix}-".lower() in name.lower()}


def _names(connection: Connection) -> Iterator[str]:
    for service, operation, member, name in _LISTED:
        client = connection.client(service)
        paged = client.can_paginate(operation)
        pages = client.get_paginator(operation).paginate() if paged else [getattr(client, operation)()]
        for page in pages:
            for item in page.get(member, []):
                yield f"{service} {item[name] if name else item}"
