"""Saving the account's state.

ministack saves its state only when it ends in good order, and takes a failed save for a good one. Here a service
is saved when an answer asks for it (`durable`); those that ask at the same time share one save. Logs, metrics, the
events of executions that run, and what services change on their own, are saved every few seconds.
"""

from __future__ import annotations

import contextvars
import logging
import os
import shutil
import signal
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from local_cloud.connection import write_private
from local_cloud.emulator import outbox, snapshots
from local_cloud.emulator.seams import replace, require_all
from wordvectors.json_text import parse_json

log = logging.getLogger("local_cloud.persistence")

SAVE_SECONDS = 5.0
_PREPARED, _COMMITTED = "prepared", "committed"  # folders of a save's files, before all are written and after
_SHARE = 20  # a save of everything is followed by a pause of this many times its length

_interrupted: list[tuple[str, str, str]] = []  # (account, region, ARN)


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
        self._last: dict[str, int] = {}  # file -> the hash of what it holds
        self._waiting: list[Future[None]] = []
        self._dispatched = 0  # how many events had been handed to their targets when these were saved
        self._wake = threading.Condition()
        self._writing = threading.Lock()
        self._snapshots = snapshots.Snapshots()
        self._ready = threading.Event()

    def install(self) -> None:
        """Take the place of ministack's save, and of its end of the executions that a restart finds RUNNING."""
        from ministack import app
        from ministack.services import cloudformation, stepfunctions

        require_all(app, "_build_persistence_save_dict", "_state_map")
        require_all(cloudformation, "_stacks")
        replace(app, "save_all", lambda original: lambda services: None)  # the server does, last of all
        replace(stepfunctions, "_restore_state", lambda original: _restoring(original, self.folder))
        snapshots.install()
        outbox.install(self.folder)

    def start(self) -> None:
        """Deliver events again, let executions go on, and save from now on. The server must be serving."""
        outbox.deliver_again()
        _go_on()
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
        """Save every service, unless a stack is at work: one that is cut off is as it was before, and can begin anew.

        Raises
        ------
        OSError
            When they could not be saved; what was saved last is there still.
        """
        if self._ready.is_set() and not stacks_at_work():
            self._save(None)

    def _run(self) -> None:
        everything_at = time.monotonic() + SAVE_SECONDS
        while True:
            with self._wake:
                self._wake.wait_for(lambda: bool(self._waiting), max(0.0, everything_at - time.monotonic()))
                changed, self._changed = self._changed, set()
                waiting, self._waiting = self._waiting, []
            problem: Exception | None = None
            began = time.monotonic()
            is_due = began >= everything_at
            try:
                if "cloudformation" in changed:  # a stack's resources are other services'
                    self._save(None)
                else:
                    self._save(None if is_due and not stacks_at_work() else changed)
            except Exception as raised:
                problem = raised
                log.error("The state could not be saved, and is tried again: %s", raised)
                with self._wake:
                    self._changed |= changed
                if not self.folder.is_dir():
                    log.error("%s was removed: the local cloud ends", self.folder)
                    os.kill(os.getpid(), signal.SIGTERM)
            if is_due:
                everything_at = time.monotonic() + max(SAVE_SECONDS, _SHARE * (time.monotonic() - began))
            for done in waiting:
                done.set_exception(problem) if problem else done.set_result(None)

    def _save(self, services: set[str] | None) -> None:
        """Write the services' files (None: all) together; new events before what caused them, others after it."""
        from ministack import app

        with self._writing:
            with outbox.consistent:
                events = outbox.undelivered()
                if (dispatched := outbox.dispatched) != self._dispatched:
                    services = services and services | outbox.TARGETS
                take = app._build_persistence_save_dict()
                names = take.keys() if services is None else services & take.keys()
                texts = dict[str, str]()
                for name in sorted(names):
                    texts |= self._snapshots.texts_of(name, take[name], histories=services is None)
            outbox.write_added(events)
            marks = {name: hash(text) for name, text in texts.items()}
            replace_together(
                self.folder,
                {name: text for name, text in texts.items() if self._last.get(name) != marks[name]},
            )
            self._last |= marks
            outbox.write(events)
            self._dispatched = dispatched


def stacks_at_work() -> bool:
    """Whether a stack is being created, updated or removed; only at the end does its record name its resources."""
    from ministack.services.cloudformation import _stacks

    statuses = [stack["StackStatus"] for _, stack in _items(_stacks)]
    return any(status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS" for status in statuses)


def replace_together(folder: Path, texts: Mapping[str, str]) -> None:
    """Write services' files: after a kill, once `finish_save` was called, all are the old ones or all are the new.

    A stack and its resources are of several services: without one of them it could be neither removed nor deployed.

    Raises
    ------
    OSError
        When they could not be written; the old ones are there still.
    """
    finish_save(folder)
    prepared = folder / _PREPARED
    try:
        prepared.mkdir(mode=0o700)
        for name, text in texts.items():
            path = prepared / f"{name}.json"
            path.parent.mkdir(exist_ok=True, mode=0o700)
            write_private(path, text)
        os.replace(prepared, folder / _COMMITTED)
    except OSError:
        shutil.rmtree(prepared, ignore_errors=True)  # a full disk needs its room
        raise
    finish_save(folder)


def finish_save(folder: Path) -> None:
    """Carry out what is left of a save that was cut off once all was written; drop one that was cut off before."""
    committed = folder / _COMMITTED
    if committed.exists():
        for path in sorted(committed.rglob("*.json")):
            place = folder / path.relative_to(committed)
            place.parent.mkdir(exist_ok=True, mode=0o700)
            os.replace(path, place)
        shutil.rmtree(committed)
    shutil.rmtree(folder / _PREPARED, ignore_errors=True)


def check(folder: Path) -> None:
    """Bring the last save to its end; refuse a state file that is empty or cut, and keep a copy of it.

    Raises
    ------
    StateError
        Names each such file, and what to do.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    finish_save(folder)
    broken = [path for path in sorted(folder.rglob("*.json")) if not _is_whole(path)]
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


def _restoring(original: Any, folder: Path) -> Any:
    def restore_state(data: Any) -> Any:
        executions: Any = (data or {}).get(snapshots.EXECUTIONS)
        if executions is not None:
            snapshots.read_executions(executions, folder)
        running = [key for key, record in _items(executions) if record.get("status") == "RUNNING"]
        original(data)
        for key in running:
            record = executions._data[key]
            record.update(status="RUNNING", stopDate=None)  # as it was before ministack restored it as FAILED
            del record["error"], record["cause"]
        _interrupted.extend(running)

    return restore_state


def _items(scoped: Any) -> Any:
    return [] if scoped is None else list(scoped._data.items())  # an empty one may be of another region only


def _go_on() -> None:
    """Let the executions that ran when the local cloud ended go on: in AWS, too, they outlive what they call."""
    from ministack.core.responses import request_scope
    from ministack.services import stepfunctions

    while _interrupted:
        account_id, region, arn = _interrupted.pop()
        with request_scope(account_id, region):
            log.info("%s goes on: it ran when the local cloud ended", arn)
            context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(stepfunctions._run_execution, arn), daemon=True).start()
