"""Training in every mode, on the compiled kernel, in threads.

The corpus is cut into stretches, epoch after epoch. Each thread takes the next stretch, sub-samples it and
trains on it with the learning rate of its place in the whole. All threads write to the same rows without
locks (Recht et al. 2011, "Hogwild!"); each has its own copies of the most frequent rows, which all of them
would be writing at once, and adds what it has learned to the shared rows from time to time (`copies`).
"""

from __future__ import annotations

import threading
import time

import numpy as np
from numpy.typing import NDArray

from wordvectors.blazingtext import log
from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine.checkpoints import Checkpoints, Identity, Place, identity
from wordvectors.engine.copies import own_rows, pairs_per_id
from wordvectors.engine.draws import Counters
from wordvectors.engine.encoding import EncodedCorpus
from wordvectors.engine.engine import ReportProgress, TrainedVectors
from wordvectors.engine.epoch_scores import EpochScores
from wordvectors.engine.memory import refuse_too_large
from wordvectors.engine.rows import aligned_rows
from wordvectors.engine.sampling import alias_table, keep_thresholds, kept_counts
from wordvectors.engine.schedule import Schedule
from wordvectors.engine.subwords import InputRows, mean_rows, one_row_each, with_ngrams
from wordvectors.engine.watch import Pace, check_weights
from wordvectors.engine.worker import SECONDS_PER_PAUSE, Worker, shared_count

INITIAL_WIDTH = {Mode.BATCH_SKIPGRAM: 1, Mode.SKIPGRAM: 2, Mode.CBOW: 2}
"""Input rows begin at random within a width of this divided by vector_dim: as in word2vec, or as in fastText and
gensim. With 1, CBOW answers a tenth fewer analogies."""

ROWS_AT_ONCE = 10_000
"""Of a matrix that is filled in: what it is filled with takes little memory."""

SECONDS_PER_LOOK = 0.02


def train(
    encoded: EncodedCorpus,
    hyperparameters: Hyperparameters,
    report: ReportProgress,
    *,
    threads: int,
    seed: int,
    checkpoints: Checkpoints | None = None,
    scores: EpochScores | None = None,
) -> TrainedVectors:
    """Train on an encoded corpus.

    One thread and the same seed give the same bytes on the same machine, also if the training goes on from a
    checkpoint. Several threads write to the same weights without locks, so that two of their runs differ a little,
    as BlazingText's do.

    Parameters
    ----------
    checkpoints
        Where the training goes on from, if it was interrupted, and where it writes its own; None: nowhere.
    scores
        What is scored after each epoch, and may end the training early; None: nothing.

    Raises
    ------
    TrainingError
        If the training does not fit into memory, or the weights grow beyond all bounds.
    """
    training = Training(encoded, hyperparameters, threads, seed, scores)
    if checkpoints is not None:
        training.go_on_from(
            checkpoints, identity(encoded, hyperparameters, seed, training.schedule.stretches)
        )
    training.run(report)
    check_weights(training.learning_rate, training.input_rows, training.output_rows)
    schedule, seconds = training.schedule, training.seconds
    report(schedule.rate(schedule.done), schedule.fraction, schedule.fraction * training.tokens / seconds)
    if scores is not None and schedule.done == schedule.stretches:
        scores.take(training.vectors_of)
    return training.trained()


