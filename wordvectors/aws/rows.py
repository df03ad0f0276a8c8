"""Rows of the runs table: how they are read, and writes that hold their conditions or change nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from wordvectors.aws.errors import error_code, transient_errors_named
from wordvectors.aws.items import Model, read_item, to_item
from wordvectors.lifecycle.errors import NotStorable, UnreadableRow

NEWEST_INDEX = "newest"
"""The index of rows by their `kind` and the moment of their creation; a row without a `kind` is in no index."""

_log = logging.getLogger(__name__)


def now() -> str:
    """Return this moment as the table writes it: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Rows:
    """The rows of the runs table, whatever they are of.

    Where several are asked for, a row that can't be read is named in the log, once, and left out.

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
        self._left_out: set[str] = set()

    def _item(self, run_id: str) -> Mapping[str, Any]:
        """Return an item by its key, as last written; an empty one if there is none."""
        try:
            key = to_item({"run_id": run_id})
        except NotStorable:
            return {}
        with transient_errors_named():
            answer = self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True)
        item: Mapping[str, Any] = answer.get("Item", {})
        return item

    def _query(
        self, index: str, key: str, values: Mapping[str, Any], **more: Any
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the items of an index, the last first; pages are fetched as they are read.

        What DynamoDB can't hold, such as half a character that somebody has typed, is in no item.

        Parameters
        ----------
        key, values
            The condition on the index's keys, and the values of its names (`:name`).
        more
            Further parameters of DynamoDB's Query.
        """
        try:
            wanted = to_item(values)
        except NotStorable:
            return
        query = {
            "TableName": self._name,
            "IndexName": index,
            "KeyConditionExpression": key,
            "ExpressionAttributeValues": wanted,
            "ScanIndexForward": False,
            **more,
        }
        while True:
            with transient_errors_named():
                page = self._client.query(**query)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _readable(
        self, items: Iterable[Mapping[str, Any]], of_row: Callable[[Mapping[str, Any]], Model]
    ) -> Iterator[Model]:
        for item in items:
            try:
                yield read_item(item, of_row)
            except UnreadableRow as fault:
                if str(fault) not in self._left_out:
                    self._left_out.add(str(fault))
                    _log.warning("%s; it is left out", fault)

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
