"""Which words of a long file have been read before, in a few bytes each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_WORDS = 50_000_000
"""As many are compared with those that follow: 8 bytes each, and as much again while they are sorted."""


class SeenWords:
    """Words by their hashes of 64 bits: of three million, two share one once in four million times."""

    def __init__(self) -> None:
        self._sorted: list[NDArray[np.int64]] = []  # each more than twice as long as the next

    def add(self, words: Sequence[str]) -> int | None:
        """Note words; return the place among them of the first that was noted before, if any was."""
        hashes = np.fromiter(map(hash, words), np.int64, len(words))
        distinct, first = np.unique(hashes, return_index=True)
        again = np.ones(len(words), np.bool_)
        again[first] = False
        for noted in self._sorted:
            at = np.searchsorted(noted, hashes)
            again |= noted[np.minimum(at, len(noted) - 1)] == hashes
        if again.any():
            return int(again.argmax())
        if sum(map(len, self._sorted)) < MOST_WORDS:
            self._note(distinct)
        return None

    def _note(self, hashes: NDArray[np.int64]) -> None:
        while self._sorted and 2 * len(hashes) > len(self._sorted[-1]):
            hashes = np.concatenate([self._sorted.pop(), hashes])
            hashes.sort(kind="stable")
        self._sorted.append(hashes)
