"""An extension of the local cloud's server (`local_cloud.extension`) that kills it at a chosen point.

A point is before or after a file, an answer or a job's process comes about. The file HOME/kill.json says at which one
the server ends; each point that is passed since that file was written becomes a line of HOME/points.log.
"""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from local_cloud import processes
from local_cloud.connection import Files
from local_cloud.emulator import requests
from tests.contract import recorder
from tests.kills.others import descendants

WATCHER = "kills-watcher"
"""In the user agent of requests that do not count: those by which a test looks at what has happened."""

_NUMBERS = re.compile(r"[0-9a-f]{8,}(-[0-9a-f]{4,})*")


@dataclass(frozen=True)
class Kill:
    """Where the server is killed.

    Attributes
    ----------
    id : str
        What the scene calls its things. Another id begins to count anew.
    label : str
        The point; an empty one counts and kills nothing.
    nth : int
        How often the point has been passed then, from 1.
    machine : bool
        Whether all that the server has started dies with it, as when the machine does.
    """

    id: str
    label: str = ""
    nth: int = 1
    machine: bool = False

    def arm(self, home: Path) -> None:
        """Put it into force."""
        path = home / "kill.json"
        partial = path.with_suffix(".tmp")
        partial.write_text(json.dumps(asdict(self)))
        os.rename(partial, path)


class Points:
    """Counts the points that the server passes."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._lock = threading.Lock()
        self._seen = ""
        self._count: Counter[str] = Counter()

    def passed(self, label: str) -> None:
        """Note a point, and end the process if it is the one."""
        try:
            kill = Kill(**json.loads((self.home / "kill.json").read_text()))
        except (OSError, ValueError):
            return
        label = _NUMBERS.sub("#", label.replace(kill.id, "NAME"))
        with self._lock:
            if kill.id != self._seen:
                self._seen, self._count = kill.id, Counter()
            self._count[label] += 1
            with (self.home / "points.log").open("a") as log:
                log.write(f"{label}\n")
            if (label, self._count[label]) == (kill.label, kill.nth):
                doomed = descendants(os.getpid()) if kill.machine else []
                for pid in [*doomed, os.getpid()]:
                    os.kill(pid, signal.SIGKILL)

    def install(self) -> None:
        """Watch files, answers and processes."""
        replace, gateway, start_group = os.replace, requests.Gateway.__call__, processes.start_group

        def watched_replace(source, target, **more) -> None:
            label = self._label(Path(target))
            self.passed(f"before {label}")
            replace(source, target, **more)
            self.passed(f"after {label}")

        async def watched_gateway(this, scope, receive, send) -> None:
            headers = dict(scope.get("headers", []))
            if scope["type"] != "http" or WATCHER.encode() in headers.get(b"user-agent", b""):
                await gateway(this, scope, receive, send)
                return
            action = headers.get(b"x-amz-target", b"").decode() or f"{scope['method']} {scope['path']}"

            async def watched_send(message) -> None:
                if message["type"] == "http.response.start":
                    self.passed(f"before the answer to {action}")
                await send(message)
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    self.passed(f"after the answer to {action}")

            await gateway(this, scope, receive, watched_send)

        def watched_start_group(*args, **more):
            self.passed("before a job's process")
            found = start_group(*args, **more)
            self.passed("after a job's process")
            return found

        os.replace = watched_replace
        requests.Gateway.__call__ = watched_gateway  # type: ignore[method-assign]
        processes.start_group = watched_start_group

    def _label(self, path: Path) -> str:
        try:
            parts = path.relative_to(self.home / "local").parts
        except ValueError:
            return path.name
        if parts[0] == "s3":
            return f"s3/.../{'/'.join(parts[3:5])}{'.meta' if path.name.endswith('.meta.json') else ''}"
        return "jobs/.../job.json" if parts[0] == "jobs" else "/".join(parts)


def install(files: Files) -> None:
    """Watch the server's points."""
    recorder.install(files)
    points = Points(files.home)
    points.install()
    points.passed("the server begins")


def install_interpreter(files: Files) -> None:
    """Nothing of it is watched."""
