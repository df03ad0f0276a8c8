"""Of whom, and of which corpus, a request is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from local_cloud.emulator.asgi import Scope
from local_cloud.emulator.seams import require
from tests.faults.book import Fault

_SUBJECT = re.compile(
    r"(?:corpora|plans|raw|tunings)/([A-Za-z0-9]+)|\b(?:wv|tuning)-([a-z0-9]+)-|--cleaning-id\W+([a-z0-9]+)-"
)
_STATE = re.compile(r"-([A-Za-z]+?)Function[0-9A-F]{8}")
_TRACE = re.compile(r"Root=([0-9a-f-]+)")


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


def request_of(scope: Scope, body: bytes, invocations: Mapping[str, Invocation]) -> Request:
    """Return what is known of an HTTP request; `invocations` are those that run, by their trace ids."""
    from ministack.core import iam_actions, router

    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query_string = scope.get("query_string", b"").decode("latin-1")
    query = parse_qs(query_string, keep_blank_values=True)
    method, path = scope["method"], scope["path"]
    service = router.detect_service(method, path, headers, query)
    action = iam_actions.extract_iam_action(service, method, path, headers, body, query) or f"{service}:?"
    trace = _TRACE.search(headers.get("x-amzn-trace-id", ""))
    invocation = invocations.get(trace[1]) if trace else None
    if invocation is not None:
        return Request(invocation.subject, invocation.module, service, action, invocation)
    text = f"{unquote(path)}?{unquote(query_string)} {body[:100_000]!r}"
    return Request(subject_of(text), _caller(path, action, headers, query), service, action, None)


def subject_of(text: str) -> str:
    """Return the corpus that a text is about, as far as its name goes in letters and digits, or nothing.

    Examples
    --------
    >>> subject_of('{"key": "corpora/news-2024.txt"}'), subject_of("TrainingJobName=wv-news-0123456789ab")
    ('news', 'news')
    """
    found = _SUBJECT.search(text)
    return next(name for name in found.groups() if name).lower() if found else ""


def principal(access_key_id: str) -> str:
    """Return the name of the role that a key is a session of, or `people`."""
    parts = _session_arn(access_key_id).split("/")
    return parts[1] if len(parts) == 3 else "people"


def _caller(path: str, action: str, headers: dict[str, str], query: dict[str, list[str]]) -> str:
    from ministack.core.router import extract_access_key_id

    session = _session_arn(extract_access_key_id(headers, query)).rpartition("/")[2]
    if session == "StepFunctions":
        state = _STATE.search(unquote(path))
        return f"{state[1]} state" if state and action == "lambda:InvokeFunction" else "state machine"
    return "training" if session == "SageMaker" else "client"


def _session_arn(access_key_id: str | None) -> str:
    from ministack.services import sts

    return require(sts, "_sessions").get(access_key_id or "", {}).get("Arn", "")
