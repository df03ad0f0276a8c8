"""Training in every mode, on the compiled kernel, in threads.

The corpus is cut into stretches, epoch after epoch. Each thread takes the next stretch, sub-samples it and
trains on it with the learning rate of its place in the whole. All threads write to the same rows without
locks (Recht et al. 2011, "Hogwild!"); each has its own copies of the most frequent rows, which all of them
would be writing at once, and adds what they have learned to the shared rows after every stretch.
"""

from __future__ import annotations

import threading
import time

import numpy as np
from numpy.typing import NDArray

from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine import fresh_negatives, shared_negatives
from wordvectors.engine.draws import PORTABLE, SPARE_TOKENS, sample_tokens
from wordvectors.engine.encoding import LONGEST_SENTENCE, EncodedCorpus
from wordvectors.engine.engine import ReportProgress, TrainedVectors
from wordvectors.engine.memory import refuse_too_large
from wordvectors.engine.rows import aligned_rows, merge_copies
from wordvectors.engine.sampling import UNIT, alias_table, keep_thresholds
from wordvectors.engine.subwords import InputRows, mean_rows, one_row_each, with_ngrams
from wordvectors.engine.watch import LAST_ALPHA, Pace, check_weights

NEGATIVES_PER_USE = 2 / 3
"""Negatives that a block shares, per negative that word2vec would draw for one token: a token lies in
window_size + 1 windows on average, each with negative_samples. Fewer are faster, and learn less well."""

INITIAL_WIDTH = {Mode.BATCH_SKIPGRAM: 1, Mode.SKIPGRAM: 2, Mode.CBOW: 2}
"""Input rows begin at random within a width of this divided by vector_dim: as in word2vec, or as in fastText and
gensim. With 1, CBOW answers a tenth fewer analogies."""

OWN_ROWS = 1000
"""The most frequent words, of whose rows each of several threads has its own copies."""

LONGEST_STRETCH = 32_768
"""Ids; a thread merges its copies after each stretch."""
FEWEST_STRETCHES = 500
STRETCH_OPERATIONS = 1e8 if PORTABLE else 1e9
"""So that a stretch takes a tenth of a second at most, however many dimensions: a stop has to wait for it."""

SECONDS_PER_LOOK = 0.02


def train(
    encoded: EncodedCorpus,
    hyperparameters: Hyperparameters,
    report: ReportProgress,
    *,
    threads: int,
    seed: int,
) -> TrainedVectors:
    """Train on an encoded corpus.

    One thread and the same seed give the same bytes on the same machine. Several threads write to the same
    weights without locks, so that two of their runs differ a little, as BlazingText's do.

    Raises
    ------
    TrainingError
        If the training does not fit into memory, or the weights grow beyond all bounds.
    """
    training = _Training(encoded, hyperparameters, threads, seed)
    started = time.perf_counter()
    training.run(report)
    seconds = time.perf_counter() - started
    check_weights(training.learning_rate, training.input_rows, training.output_rows)
    report(training.rate(training.stretches), 1.0, training.tokens / seconds)
    return training.trained(seconds)


