"""The copies that each of several threads has of the most frequent rows, and how what they learn in them is merged.

All threads meet frequent rows all the time, and a cache line that several cores write to travels between them. In its
own copy a thread does not see what the others learn until it merges. Up to then, n threads each move a row towards the
same place. If one of them moves it a share p = 1 - exp(-a) of the way, their moves add up to n·p of it; beyond twice
the way, the rows grow without bounds. One after the other, they would have moved it 1 - exp(-n·a) of the way. So each
adds only a part of its move, which makes the sum as much: all of it where a is small, an n-th where it is large.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine.draws import compiled
from wordvectors.engine.plain import Floats
from wordvectors.engine.sampling import negative_shares
from wordvectors.engine.subwords import InputRows

OWN_ROWS, MOST_THREADS_WITH_ALL = 1000, 4
"""The most frequent rows, of which each of several threads has copies. More threads merge more often, and have fewer,
so that merging takes about a twentieth of the time."""

UNMERGED_IDS = 32_768
"""What all threads together learn at most before they merge. With twice as much, CBOW learns less: MEN falls by 0.01 to
0.02."""

PULL = 0.1
"""How far a pair at learning rate 1 moves a row, as a share of the way: the slope of the sigmoid times the square of
the other row's length, about. Between 0.06 and 0.12 scores are about the same; with 0.015, 36 threads diverge."""


def own_rows(threads: int) -> int:
    """Return of how many rows of each matrix a thread has copies."""
    if threads == 1:
        return 0
    return OWN_ROWS if threads <= MOST_THREADS_WITH_ALL else OWN_ROWS * MOST_THREADS_WITH_ALL // threads


def pairs_per_id(
    counts: NDArray[np.int64], rows_of: InputRows, ids: int, given: Hyperparameters, frequent: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return in how many pairs the most frequent input and output rows are expected to stand, per id of the corpus.

    In CBOW an input row lies in as many windows as a window has rows, and is that part of the mean of each.

    Parameters
    ----------
    counts : array (words,)
        How often each word stands in the corpus.
    rows_of
        The input rows, and how often they are met, which is after sub-sampling.
    ids
        The corpus's length.
    frequent
        Of how many rows.
    """
    predictions = 1 if given.mode is Mode.CBOW else given.window_size + 1
    words = rows_of.met[rows_of.word_rows]
    inputs = rows_of.met[:frequent] * (1 + given.negative_samples)
    outputs = words[:frequent] + words.sum() * given.negative_samples * negative_shares(counts)[:frequent]
    return inputs * predictions / ids, outputs * predictions / ids


@compiled
def merged_shares(pairs: NDArray[np.float64], rate: float, threads: int) -> Floats:
    """Return which part of its move of each row a thread adds: (1 - exp(-n·a)) / (n·(1 - exp(-a))).

    Parameters
    ----------
    pairs : array (own rows,)
        In how many pairs each stands between two merges.
    rate
        The learning rate.
    """
    pulled = np.maximum(PULL * rate * pairs, 1e-6)
    return (np.expm1(-threads * pulled) / (threads * np.expm1(-pulled))).astype(np.float32)


@compiled
def merge_copies(shared: Floats, own: Floats, seen: Floats, shares: Floats) -> None:
    """Add what a thread has learned in its own copies of rows to the shared rows, and take those over.

    Parameters
    ----------
    shared : array (words, padded dim)
    own, seen : arrays (own rows, padded dim)
        The copies, and the rows as they were when last taken over.
    shares : array (own rows,)
        Which part of what was learned is added.
    """
    for row in range(own.shape[0]):
        for k in range(own.shape[1]):
            merged = shared[row, k] + shares[row] * (own[row, k] - seen[row, k])
            shared[row, k] = own[row, k] = seen[row, k] = merged
