"""Which requests to the local cloud are to go wrong, and how; and what was requested.

A local cloud that `tests.faults.cloud` started reads the rules from a file in its home folder whenever that has
changed, and writes a line for every request and for every question that IAM was asked. `tests.faults.emulator`
is the server's half.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from local_cloud.connection import Files, read_json, write_private


class Fault(StrEnum):
    """What becomes of a request.

    The first five are answered in place of the service. Of the next three the service carries out the
    request, and the caller does not learn of it, which is the worse case. The next three end the Lambda
    function that made the request, which is carried out. The last but one is not seen at once: SageMaker takes the
    training job, and then has no instances for it. The last is none: the request waits until its rule is out of force.
    """

    THROTTLED = "throttled"
    FAILING = "5xx"
    DENIED = "access denied"
    MISSING = "resource missing"
    QUOTA = "quota reached"
    SILENT = "timeout"
    DROPPED = "connection dropped"
    MALFORMED = "malformed answer"
    KILLED = "function killed"
    OUT_OF_MEMORY = "function out of memory"
    TIMED_OUT = "function timed out"
    NO_CAPACITY = "no capacity"
    HELD = "held back"

    @property
    def ends_function(self) -> bool:
        """Whether the Lambda function that made the request ends with it."""
        return self in (Fault.KILLED, Fault.OUT_OF_MEMORY, Fault.TIMED_OUT)


@dataclass(frozen=True)
class Rule:
    """Requests that go wrong.

    Attributes
    ----------
    id : str
        The requests that a rule meets are counted for as long as there is a rule of this id.
    subject : str
        Of which corpus: the name's leading letters and digits, as found in the event of the Lambda function
        that makes the request, or else in the request itself.
    caller : str
        The module of a Lambda function (`plan_run`), a state (`PlanRun state`), `training` for a training
        job or `client` for anybody else.
    action : str
        As IAM names it: `dynamodb:PutItem`.
    first, last : int
        The first and the last such request that goes wrong, counted from 1; `last` None: all that follow.
    """

    id: str
    subject: str
    caller: str
    action: str
    fault: Fault
    first: int = 1
    last: int | None = None


class BookFiles:
    """The files by which a book and its server know of each other.

    Attributes
    ----------
    rules : Path
        The rules in force, as JSON.
    requests, access : Path
        Every request, and every question to IAM once, a line of JSON each.
    """

    def __init__(self, home: Path) -> None:
        folder = Files(home).folder
        self.rules = folder / "faults.json"
        self.requests = folder / "requests.jsonl"
        self.access = folder / "access.jsonl"


class FaultBook:
    """The rules of a running local cloud, and what its callers have requested; for any number of threads.

    Parameters
    ----------
    home : Path
        The local cloud's home folder.
    """

    def __init__(self, home: Path) -> None:
        self._files = BookFiles(home)
        self._lock = threading.Lock()
        self._rules: dict[str, Rule] = {}

    def add(self, rule: Rule) -> None:
        """Put a rule into force, for requests that begin from now on."""
        with self._lock:
            self._rules[rule.id] = rule
            self._write()

    def remove(self, rule: Rule) -> None:
        """Take a rule out of force."""
        with self._lock:
            self._rules.pop(rule.id, None)
            self._write()

    def requests(self) -> Iterator[dict[str, Any]]:
        """Yield the requests so far: `time`, `subject`, `caller`, `action`, `fault`, `invocation`."""
        return _lines(self._files.requests)

    def access(self) -> Iterator[dict[str, Any]]:
        """Yield what IAM was asked so far, each question once: `principal`, `action`, `resource`, `allowed`."""
        return _lines(self._files.access)

    def _write(self) -> None:
        rules = [asdict(rule) for rule in self._rules.values()]
        write_private(self._files.rules, json.dumps(rules))


def read_rules(path: Path) -> list[Rule]:
    """Return the rules of a file that a FaultBook wrote; none if there is no file."""
    return [Rule(**{**rule, "fault": Fault(rule["fault"])}) for rule in read_json(path) or []]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)
