"""What word2vec draws by frequency: which occurrences are kept, and which words serve as negatives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UNIT = 2.0**32
"""Probabilities are 32-bit integers in the compiled loop."""
NEGATIVES_POWER = 0.75


def keep_thresholds(counts: NDArray[np.int64], sampling_threshold: float) -> NDArray[np.uint32]:
    """Return how likely an occurrence of each word is kept, in units of 2^-32.

    word2vec's rule (Mikolov et al. 2013b, as its code has it): with a word's share f of all occurrences and
    the threshold t, the probability is sqrt(t/f) + t/f, at most 1.
    """
    ratio = sampling_threshold * counts.sum() / counts
    return _fixed_point(np.sqrt(ratio) + ratio)


def kept_counts(counts: NDArray[np.int64], thresholds: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Return how many of each word's occurrences are kept on average, by what `keep_thresholds` returned."""
    return counts * (thresholds / UNIT)


def negative_shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how often each word is drawn as a negative, all together 1: by counts^0.75 (Mikolov et al. 2013b)."""
    weights = counts.astype(np.float64) ** NEGATIVES_POWER
    return weights / weights.sum()


def alias_table(counts: NDArray[np.int64], power: float = NEGATIVES_POWER) -> NDArray[np.uint64]:
    """Return the table to draw words by counts^power in constant time (Walker 1977; Vose 1991).

    Neighbours in the vocabulary with the same count are equally likely, so that the table has no slot for each word,
    but one for each such group: some thousands for any vocabulary, which stay in the caches. Each group owns a slot
    of equal size. Where its share is smaller than a slot, the rest goes to another: a draw picks a slot, the slot's own
    group with probability `keep`, and a word of the group.

    Returns
    -------
    array (groups, 2), uint64
        Of the first column, the upper half is `keep` in units of 2^-32, the lower the group that has the rest of the
        slot. Of the second, the upper half is the group's first word, the lower how many it has.
    """
    counts = np.asarray(counts, np.int64)
    first = np.flatnonzero(np.diff(counts, prepend=-1))
    words = np.diff(first, append=len(counts))
    share = words * counts[first].astype(np.float64) ** power
    share *= len(share) / share.sum()
    other = np.arange(len(share), dtype=np.int32)
    keep = np.ones(len(share))
    small, large = np.flatnonzero(share < 1).tolist(), np.flatnonzero(share >= 1).tolist()
    rest = share.tolist()
    while small and large:
        low, high = small.pop(), large[-1]
        keep[low], other[low] = rest[low], high
        rest[high] -= 1 - rest[low]
        if rest[high] < 1:
            small.append(large.pop())
    halves = (_fixed_point(keep), other), (first, words)
    return np.stack(
        [upper.astype(np.uint64) << np.uint64(32) | lower.astype(np.uint64) for upper, lower in halves], 1
    )


def _fixed_point(probability: NDArray[np.float64]) -> NDArray[np.uint32]:
    return np.minimum(probability * UNIT, UNIT - 1).astype(np.uint32)
