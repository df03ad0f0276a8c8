"""What the names of current models stand for: rows of the runs table, beside the runs.

A name has one row, whose key no run's id can be, and each of its changes another, in a partition of its own of the
index of the newest: no question about runs meets them. A run's own row holds the names that stand for it. All of
these are written together or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from wordvectors.aws.errors import TransientServiceError, error_code, transient_errors_named
from wordvectors.aws.items import plain_row, to_item
from wordvectors.aws.rows import NEWEST_INDEX, Rows
from wordvectors.lifecycle.promotions import PromotedMeanwhile, Promotion, is_model_name
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus

KIND = "promotion"
"""Of a change's row, and so the index's partition of changes."""
_TRIES = 3
"""Of a transaction that meets another write to one of its rows."""

SOURCE, PROMOTED, DEMOTED = "wordvectors", "Model Promoted", "Model Demoted"
"""An event's source, and its detail types."""


class Promotions(Rows):
    """The names of a deployment's current models, through a boto3 DynamoDB client."""

    def current(self, name: str) -> Promotion | None:
        """Return a name's last change; None if it never stood for a run."""
        item = self._item(_key(name)) if is_model_name(name) else None
        return _promotion(item) if item else None

    def history(self, name: str | None = None) -> Iterator[Promotion]:
        """Yield the changes of a name, or of all, the last one first."""
        values, of_name = {":kind": KIND}, dict[str, Any]()
        if name is not None:
            values[":name"] = name
            of_name = {"FilterExpression": "#name = :name", "ExpressionAttributeNames": {"#name": "name"}}
        return map(_promotion, self._query(NEWEST_INDEX, "kind = :kind", values, **of_name))

    def standing(self) -> dict[str, str]:
        """Return the id of the run that each name stands for; the index, and so this, may be seconds late."""
        last: dict[str, Promotion] = {}
        for change in self.history():
            if change.name not in last or last[change.name].number < change.number:
                last[change.name] = change
        return {name: change.run for name, change in last.items() if change.run is not None}

    def put_change(self, wanted: Promotion, before: Run | None) -> None:
        """Let a name stand for another run, or for none.

        Parameters
        ----------
        before
            The run that the name stood for, unless its row is gone.

        Raises
        ------
        PromotedMeanwhile
            When the change before is no longer the name's last one, or the run is no longer a completed one.
        """
        fields = wanted.model_dump(mode="json", exclude={"told"})
        first = wanted.number == 1
        name: dict[str, Any] = {
            "Item": to_item({"run_id": _key(wanted.name), **fields}),
            "ConditionExpression": "attribute_not_exists(run_id)" if first else "#number = :before",
        }
        if not first:
            name["ExpressionAttributeNames"] = {"#number": "number"}
            name["ExpressionAttributeValues"] = to_item({":before": wanted.number - 1})
        entry = {
            "Item": to_item({
                "run_id": f"{KIND}#{wanted.number}#{wanted.name}", "kind": KIND, "created_at": wanted.at, **fields,
            }),
            "ConditionExpression": "attribute_not_exists(run_id)",
        }  # fmt: skip
        writes: list[dict[str, Any]] = [{"Put": name}, {"Put": entry}]
        if wanted.run is not None:
            has_model = "#status = :completed AND attribute_not_exists(removed_at)"
            writes.append(self._naming("ADD", wanted.run, wanted.name, has_model))
        if before is not None:
            writes.append(self._naming("DELETE", before.run_id, wanted.name, "attribute_exists(#status)"))
        for write in writes:
            next(iter(write.values()))["TableName"] = self._name
        for tries_left in reversed(range(_TRIES)):
            if self._together(writes, tries_left):
                return

    def _naming(self, how: str, run_id: str, name: str, condition: str) -> dict[str, Any]:
        """Return the write by which a run's row gets or loses a name."""
        completed = {":completed": {"S": str(RunStatus.COMPLETED)}} if ":completed" in condition else {}
        return {
            "Update": {
                "Key": to_item({"run_id": run_id}),
                "UpdateExpression": f"{how} promoted_as :names",
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {":names": {"SS": [name]}, **completed},
            }
        }

    def _together(self, writes: list[dict[str, Any]], tries_left: int) -> bool:
        """Write all or nothing. Return False if another write was in the way and there is another try."""
        try:
            with transient_errors_named():
                self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if error_code(error) != "TransactionCanceledException":
                raise
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if "ConditionalCheckFailed" in reasons:
                raise PromotedMeanwhile from error
            if tries_left and "TransactionConflict" in reasons:
                return False
            raise TransientServiceError(str(error)) from error
        return True

    def mark_told(self, promotion: Promotion) -> None:
        """Note that a change was put on the event bus, unless another has followed it."""
        self._update(
            _key(promotion.name),
            UpdateExpression="SET told = :told",
            ConditionExpression="#number = :number",
            ExpressionAttributeNames={"#number": "number"},
            ExpressionAttributeValues=to_item({":told": True, ":number": promotion.number}),
        )


class PromotionEvents:
    """The account's default event bus, through a boto3 EventBridge client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def tell(self, promotion: Promotion, *, table: str, model: str | None) -> None:
        """Put a change on the bus, where everybody's rules find it.

        Parameters
        ----------
        table
            The deployment's: an account may have several deployments.
        model
            URI of the model that the name stands for from now on.
        """
        detail = {**promotion.model_dump(mode="json", exclude={"told"}), "table": table, "model": model}
        entry = {
            "Source": SOURCE,
            "DetailType": DEMOTED if promotion.run is None else PROMOTED,
            "Detail": json.dumps(detail, ensure_ascii=False),
        }
        with transient_errors_named():
            answer = self._client.put_events(Entries=[entry])
        for refused in answer["Entries"]:
            if "ErrorCode" in refused:
                raise TransientServiceError(f"{refused['ErrorCode']}: {refused.get('ErrorMessage', '')}")


def _key(name: str) -> str:
    return f"name#{name}"


def _promotion(item: Mapping[str, Any]) -> Promotion:
    return Promotion.model_validate(plain_row(item))
