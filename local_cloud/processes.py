"""The local cloud's processes: their environment, and how those that outlive their starter are found again.

They are known by id and start time, as ids are reused.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from local_cloud.connection import THIS_MACHINE

_ONCE_KNOWN = ["/bin/sh", "-c", 'read -r _ && exec "$@" </dev/null', "sh"]
"""Begins a command when a line comes, and never when the one that would send it has died."""
_PASSED_ON = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "JAVA_HOME",
    "NUMBA_CACHE_DIR", "XDG_CACHE_HOME",
)  # fmt: skip
NO_AWS_SETTINGS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""For a process that is a client of AWS: what else it would find in the user's home folder, or on an instance."""
_OWN = {
    "PYTHONUNBUFFERED": "1",
    "NO_PROXY": THIS_MACHINE,  # macOS has proxies that no variable names
    "no_proxy": THIS_MACHINE,
}


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment of a process of the local cloud.

    Of the user's it has where things are and which language they speak: nothing that an AWS client, Python or
    numba reads, and no proxy.
    """
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | _OWN | more


def start_group(
    command: list[str], folder: Path, environment: dict[str, str], note: Callable[[dict[str, Any]], None]
) -> subprocess.Popen[bytes]:
    """Start a process in a process group of its own; its two outputs are one pipe.

    Parameters
    ----------
    note : callable
        Is given `pid` and `started`, by which the process is found again, before the command begins: no kill leaves
        a process behind that the next start does not know.
    """
    process = subprocess.Popen(
        [*_ONCE_KNOWN, *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    note({"pid": process.pid, "started": start_time(process.pid)})
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as gate:  # it may have been killed meanwhile
        gate.write(b"\n")
    return process


def signal_group(process: subprocess.Popen[bytes] | None, kind: signal.Signals) -> None:
    """Send a signal to the whole group of a process that `start_group` started; None is no process yet."""
    if process is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, kind)


def watch_group(
    process: subprocess.Popen[bytes], stop_wanted: threading.Event, seconds: float, grace_seconds: float
) -> bool:
    """Wait for a process to end; end its group when that is wanted or its time is over.

    Returns
    -------
    bool
        Whether its time was over.
    """
    deadline, out_of_time = time.monotonic() + seconds, False
    while process.poll() is None and not stop_wanted.wait(0.1):
        if time.monotonic() >= deadline:
            out_of_time = True
            break
    signal_group(process, signal.SIGTERM)
    give_up = time.monotonic() + grace_seconds
    while process.poll() is None and time.monotonic() < give_up:
        time.sleep(0.02)
    signal_group(process, signal.SIGKILL)
    return out_of_time


def follow_group(
    process: subprocess.Popen[bytes],
    take_line: Callable[[str], None],
    stop_wanted: threading.Event,
    seconds: float,
    grace_seconds: float,
) -> bool:
    """Take each line of a process's output until it has ended, or was ended by `watch_group`; leave none of its group.

    Returns
    -------
    bool
        Whether its time was over.
    """
    out_of_time: list[bool] = []
    watch = (process, stop_wanted, seconds, grace_seconds)
    watcher = threading.Thread(target=lambda: out_of_time.append(watch_group(*watch)), daemon=True)
    watcher.start()
    try:
        for line in process.stdout or ():
            take_line(line.decode("utf-8", "replace").rstrip("\r\n"))
        process.wait()
    finally:
        signal_group(process, signal.SIGKILL)
        watcher.join()
    return out_of_time[0]


def hold(path: Path) -> IO[str] | None:
    """Lock a file for as long as it is open and its process lives; None when another process holds it."""
    file = path.open("a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


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
