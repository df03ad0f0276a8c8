"""The cache of models and reports on this machine: whatever is in it can be made again, and it is bounded."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wordvectors.client.home import cache

LIMIT_VARIABLE = "WORDVECTORS_CACHE_GB"
USUAL_GB = 10.0
MODELS_OF_RUNS, MODELS_OF_FILES = "runs", "files"
"""Folders of the cache, each with a file for each model."""


class InvalidCacheLimit(ValueError):
    """The environment's bound of the cache is no number."""


@dataclass(frozen=True)
class Kept:
    """A model or a report in the cache; `used_at` is in seconds since 1970."""

    path: Path
    bytes: int
    used_at: float


def most_bytes() -> int:
    """Return how many bytes the cache may take.

    Raises
    ------
    InvalidCacheLimit
    """
    text = os.environ.get(LIMIT_VARIABLE, "")
    try:
        gigabytes = float(text) if text else USUAL_GB
    except ValueError:
        gigabytes = -1.0
    if not 0 <= gigabytes < 1e9:
        raise InvalidCacheLimit(
            f"{LIMIT_VARIABLE} is {text!r}: it must be a number of gigabytes, such as 2.5, or 0 to keep nothing"
        )
    return int(gigabytes * 1e9)


def kept() -> list[Kept]:
    """Return what is kept, the least recently used first."""
    found = []
    for path in _paths():
        with suppress(OSError):  # another command has removed it
            found.append(Kept(path, bytes_of(path), path.stat().st_mtime))
    return sorted(found, key=lambda each: each.used_at)


def bytes_of(path: Path) -> int:
    """Return how much room a file or a folder takes."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(_size(Path(folder, name)) for folder, _, names in os.walk(path) for name in names)


def mark_used(path: Path) -> None:
    """Note that something was used just now."""
    with suppress(OSError):  # a cache that can't be written is read all the same
        os.utime(path)


def make_room(for_this: Path) -> list[Path]:
    """Drop what was not used for longest until the cache is within its bound, and return it.

    Parameters
    ----------
    for_this
        What was just put there, which stays, unless nothing is to be kept.
    """
    most, entries = most_bytes(), kept()
    total, dropped = sum(each.bytes for each in entries), []
    for each in entries:
        if total <= most:
            break
        if each.path != for_this or most == 0:
            drop(each.path)
            dropped.append(each.path)
            total -= each.bytes
    return dropped


def drop(path: Path) -> None:
    """Remove something from the cache; who has opened it goes on reading it."""
    with suppress(OSError):
        if not path.is_dir():
            path.unlink()
            return
        gone = Path(tempfile.mkdtemp(dir=path.parent, prefix=".gone-"))
        path.replace(gone / path.name)  # at once: nobody finds half of it
        shutil.rmtree(gone, ignore_errors=True)


def of_run(run_id: str) -> list[Path]:
    """Return what is kept of a run."""
    return [path for path in (cache() / MODELS_OF_RUNS / run_id, cache() / f"{run_id}.html") if path.exists()]


def models_of(run: str) -> list[Path]:
    """Return the models that are kept of a run, given by its id; or of those whose ids begin so."""
    exact = cache() / MODELS_OF_RUNS / run
    if run and exact.exists():
        return [exact]
    return [
        path for path in _paths() if path.parent.name == MODELS_OF_RUNS and run and path.name.startswith(run)
    ]


def _paths() -> Iterator[Path]:
    for folder in (MODELS_OF_RUNS, MODELS_OF_FILES):
        yield from (path for path in (cache() / folder).glob("*") if not path.name.startswith("."))
    yield from cache().glob("*.html")


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
