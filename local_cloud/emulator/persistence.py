"""Saving the account's state: what is acknowledged is on disk before the answer goes out.

ministack saves its state only when it ends in good order, and takes a failed save for a good one. Here an
answer to a request that may have changed something waits for a save that began after the request was carried
out. Answers that wait at the same time share one save, of the services that were changed. Logs and metrics,
and what services change on their own, are saved every few seconds.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

from local_cloud.connection import write_private
from local_cloud.emulator import outbox
from local_cloud.emulator.records import announce, end
from local_cloud.emulator.seams import replace, require_all
from wordvectors.json_text import parse_json

log = logging.getLogger("local_cloud.persistence")

SAVE_SECONDS = 5.0
_TAKES = 20
_SHARE = 20  # a save of everything is followed by a pause of this many times its length
INTERRUPTED = "LocalCloud.Stopped"
INTERRUPTED_CAUSE = "The local cloud was stopped while the execution ran."
_NOT_AWAITED = ("logs", "monitoring", "sts", "sagemaker")  # the last has a file for each job
_READS = ("Get", "Describe", "List", "Query", "Scan", "BatchGet", "Filter")
_NO_ROOM = (
    b"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>InternalError</Code><Message>The local cloud could not "
    b"save this. Is the disk full? Its log says more.</Message></Error>"
)
_NO_ROOM_JSON = (
    b'{"__type": "InternalFailure", "message": "The local cloud could not save this. Is the disk full? Its log '
    b'says more."}'
)


@dataclass
class Work:
    """What comes of carrying out a request: writes of objects that failed, events of objects that were written."""

    failures: list[OSError] = field(default_factory=list)
    events: list[Callable[[], None]] = field(default_factory=list)


_work: contextvars.ContextVar[Work | None] = contextvars.ContextVar("work", default=None)

_unannounced: list[tuple[tuple[str, str, str], dict]] = []  # (account, region, ARN), record


class StateError(RuntimeError):
    """The state on disk can't be read."""


class Saver:
    """Saves the state of services, on a thread of its own.

    Parameters
    ----------
    folder : Path
        Where each service has its file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._changed: set[str] = set()
        self._waiting: list[Future[None]] = []
        self._wake = threading.Condition()
        self._writing = threading.Lock()
        self._ready = threading.Event()

    def install(self) -> None:
        """Take the place of ministack's save, and end executions that a restart finds RUNNING as ABORTED."""
        from ministack import app
        from ministack.core import persistence
        from ministack.services import s3, stepfunctions

        require_all(app, "_build_persistence_save_dict", "_state_map")
        require_all(persistence, "_state_format_version", "_json_default")
        replace(app, "save_all", lambda original: lambda services: None)  # the server does, last of all
        replace(stepfunctions, "_restore_state", _aborting)
        replace(s3, "_atomic_write", lambda original: _write_object)
        replace(s3, "_fire_s3_event_async", _once_written)
        outbox.install(self.folder)

    def start(self) -> None:
        """Tell of what a restart ended, deliver events again, and save from now on. The server must be serving."""
        outbox.deliver_again()
        _announce_aborted()
        self._ready.set()
        threading.Thread(target=self._run, name="persistence", daemon=True).start()

    def saved(self, service: str) -> Future[None]:
        """Return what is done once a save has ended that begins after this call; OSError when that failed.

        Parameters
        ----------
        service : str
            The name of the service's file, without `.json`.
        """
        done: Future[None] = Future()
        with self._wake:
            self._changed.add(service)
            self._waiting.append(done)
            self._wake.notify()
        return done

    def save_everything(self) -> None:
        """Save every service.

        Raises
        ------
        OSError
            When one could not be saved; the others are.
        """
        from ministack import app

        if self._ready.is_set():
            self._save(set(app._build_persistence_save_dict()))

    def _run(self) -> None:
        everything_at = time.monotonic() + SAVE_SECONDS
        while True:
            with self._wake:
                self._wake.wait_for(lambda: bool(self._waiting), max(0.0, everything_at - time.monotonic()))
                changed, self._changed = self._changed, set()
                waiting, self._waiting = self._waiting, []
            problem: Exception | None = None
            try:
                # A stack's resources are other services'.
                if "cloudformation" in changed or time.monotonic() >= everything_at:
                    began = time.monotonic()
                    self.save_everything()
                    everything_at = time.monotonic() + max(SAVE_SECONDS, _SHARE * (time.monotonic() - began))
                else:
                    self._save(changed)
            except Exception as raised:
                problem = raised
                log.error("The state could not be saved, and is tried again: %s", raised)
                with self._wake:
                    self._changed |= changed
            for done in waiting:
                done.set_exception(problem) if problem else done.set_result(None)

    def _save(self, services: set[str]) -> None:
        """Write the services' files: new events before what caused them, events that are done after it."""
        from ministack import app

        problems = []
        with self._writing:
            with outbox.consistent:
                events = outbox.undelivered()
                take = app._build_persistence_save_dict()
                texts = {name: _text(name, take[name]) for name in sorted(services & take.keys())}
            outbox.write_added(events)
            for name, text in texts.items():
                try:
                    self._write(name, text)
                except OSError as problem:
                    problems.append(problem)
            if problems:
                raise problems[0]
            outbox.write(events)

    def _write(self, name: str, text: str | None) -> None:
        if text is not None and _last.get(name) != (mark := hash(text)):
            write_private(self.folder / f"{name}.json", text)
            _last[name] = mark


