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

from wordvectors.blazingtext import log
from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine import fresh_negatives, shared_negatives
from wordvectors.engine.checkpoints import Checkpoints, Identity, Place, identity
from wordvectors.engine.draws import SPARE_TOKENS, sample_tokens
from wordvectors.engine.encoding import EncodedCorpus
from wordvectors.engine.engine import ReportProgress, TrainedVectors
from wordvectors.engine.memory import refuse_too_large
from wordvectors.engine.rows import aligned_rows, merge_copies
from wordvectors.engine.sampling import UNIT, alias_table, keep_thresholds
from wordvectors.engine.schedule import Schedule
from wordvectors.engine.subwords import InputRows, mean_rows, one_row_each, with_ngrams
from wordvectors.engine.watch import Pace, check_weights

NEGATIVES_PER_USE = 2 / 3
"""Negatives that a block shares, per negative that word2vec would draw for one token: a token lies in
window_size + 1 windows on average, each with negative_samples. Fewer are faster, and learn less well."""

INITIAL_WIDTH = {Mode.BATCH_SKIPGRAM: 1, Mode.SKIPGRAM: 2, Mode.CBOW: 2}
"""Input rows begin at random within a width of this divided by vector_dim: as in word2vec, or as in fastText and
gensim. With 1, CBOW answers a tenth fewer analogies."""

OWN_ROWS = 1000
"""The most frequent words, of whose rows each of several threads has its own copies."""

SECONDS_PER_LOOK, SECONDS_PER_PAUSE = 0.02, 0.001


def train(
    encoded: EncodedCorpus,
    hyperparameters: Hyperparameters,
    report: ReportProgress,
    *,
    threads: int,
    seed: int,
    checkpoints: Checkpoints | None = None,
) -> TrainedVectors:
    """Train on an encoded corpus.

    One thread and the same seed give the same bytes on the same machine, also if the training goes on from a
    checkpoint. Several threads write to the same weights without locks, so that two of their runs differ a little,
    as BlazingText's do.

    Parameters
    ----------
    checkpoints
        Where the training goes on from, if it was interrupted, and where it writes its own; None: nowhere.

    Raises
    ------
    TrainingError
        If the training does not fit into memory, or the weights grow beyond all bounds.
    """
    training = _Training(encoded, hyperparameters, threads, seed)
    if checkpoints is not None:
        training.go_on_from(
            checkpoints, identity(encoded, hyperparameters, seed, training.schedule.stretches)
        )
    training.run(report)
    check_weights(training.learning_rate, training.input_rows, training.output_rows)
    seconds = training.seconds
    report(training.schedule.rate(training.schedule.stretches), 1.0, training.tokens / seconds)
    return training.trained(seconds)