class Training:
    """The weights, what they are trained with, and how far the training has come."""

    def __init__(
        self,
        encoded: EncodedCorpus,
        hyperparameters: Hyperparameters,
        threads: int,
        seed: int,
        scores: EpochScores | None = None,
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
        met = kept_counts(counts, self.keep)
        self.rows_of = _rows_of(encoded.vocabulary.words, met, hyperparameters, threads)
        self.pairs_per_id = pairs_per_id(
            counts, self.rows_of, len(self.ids), hyperparameters, own_rows(threads)
        )

        refuse_too_large(self.rows_of, hyperparameters, threads)

        self.inputs, self.outputs = aligned_rows(self.rows_of.count, dim), aligned_rows(words, dim)
        self.input_rows, self.output_rows = self.inputs[:, :dim], self.outputs[:, :dim]
        self.schedule = Schedule(
            self.ids, hyperparameters.epochs, self.operations(), hyperparameters.learning_rate
        )
        self.counters = self.begin()
        self.scores = scores
        self.checkpoints: Checkpoints | None = None
        self.identity: Identity = {}
        self.seconds = 0.0
        self.ended: list[BaseException | None] = []
        Worker(self).train(0, 0, 0.0, np.uint64(0))  # compiles, before the clock starts

    def begin(self) -> Counters:
        """Fill the rows as a training begins; return where the random numbers of each stretch start."""
        bits = np.random.PCG64(self.seed)
        rng = np.random.Generator(bits)
        scale = np.float32(self.hyperparameters.vector_dim / INITIAL_WIDTH[self.hyperparameters.mode])
        for start in range(0, len(self.inputs), ROWS_AT_ONCE):
            rows = self.input_rows[start : start + ROWS_AT_ONCE]
            rows[:] = (rng.random(rows.shape, np.float32) - np.float32(0.5)) / scale
        self.output_rows[:] = 0
        return Counters(bits)

    def go_on_from(self, checkpoints: Checkpoints, training: Identity) -> None:
        """Go on from the checkpoint, if there is one that can be used; and write more."""
        self.checkpoints, self.identity = checkpoints, training
        place = checkpoints.restore(training, self.input_rows, self.output_rows)
        if place is None:
            self.begin()
            return
        self.schedule.go_on_from(place.stretches_done)
        self.seconds = place.seconds
        if self.scores is not None:
            self.scores.go_on_from(place.scores, self.schedule.epochs_over)
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

    def vectors_of(self, words: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of words, by their places in the vocabulary."""
        if not self.hyperparameters.subwords:
            return self.input_rows[words]
        starts, rows = self.rows_of.starts, self.rows_of.rows
        own = [rows[starts[word] : starts[word + 1]] for word in words]
        counts = np.array([0, *map(len, own)], np.int64)
        vectors = np.empty((len(words), self.hyperparameters.vector_dim), np.float32)
        mean_rows(self.inputs, np.cumsum(counts), np.concatenate([*own, rows[:0]]), vectors)
        return vectors

    def trained(self) -> TrainedVectors:
        """Return what has been learned."""
        seconds, fraction = self.seconds, self.schedule.fraction
        words, dim = len(self.output_rows), self.hyperparameters.vector_dim
        if not self.hyperparameters.subwords:
            none = np.empty((0, dim), np.float32)
            return TrainedVectors(self.input_rows, self.input_rows, none, self.output_rows, seconds, fraction)
        vectors = np.empty((words, dim), np.float32)
        mean_rows(self.inputs, self.rows_of.starts, self.rows_of.rows, vectors)
        ngrams = np.zeros((self.hyperparameters.buckets, dim), np.float32)
        buckets = self.rows_of.buckets
        for start in range(0, len(buckets), ROWS_AT_ONCE):
            piece = slice(start, start + ROWS_AT_ONCE)
            ngrams[buckets[piece]] = self.input_rows[self.rows_of.bucket_rows[piece]]
        own = self.input_rows[self.rows_of.word_rows]
        return TrainedVectors(vectors, own, ngrams, self.output_rows, seconds, fraction)

    def run(self, report: ReportProgress) -> None:
        """Train in threads, and look after them from this one.

        A signal reaches this thread alone, and may raise in any line of it: it holds no lock that the others
        need, not even one of a library's (`concurrent.futures.wait` would).
        """
        schedule, pace, before = self.schedule, Pace(), self.seconds
        if self.checkpoints is not None:
            self.checkpoints.start(self.input_rows.size + self.output_rows.size)
        self._hold_for_scores()
        running: list[threading.Thread] = []
        try:
            for worker in [Worker(self) for _ in range(self.threads)]:
                thread = threading.Thread(target=self._work, args=[worker], daemon=True)
                thread.start()
                running.append(thread)
            while len(self.ended) < len(running):
                time.sleep(SECONDS_PER_LOOK)
                self.seconds, fraction = before + pace.elapsed, schedule.fraction
                if pace.due(fraction):
                    check_weights(self.learning_rate, self.input_rows[:1000], self.output_rows[:1000])
                    report(schedule.rate(schedule.done), fraction, fraction * self.tokens / self.seconds)
                if self.scores is not None and schedule.is_quiet:
                    self._score(self.scores)
                if self.checkpoints is not None and self.checkpoints.due():
                    self._write_checkpoint(self.checkpoints, len(running))
        finally:
            schedule.stop()
            while len(self.ended) < len(running):
                time.sleep(SECONDS_PER_LOOK)
            self.seconds = before + pace.elapsed
            for thread in running:  # each lives on for a moment after its work
                thread.join()
        for fault in filter(None, self.ended):
            raise fault

    def _hold_for_scores(self) -> None:
        """Have the threads wait at the end of the epoch that is scored next."""
        if self.scores is not None:
            self.schedule.hold_at(self.scores.next_epoch * self.schedule.per_epoch)

    def _score(self, scores: EpochScores) -> None:
        """Score the training at the end of an epoch; the threads go on, or end."""
        if scores.take(self.vectors_of):
            self.schedule.stop()
        self._hold_for_scores()

    def _write_checkpoint(self, checkpoints: Checkpoints, threads: int) -> None:
        """Write a checkpoint while no thread is at work; none if the training ends meanwhile."""
        schedule, since = self.schedule, time.perf_counter()
        schedule.pause()
        while not schedule.is_quiet and len(self.ended) < threads:
            time.sleep(SECONDS_PER_PAUSE)
        if schedule.is_quiet:
            place = Place(
                training=self.identity,
                stretches_done=schedule.done,
                seconds=self.seconds,
                scores=tuple(self.scores.history) if self.scores is not None else (),
            )
            took = checkpoints.save(place, self.input_rows, self.output_rows, since=since)
            if took is not None:
                log.info(f"Checkpoint at {schedule.fraction:.2%}, written in {took:.2f} s.")
        schedule.resume()

    def _work(self, worker: Worker) -> None:
        fault: BaseException | None = None
        try:
            worker.run()
        except BaseException as raised:
            fault = raised
            self.schedule.stop()
        finally:
            self.ended.append(fault)


def _rows_of(
    words: list[str], met: NDArray[np.float64], hyperparameters: Hyperparameters, threads: int
) -> InputRows:
    without = one_row_each(met)
    if not hyperparameters.subwords:
        return without
    refuse_too_large(without, hyperparameters, threads)  # numbering n-grams takes memory for each bucket, too
    return with_ngrams(
        words, met, hyperparameters.min_char, hyperparameters.max_char, hyperparameters.buckets
    )