class _Training:
    """The weights, what they are trained with, and how far the training has come."""

    def __init__(
        self, encoded: EncodedCorpus, hyperparameters: Hyperparameters, threads: int, seed: int
    ) -> None:
        counts = np.asarray(encoded.vocabulary.counts, np.int64)
        words, dim = len(counts), hyperparameters.vector_dim
        self.threads = threads
        self.hyperparameters = hyperparameters
        self.learning_rate = hyperparameters.learning_rate

        self.ids = np.asarray(encoded.ids)  # numba knows a memory map as the array it is
        self.tokens = encoded.vocabulary.tokens * hyperparameters.epochs
        self.keep = keep_thresholds(counts, hyperparameters.sampling_threshold)
        self.alias = alias_table(counts)
        self.rows_of = _rows_of(encoded.vocabulary.words, counts * (self.keep / UNIT), hyperparameters)

        refuse_too_large(words, self.rows_of.count - words, hyperparameters)

        rng = np.random.default_rng(seed)
        self.inputs, self.outputs = aligned_rows(self.rows_of.count, dim), aligned_rows(words, dim)
        self.input_rows, self.output_rows = self.inputs[:, :dim], self.outputs[:, :dim]
        width = INITIAL_WIDTH[hyperparameters.mode]
        for rows in np.array_split(self.input_rows, -(-len(self.inputs) // 10_000)):
            rows[:] = (rng.random(rows.shape, np.float32) - np.float32(0.5)) / np.float32(dim / width)

        self.stretch = stretch_length(len(self.ids), hyperparameters.epochs, self.operations())
        self.stretches_per_epoch = -(-len(self.ids) // self.stretch)
        self.stretches = self.stretches_per_epoch * hyperparameters.epochs
        self.counters = rng.integers(0, 2**64, self.stretches, np.uint64)
        self.taken, self.done, self.stopped = 0, 0, False
        self.ended: list[BaseException | None] = []
        self.taking, self.merging = threading.Lock(), threading.Lock()
        _Worker(self).train(0, 0, 0.0, np.uint64(0))  # compiles, before the clock starts

    def operations(self) -> float:
        """Return about how many floating-point operations a token takes: three passes over pairs of rows."""
        given = self.hyperparameters
        window, fresh = given.window_size + 1, given.negative_samples + 1
        own = len(self.rows_of.rows) / len(self.keep)
        pairs = {
            Mode.BATCH_SKIPGRAM: window + shared_count(given.window_size, given.negative_samples),
            Mode.SKIPGRAM: window * fresh + own,
            Mode.CBOW: window + fresh + own,
        }
        return 6.0 * self.inputs.shape[1] * pairs[given.mode]

    def trained(self, seconds: float) -> TrainedVectors:
        """Return what has been learned, after so many seconds."""
        words, dim = len(self.output_rows), self.hyperparameters.vector_dim
        if not self.hyperparameters.subwords:
            none = np.empty((0, dim), np.float32)
            return TrainedVectors(self.input_rows, self.input_rows, none, self.output_rows, seconds)
        vectors = np.empty((words, dim), np.float32)
        mean_rows(self.inputs, self.rows_of.starts, self.rows_of.rows, vectors)
        ngrams = np.zeros((self.hyperparameters.buckets, dim), np.float32)
        buckets = self.rows_of.buckets
        for piece in np.array_split(np.arange(len(buckets)), -(-len(buckets) // 10_000)):
            ngrams[buckets[piece]] = self.input_rows[self.rows_of.bucket_rows[piece]]
        own = self.input_rows[self.rows_of.word_rows]
        return TrainedVectors(vectors, own, ngrams, self.output_rows, seconds)

    def rate(self, stretch: float) -> float:
        """Return the learning rate at a stretch, counted over all epochs."""
        return self.learning_rate * max(1 - stretch / self.stretches, LAST_ALPHA)

    def run(self, report: ReportProgress) -> None:
        """Train in threads, and look after them from this one.

        A signal reaches this thread alone, and may raise in any line of it: it holds no lock that the others
        need, not even one of a library's (`concurrent.futures.wait` would).
        """
        pace = Pace()
        started = 0
        try:
            for worker in [_Worker(self) for _ in range(self.threads)]:
                threading.Thread(target=self._work, args=[worker], daemon=True).start()
                started += 1
            while len(self.ended) < started:
                time.sleep(SECONDS_PER_LOOK)
                fraction = self.done / self.stretches
                if pace.due(fraction):
                    check_weights(self.learning_rate, self.input_rows[:1000], self.output_rows[:1000])
                    report(self.rate(self.done), fraction, fraction * self.tokens / pace.elapsed)
        finally:
            self.stopped = True
            while len(self.ended) < started:
                time.sleep(SECONDS_PER_LOOK)
        for fault in filter(None, self.ended):
            raise fault

    def _work(self, worker: _Worker) -> None:
        fault: BaseException | None = None
        try:
            worker.run()
        except BaseException as raised:
            fault, self.stopped = raised, True
        finally:
            self.ended.append(fault)

    def take(self) -> int | None:
        """Return the number of the next stretch, or `None` when there is no more to do."""
        with self.taking:
            if self.stopped or self.taken == self.stretches:
                return None
            self.taken += 1
            return self.taken - 1

    def finish(self) -> None:
        """Count a stretch as done."""
        with self.taking:
            self.done += 1

    def bounds(self, stretch: int) -> tuple[int, int]:
        """Return where a stretch begins and ends in the ids: at the ends of sentences."""
        place = stretch % self.stretches_per_epoch
        return self._sentence_end(place * self.stretch), self._sentence_end((place + 1) * self.stretch)

    def _sentence_end(self, at: int) -> int:
        last = min(at + LONGEST_SENTENCE, len(self.ids))
        while 0 < at < last and self.ids[at - 1] >= 0:
            at += 1
        return min(at, last)


class _Worker:
    """A thread's own buffers, and its copies of the most frequent rows."""

    def __init__(self, training: _Training) -> None:
        self.training = training
        longest = training.stretch + LONGEST_SENTENCE + SPARE_TOKENS
        self.plan = tuple(np.empty(longest, np.int32) for _ in range(4))
        several, dim = training.threads > 1, training.inputs.shape[1]
        self.own_inputs, self.seen_inputs, self.own_outputs, self.seen_outputs = (
            aligned_rows(min(OWN_ROWS, len(rows)) if several else 0, dim)
            for rows in (training.inputs, training.inputs, training.outputs, training.outputs)
        )
        given = training.hyperparameters
        ring = fresh_negatives.ring_size(given.window_size, given.mode is Mode.CBOW)
        self.means, self.before = aligned_rows(ring + 1, dim), aligned_rows(ring + 1, dim)
        self.merge()

    def run(self) -> None:
        """Train on one stretch after the other until there is none left."""
        training = self.training
        while (stretch := training.take()) is not None:
            self.train(*training.bounds(stretch), training.rate(stretch + 0.5), training.counters[stretch])
            self.merge()
            training.finish()

    def train(self, start: int, end: int, rate: float, counter: np.uint64) -> None:
        """Train on the ids from start to end."""
        training, given = self.training, self.training.hyperparameters
        window, negatives = given.window_size, given.negative_samples
        kept, counter = sample_tokens(training.ids, start, end, training.keep, window, counter, *self.plan)
        matrices = training.inputs, self.own_inputs, training.outputs, self.own_outputs
        if given.mode is Mode.BATCH_SKIPGRAM:
            shared_negatives.train_tokens(
                *matrices, *self.plan, kept, training.alias, negatives,
                shared_count(window, negatives), given.batch_size, window, rate, np.uint64(counter),
            )  # fmt: skip
        else:
            fresh_negatives.train_tokens(
                *matrices, training.rows_of.starts, training.rows_of.rows, self.means, self.before,
                *self.plan[:3], kept, training.alias, negatives, window, given.mode is Mode.CBOW,
                rate, np.uint64(counter),
            )  # fmt: skip

    def merge(self) -> None:
        """Bring this thread's copies together with the shared rows."""
        with self.training.merging:
            merge_copies(self.training.inputs, self.own_inputs, self.seen_inputs)
            merge_copies(self.training.outputs, self.own_outputs, self.seen_outputs)


def _rows_of(words: list[str], met: NDArray[np.float64], hyperparameters: Hyperparameters) -> InputRows:
    if not hyperparameters.subwords:
        return one_row_each(len(met))
    return with_ngrams(
        words, met, hyperparameters.min_char, hyperparameters.max_char, hyperparameters.buckets
    )


def shared_count(window: int, negative_samples: int) -> int:
    """Return how many negatives a block of tokens shares: a whole number of tiles."""
    wanted = NEGATIVES_PER_USE * (window + 1) * negative_samples
    return max(1, round(wanted / shared_negatives.STRIP)) * shared_negatives.STRIP


def stretch_length(ids: int, epochs: int, operations: float) -> int:
    """Return how many ids are trained between two looks at the learning rate and the stop."""
    return max(
        1, min(LONGEST_STRETCH, ids * epochs // FEWEST_STRETCHES, int(STRETCH_OPERATIONS / operations))
    )
