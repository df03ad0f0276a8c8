"""What every engine watches while it trains: when to report, and that the weights stay within bounds."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from wordvectors.engine.errors import TrainingError

LAST_ALPHA = 1e-4
"""The learning rate falls in a straight line to this share of its start (as in word2vec.c)."""

LARGEST_WEIGHT = 1000.0
"""No training that learns anything comes near: its largest weights are single digits."""


class Pace:
    """When progress is worth a line: every two per cent; sooner after a second, later within a tenth of one.

    In a training of hours a second is too often: the wait grows to a fiftieth of the time so far.
    """

    def __init__(self) -> None:
        self.started = self.last = time.perf_counter()
        self.fraction = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started

    def due(self, fraction: float) -> bool:
        """Tell whether a line is due, and take it as written if so."""
        waited = time.perf_counter() - self.last
        due = waited >= max(1.0, self.elapsed / 50) or (waited >= 0.1 and fraction - self.fraction >= 0.02)
        if due:
            self.last, self.fraction = time.perf_counter(), fraction
        return due


def in_bounds(weights: NDArray[np.float32]) -> bool:
    """Tell whether all weights are finite, and none is larger than any that learns."""
    return not weights.size or bool(max(weights.max(), -weights.min()) <= LARGEST_WEIGHT)  # false of NaN too


def check_weights(learning_rate: float, *matrices: NDArray[np.float32]) -> None:
    """Stop a training whose weights have grown beyond all bounds.

    Raises
    ------
    TrainingError
        If they are not `in_bounds`.
    """
    for weights in matrices:
        if not in_bounds(weights):
            raise TrainingError(
                f"the training diverged: its weights grew beyond {LARGEST_WEIGHT:g} at learning_rate "
                f"{learning_rate:g}. Lower learning_rate."
            )
