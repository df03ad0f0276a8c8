"""Requests that go wrong by rule (`tests.faults.book`), and a record of all that are made.

It stands between the gateway and ministack, where a request is what an AWS client sent over HTTP.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from pathlib import Path
from typing import Any

from local_cloud.emulator.asgi import Application, Receive, Scope, Send
from tests.faults.book import BookFiles, Fault, Rule, read_rules
from tests.faults.emulator.answers import (
    ANSWERED_INSTEAD,
    NO_CAPACITY,
    cut_in_half,
    error_answer,
    garbled,
    swallow,
    until_gone,
)
from tests.faults.emulator.callers import Invocation, Request, principal, request_of, subject_of

_ENDS = {
    Fault.OUT_OF_MEMORY: "Worker process exited: signal: killed",
    Fault.KILLED: "Worker process died",
}


class Faulty:
    """An ASGI application in front of ministack's that lets requests go wrong and notes them.

    Parameters
    ----------
    application
        ministack's.
    home : Path
        The local cloud's home folder, where the rules are read and the records written.
    """

    def __init__(self, application: Application, home: Path) -> None:
        self.application = application
        self._files = files = BookFiles(home)
        self._rules: list[Rule] = []
        self._rules_of: tuple[int, int] | None = None
        self._met: dict[str, int] = {}
        self._invocations: dict[str, Invocation] = {}
        self._requests, self._access = Record(files.requests), Record(files.access)
        self._asked: set[tuple[Any, ...]] = set()
        self._starved: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        body = await _body(receive)
        request = request_of(scope, body, self._invocations)
        rule = self._rule(request)
        self._requests.write(
            time=round(time.time(), 3),
            subject=request.subject,
            caller=request.caller,
            action=request.action,
            fault=rule.fault if rule else None,
            invocation=request.invocation.id if request.invocation else None,
        )
        again = _replayed(body, receive)
        if rule is None:
            await self.application(scope, again, send)
        elif rule.fault in ANSWERED_INSTEAD:
            await error_answer(send, request.service, rule.fault)
        elif rule.fault is Fault.NO_CAPACITY:
            self._starved.add(json.loads(body)["TrainingJobName"])
            await self.application(scope, again, send)
        elif rule.fault is Fault.HELD:
            await self._removed(rule)
            await self.application(scope, again, send)
        elif rule.fault is Fault.DROPPED:
            await self.application(scope, again, cut_in_half(send))
        elif rule.fault is Fault.MALFORMED:
            await self.application(scope, again, garbled(send))
        else:
            await self.application(scope, again, swallow)
            if rule.fault.ends_function:
                _end_function(request, rule.fault)
            await until_gone(receive)

    def followed(self, original: Any) -> Any:
        """Give each invocation a trace id of its own: the AWS SDK sends it with every request."""

        def invoke(worker: Any, event: Any, request_id: str, **more: Any) -> Any:
            root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
            module = worker.config.get("Handler", "").split(".")[-2:][0]
            invocation = Invocation(root, worker, module, subject_of(json.dumps(event)))
            self._invocations[root] = invocation
            try:
                more["trace_id"] = f"Root={root};Parent={secrets.token_hex(8)};Sampled=1"
                answer = original(worker, event, request_id, **more)
            finally:
                del self._invocations[root]
            if invocation.ended_by is not None:
                answer = {**answer, "status": "error", "error": _ends_with(invocation.ended_by, worker)}
            return answer

        return invoke

    def with_instances(self, original: Any) -> Any:
        """Let a training job run if SageMaker has instances for it."""

        def run(runner: Any) -> None:
            if runner.job.name not in self._starved:
                original(runner)
                return
            runner._fail(NO_CAPACITY)
            runner.host.runners.pop(runner.job.name, None)

        return run

    def noted(self, original: Any) -> Any:
        """Note each question to IAM once: who, what, on what, and the answer."""

        def enforce(
            access_key_id: str,
            iam_action: str,
            service: str,
            region: str,
            resource_arn: str = "*",
            service_context: Any = None,
        ) -> Any:
            denied = original(
                access_key_id, iam_action, service, region, resource_arn, service_context=service_context
            )
            asked = (principal(access_key_id), iam_action, resource_arn, denied is None)
            if asked not in self._asked:
                self._asked.add(asked)
                self._access.write(
                    **dict(zip(("principal", "action", "resource", "allowed"), asked, strict=True))
                )
            return denied

        return enforce

    def _rule(self, request: Request) -> Rule | None:
        """The rule that this request meets, if any, after counting it."""
        self._read_rules()
        for rule in self._rules:
            if (rule.subject, rule.caller, rule.action) != (request.subject, request.caller, request.action):
                continue
            self._met[rule.id] = number = self._met.get(rule.id, 0) + 1
            if rule.first <= number and (rule.last is None or number <= rule.last):
                return rule
        return None

    async def _removed(self, rule: Rule) -> None:
        """Wait until a rule is out of force."""
        while rule in self._rules:
            await asyncio.sleep(0.1)
            self._read_rules()

    def _read_rules(self) -> None:
        try:
            stat = self._files.rules.stat()
        except FileNotFoundError:
            return
        if (stat.st_mtime_ns, stat.st_ino) != self._rules_of:
            self._rules = read_rules(self._files.rules)
            self._rules_of = (stat.st_mtime_ns, stat.st_ino)
            known = {rule.id for rule in self._rules}
            self._met = {id: met for id, met in self._met.items() if id in known}


class Record:
    """A file of JSON lines, written by many threads."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, **content: Any) -> None:
        """Add a line."""
        line = json.dumps(content) + "\n"
        with self._lock:
            self._file.write(line)
            self._file.flush()


def _end_function(request: Request, fault: Fault) -> None:
    if request.invocation is not None:
        request.invocation.ended_by = fault
        process = request.invocation.worker._proc
        if process is not None:
            process.kill()


def _ends_with(fault: Fault, worker: Any) -> str:
    return _ENDS.get(fault) or f"Task timed out after {worker.config.get('Timeout', 3)}.00 seconds"


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Any:
    told = False

    async def receive_again() -> Any:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
