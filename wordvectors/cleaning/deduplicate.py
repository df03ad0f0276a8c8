"""De-duplication: of equal units, which are sentences or whole documents, the first one stays.

What stays, taken without its order, does not depend on the order of the units: one of each. Two units are
equal when the 128-bit BLAKE2b hashes of their UTF-8 are.

Memory does not grow with the corpus: hashes lie on disk, and are compared a part at a time, the part of a
hash being told by the hash itself.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

UNIT = np.dtype([("high", "<u8"), ("low", "<u8"), ("bytes", "<u8")])
"""What is noted of a unit: the halves of its hash, and its length with the newline at its end."""
UNITS_PER_PART = 1 << 22
UNITS_PER_READ = 1 << 18


def unit_note(unit: bytes) -> bytes:
    """Return what is noted of a unit, 24 bytes; the unit is a sentence's or a document's lines, newline included."""
    return hashlib.blake2b(unit, digest_size=16).digest() + len(unit).to_bytes(8, "little")


def copy_distinct(corpus: Path, notes: Path, target: BinaryIO) -> tuple[int, int]:
    """Copy a corpus without the units that occurred before.

    Parameters
    ----------
    corpus, notes
        The units one after the other, and what `unit_note` says of each.

    Returns
    -------
    units, distinct : int
    """
    count = notes.stat().st_size // UNIT.itemsize
    if count == 0:
        return 0, 0
    noted = np.memmap(notes, UNIT, "r")
    distinct = 0
    with tempfile.TemporaryFile(dir=notes.parent) as scratch, corpus.open("rb") as source:
        scratch.truncate(count)
        first = np.memmap(scratch, np.bool_, "r+", shape=(count,))
        parts = -(-count // UNITS_PER_PART)
        for part in range(parts):
            _mark_first(noted, parts, part, first)
        for start in range(0, count, UNITS_PER_READ):
            sizes, kept = (
                noted["bytes"][start : start + UNITS_PER_READ],
                first[start : start + UNITS_PER_READ],
            )
            distinct += int(kept.sum())
            data = np.frombuffer(source.read(int(sizes.sum())), np.uint8)
            target.write(data[np.repeat(kept, sizes.astype(np.int64))].tobytes())
    return count, distinct


def _mark_first(noted: NDArray[np.void], parts: int, part: int, first: NDArray[np.bool_]) -> None:
    """Mark the first of equal units among those whose hashes belong to a part."""
    starts = range(0, len(noted), UNITS_PER_PART)
    places = np.concatenate(
        [
            np.flatnonzero(noted["high"][at : at + UNITS_PER_PART] % np.uint64(parts) == part) + at
            for at in starts
        ]
    )
    high, low = noted["high"][places], noted["low"][places]
    order = np.lexsort((low, high))  # stable: of equal hashes the first unit comes first
    high, low = high[order], low[order]
    differs = np.ones(len(order), np.bool_)
    differs[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    first[places[order[differs]]] = True
