"""A program run on a terminal of its own, so that it shows its progress when it makes it.

C programs keep what they print to a pipe until they end; on a terminal they print at once. From the moments
of its output it is told how long a program that also reads a vocabulary was training.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TRAINING_BEGINS = re.compile(rb"Words in train file|Number of labels|Number of words|Vocab size")
"""What word2vec.c, pWord2Vec and fastText print when they have read the vocabulary."""
PROGRESS = re.compile(rb"Progress:\s*[\d.]+\s*%")


@dataclass(frozen=True)
class Finished:
    """What a program used, and what it said.

    Attributes
    ----------
    status : int
        Exit status.
    wall, cpu : float
        Seconds of the whole process.
    peak_bytes : int
        Most memory it held at once (resident, mapped files included), as of its last output; 0 where there
        is no /proc.
    training : float
        Seconds from the end of reading the vocabulary to the last progress shown; the whole time if
        the program shows neither.
    output : str
    """

    status: int
    wall: float
    cpu: float
    peak_bytes: int
    training: float
    output: str


def run(command: Sequence[str]) -> Finished:
    """Run a program to its end."""
    started = time.perf_counter()
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
    os.close(theirs)
    chunks: list[tuple[float, bytes]] = []
    peak = 0
    try:
        while chunk := _read(ours):
            chunks.append((time.perf_counter(), chunk))
            peak = peak_bytes(process.pid) or peak
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()
        os.close(ours)
    ended = time.perf_counter()
    return Finished(
        status=process.returncode,
        wall=ended - started,
        cpu=usage.ru_utime + usage.ru_stime,
        peak_bytes=peak,
        training=training_seconds(chunks, started, ended),
        output=b"".join(chunk for _, chunk in chunks).decode(errors="replace"),
    )


def training_seconds(chunks: Sequence[tuple[float, bytes]], started: float, ended: float) -> float:
    """Return how long a program trained, by when it printed what."""
    begins = [moment for moment, chunk in chunks if TRAINING_BEGINS.search(chunk)]
    progress = [moment for moment, chunk in chunks if PROGRESS.search(chunk)]
    begin = begins[-1] if begins else started
    end = progress[-1] if progress and progress[-1] > begin else ended
    return end - begin


def peak_bytes(process: int | str) -> int:
    """Return the most memory that a running process has held.

    The kernel's count at the end of a process would not do: it begins with the memory of the parent that
    started it.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return 0


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux' way of saying that the program has closed its side
        return b""
