"""A thread of a training: its own buffers, and its copies of the most frequent rows."""

from __future__ import annotations

import time
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine import fresh_negatives, shared_negatives
from wordvectors.engine.copies import UNMERGED_IDS, merged_shares, own_rows
from wordvectors.engine.draws import SPARE_TOKENS, Counters
from wordvectors.engine.plain import Words
from wordvectors.engine.rows import aligned_rows
from wordvectors.engine.schedule import Schedule
from wordvectors.engine.subwords import InputRows

NEGATIVES_PER_USE = 2 / 3
"""Negatives that a block shares, per negative that word2vec would draw for one token: a token lies in
window_size + 1 windows on average, each with negative_samples. Fewer are faster, and learn less well."""

SECONDS_PER_PAUSE = 0.001


class Shared(Protocol):
    """What all threads of a training work on; `kernel_engine.Training` says what each is."""

    threads: int
    hyperparameters: Hyperparameters
    schedule: Schedule
    ids: Words
    keep: NDArray[np.uint32]
    alias: NDArray[np.uint64]
    rows_of: InputRows
    pairs_per_id: tuple[NDArray[np.float64], NDArray[np.float64]]
    inputs: NDArray[np.float32]
    outputs: NDArray[np.float32]
    counters: Counters


class Worker:
    """A thread's own buffers, and its copies of the most frequent rows."""

    def __init__(self, training: Shared) -> None:
        self.training = training
        longest = training.schedule.longest + SPARE_TOKENS
        self.plan = tuple(np.empty(longest, np.int32) for _ in range(4))
        self.most, dim = UNMERGED_IDS // training.threads, training.inputs.shape[1]
        self.own_inputs, self.seen_inputs, self.own_outputs, self.seen_outputs = (
            aligned_rows(min(own_rows(training.threads), len(rows)), dim)
            for rows in (training.inputs, training.inputs, training.outputs, training.outputs)
        )
        self.pairs = tuple(pairs * self.most for pairs in training.pairs_per_id)
        given = training.hyperparameters
        ring = fresh_negatives.ring_size(given.window_size, given.mode is Mode.CBOW)
        self.means, self.before = aligned_rows(ring + 1, dim), aligned_rows(ring + 1, dim)
        self.own_inputs[:] = self.seen_inputs[:] = training.inputs[: len(self.own_inputs)]
        self.own_outputs[:] = self.seen_outputs[:] = training.outputs[: len(self.own_outputs)]

    def run(self) -> None:
        """Train on one stretch after the other until there is none left."""
        schedule, counters = self.training.schedule, self.training.counters
        while (stretch := schedule.take()) is not None:
            if stretch < 0:
                time.sleep(SECONDS_PER_PAUSE)
                continue
            self.train(*schedule.bounds(stretch), schedule.rate(stretch + 0.5), counters.of(stretch))
            schedule.finish()

    def train(self, start: int, end: int, rate: float, counter: np.uint64) -> None:
        """Train on the ids from start to end, and merge this thread's copies with the shared rows."""
        training, given = self.training, self.training.hyperparameters
        window, negatives = given.window_size, given.negative_samples
        corpus = training.ids, start, end, self.most, training.keep, window, counter, *self.plan
        input_shares, output_shares = (merged_shares(pairs, rate, training.threads) for pairs in self.pairs)
        matrices = (
            training.inputs, self.own_inputs, self.seen_inputs, input_shares,
            training.outputs, self.own_outputs, self.seen_outputs, output_shares,
        )  # fmt: skip
        if given.mode is Mode.BATCH_SKIPGRAM:
            shared = shared_count(window, negatives)
            shared_negatives.train_stretch(
                *corpus, *matrices, training.alias, negatives, shared, given.batch_size, rate
            )
        else:
            fresh_negatives.train_stretch(
                *corpus, *matrices, training.rows_of.starts, training.rows_of.rows, self.means, self.before,
                training.alias, negatives, given.mode is Mode.CBOW, rate,
            )  # fmt: skip


def shared_count(window: int, negative_samples: int) -> int:
    """Return how many negatives a block of tokens shares: a whole number of tiles."""
    wanted = NEGATIVES_PER_USE * (window + 1) * negative_samples
    return max(1, round(wanted / shared_negatives.STRIP)) * shared_negatives.STRIP
