"""A local cloud that is killed and started again, and what must hold after each kill."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_cloud import account, processes
from local_cloud.assembly import DEFAULT_SETTINGS
from local_cloud.connection import Connection
from local_cloud.errors import LocalCloudError
from tests.kills import points
from tests.kills.commands import Commands
from tests.kills.others import orphans
from tests.kills.points import WATCHER, Kill
from wordvectors.aws.tuning_table import TUNING_ROWS
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.tuning import FINAL_TUNINGS, TuningStatus

SETTLING_SECONDS = 120
CONTEXT = {**DEFAULT_SETTINGS, "wordvectors.cleaning.enabled": True}
_TRAINER = [sys.executable, str(Path(__file__).with_name("trainer.py"))]


class Died(Exception):
    """The server was killed, as it was to be."""


class World:
    """A local cloud, and what it has acknowledged.

    Attributes
    ----------
    objects : dict of str to bytes or None
        Key -> what the bucket is to hold; None: deleted. A key whose last change was not acknowledged is not here.
    corpora : set of str
        Keys of acknowledged corpora, each of which is to have one run.
    tried_again : set of str
        Keys of corpora whose client uploads again when it has no answer. An upload that was cut off before it was
        planned has a row, too.
    orders : set of str
        Names of acknowledged orders, each of which is to have one tuning.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.objects: dict[str, bytes | None] = {}
        self.corpora: set[str] = set()
        self.tried_again: set[str] = set()
        self.cleanings: set[str] = set()
        self.orders: set[str] = set()
        self.finals: dict[str, str] = {}
        self.commands = Commands(home)
        self.connection: Connection | None = None
        self.outputs: dict[str, str] = {}
        self._clients: dict[tuple[str, str, bool], Any] = {}

    def start(self, *, deploy: bool = True) -> None:
        """Start the server, or find it; Died when it was killed meanwhile."""
        try:
            self.connection = account.start(
                self.home, deploy=deploy, context=CONTEXT, stop_grace_seconds=1.0, training_jobs=4,
                commands={"blazingtext": _TRAINER}, extension=points.__name__,
            )  # fmt: skip
        except (LocalCloudError, BotoCoreError, ClientError) as problem:
            if self.killed_at():
                raise Died from problem
            raise
        self.outputs = dict(self.connection.outputs)

    def client(self, service: str, *, watching: bool = False) -> Any:
        """Return a client that tries once; one that watches passes no points."""
        assert self.connection is not None
        kept = (self.connection.endpoint_url, service, watching)
        if kept not in self._clients:
            config = Config(
                retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30,
                user_agent_extra=WATCHER if watching else None,
            )  # fmt: skip
            self._clients[kept] = self.connection.client(service, config=config)
        return self._clients[kept]

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self.outputs["BucketName"]

    def alive(self) -> bool:
        """Whether the server lives."""
        return account.status(self.home).running

    def arm(self, kill: Kill) -> None:
        """Have the server killed at a point."""
        (self.home / "points.log").unlink(missing_ok=True)
        kill.arm(self.home)

    def disarm(self) -> None:
        """Have the server live."""
        (self.home / "kill.json").unlink(missing_ok=True)

    def passed(self) -> list[str]:
        """Return the points that were passed since it was armed."""
        path = self.home / "points.log"
        return path.read_text().splitlines() if path.exists() else []

    def killed_at(self) -> str | None:
        """Return the point at which the server was killed; None when it was not."""
        try:
            kill = Kill(**json.loads((self.home / "kill.json").read_text()))
        except OSError:
            return None
        return kill.label if kill.label and self.passed().count(kill.label) >= kill.nth else None

    @contextmanager
    def acknowledging(self, key: str, content: bytes | None, *, corpus: bool = False) -> Iterator[None]:
        """What happens here is acknowledged when no error comes; Died when the server was killed."""
        before = self.objects.pop(key, b"")
        try:
            yield
        except (BotoCoreError, ClientError) as problem:
            if self.killed_at():
                raise Died from problem
            self.objects[key] = before
            raise
        self.objects[key] = content
        if corpus:
            self.corpora.add(key)

    def put(self, key: str, content: bytes | str, *, corpus: bool = False) -> None:
        """Upload an object."""
        body = content.encode() if isinstance(content, str) else content
        with self.acknowledging(key, body, corpus=corpus):
            self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def delete(self, key: str) -> None:
        """Delete an object."""
        with self.acknowledging(key, None):
            self.client("s3").delete_object(Bucket=self.bucket, Key=key)

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of the runs."""
        return [row for row in self._rows() if not row["run_id"].startswith(TUNING_ROWS)]

    def tunings(self) -> list[dict[str, Any]]:
        """Return the rows of the tunings."""
        return [row for row in self._rows() if row["run_id"].startswith(TUNING_ROWS)]

    def _rows(self) -> list[dict[str, Any]]:
        table = self.client("dynamodb", watching=True)
        pages = table.get_paginator("scan").paginate(TableName=self.outputs["TableName"], ConsistentRead=True)
        return [
            {name: next(iter(value.values())) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
            if "status" in item
        ]

    def row_of(self, key: str) -> dict[str, Any] | None:
        """Return the row of a corpus."""
        return next((row for row in self.rows() if row["corpus_key"] == key), None)

    def wait_for(self, condition: Callable[[], Any], what: str, seconds: float = SETTLING_SECONDS) -> Any:
        """Wait until something holds; Died when the server was killed meanwhile."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if found := condition():
                    return found
            except (BotoCoreError, ClientError) as problem:
                if not self.killed_at():
                    raise
                raise Died from problem
            if self.killed_at() and not self.alive():
                raise Died
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s for {what}")
            time.sleep(0.3)

    def wait_for_run(self, key: str, *statuses: str) -> dict[str, Any]:
        """Wait for the run of a corpus to be in one of some statuses, or in a final one."""

        def found() -> dict[str, Any] | None:
            row = self.row_of(key)
            wanted = row and (row["status"] in statuses or RunStatus(row["status"]).is_final)
            return row if wanted else None

        return self.wait_for(found, f"the run of {key}")

    def buried(self) -> None:
        """Wait until the killed server is gone."""
        if self.connection is not None:
            try:
                os.waitpid(self.connection.pid, 0)
            except ChildProcessError:
                processes.wait_until_gone(self.connection.pid, processes.start_time(self.connection.pid), 5)

    def faults(self) -> list[str]:
        """Wait until all has settled, and return what does not hold; the server must live."""
        assert self.connection is not None
        found = self.commands.faults()
        try:
            self.settle()
        except AssertionError:
            found += [f"not settled: {what}" for what in self.unsettled()]
        rows = self.rows()
        counted = [
            row
            for row in rows
            if "tuning" not in row and ("fingerprint" in row or row["corpus_key"] not in self.tried_again)
        ]
        of = Counter(row["corpus_key"] for row in counted)
        found += [f"{key} has {of[key]} rows" for key in sorted(of.keys() | self.corpora) if of[key] != 1]
        ordered = Counter(row["name"] for row in self.tunings())
        found += [f"{name} has {ordered[name]} tunings" for name in self.orders if ordered[name] != 1]
        jobs = self.jobs()
        names = {row["run_id"] for row in rows}
        found += [f"the job {name} has no row" for name in jobs.keys() - names]
        for row in rows:
            if row["status"] == "COMPLETED" and jobs.get(row["run_id"]) != "Completed":
                found.append(f"{row['run_id']} is COMPLETED, its job {jobs.get(row['run_id'])}")
            if not RunStatus(row["status"]).is_final:
                continue
            before = self.finals.setdefault(row["run_id"], row["status"])
            if before != row["status"]:
                found.append(f"{row['run_id']} was {before} and is {row['status']}")
        found += [f"{name} is gone" for name in self.finals.keys() - names]
        found += self._object_faults()
        return found + [f"an orphan: {who}" for who in orphans(self.home, self.connection.pid)]

    def settle(self) -> None:
        """Wait until nothing is under way, and nothing comes after it."""
        for _ in range(2):
            self.wait_for(lambda: not self.unsettled(), "all to settle")
            time.sleep(0.5)

    def unsettled(self) -> list[str]:
        """What is under way still."""
        rows = self.rows()
        known = {row["corpus_key"] for row in rows}
        found = [
            f"{row['run_id']} is {row['status']}" for row in rows if not RunStatus(row["status"]).is_final
        ]
        tunings = self.tunings()
        found += [
            f"{row['run_id']} is {row['status']}"
            for row in tunings
            if TuningStatus(row["status"]) not in FINAL_TUNINGS
        ]
        found += [f"{name} has no tuning" for name in self.orders - {row["name"] for row in tunings}]
        told_of = [*tunings, *(row for row in rows if "tuning" not in row)]
        found += [f"{row['run_id']}: nobody was told" for row in told_of if "notified_at" not in row]
        found += [f"{key} has no run" for key in self.corpora - known]
        states = self.client("stepfunctions", watching=True)
        for machine in states.list_state_machines()["stateMachines"]:
            running = states.list_executions(
                stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING"
            )
            found += [f"{execution['name']} runs" for execution in running["executions"]]
        at_work = [name for name, status in self.jobs().items() if status == "InProgress"]
        return found + [f"the job {name} is InProgress" for name in at_work]

    def has(self, key: str) -> bool:
        """Whether the bucket has an object."""
        found = self.client("s3", watching=True).list_objects_v2(Bucket=self.bucket, Prefix=key)
        return any(item["Key"] == key for item in found.get("Contents", []))

    def cleanings_ended(self) -> bool:
        """Whether each acknowledged marker has had an execution, and none runs."""
        states = self.client("stepfunctions", watching=True)
        (machine,) = (
            m["stateMachineArn"]
            for m in states.list_state_machines()["stateMachines"]
            if "Clean" in m["name"]
        )
        executions = states.list_executions(stateMachineArn=machine)["executions"]
        inputs = [states.describe_execution(executionArn=e["executionArn"])["input"] for e in executions]
        return all(
            any(f"raw/{name}/_READY" in text for text in inputs) for name in self.cleanings
        ) and not any(execution["status"] == "RUNNING" for execution in executions)

    def jobs(self) -> dict[str, str]:
        """Return the training jobs: name -> status."""
        pages = (
            self.client("sagemaker", watching=True)
            .get_paginator("list_training_jobs")
            .paginate(MaxResults=100)
        )
        return {
            j["TrainingJobName"]: j["TrainingJobStatus"]
            for page in pages
            for j in page["TrainingJobSummaries"]
        }

    def _object_faults(self) -> list[str]:
        found, s3 = [], self.client("s3", watching=True)
        for key, content in self.objects.items():
            try:
                got = s3.get_object(Bucket=self.bucket, Key=key)
            except ClientError as problem:
                if content is not None:
                    found.append(f"{key} was acknowledged, and is not there: {problem}")
                continue
            body = got["Body"].read()
            if content is None:
                found.append(f"{key} was deleted, and is there")
            elif body != content:
                found.append(f"{key} holds something else: {body[:40]!r}")
        for listed in s3.list_objects_v2(Bucket=self.bucket).get("Contents", []):
            etag = listed["ETag"].strip('"')
            body = s3.get_object(Bucket=self.bucket, Key=listed["Key"])["Body"].read()
            if "-" not in etag and hashlib.md5(body).hexdigest() != etag:
                found.append(f"{listed['Key']} is not what its ETag says")
        return found