class _Training:
    """The weights, what they are trained with, and how far the training has come."""

    def __init__(
        self, encoded: EncodedCorpus, hyperparameters: Hyperparameters, threads: int, seed: int
    ) -> None:
        counts = np.asarray(encoded.vocabulary.counts, np.int64)
        words, dim = len(counts), hyperparameters.vector_dim
        self.threads, self.seed = threads, seed
        self.hyperparameters = hyperparameters
        self.learning_rate = hyperparameters.learning_rate

        self.ids = np.asarray(encoded.ids)  # numba knows a memory map as the array it is
        self.tokens = encoded.vocabulary.tokens * hyperparameters.epochs
        self.keep = keep_thresholds(counts, hyperparameters.sampling_threshold)
        self.alias = alias_table(counts)
        self.rows_of = _rows_of(encoded.vocabulary.words, counts * (self.keep / UNIT), hyperparameters)

        refuse_too_large(words, self.rows_of.count - words, hyperparameters)

        self.inputs, self.outputs = aligned_rows(self.rows_of.count, dim), aligned_rows(words, dim)
        self.input_rows, self.output_rows = self.inputs[:, :dim], self.outputs[:, :dim]
        self.schedule = Schedule(
            self.ids, hyperparameters.epochs, self.operations(), hyperparameters.learning_rate
        )
        self.counters = self.begin()
        self.checkpoints: Checkpoints | None = None
        self.identity: Identity = {}
        self.seconds = 0.0
        self.ended: list[BaseException | None] = []
        self.merging = threading.Lock()
        _Worker(self).train(0, 0, 0.0, np.uint64(0))  # compiles, before the clock starts

    def begin(self) -> NDArray[np.uint64]:
        """Fill the rows as a training begins; return where the random numbers of each stretch start."""
        rng = np.random.default_rng(self.seed)
        scale = np.float32(self.hyperparameters.vector_dim / INITIAL_WIDTH[self.hyperparameters.mode])
        for rows in np.array_split(self.input_rows, -(-len(self.inputs) // 10_000)):
            rows[:] = (rng.random(rows.shape, np.float32) - np.float32(0.5)) / scale
        self.output_rows[:] = 0
        return rng.integers(0, 2**64, self.schedule.stretches, np.uint64)

    def go_on_from(self, checkpoints: Checkpoints, training: Identity) -> None:
        """Go on from the checkpoint, if there is one that can be used; and write more."""
        self.checkpoints, self.identity = checkpoints, training
        place = checkpoints.restore(training, self.input_rows, self.output_rows)
        if place is None:
            self.begin()
            return
        self.schedule.go_on_from(place.stretches_done)
        self.seconds = place.seconds
        log.info(f"Training goes on from the checkpoint at {self.schedule.fraction:.2%}.")

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

    def run(self, report: ReportProgress) -> None:
        """Train in threads, and look after them from this one.

        A signal reaches this thread alone, and may raise in any line of it: it holds no lock that the others
        need, not even one of a library's (`concurrent.futures.wait` would).
        """
        schedule, pace, before = self.schedule, Pace(), self.seconds
        if self.checkpoints is not None:
            self.checkpoints.start(self.input_rows.size + self.output_rows.size)
        started = 0
        try:
            for worker in [_Worker(self) for _ in range(self.threads)]:
                threading.Thread(target=self._work, args=[worker], daemon=True).start()
                started += 1
            while len(self.ended) < started:
                time.sleep(SECONDS_PER_LOOK)
                self.seconds, fraction = before + pace.elapsed, schedule.fraction
                if pace.due(fraction):
                    check_weights(self.learning_rate, self.input_rows[:1000], self.output_rows[:1000])
                    report(schedule.rate(schedule.done), fraction, fraction * self.tokens / self.seconds)
                if self.checkpoints is not None and self.checkpoints.due():
                    self._write_checkpoint(self.checkpoints, started)
        finally:
            schedule.stop()
            while len(self.ended) < started:
                time.sleep(SECONDS_PER_LOOK)
            self.seconds = before + pace.elapsed
        for fault in filter(None, self.ended):
            raise fault

    def _write_checkpoint(self, checkpoints: Checkpoints, threads: int) -> None:
        """Write a checkpoint while no thread is at work; none if the training ends meanwhile."""
        schedule, since = self.schedule, time.perf_counter()
        schedule.pause()
        while not schedule.is_quiet and len(self.ended) < threads:
            time.sleep(SECONDS_PER_PAUSE)
        if schedule.is_quiet:
            place = Place(training=self.identity, stretches_done=schedule.done, seconds=self.seconds)
            took = checkpoints.save(place, self.input_rows, self.output_rows, since=since)
            if took is not None:
                log.info(f"Checkpoint at {schedule.fraction:.2%}, written in {took:.2f} s.")
        schedule.resume()

    def _work(self, worker: _Worker) -> None:
        fault: BaseException | None = None
        try:
            worker.run()
        except BaseException as raised:
            fault = raised
            self.schedule.stop()
        finally:
            self.ended.append(fault)


class _Worker:
    """A thread's own buffers, and its copies of the most frequent rows."""

    def __init__(self, training: _Training) -> None:
        self.training = training
        longest = training.schedule.longest + SPARE_TOKENS
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
        schedule, counters = self.training.schedule, self.training.counters
        while (stretch := schedule.take()) is not None:
            if stretch < 0:
                time.sleep(SECONDS_PER_PAUSE)
                continue
            self.train(*schedule.bounds(stretch), schedule.rate(stretch + 0.5), counters[stretch])
            self.merge()
            schedule.finish()

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
