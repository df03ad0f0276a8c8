"""Requests that go wrong by rule (`local_cloud.faults`), and a record of all that are made.

It stands between the gateway and ministack, where a request is what an AWS client sent over HTTP.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from local_cloud.connection import Files
from local_cloud.emulator.answers import error_answer
from local_cloud.emulator.seams import replace, require
from local_cloud.faults import Fault, Rule, read_rules

_SILENT_SECONDS = 1000
_SUBJECT = re.compile(r"(?:corpora|plans|raw)/([A-Za-z0-9]+)|\bwv-([a-z0-9]+)-|--cleaning-id\W+([a-z0-9]+)-")
_STATE = re.compile(r"-([A-Za-z]+?)Function[0-9A-F]{8}")
_TRACE = re.compile(r"Root=([0-9a-f-]+)")
_ANSWERED_INSTEAD = (Fault.THROTTLED, Fault.FAILING, Fault.DENIED, Fault.MISSING, Fault.QUOTA)
_GARBAGE = b"\x00this is not an answer"
_ENDS = {
    Fault.OUT_OF_MEMORY: "Worker process exited: signal: killed",
    Fault.KILLED: "Worker process died",
}


class ConnectionDroppedError(Exception):
    """Ends an answer in its middle: the server closes the connection."""


@dataclass
class Invocation:
    """A Lambda function's run, from its event to its answer."""

    id: str
    worker: Any
    module: str
    subject: str
    ended_by: Fault | None = None


@dataclass(frozen=True)
class Request:
    """What is known of a request before it is carried out."""

    subject: str
    caller: str
    service: str
    action: str
    invocation: Invocation | None


class Faulty:
    """An ASGI application in front of ministack's that lets requests go wrong and notes them.

    Parameters
    ----------
    application
        ministack's.
    files : Files
        Where the rules are read and the records written.
    """

    def __init__(self, application, files: Files) -> None:
        self.application = application
        self._files = files
        self._rules: list[Rule] = []
        self._rules_of: tuple[int, int] | None = None
        self._met: dict[str, int] = {}
        self._invocations: dict[str, Invocation] = {}
        self._requests = Record(files.requests)
        self._access = Record(files.access)
        self._asked: set[tuple] = set()

    def install(self) -> None:
        """Follow the functions' invocations and the questions to IAM."""
        from ministack.core import iam_evaluator, lambda_runtime

        replace(lambda_runtime.Worker, "invoke", self._followed)
        replace(iam_evaluator, "enforce", self._noted)

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        body = await _body(receive)
        request = self._request(scope, body)
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
        elif rule.fault in _ANSWERED_INSTEAD:
            await error_answer(send, request.service, rule.fault)
        elif rule.fault is Fault.SILENT:
            await self.application(scope, again, _swallow)
            await _until_gone(receive)
        elif rule.fault is Fault.DROPPED:
            await self.application(scope, again, _cut_in_half(send))
        elif rule.fault is Fault.MALFORMED:
            await self.application(scope, again, _garbled(send))
        else:
            await self.application(scope, again, _swallow)
            self._end_function(request, rule.fault)
            await _until_gone(receive)

    def _request(self, scope, body: bytes) -> Request:
        from ministack.core import iam_actions, router

        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        method, path = scope["method"], scope["path"]
        service = router.detect_service(method, path, headers, query)
        action = iam_actions.extract_iam_action(service, method, path, headers, body, query) or f"{service}:?"
        trace = _TRACE.search(headers.get("x-amzn-trace-id", ""))
        invocation = self._invocations.get(trace[1]) if trace else None
        if invocation is not None:
            return Request(invocation.subject, invocation.module, service, action, invocation)
        text = (
            f"{unquote(path)}?{unquote(scope.get('query_string', b'').decode('latin-1'))} {body[:100_000]!r}"
        )
        return Request(subject_of(text), _caller(path, action, headers, query), service, action, None)

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

    def _read_rules(self) -> None:
        try:
            stat = self._files.faults.stat()
        except FileNotFoundError:
            return
        if (stat.st_mtime_ns, stat.st_ino) != self._rules_of:
            self._rules = read_rules(self._files.faults)
            self._rules_of = (stat.st_mtime_ns, stat.st_ino)
            known = {rule.id for rule in self._rules}
            self._met = {id: met for id, met in self._met.items() if id in known}

    def _end_function(self, request: Request, fault: Fault) -> None:
        if request.invocation is not None:
            request.invocation.ended_by = fault
            process = request.invocation.worker._proc
            if process is not None:
                process.kill()

    def _followed(self, original):
        """Give each invocation a trace id of its own: the AWS SDK sends it with every request."""

        def invoke(worker, event, request_id, **more):
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

    def _noted(self, original):
        """Note each question to IAM once: who, what, on what, and the answer."""

        def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
            denied = original(
                access_key_id, iam_action, service, region, resource_arn, service_context=service_context
            )
            asked = (_principal(access_key_id), iam_action, resource_arn, denied is None)
            if asked not in self._asked:
                self._asked.add(asked)
                self._access.write(
                    **dict(zip(("principal", "action", "resource", "allowed"), asked, strict=True))
                )
            return denied

        return enforce


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


