"""How much memory a training takes, and how much there is: a training that can't fit is refused beforehand.

The words of a corpus are counted before it is known how many are learned; that, too, is refused where memory does not
suffice.

The pages of the corpus and of its word ids don't count: they are mapped files, whose pages the system takes back when
it needs them, so a corpus larger than memory can be trained.
"""

from __future__ import annotations

import os
from pathlib import Path

from wordvectors.blazingtext.hyperparameters import Hyperparameters
from wordvectors.control_groups import group_folders
from wordvectors.engine.errors import TrainingError
from wordvectors.engine.subwords import InputRows
from wordvectors.engine.vector_ir import padded_width

PROCESS_BYTES = 200 << 20
"""Python with numpy and numba, the pages of their libraries, and machine code; some 30 to 80 MB more where it is
compiled first."""

BYTES_PER_DIMENSION = 160 << 10
"""Of the threads' copies of frequent rows, and of the rows that are being turned into text."""

BYTES_PER_WORD = 170
"""What a word takes beside its rows: its text, its count, its place in the samplers and dictionaries."""

BYTES_PER_BUCKET = 60
"""Of each that n-grams of words fall into, beside its row: its place, how often it is met, and what numbered it."""

BYTES_PER_THREAD = 600_000
"""The words that it works on; its copies of frequent rows are all threads' together, at most."""

BYTES_PER_RANGE = 24 << 20
"""What a range of the corpus takes while its words are counted: its numbers and a table of its words. Of English text,
half as much."""

FLOAT_BYTES = 4


def needed_memory(rows: InputRows, hyperparameters: Hyperparameters, threads: int) -> int:
    """Return about how many bytes a training of words with these input rows takes at its peak."""
    dim, words, buckets = hyperparameters.vector_dim, rows.words, len(rows.buckets)
    floats = (2 * words + buckets) * padded_width(dim)
    if hyperparameters.subwords:  # at the end the words' vectors and own rows, and the rows of all buckets
        floats += (2 * words + hyperparameters.buckets) * dim
    beside = words * BYTES_PER_WORD + buckets * BYTES_PER_BUCKET + rows.rows.nbytes
    process = PROCESS_BYTES + threads * BYTES_PER_THREAD + dim * BYTES_PER_DIMENSION
    return process + floats * FLOAT_BYTES + beside


def refuse_too_large(rows: InputRows, hyperparameters: Hyperparameters, threads: int) -> None:
    """Refuse a training that does not fit into the memory there is; see `needed_memory`.

    Raises
    ------
    TrainingError
        Saying how much is needed, how much there is, and what to change.
    """
    needed, available = needed_memory(rows, hyperparameters, threads), available_memory()
    if available is not None and needed > available:
        advice = "lower buckets or vector_dim" if hyperparameters.subwords else "lower vector_dim"
        raise TrainingError(
            f"{rows.words:,} words with vector_dim {hyperparameters.vector_dim} need about "
            f"{needed / 1e9:.1f} GB of memory, and {available / 1e9:.1f} GB are available. Raise min_count "
            f"(now {hyperparameters.min_count}), {advice}, or use a machine with more memory."
        )


def counting_threads(threads: int) -> int:
    """Return how many of so many threads have room to count words at once: one at least."""
    available = available_memory()
    return threads if available is None else max(1, min(threads, available // BYTES_PER_RANGE - 1))


def refuse_without_room(words: int, needed: int) -> None:
    """Refuse to go on counting where so many distinct words need more memory than there is.

    Parameters
    ----------
    words
        Found so far.
    needed : int
        Bytes, beside what they take already.

    Raises
    ------
    TrainingError
        Saying how much is needed, how much there is, and what to change.
    """
    available = available_memory()
    if available is not None and needed > available:
        raise TrainingError(
            f"the corpus has {words:,} distinct words or more, and counting them needs about {needed / 1e9:.1f} GB "
            f"more memory, of which {available / 1e9:.1f} GB are available. Clean the corpus, or use a machine "
            "with more memory."
        )


def available_memory(root: Path = Path("/")) -> int | None:
    """Return how many bytes this process may still take; None if the system does not tell.

    It is the least of what the machine has left and of what each control group that holds the process
    (a container's limit) has left.

    Parameters
    ----------
    root
        Where /proc and /sys are.
    """
    limits = [_machine(root), *_control_groups(root)]
    return min((limit for limit in limits if limit is not None), default=None)


def _machine(root: Path) -> int | None:
    try:
        for line in (root / "proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def _control_groups(root: Path) -> list[int | None]:
    """Return what each control group of this process has left, version 2 or 1, from the inmost outwards."""
    names = {
        True: ("memory.max", "memory.current", "inactive_file"),
        False: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    }
    return [_left_in(folder, *names[is_v2]) for folder, is_v2 in group_folders(root, "memory")]


def _left_in(group: Path, limit: str, usage: str, reclaimable: str) -> int | None:
    """Return a group's limit less what it uses; pages of files that it can give back are not used."""
    try:
        most, used = int((group / limit).read_text()), int((group / usage).read_text())
        for line in (group / "memory.stat").read_text().splitlines():
            name, _, size = line.partition(" ")
            if name == reclaimable:
                used -= int(size)
    except (OSError, ValueError):  # no limit ("max"), or no such group inside a container
        return None
    return max(most - used, 0)
