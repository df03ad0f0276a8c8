"""A corpus, counted range by range in threads: what the trainer and `corpus stats` both count words by."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordvectors.corpus.word_table import LONGEST_TOKEN_BYTES, WordTable
from wordvectors.threads import mapped_in_order

RANGE_BYTES = 8 << 20


class NotText(ValueError):
    """A file that is no text of words; the message is a sentence."""


def counted_ranges(corpus: Path, threads: int) -> Iterator[tuple[WordTable, NDArray[np.int32]]]:
    """Return for each range of the corpus, in order, its words, and its text as their numbers in the range.

    Raises
    ------
    NotText
        If the corpus is no text.
    """
    with corpus.open("rb") as file:
        size = file.seek(0, 2)
        if size == 0:
            return iter(())
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    text = np.frombuffer(mapped, np.uint8)

    def count(start: int) -> tuple[WordTable, NDArray[np.int32]]:
        length = min(RANGE_BYTES, size - start)
        table, ids = WordTable(), np.empty(length, np.int32)
        filled = table.count(text, start, start + length, ids)
        if filled < 0:
            raise NotText(
                f"{corpus.name} holds more than {LONGEST_TOKEN_BYTES >> 20} MiB without white space: it is "
                "not a text of words separated by blanks, one sentence a line"
            )
        page = start - start % mmap.PAGESIZE
        mapped.madvise(mmap.MADV_DONTNEED, page, start + length - page)  # read once: the memory may go
        return table, ids[:filled]

    return mapped_in_order(count, range(0, size, RANGE_BYTES), threads)
