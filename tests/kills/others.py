"""Processes, as Linux's /proc shows them."""

from __future__ import annotations

import os
import time
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """Return the ids of the processes that a process has started, and theirs, and so on."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, to_look_at = [], [pid]
    while to_look_at:
        new = children.get(to_look_at.pop(), [])
        found += new
        to_look_at += new
    return found


def orphans(home: Path, server: int) -> list[str]:
    """Return the strangers that stay for seconds: a function's process ends when it notices that its server has."""
    for _ in range(30):
        if not (found := strangers(home, server)):
            break
        time.sleep(0.1)
    return found


def strangers(home: Path, server: int) -> list[str]:
    """Return id and command of the processes of a home that its server has not started."""
    ours, found = {server, os.getpid(), *descendants(server)}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if int(folder.name) not in ours and f"{home}/local".encode() in environment and command:
            found.append(f"{folder.name} {command[:150]}")
    return found
