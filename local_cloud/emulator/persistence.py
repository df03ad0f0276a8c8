"""Saving the account's state, and what a restart does to executions.

ministack saves its state only when it ends in good order; here it is saved whenever requests may have
changed something, so that a crash costs seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from local_cloud.emulator.records import announce, end
from local_cloud.emulator.seams import replace, require_all

log = logging.getLogger("local_cloud.persistence")

SAVE_SECONDS = 5.0
_SHARE = 20  # a save that takes long is followed by a pause of this many times its length
INTERRUPTED = "LocalCloud.Stopped"
INTERRUPTED_CAUSE = "The local cloud was stopped while the execution ran."

_unannounced: list[tuple[tuple[str, str, str], dict]] = []  # (account, region, ARN), record


def install() -> None:
    """End executions that a restart finds RUNNING as ABORTED (ministack: FAILED, without an event)."""
    from ministack import app
    from ministack.services import stepfunctions

    require_all(app, "_build_persistence_save_dict")
    replace(app, "save_all", _one_at_a_time)
    replace(stepfunctions, "_restore_state", _aborting)


def _one_at_a_time(original):
    """The save at the end must not write into the files of one that is under way."""
    lock = threading.Lock()

    def save_all(services: dict) -> None:
        with lock:
            original(services)

    return save_all


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


def announce_aborted() -> None:
    """Emit the events of the executions that a restart has ended. The server must be serving by now."""
    from ministack.core.responses import request_scope

    while _unannounced:
        (account_id, region, arn), record = _unannounced.pop()
        with request_scope(account_id, region):
            announce(record)
        log.info("Aborted %s: it ran when the local cloud was stopped", arn)


def save() -> None:
    """Write every service's state to its file."""
    from ministack import app

    app.save_all(app._build_persistence_save_dict())


def save_when_changed(changes: Callable[[], int]) -> None:
    """Save every few seconds when `changes()` has grown; runs on a daemon thread.

    Parameters
    ----------
    changes : callable
        Number of requests so far that may have changed the state.
    """

    def loop() -> None:
        saved, pause = changes(), SAVE_SECONDS
        while True:
            time.sleep(pause)
            seen = changes()
            if seen == saved:
                continue
            began = time.monotonic()
            save()
            saved = seen
            pause = max(SAVE_SECONDS, _SHARE * (time.monotonic() - began))

    threading.Thread(target=loop, name="persistence", daemon=True).start()
