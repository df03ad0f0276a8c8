"""What a training returns, and how it tells of its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ReportProgress = Callable[[float, float, float], None]
"""Called with the learning rate, the share of all epochs that is done (0 to 1), and tokens per second."""


@dataclass(frozen=True)
class TrainedVectors:
    """What a training leaves; float32, a row per word of the vocabulary in its order.

    Attributes
    ----------
    vectors : array (words, dim)
        The word vectors.
    word_rows : array (words, dim)
        The input rows of the words themselves; without subwords these are the vectors.
    ngram_rows : array (buckets, dim)
        The input rows of the n-gram buckets; no row without subwords. Buckets that no n-gram of the vocabulary
        falls into are zero: nothing is known of them.
    output_rows : array (words, dim)
        The output side of the network.
    seconds : float
        Time spent in training, without preparing the matrices.
    fraction : float
        The share of all epochs that was trained: less than 1 if the training ended early.
    """

    vectors: NDArray[np.float32]
    word_rows: NDArray[np.float32]
    ngram_rows: NDArray[np.float32]
    output_rows: NDArray[np.float32]
    seconds: float
    fraction: float = 1.0
