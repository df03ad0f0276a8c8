"""The runs table: one item per run, every change of status a conditional write."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from wordvectors.aws.items import read_item, to_item
from wordvectors.aws.promotions import Promotions
from wordvectors.aws.rows import NEWEST_INDEX, Rows, now
from wordvectors.lifecycle.keys import LATEST, NAMED, is_run_id, readable_part
from wordvectors.lifecycle.run import Changes, Progress, Run, Training
from wordvectors.lifecycle.status import FINAL, RunStatus

BEST_INDEX = "best"
"""The index of completed runs by their corpus and their score."""
_KIND = "run"
"""The runs' partition of the `newest` index. Writes to it are a few per run and minute."""

MESSAGE_LEASE = timedelta(seconds=15)
"""A message is sent in less, unless SNS hangs."""
MOST_MESSAGES = 2

_LOOK_BACK = 200
"""How many of the newest runs a beginning of an id is looked for in."""


class RunTable(Rows):
    """The runs of a deployment, through a boto3 DynamoDB client."""

    def claim(self, run: Run) -> bool:
        """Write a new run. Return False, and write nothing, if its `run_id` is taken."""
        moment = now()
        item = {"kind": _KIND, "created_at": moment, "updated_at": moment, **run.to_json()}
        return self._write(
            self._client.put_item, Item=to_item(item), ConditionExpression="attribute_not_exists(run_id)"
        )

    def get(self, run_id: str) -> Run | None:
        """Return a run, as last written, or None; also if it was removed.

        Raises
        ------
        UnreadableRow
        """
        item = self._item(run_id)
        return read_item(item, Run.of_row) if "status" in item else None

    def was_removed(self, run_id: str) -> bool:
        """Whether there was a run of this id, which no other run can have any more."""
        item = self._item(run_id)
        return "removed_at" in item and "status" not in item

    def attempts(self, name: Callable[[int], str]) -> tuple[list[Run], int]:
        """Return the runs that were made of the same corpus and plan, in order, and the number of the next attempt.

        Parameters
        ----------
        name
            Returns the id of an attempt, from 1. A run that was removed is left out, and its id is not free.
        """
        found: list[Run] = []
        number = 1
        while True:
            run = self.get(name(number))
            if run is not None:
                found.append(run)
            elif not self.was_removed(name(number)):
                return found, number
            number += 1

    def require(self, run_id: str) -> Run:
        """Return a run; LookupError if there is none."""
        run = self.get(run_id)
        if run is None:
            raise LookupError(f"the table has no run {run_id}")
        return run

    def advance(
        self, run_id: str, status: RunStatus, changes: Changes | None = None, *, job_number: int | None = None
    ) -> bool:
        """Move a run to a status and write what is new about it.

        Return False, and write nothing, if the run is not in a status that may come before it: a late
        or repeated step never moves a run backwards. Attributes that the changes set to None are removed.

        Parameters
        ----------
        job_number
            Of the training job that all this is about: nothing is written either if the run is at another by now.
        """
        return self._move(run_id, status, changes, after=status.predecessors(), job_number=job_number)

    def queue_again(self, run: Run, waiting_for: str) -> bool:
        """Move a run whose training job got no instances from TRAINING back to QUEUED, for another job.

        Return False, and write nothing, unless the run is in training with just this job: no late or repeated step
        takes away from a run the job that came after it. What is known of the job is dropped: it never ran.
        """
        changes = Changes(
            waiting_for=waiting_for,
            job_number=run.job_number + 1,
            training=Training(),
            progress=Progress(),
            polls=run.polls + 1,
        )
        after = frozenset({RunStatus.TRAINING})
        return self._move(run.run_id, RunStatus.QUEUED, changes, after=after, job_number=run.job_number)

    def _move(
        self,
        run_id: str,
        status: RunStatus,
        changes: Changes | None,
        *,
        after: Collection[RunStatus],
        job_number: int | None,
    ) -> bool:
        attributes = {**(changes.to_json() if changes else {}), "status": str(status), "updated_at": now()}
        names = {f"#{name}": name for name in (*attributes, "status")}
        values = {f":{name}": value for name, value in attributes.items() if value is not None}
        allowed = {f":from_{before}": str(before) for before in sorted(after)}
        condition, fence = f"#status IN ({', '.join(allowed)})", {}
        if job_number is not None:
            none_yet = "attribute_not_exists(#job_number) OR " if job_number == 1 else ""
            condition += f" AND ({none_yet}#job_number = :this_job)"
            names["#job_number"], fence = "job_number", {":this_job": job_number}

        update = "SET " + ", ".join(f"#{name[1:]} = {name}" for name in values)
        removed = [f"#{name}" for name, value in attributes.items() if value is None]
        if removed:
            update += " REMOVE " + ", ".join(removed)
        return self._update(
            run_id,
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=to_item({**values, **allowed, **fence}),
        )

    def note_stop(self, run_id: str, by: str) -> bool:
        """Note who asked for a run's stop. Return False, and write nothing, if the run has ended."""
        final = {f":final_{status}": str(status) for status in sorted(FINAL)}
        return self._update(
            run_id,
            UpdateExpression="SET stop_requested_by = :by",
            ConditionExpression=f"attribute_exists(run_id) AND NOT #status IN ({', '.join(final)})",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=to_item({":by": by, **final}),
        )

    def claim_message(self, run_id: str) -> bool:
        """Return whether the caller is the one to tell people of this run's end.

        Two may want to at the same time: the state machine's last step, and the event that it was aborted.
        A claim lapses after `MESSAGE_LEASE`, since who made it may have died; the second one is the last.
        """
        lapsed = (datetime.now(UTC) - MESSAGE_LEASE).isoformat(timespec="milliseconds")
        return self._update(
            run_id,
            UpdateExpression="SET message_claimed_at = :now ADD message_claims :one",
            ConditionExpression=(
                "attribute_exists(run_id) AND attribute_not_exists(notified_at) AND "
                "(attribute_not_exists(message_claimed_at) OR "
                "(message_claimed_at < :lapsed AND message_claims < :most))"
            ),
            ExpressionAttributeValues=to_item(
                {":now": now(), ":one": 1, ":lapsed": lapsed, ":most": MOST_MESSAGES}
            ),
        )

    def release_message(self, run_id: str) -> None:
        """Give a claim back: the message could not be sent."""
        self._update(
            run_id,
            UpdateExpression="REMOVE message_claimed_at, message_claims",
            ConditionExpression="attribute_exists(run_id)",
        )

    def mark_notified(self, run_id: str) -> None:
        """Note that the people who follow the runs were told of this one's end."""
        self._update(
            run_id,
            UpdateExpression="SET notified_at = :now REMOVE message_claimed_at, message_claims",
            ConditionExpression="attribute_exists(run_id)",
            ExpressionAttributeValues=to_item({":now": now()}),
        )

    def matching(self, wanted: str, *, with_model: bool = False) -> list[Run]:
        """Return the runs that a user may mean: by id, the beginning of one of the newest, `latest` or `@NAME`.

        A beginning that is all that a person reads in an id, `wv-small`, means none that goes on, `wv-smaller-…`.

        Parameters
        ----------
        with_model
            `latest` is the latest run that has a model.
        """
        if wanted == LATEST:
            statuses = [RunStatus.COMPLETED] if with_model else []
            return list(itertools.islice(self.newest(statuses=statuses), 1))
        if wanted.startswith(NAMED):
            promoted = Promotions(self._client, self._name).current(wanted.removeprefix(NAMED))
            wanted = (promoted and promoted.run) or ""
        if not is_run_id(wanted):
            return []
        run = self.get(wanted)
        if run is not None:
            return [run]
        newest = itertools.islice(self.newest(), _LOOK_BACK)
        found = [run for run in newest if run.run_id.startswith(wanted)]
        return [run for run in found if readable_part(run.run_id) == wanted] or found

    def newest(
        self,
        *,
        since: str | None = None,
        until: str | None = None,
        corpus_key: str | None = None,
        statuses: Collection[str] = (),
        page_rows: int | None = None,
    ) -> Iterator[Run]:
        """Yield runs, newest first; pages are fetched as they are read.

        Parameters
        ----------
        since, until
            Moments in the table's own form, between which the runs were created.
        corpus_key, statuses
            What the runs are of, and one of which they are in. DynamoDB leaves the others out after it has
            read them: they cost reads, and no transfer.
        page_rows
            How many rows a page has, for who reads a few; else as many as make a megabyte, and all of them cost reads.
        """
        key = "kind = :kind"
        values: dict[str, Any] = {":kind": _KIND}
        if since is not None or until is not None:
            key += " AND created_at BETWEEN :since AND :until"
            values |= {":since": since or "0", ":until": until or "9999"}
        filters = []
        names = {}
        if corpus_key is not None:
            filters.append("corpus_key = :corpus_key")
            values[":corpus_key"] = corpus_key
        if statuses:
            allowed = {f":status_{status}": str(status) for status in sorted(statuses)}
            filters.append(f"#status IN ({', '.join(allowed)})")
            names["#status"] = "status"
            values |= allowed
        more: dict[str, Any] = {} if page_rows is None else {"Limit": page_rows}
        if filters:
            more["FilterExpression"] = " AND ".join(filters)
        if names:
            more["ExpressionAttributeNames"] = names
        return self._readable(self._query(NEWEST_INDEX, key, values, **more), Run.of_row)

    def best(self, corpus_key: str) -> Iterator[Run]:
        """Yield a corpus's runs that have a `mean_rho`, the highest first."""
        items = self._query(BEST_INDEX, "corpus_key = :corpus_key", {":corpus_key": corpus_key})
        return self._readable(items, Run.of_row)
