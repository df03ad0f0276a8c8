"""The runs table: one item per run, every change of status a conditional write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from wordvectors.aws.errors import error_code, transient_errors_named
from wordvectors.run import RunStatus

NEWEST_INDEX, BEST_INDEX = "newest", "best"
_KIND = "run"
"""The one partition of the `newest` index. Writes to it are a few per run and minute."""

Run = dict[str, Any]


def now() -> str:
    """Return this moment as the table writes it: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class RunTable:
    """The runs of a deployment.

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

    def claim(self, run: Run) -> bool:
        """Write a new run. Return False, and write nothing, if its `run_id` is taken."""
        moment = now()
        item = {"kind": _KIND, "created_at": moment, "updated_at": moment, **run}
        try:
            with transient_errors_named():
                self._client.put_item(
                    TableName=self._name,
                    Item=_to_item(item),
                    ConditionExpression="attribute_not_exists(run_id)",
                )
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def get(self, run_id: str) -> Run | None:
        """Return a run, as last written, or None."""
        with transient_errors_named():
            answer = self._client.get_item(
                TableName=self._name, Key=_to_item({"run_id": run_id}), ConsistentRead=True
            )
        return _from_item(answer["Item"]) if "Item" in answer else None

    def advance(self, run_id: str, status: RunStatus, changes: Mapping[str, Any] | None = None) -> bool:
        """Move a run to a status and write what is new about it.

        Return False, and write nothing, if the run is not in a status that may come before it: a late
        or repeated step never moves a run backwards. Attributes whose value is None are removed.
        """
        attributes = {**(changes or {}), "status": str(status), "updated_at": now()}
        names = {f"#{name}": name for name in (*attributes, "status")}
        values = {f":{name}": value for name, value in attributes.items() if value is not None}
        allowed = {f":from_{before}": str(before) for before in sorted(status.predecessors())}

        update = "SET " + ", ".join(f"#{name[1:]} = {name}" for name in values)
        removed = [f"#{name}" for name, value in attributes.items() if value is None]
        if removed:
            update += " REMOVE " + ", ".join(removed)
        try:
            with transient_errors_named():
                self._client.update_item(
                    TableName=self._name,
                    Key=_to_item({"run_id": run_id}),
                    UpdateExpression=update,
                    ConditionExpression=f"#status IN ({', '.join(allowed)})",
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=_to_item({**values, **allowed}),
                )
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def mark_notified(self, run_id: str) -> None:
        """Note that the people who follow the runs were told of this one's end."""
        with transient_errors_named():
            self._client.update_item(
                TableName=self._name,
                Key=_to_item({"run_id": run_id}),
                UpdateExpression="SET notified_at = :now",
                ConditionExpression="attribute_exists(run_id)",
                ExpressionAttributeValues=_to_item({":now": now()}),
            )

    def newest(self, *, since: str | None = None, until: str | None = None) -> Iterator[Run]:
        """Yield runs, newest first, created within the given moments; pages are fetched as they are read."""
        key = "kind = :kind"
        values = {":kind": _KIND}
        if since is not None or until is not None:
            key += " AND created_at BETWEEN :since AND :until"
            values |= {":since": since or "0", ":until": until or "9999"}
        query = {
            "TableName": self._name,
            "IndexName": NEWEST_INDEX,
            "KeyConditionExpression": key,
            "ExpressionAttributeValues": _to_item(values),
            "ScanIndexForward": False,
        }
        while True:
            with transient_errors_named():
                page = self._client.query(**query)
            yield from map(_from_item, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


# DynamoDB has one type of number. Floats travel as the shortest decimal that reads back as the same float.


def _to_item(attributes: Mapping[str, Any]) -> dict[str, Any]:
    serializer = TypeSerializer()
    return {name: serializer.serialize(_storable(value)) for name, value in attributes.items()}


def _storable(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {key: _storable(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    return value


def _from_item(item: Mapping[str, Any]) -> Run:
    deserializer = TypeDeserializer()
    return {name: _plain(deserializer.deserialize(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
