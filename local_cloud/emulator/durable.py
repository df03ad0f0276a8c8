"""What is acknowledged is on disk before the answer goes out.

An answer to a request that may have changed something waits for a save that began after the request was carried out;
one that began a stack's work waits for its end.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from local_cloud.connection import write_private
from local_cloud.emulator.answers import QUERY_PROTOCOL, send_error
from local_cloud.emulator.asgi import Application, Message, Receive, Scope, Send
from local_cloud.emulator.persistence import Saver, stacks_at_work
from local_cloud.emulator.seams import replace

log = logging.getLogger("local_cloud.durable")

_NOT_AWAITED = ("logs", "monitoring", "sts", "sagemaker")  # the last has a file for each job
_READS = ("Get", "Describe", "List", "Query", "Scan", "BatchGet", "Filter")
_PAUSE_SECONDS = 0.1
_NOT_SAVED = "The local cloud could not save this. Is the disk full? Its log says more."


@dataclass
class Work:
    """What comes of carrying out a request: writes of objects that failed, events of objects that were written."""

    failures: list[OSError] = field(default_factory=list)
    events: list[Callable[[], None]] = field(default_factory=list)


_work: contextvars.ContextVar[Work | None] = contextvars.ContextVar("work", default=None)


def install() -> None:
    """Note which objects a request could not write, and tell of the others once they are written."""
    from ministack.services import s3

    replace(s3, "_atomic_write", lambda original: _write_object)
    replace(s3, "_fire_s3_event_async", _once_written)


class Durable:
    """An ASGI application in front of ministack's whose answers wait until what they acknowledge is saved."""

    def __init__(self, application: Application, saver: Saver) -> None:
        self._application, self._saver = application, saver

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service = _changing(scope) if scope["type"] == "http" else None
        if service is None:
            await self._application(scope, receive, send)
            return
        in_a_form = service in QUERY_PROTOCOL
        work, refused, form = Work(), False, b""
        _work.set(work)

        async def receive_form() -> Message:
            nonlocal form
            message = await receive()
            form += message.get("body", b"")
            return message

        async def send_when_saved(message: Message) -> Any:
            nonlocal refused
            if message["type"] == "http.response.start" and not (in_a_form and _reads(_action(form))):
                refused = not await self._save(service, work)
                if refused:  # AWS's clients try an internal error again, and then show it
                    await send_error(send, service, 500, "InternalError", _NOT_SAVED)
            if not refused:
                await send(message)

        await self._application(scope, receive_form if in_a_form else receive, send_when_saved)

    async def _save(self, service: str, work: Work) -> bool:
        if work.failures:
            log.error("An object could not be written: %s", work.failures[0])
            return False
        for event in work.events:
            await asyncio.to_thread(event)
        while service == "cloudformation" and stacks_at_work():
            await asyncio.sleep(_PAUSE_SECONDS)
        try:
            await asyncio.wrap_future(self._saver.saved(_file(service)))
        except (OSError, RuntimeError):
            return False
        return True


def _changing(scope: Scope) -> str | None:
    """The service that a request may change, if its answer is to wait for a save."""
    from ministack.core import router

    if scope["method"] in ("GET", "HEAD", "OPTIONS") or scope["path"].endswith("/invocations"):
        return None
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if _reads(headers.get("x-amz-target", "").rpartition(".")[2]):
        return None
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    service = router.detect_service(scope["method"], scope["path"], headers, query)
    return None if service in _NOT_AWAITED else service


def _action(form: bytes) -> str:
    """The action that a request of the query protocol names in its body."""
    return parse_qs(form.decode("latin-1")).get("Action", [""])[0]


def _reads(action: str) -> bool:
    return action.startswith(_READS)


def _file(service: str) -> str:
    from ministack import app

    config = app.SERVICE_REGISTRY.get(service) or {"module": service}
    return config.get("state_key", config["module"])


def _once_written(original: Any) -> Any:
    """ministack tells of an object before its file is written, on a thread that a crash ends."""

    def fire_s3_event(bucket: str, key: str, event_name: str, *args: Any, **more: Any) -> None:
        from ministack.services import s3

        work = _work.get()
        if work is None:
            original(bucket, key, event_name, *args, **more)
        elif bucket in s3._bucket_notifications:
            more["sequencer"] = s3._next_event_sequencer(event_name)
            fire = partial(s3._fire_s3_event, bucket, key, event_name, *args, **more)
            work.events.append(partial(contextvars.copy_context().run, fire))

    return fire_s3_event


def _write_object(path: str, data: bytes | str, *, text: bool = False) -> None:
    """Write an object's file, or note for the request's answer that it could not be written."""
    try:
        write_private(Path(path), data)
    except OSError as problem:
        if (work := _work.get()) is not None:
            work.failures.append(problem)
        raise
