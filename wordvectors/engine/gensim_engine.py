"""Training with gensim: skip-gram, continuous bag of words, and both with subwords.

gensim reads the sentences from an iterable. Its other way, `corpus_file`, reports nothing within an epoch,
and has each thread read whole lines from its own offset: on a corpus that is one long line (as text8 is)
every thread would hold the rest of the file in memory and train on it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from gensim.models import FastText, Word2Vec

from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine.encoding import EncodedCorpus
from wordvectors.engine.engine import ReportProgress, TrainedVectors
from wordvectors.engine.vocabulary import Vocabulary
from wordvectors.engine.watch import LAST_ALPHA, Pace, check_weights


def train(
    encoded: EncodedCorpus,
    hyperparameters: Hyperparameters,
    report: ReportProgress,
    *,
    threads: int,
    seed: int,
) -> TrainedVectors:
    """Train on an encoded corpus; see `Engine`."""
    vocabulary = encoded.vocabulary
    model = _prepare(vocabulary, hyperparameters, threads, seed)
    feed = _Feed(encoded, model, report)
    started = time.perf_counter()
    model.train(feed, total_words=int(vocabulary.counts.sum()), epochs=model.epochs)
    seconds = time.perf_counter() - started
    if feed.fault is not None:
        raise feed.fault
    _check_weights(model)
    report(model.min_alpha, 1.0, vocabulary.tokens * model.epochs / seconds)
    dim = hyperparameters.vector_dim
    subwords = hyperparameters.subwords
    return TrainedVectors(
        vectors=model.wv.vectors,
        word_rows=model.wv.vectors_vocab if subwords else model.wv.vectors,
        ngram_rows=model.wv.vectors_ngrams if subwords else np.empty((0, dim), dtype=np.float32),
        output_rows=model.syn1neg,
        seconds=seconds,
    )


def _prepare(vocabulary: Vocabulary, hyperparameters: Hyperparameters, threads: int, seed: int) -> Word2Vec:
    alpha = hyperparameters.learning_rate
    settings = {
        "sg": int(hyperparameters.mode is not Mode.CBOW),
        "vector_size": hyperparameters.vector_dim,
        "window": hyperparameters.window_size,
        "negative": hyperparameters.negative_samples,
        "sample": hyperparameters.sampling_threshold,
        "alpha": alpha,
        "min_alpha": alpha * LAST_ALPHA,
        "epochs": hyperparameters.epochs,
        "min_count": 1,  # the vocabulary has been cut already
        "sorted_vocab": 0,  # and sorted
        "workers": threads,
        "seed": seed,
    }
    if hyperparameters.subwords:
        model = FastText(
            **settings,
            min_n=hyperparameters.min_char,
            max_n=hyperparameters.max_char,
            bucket=hyperparameters.buckets,
        )
    else:
        model = Word2Vec(**settings)
    model.build_vocab_from_freq(dict(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)))
    return model


class _Feed:
    """The corpus as gensim reads it, once per epoch, in a thread of gensim's; reports progress on the way.

    gensim would wait for ever if its reading thread ended by an exception: it is kept in `fault`, and the
    remaining epochs are empty.
    """

    def __init__(self, encoded: EncodedCorpus, model: Word2Vec, report: ReportProgress) -> None:
        self.encoded, self.model, self.report = encoded, model, report
        self.fault: Exception | None = None
        self.words = 0
        self.pace = Pace()

    def __iter__(self) -> Iterator[list[str]]:
        if self.fault is None:
            try:
                yield from self._epoch()
            except Exception as fault:
                self.fault = fault

    def _epoch(self) -> Iterator[list[str]]:
        vocabulary = self.encoded.vocabulary
        word = vocabulary.words.__getitem__
        in_all = int(vocabulary.counts.sum()) * self.model.epochs
        tokens = vocabulary.tokens * self.model.epochs
        for ids in self.encoded.sentences():
            yield list(map(word, ids.tolist()))
            self.words += len(ids)
            fraction = min(self.words / in_all, 1.0)
            if self.pace.due(fraction):
                _check_weights(self.model, rows=1000)
                alpha = self.model.alpha + (self.model.min_alpha - self.model.alpha) * fraction
                self.report(alpha, fraction, fraction * tokens / self.pace.elapsed)


def _check_weights(model: Word2Vec, rows: int | None = None) -> None:
    """Look at the weights, or at those of the most frequent words.

    gensim's loop skips what overflows, so that weights which run away seldom become infinite.
    """
    check_weights(model.alpha, model.wv.vectors[:rows], model.syn1neg[:rows])
