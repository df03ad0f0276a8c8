"""Files that are whole or absent."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


def resolved(path: Path) -> Path:
    """Return a path without its links. A loop of links stays for who opens it: Python 3.12 raises no OSError here."""
    return Path(os.path.realpath(path))


@contextmanager
def faults_named(path: Path) -> Iterator[None]:
    """Let an error of the disk name the place; a full disk itself does not say which file it is about."""
    try:
        yield
    except OSError as fault:
        if type(fault) is OSError and fault.errno is None:  # numpy, which wrote a part of an array only
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from fault
        if fault.errno is not None and fault.filename is None:
            fault.filename = str(path)
        raise


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write under a temporary name beside `path`, renamed to `path` once it is complete.

    Whatever ends the block early, a signal turned into an exception included, removes the temporary file
    and leaves what stood at `path` before.
    """
    if not path.name:  # as of an empty text, which pathlib takes for the folder here
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with faults_named(path):
            temporary.unlink(
                missing_ok=True
            )  # a killed process's; or a link that leads elsewhere, another's work
            with temporary.open("xb") as file:
                yield file
            temporary.replace(path)
    except OSError as fault:
        if fault.filename == str(temporary):
            fault.filename, fault.filename2 = str(path), None
        raise
    finally:
        with suppress(OSError):  # where it could not be made, it can't be looked for either
            temporary.unlink(missing_ok=True)


def fault_text(fault: OSError) -> str:
    """Return the path that an error of the disk is about, and what is wrong there."""
    return f"{fault.filename}: {fault.strerror}" if fault.filename else fault.strerror or str(fault)


def range_reader(file: BinaryIO) -> Callable[[int, int], bytes]:
    """Return what reads a file's bytes by range: `read(start, length)`."""

    def read(start: int, length: int) -> bytes:
        file.seek(start)
        return file.read(length)

    return read
