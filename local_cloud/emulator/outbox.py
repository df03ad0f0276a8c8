"""EventBridge's events that have not reached all of their targets: kept with the state, delivered again at start.

A target may be reached twice, never not at all; so AWS has it.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

from local_cloud.connection import read_json, write_private
from local_cloud.emulator.lambdas import is_lambdas_own
from local_cloud.emulator.seams import replace, require_all

log = logging.getLogger("local_cloud.outbox")

consistent = threading.RLock()
"""Held while the state is taken for a save, and while what an event tells of and the event itself come about."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, OLDEST_EVENT_SECONDS = 1.0, 300.0, 6 * 3600.0
"""Of an event that waits because it was not its function that failed."""
TARGETS = {"stepfunctions", "sqs"}
"""The services whose state an event changes when it is delivered."""
dispatched = 0
"""How many events have been handed to their targets."""

_events: dict[str, dict[str, Any]] = {}  # id -> event, as EventBridge keeps it
_deliveries: dict[str, int] = {}  # id -> how many targets have not had it yet
_on_disk: dict[str, dict[str, Any]] = {}
_current = threading.local()  # .id: the event that this thread is dispatching
_path = Path()


def install(folder: Path) -> None:
    """Follow each event to its targets; read what the last server could not deliver."""
    global _path
    from ministack.services import eventbridge, lambda_svc

    _path = folder / "events" / "undelivered.json"
    _path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _on_disk.update(read_json(_path) or {})
    require_all(lambda_svc, "_get_func_record_for_ref", "invoke_async_with_retry", "_execute_function")
    replace(eventbridge, "_dispatch_event", _kept)
    replace(eventbridge, "_dispatch_to_lambda", lambda original: _invoke)


def deliver_again() -> None:
    """Hand the events that the last server left to their targets."""
    from ministack.core.responses import request_scope
    from ministack.services import eventbridge

    for event in list(_on_disk.values()):
        with request_scope(event["Account"], event["Region"]):
            eventbridge._dispatch_event(event)
        log.info("Delivered again: %s of %s", event["DetailType"], event["Source"])


def undelivered() -> dict[str, dict[str, Any]]:
    """Return the events that have a target to reach still, by id."""
    with consistent:
        return dict(_events)


def write_added(events: Mapping[str, dict[str, Any]]) -> None:
    """Add events to those on disk."""
    write({**_on_disk, **events})


def write(events: Mapping[str, dict[str, Any]]) -> None:
    """Put events in the place of those on disk."""
    global _on_disk
    if events.keys() != _on_disk.keys():
        write_private(_path, json.dumps(events))
        _on_disk = dict(events)


def _kept(original: Callable[..., None]) -> Any:
    def dispatch_event(event: dict[str, Any], view: Any = None) -> None:
        global dispatched
        with consistent:
            dispatched += 1
            event_id = event["EventId"]
            _events[event_id] = event
            _deliveries[event_id] = 1  # this dispatch
            outer = getattr(_current, "id", None)
            _current.id = event_id
            try:
                original(event, view)
            finally:
                _current.id = outer
                _delivered(event_id)

    return dispatch_event


def _invoke(arn: str, payload: str) -> None:
    """Invoke a rule's target as Lambda's asynchronous invocation does; it has the event once that has ended."""
    from ministack.services import lambda_svc

    function, _, name = lambda_svc._get_func_record_for_ref(arn)
    if function is None:
        log.warning("An event's target, the function %s, was not found", name)
        return
    event_id = _current.id
    with consistent:
        _deliveries[event_id] += 1
    invoke = _on_this_thread(lambda_svc.invoke_async_with_retry, _execute_function=_executed)

    def run() -> None:
        try:
            invoke(function, json.loads(payload))
        finally:
            _delivered(event_id)

    threading.Thread(target=run, name="delivery", daemon=True).start()


def _delivered(event_id: str) -> None:
    with consistent:
        _deliveries[event_id] -= 1
        if not _deliveries[event_id]:
            del _deliveries[event_id], _events[event_id]


def _executed(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """Execute a function; where it was not the function that failed, again and again.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: for throttling and system errors
    "Lambda returns the event to the queue and attempts to run the function again for up to 6 hours by default".
    """
    from ministack.services import lambda_svc

    pause, began = FIRST_PAUSE_SECONDS, time.monotonic()
    while True:
        result: dict[str, Any] = lambda_svc._execute_function(function, event)
        if not is_lambdas_own(result) or time.monotonic() - began > OLDEST_EVENT_SECONDS:
            return result
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _on_this_thread(function: FunctionType, **replaced: Any) -> FunctionType:
    """The function, which starts a thread and returns at once, so that it returns when that has ended.

    It finds `replaced` in the place of what its module has under these names.
    """

    class Run:
        def __init__(self, target: Callable[..., None], args: tuple[Any, ...], daemon: bool) -> None:
            self.start = lambda: target(*args)

    found = {**function.__globals__, "threading": SimpleNamespace(Thread=Run), **replaced}
    return FunctionType(function.__code__, found)
