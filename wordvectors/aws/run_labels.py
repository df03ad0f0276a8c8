"""Notes and tags in the rows of runs, each a write of its own: whoever writes at once, nothing is lost."""

from __future__ import annotations

from collections.abc import Collection

from wordvectors.aws.items import to_item
from wordvectors.aws.rows import Rows
from wordvectors.lifecycle.labels import MOST_TAGS


class RunLabels(Rows):
    """The notes and tags of a deployment's runs, through a boto3 DynamoDB client; False where there is no such run."""

    def note(self, run_id: str, text: str) -> bool:
        """Write a run's note in place of the one before; an empty one takes it away."""
        how = {"UpdateExpression": "SET #note = :note", "ExpressionAttributeValues": to_item({":note": text})}
        return self._update(
            run_id,
            **(how if text else {"UpdateExpression": "REMOVE #note"}),
            ConditionExpression="attribute_exists(#status)",
            ExpressionAttributeNames={"#note": "note", "#status": "status"},
        )

    def tag(self, run_id: str, tags: Collection[str]) -> bool:
        """Add tags to a run. Return False, too, if it would have more than `MOST_TAGS`."""
        return self._update(
            run_id,
            UpdateExpression="ADD tags :tags",
            ConditionExpression="attribute_exists(#status) AND (attribute_not_exists(tags) OR size(tags) <= :room)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":tags": {"SS": sorted(tags)}, **to_item({":room": MOST_TAGS - len(set(tags))}),
            },
        )  # fmt: skip

    def untag(self, run_id: str, tags: Collection[str]) -> bool:
        """Take tags from a run; those that it does not have are no error."""
        return self._update(
            run_id,
            UpdateExpression="DELETE tags :tags",
            ConditionExpression="attribute_exists(#status)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":tags": {"SS": sorted(tags)}},
        )
