"""The tunings of a deployment: items of the runs table, each written only over the version that was read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from wordvectors.aws.items import read_item, to_item
from wordvectors.aws.rows import NEWEST_INDEX, Rows, now
from wordvectors.lifecycle.keys import is_run_id
from wordvectors.tuning.room import MOST_BYTES
from wordvectors.tuning.tuning import TUNING_PREFIX, Tuning

TUNING_ROWS = "tuning#"
"""What the items' keys begin with; no run's id holds this character."""
_KIND = "tuning"
"""Their partition of the `newest` index."""


class TuningTable(Rows):
    """The tunings, through a boto3 DynamoDB client."""

    def claim(self, tuning: Tuning) -> bool:
        """Write a new tuning. Return False, and write nothing, if its id is taken."""
        moment = now()
        first = tuning.but(kind=_KIND, created_at=moment, updated_at=moment, version=1)
        return self._put(first, ConditionExpression="attribute_not_exists(run_id)")

    def save(self, tuning: Tuning) -> Tuning | None:
        """Write a tuning over the version that it was read as. Return it as written; None if it has changed since."""
        written = tuning.but(updated_at=now(), version=tuning.version + 1)
        done = self._put(
            written,
            ConditionExpression="version = :read",
            ExpressionAttributeValues=to_item({":read": tuning.version}),
        )
        return written if done else None

    def change(self, tuning_id: str, changed: Callable[[Tuning], Tuning | None]) -> Tuning:
        """Change a tuning as it is now, however often others write it meanwhile; return it as it then is.

        Parameters
        ----------
        changed
            Returns what is to be written, or None if nothing is.
        """
        while True:
            tuning = self.require(tuning_id)
            wanted = changed(tuning)
            if wanted is None:
                return tuning
            written = self.save(wanted)
            if written is not None:
                return written

    def get(self, tuning_id: str) -> Tuning | None:
        """Return a tuning, as last written, or None.

        Raises
        ------
        UnreadableRow
        """
        item = self._item(message_key(tuning_id))
        return read_item(item, Tuning.of_row) if item else None

    def require(self, tuning_id: str) -> Tuning:
        """Return a tuning; LookupError if there is none."""
        tuning = self.get(tuning_id)
        if tuning is None:
            raise LookupError(f"the table has no tuning {tuning_id}")
        return tuning

    def newest(self, *, since: str = "0", until: str = "9999") -> Iterator[Tuning]:
        """Yield tunings, newest first, created between two moments."""
        items = self._query(
            NEWEST_INDEX,
            "kind = :kind AND created_at BETWEEN :since AND :until",
            {":kind": _KIND, ":since": since, ":until": until},
        )
        return self._readable(items, Tuning.of_row)

    def matching(self, wanted: str) -> list[Tuning]:
        """Return the tunings that a user may mean: by id, by the beginning of one, or by the name of the order."""
        may_be_id = wanted.startswith(TUNING_PREFIX) and is_run_id(wanted)
        exact = self.get(wanted) if may_be_id else None
        if exact is not None:
            return [exact]
        found = list(self.newest())
        named = [tuning for tuning in found if tuning.name == wanted]
        return named[:1] or [tuning for tuning in found if tuning.tuning_id.startswith(wanted)]

    def _put(self, tuning: Tuning, **condition: Any) -> bool:
        item = {"run_id": message_key(tuning.tuning_id), **tuning.to_json()}
        return self._write(self._client.put_item, Item=to_item(item, MOST_BYTES), **condition)


def message_key(tuning_id: str) -> str:
    """Return the key of a tuning's item: `RunTable` claims its message by this."""
    return f"{TUNING_ROWS}{tuning_id}"
