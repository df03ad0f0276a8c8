"""Training with gensim: skip-gram, continuous bag of words, and both with subwords.

gensim reads the sentences from an iterable. Its other way, `corpus_file`, reports nothing within an epoch,
and has each thread read whole lines from its own offset: on a corpus that is one long line (as text8 is)
every thread would hold the rest of the file in memory and train on it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from gensim.models import FastText, Word2Vec

from wordvectors.blazingtext import CBOW, Hyperparameters
from wordvectors.trainer.corpus import sentences
from wordvectors.trainer.engine import ReportProgress, TrainedVectors
from wordvectors.trainer.errors import TrainingError
from wordvectors.trainer.vocabulary import Vocabulary

LAST_ALPHA = 1e-4
"""The learning rate falls in a straight line to this share of its start (as in word2vec.c)."""

LARGEST_WEIGHT = 1e6
"""No training that learns anything comes near; gensim's loop skips what overflows, so that weights which
run away seldom become infinite."""


def train(
    corpus: Path, vocabulary: Vocabulary, hyperparameters: Hyperparameters, report: ReportProgress
) -> TrainedVectors:
    """Train on a corpus file, on all cores.

    `batch_skipgram` is trained as `skipgram`: it is the same model, and sharing negative samples within a
    batch is a matter of speed. Several threads write to the same weights without locks, so that two runs
    differ a little, as BlazingText's do.
    """
    model = _prepare(vocabulary, hyperparameters)
    feed = _Feed(corpus, vocabulary, model, report)
    started = time.perf_counter()
    model.train(feed, total_words=sum(vocabulary.counts), epochs=model.epochs)
    seconds = time.perf_counter() - started
    if feed.fault is not None:
        raise feed.fault
    _check_weights(model)
    report(model.min_alpha, 1.0, vocabulary.tokens * model.epochs / seconds)
    dim = int(hyperparameters["vector_dim"])
    subwords = bool(hyperparameters["subwords"])
    return TrainedVectors(
        vectors=model.wv.vectors,
        word_rows=model.wv.vectors_vocab if subwords else model.wv.vectors,
        ngram_rows=model.wv.vectors_ngrams if subwords else np.empty((0, dim), dtype=np.float32),
        output_rows=model.syn1neg,
        seconds=seconds,
    )


def _prepare(vocabulary: Vocabulary, hyperparameters: Hyperparameters) -> Word2Vec:
    alpha = float(hyperparameters["learning_rate"])
    settings = {
        "sg": int(hyperparameters["mode"] != CBOW),
        "vector_size": hyperparameters["vector_dim"],
        "window": hyperparameters["window_size"],
        "negative": hyperparameters["negative_samples"],
        "sample": hyperparameters["sampling_threshold"],
        "alpha": alpha,
        "min_alpha": alpha * LAST_ALPHA,
        "epochs": hyperparameters["epochs"],
        "min_count": 1,  # the vocabulary has been cut already
        "sorted_vocab": 0,  # and sorted
        "workers": os.cpu_count() or 1,
    }
    if hyperparameters["subwords"]:
        model = FastText(
            **settings,
            min_n=hyperparameters["min_char"],
            max_n=hyperparameters["max_char"],
            bucket=hyperparameters["buckets"],
        )
    else:
        model = Word2Vec(**settings)
    model.build_vocab_from_freq(dict(zip(vocabulary.words, vocabulary.counts, strict=True)))
    return model


class _Feed:
    """The corpus as gensim reads it, once per epoch, in a thread of gensim's; reports progress on the way.

    gensim would wait for ever if its reading thread ended by an exception: it is kept in `fault`, and the
    remaining epochs are empty.
    """

    def __init__(self, corpus: Path, vocabulary: Vocabulary, model: Word2Vec, report: ReportProgress) -> None:
        self.corpus, self.vocabulary, self.model, self.report = corpus, vocabulary, model, report
        self.fault: Exception | None = None
        self.tokens = 0
        self.pace = Pace()

    def __iter__(self) -> Iterator[list[str]]:
        if self.fault is None:
            try:
                yield from self._epoch()
            except Exception as fault:
                self.fault = fault

    def _epoch(self) -> Iterator[list[str]]:
        word_of = self.vocabulary.word_of.get
        in_all = self.vocabulary.tokens * self.model.epochs
        for tokens in sentences(self.corpus):
            yield list(filter(None, map(word_of, tokens)))
            self.tokens += len(tokens)
            fraction = min(self.tokens / in_all, 1.0)
            if self.pace.due(fraction):
                _check_weights(self.model, rows=1000)
                alpha = self.model.alpha + (self.model.min_alpha - self.model.alpha) * fraction
                self.report(alpha, fraction, self.tokens / self.pace.elapsed)


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


def _check_weights(model: Word2Vec, rows: int | None = None) -> None:
    """Stop a training whose weights have grown beyond all bounds; `rows` looks at the most frequent words."""
    for weights in (model.wv.vectors[:rows], model.syn1neg[:rows]):
        if not np.abs(weights).max() <= LARGEST_WEIGHT:  # true of NaN too
            raise TrainingError(
                f"the training diverged: its weights grew beyond {LARGEST_WEIGHT:g} at learning_rate "
                f"{model.alpha:g}. Lower learning_rate."
            )
