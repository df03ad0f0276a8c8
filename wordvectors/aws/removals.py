"""Runs that are removed: the row first says so, then the objects go, and at last a mark is left of the row.

The mark keeps the run's id from being given again. In SageMaker the names of its training jobs are taken for good,
and a run that found a job of its name there would take that for its own.
"""

from __future__ import annotations

from wordvectors.aws.items import to_item
from wordvectors.aws.rows import Rows, now
from wordvectors.lifecycle.status import FINAL


class Removals(Rows):
    """The removal of a deployment's runs, through a boto3 DynamoDB client."""

    def begin(self, run_id: str, by: str) -> bool:
        """Note that a run is being removed: from then on it can't be promoted.

        Return False, and write nothing, if the run has not ended, is promoted, or is gone.
        """
        final = {f":final_{status}": str(status) for status in sorted(FINAL)}
        return self._update(
            run_id,
            UpdateExpression="SET removed_at = :now, removed_by = :by",
            ConditionExpression=f"#status IN ({', '.join(final)}) AND attribute_not_exists(promoted_as)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=to_item({":now": now(), ":by": by, **final}),
        )

    def finish(self, run_id: str, by: str) -> None:
        """Leave of a run's row the mark alone, which is in no index."""
        self._write(
            self._client.put_item,
            Item=to_item({"run_id": run_id, "removed_at": now(), "removed_by": by}),
            ConditionExpression="attribute_exists(removed_at)",
        )
