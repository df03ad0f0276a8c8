"""What a training engine is given and what it returns, so that one can be put beside another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wordvectors.blazingtext.hyperparameters import Hyperparameters
from wordvectors.engine.encoding import EncodedCorpus

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
        The input rows of the n-gram buckets; no row without subwords.
    output_rows : array (words, dim)
        The output side of the network.
    seconds : float
        Time spent in training, without preparing the matrices.
    """

    vectors: NDArray[np.float32]
    word_rows: NDArray[np.float32]
    ngram_rows: NDArray[np.float32]
    output_rows: NDArray[np.float32]
    seconds: float


class Engine(Protocol):
    """A way to train."""

    def __call__(
        self,
        encoded: EncodedCorpus,
        hyperparameters: Hyperparameters,
        report: ReportProgress,
        *,
        threads: int,
        seed: int,
    ) -> TrainedVectors:
        """Train on an encoded corpus; raises `TrainingError` if the weights grow beyond all bounds.

        One thread and the same seed give the same bytes on the same machine. Several threads write to the same
        weights without locks, so that two of their runs differ a little, as BlazingText's do.
        """
        ...
