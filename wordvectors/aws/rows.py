"""Writes to the runs table, which hold their conditions or change nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from wordvectors.aws.errors import error_code, transient_errors_named
from wordvectors.aws.items import to_item

NEWEST_INDEX = "newest"
"""The index of rows by their `kind` and the moment of their creation; a row without a `kind` is in no index."""


def now() -> str:
    """Return this moment as the table writes it: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Rows:
    """The rows of the runs table, whatever they are of.

    Parameters
    ----------
    client
        A boto3 DynamoDB client.
    name
        The table's name.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def _update(self, run_id: str, **update: Any) -> bool:
        return self._write(self._client.update_item, Key=to_item({"run_id": run_id}), **update)

    def _write(self, operation: Callable[..., Any], **request: Any) -> bool:
        """Write to the table. Return False if the condition does not hold."""
        try:
            with transient_errors_named():
                operation(TableName=self._name, **request)
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True
