"""The processes beside this one that clean."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process, resource_tracker
from typing import Any

_QUIET = "ignore:resource_tracker:UserWarning"


class Workers(ProcessPoolExecutor):
    """Processes that leave Ctrl-C to their parent from their first moment on: they inherit that it is blocked."""

    def __init__(self, processes: int) -> None:
        _start_tracker()
        # A forked child could inherit locks that the threads of a progress bar hold.
        super().__init__(processes, mp_context=get_context("spawn"), initializer=_begin_worker)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Submit a task, which may start a process."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_tracker() -> None:
    """Start Python's process that removes what an interrupted one has left, and keep it from warning of it."""
    sys.warnoptions.append(_QUIET)  # which it is started with
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove(_QUIET)


def _begin_worker() -> None:
    """End when the parent does, however it ends."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
