"""How many runs and cleanings a deployment has started today: an item of the runs table for each day, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from wordvectors.aws.errors import error_code, transient_errors_named

STARTS = "starts#"
"""What the item's key begins with; no run's id holds this character."""


class DailyStarts:
    """The names of what has been started, in the runs table, through a boto3 DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def admit(self, name: str, most: int) -> bool:
        """Count a run or a cleaning, once however often it is asked. Return False if `most` have been counted today.

        It is one conditional write, so that no crowd can pass the bound.
        """
        try:
            with transient_errors_named():
                self._client.update_item(
                    TableName=self._table,
                    Key=_today(),
                    UpdateExpression="ADD started :names",
                    ConditionExpression=(
                        "attribute_not_exists(started) OR size(started) < :most OR contains(started, :name)"
                    ),
                    ExpressionAttributeValues={
                        ":names": {"SS": [name]},
                        ":name": {"S": name},
                        ":most": {"N": str(most)},
                    },
                )
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def count(self) -> int:
        """Return how many have been started today."""
        with transient_errors_named():
            item = self._client.get_item(TableName=self._table, Key=_today()).get("Item", {})
        return len(item.get("started", {}).get("SS", ()))


def _today() -> dict[str, Any]:
    return {"run_id": {"S": f"{STARTS}{datetime.now(UTC).date().isoformat()}"}}
