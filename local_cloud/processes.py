"""Processes that outlive the one that started them: known by id and start time, as ids are reused."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path


def start_time(pid: int) -> str | None:
    """When the process began, as the system writes it; None when there is no such process.

    Linux: the 22nd field of /proc/PID/stat. Elsewhere: `ps -o lstart`.
    """
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return answer.stdout.strip() or None


def is_running(pid: int, started: str | None) -> bool:
    """Whether the process `pid` that began at `started` still runs."""
    return started is not None and start_time(pid) == started


def kill_group(pid: int, started: str | None) -> None:
    """Kill the process group that `pid` leads, if it is still the process that began at `started`."""
    if is_running(pid, started):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def wait_until_gone(pid: int, started: str | None, seconds: float) -> bool:
    """Wait for a process to end; False when it still runs after `seconds`."""
    deadline = time.monotonic() + seconds
    while is_running(pid, started):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
