"""Scores that a completed run gets afterwards, each a part of its row of its own: none takes another's place."""

from __future__ import annotations

from collections.abc import Mapping

from wordvectors.aws.items import to_item
from wordvectors.aws.rows import Rows
from wordvectors.lifecycle.run import Run, SetScore
from wordvectors.lifecycle.status import RunStatus

_COMPLETED = "#status = :completed AND attribute_not_exists(removed_at)"


class RunScores(Rows):
    """The scores of a deployment's runs, through a boto3 DynamoDB client."""

    def note_served(self, run_id: str, uri: str) -> bool:
        """Note the file that a completed run's model is served from. Return False unless it is a completed run."""
        return self._update(
            run_id,
            UpdateExpression="SET artifacts.served = :served",
            ConditionExpression=f"{_COMPLETED} AND attribute_exists(artifacts)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=to_item({":completed": str(RunStatus.COMPLETED), ":served": uri}),
        )

    def add(self, run: Run, scores: Mapping[str, SetScore]) -> bool:
        """Add scores to a run, or replace those on the same sets. Return False unless it is a completed run."""
        status = to_item({":completed": str(RunStatus.COMPLETED)})
        if (
            "sets" not in run.evaluation.model_fields_set
        ):  # of an earlier version; there is no place for a score
            self._update(
                run.run_id,
                UpdateExpression="SET evaluation = :evaluation",
                ConditionExpression=f"{_COMPLETED} AND attribute_not_exists(evaluation.#sets)",
                ExpressionAttributeNames={"#status": "status", "#sets": "sets"},
                ExpressionAttributeValues=status
                | to_item({":evaluation": {**run.evaluation.to_json(), "sets": {}}}),
            )
        names = {f"#set{number}": name for number, name in enumerate(scores)}
        values = {f":set{number}": score.to_json() for number, score in enumerate(scores.values())}
        places = ", ".join(f"evaluation.#sets.#set{number} = :set{number}" for number in range(len(scores)))
        return self._update(
            run.run_id,
            UpdateExpression=f"SET {places}",
            ConditionExpression=_COMPLETED,
            ExpressionAttributeNames={**names, "#status": "status", "#sets": "sets"},
            ExpressionAttributeValues=status | to_item(values),
        )