def subject_of(text: str) -> str:
    """Return the corpus that a text is about, as far as its name goes in letters and digits, or nothing.

    Examples
    --------
    >>> subject_of('{"key": "corpora/news-2024.txt"}'), subject_of("TrainingJobName=wv-news-0123456789ab")
    ('news', 'news')
    """
    found = _SUBJECT.search(text)
    return next(name for name in found.groups() if name).lower() if found else ""


def _caller(path: str, action: str, headers: dict[str, str], query: dict) -> str:
    session = _session(headers, query)
    if session == "StepFunctions":
        state = _STATE.search(unquote(path))
        return f"{state[1]} state" if state and action == "lambda:InvokeFunction" else "state machine"
    return "training" if session == "SageMaker" else "client"


def _session(headers: dict[str, str], query: dict) -> str:
    """The name of the session that a role's caller has, or nothing."""
    from ministack.core.router import extract_access_key_id

    return _session_arn(extract_access_key_id(headers, query)).rpartition("/")[2]


def _principal(access_key_id: str) -> str:
    """The role's name, or `people`."""
    parts = _session_arn(access_key_id).split("/")
    return parts[1] if len(parts) == 3 else "people"


def _session_arn(access_key_id: str | None) -> str:
    from ministack.services import sts

    return require(sts, "_sessions").get(access_key_id or "", {}).get("Arn", "")


def _ends_with(fault: Fault, worker) -> str:
    return _ENDS.get(fault) or f"Task timed out after {worker.config.get('Timeout', 3)}.00 seconds"


async def _body(receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replayed(body: bytes, receive):
    told = False

    async def receive_again():
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


async def _swallow(message) -> None:
    """Send nothing."""


async def _until_gone(receive) -> None:
    """Wait for the caller to give up."""
    try:
        async with asyncio.timeout(_SILENT_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass
    raise ConnectionDroppedError("a fault that was asked for")


def _cut_in_half(send):
    async def send_half(message):
        if message["type"] == "http.response.start":
            headers = [pair for pair in message["headers"] if pair[0].lower() != b"content-length"]
            length = {name.lower(): value for name, value in message["headers"]}.get(b"content-length", b"0")
            headers.append((b"content-length", str(int(length) + 1).encode()))
            await send({**message, "headers": headers})
            return
        body = message.get("body", b"")
        await send({**message, "body": body[: len(body) // 2], "more_body": True})
        raise ConnectionDroppedError("a fault that was asked for")

    return send_half


def _garbled(send):
    async def send_garbage(message):
        if message["type"] == "http.response.start":
            headers = [pair for pair in message["headers"] if pair[0].lower() != b"content-length"]
            headers.append((b"content-length", str(len(_GARBAGE)).encode()))
            await send({**message, "headers": headers})
        elif not message.get("more_body"):
            await send({"type": "http.response.body", "body": _GARBAGE})

    return send_garbage