def _text(name: str, state: Callable[[], object]) -> str | None:
    """What a service's file is to hold; taken again when the service changed it meanwhile."""
    from ministack.core import persistence

    for attempt in range(_TAKES):
        try:
            taken = state()
            if taken is None:
                return None  # a module that could not be loaded
            content = {"__ministack_format__": persistence._state_format_version(name), "payload": taken}
            return json.dumps(content, default=persistence._json_default)
        except RuntimeError:  # a dictionary changed its size while it was read
            if attempt == _TAKES - 1:
                raise
    return None


_last: dict[str, int] = {}  # service -> the hash of what its file holds


class Durable:
    """An ASGI application in front of ministack's whose answers wait until what they acknowledge is saved."""

    def __init__(self, application, saver: Saver) -> None:
        self._application, self._saver = application, saver

    async def __call__(self, scope, receive, send) -> None:
        service = _changing(scope) if scope["type"] == "http" else None
        if service is None:
            await self._application(scope, receive, send)
            return
        work, refused = Work(), False
        _work.set(work)

        async def send_when_saved(message):
            nonlocal refused
            if message["type"] == "http.response.start":
                refused = not await self._save(service, work)
                if refused:
                    await _refuse(send, service)
            if not refused:
                await send(message)

        await self._application(scope, receive, send_when_saved)

    async def _save(self, service: str, work: Work) -> bool:
        if work.failures:
            log.error("An object could not be written: %s", work.failures[0])
            return False
        for event in work.events:
            await asyncio.to_thread(event)
        try:
            await asyncio.wrap_future(self._saver.saved(_file(service)))
        except (OSError, RuntimeError):
            return False
        return True


def _changing(scope) -> str | None:
    """The service that a request may change, if its answer is to wait for a save."""
    from ministack.core import router

    if scope["method"] in ("GET", "HEAD", "OPTIONS") or scope["path"].endswith("/invocations"):
        return None
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if headers.get("x-amz-target", "").rpartition(".")[2].startswith(_READS):
        return None
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    service = router.detect_service(scope["method"], scope["path"], headers, query)
    return None if service in _NOT_AWAITED else service


def _file(service: str) -> str:
    from ministack import app

    config = app.SERVICE_REGISTRY.get(service) or {"module": service}
    return config.get("state_key", config["module"])


async def _refuse(send, service: str) -> None:
    """InternalError, which AWS's clients try again and then show."""
    xml = service in ("s3", "sns", "iam", "cloudformation", "sqs")
    body, kind = (_NO_ROOM, b"application/xml") if xml else (_NO_ROOM_JSON, b"application/x-amz-json-1.1")
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _once_written(original):
    """ministack tells of an object before its file is written, on a thread that a crash ends."""

    def fire_s3_event(bucket: str, key: str, event_name: str, *args, **more) -> None:
        from ministack.services import s3

        work = _work.get()
        if work is None:
            original(bucket, key, event_name, *args, **more)
        elif bucket in s3._bucket_notifications:
            more["sequencer"] = s3._next_event_sequencer(event_name)
            fire = partial(s3._fire_s3_event, bucket, key, event_name, *args, **more)
            work.events.append(partial(contextvars.copy_context().run, fire))

    return fire_s3_event


def check(folder: Path) -> None:
    """Refuse a state file that is empty or cut, and keep a copy of it.

    Raises
    ------
    StateError
        Names each such file, and what to do.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    broken = [path for path in sorted(folder.glob("*.json")) if not _is_whole(path)]
    for path in broken:
        shutil.copy2(path, path.with_suffix(".broken"))
    if broken:
        names = ", ".join(map(str, broken))
        raise StateError(
            f"The saved state can't be read: {names} is empty or cut off. Nothing was changed; a copy ends in "
            ".broken. Put a whole file in its place, or remove it to start without what it held."
        )


def _is_whole(path: Path) -> bool:
    try:
        return isinstance(parse_json(path.read_text(encoding="utf-8")), dict | list)
    except ValueError:
        return False


def _write_object(path: str, data: bytes | str, *, text: bool = False) -> None:
    """Write an object's file, or note for the request's answer that it could not be written."""
    partial = f"{path}.tmp"
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as problem:
        if (work := _work.get()) is not None:
            work.failures.append(problem)
        Path(partial).unlink(missing_ok=True)
        raise


def _aborting(original):
    def restore_state(data):
        executions = (data or {}).get("executions")
        running = [key for key, record in _items(executions) if record.get("status") == "RUNNING"]
        original(data)
        for key in running:
            record = executions._data[key]
            record["status"] = "RUNNING"  # what it was before ministack restored it as FAILED
            end(record, "ABORTED", error=INTERRUPTED, cause=INTERRUPTED_CAUSE)
            _unannounced.append((key, record))

    return restore_state


def _items(scoped):
    return list(scoped._data.items()) if scoped else []


def _announce_aborted() -> None:
    """Emit the events of the executions that a restart has ended."""
    from ministack.core.responses import request_scope

    while _unannounced:
        (account_id, region, arn), record = _unannounced.pop()
        with request_scope(account_id, region):
            announce(record)
        log.info("Aborted %s: it ran when the local cloud was stopped", arn)
