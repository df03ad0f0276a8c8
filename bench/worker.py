"""One training in a process of its own, so that its peak memory and its threads are its own.

`python -m bench.worker NAME CORPUS THREADS SEED SETTINGS VECTORS [UNKNOWN]` trains, writes the vectors as text, and
prints as its last line what it measured, as JSON. UNKNOWN is a file of words, one a line: their vectors by their
n-grams are written beside the others' (`unknown_vectors`), as far as they have one.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.settings import Settings
from bench.terminal import peak_bytes
from wordvectors.vectors.vectors_txt import write_vectors_txt


@dataclass(frozen=True)
class Trained:
    """What was measured, and how words that are not in the vocabulary come to vectors: None without subwords."""

    measured: dict[str, float]
    vector_of: Callable[[str], NDArray[np.float32] | None] | None = None


def unknown_vectors(vectors: Path) -> Path:
    """Return where the vectors of unknown words stand."""
    return vectors.with_suffix(".unknown.txt")


def ours(corpus: Path, threads: int, seed: int, settings: Settings, vectors: Path) -> Trained:
    """Train with the trainer's own engine."""
    from wordvectors.blazingtext.hyperparameters import Hyperparameters
    from wordvectors.engine import kernel_engine
    from wordvectors.engine.encoding import encode
    from wordvectors.engine.worker import shared_count
    from wordvectors.vectors.ngrams import Ngrams

    encoded = encode(corpus, settings.min_count, vectors.parent, lambda tokens: None, threads=threads)
    hyperparameters = Hyperparameters.read(settings.as_dict())
    cpu = time.process_time()
    trained = kernel_engine.train(encoded, hyperparameters, lambda *figures: None, threads=threads, seed=seed)
    cpu = time.process_time() - cpu
    write_vectors_txt(vectors, encoded.vocabulary.words, trained.vectors, threads=threads)
    shape = shared_count(settings.window_size, settings.negative_samples)
    measured = {"seconds": trained.seconds, "cpu_seconds": cpu, "shared_negatives": shape}
    if not settings.subwords:
        return Trained(measured)
    given = hyperparameters
    return Trained(measured, Ngrams(trained.ngram_rows, given.min_char, given.max_char, given.buckets).vector)


def gensim_iterable(corpus: Path, threads: int, seed: int, settings: Settings, vectors: Path) -> Trained:
    """Train with gensim, which reads sentences from an iterable."""
    from gensim.models.word2vec import LineSentence

    return _gensim({"corpus_iterable": LineSentence(str(corpus))}, threads, seed, settings, vectors)


def gensim_corpus_file(corpus: Path, threads: int, seed: int, settings: Settings, vectors: Path) -> Trained:
    """Train with gensim, whose threads read the file themselves.

    Each thread holds its own words against all words to find its learning rate. So with n threads the rate falls only
    1/n as far within an epoch as it should, and jumps up again at the next (gensim 4.4, `word2vec_corpusfile.pyx`,
    `get_next_alpha`): with two threads and five epochs its mean is 0.55 of the first rate instead of 0.5, its last 0.1.
    With several threads, then, the scores are not those of the settings that others train with.
    """
    return _gensim({"corpus_file": str(corpus)}, threads, seed, settings, vectors)


def _gensim(source: dict[str, object], threads: int, seed: int, settings: Settings, vectors: Path) -> Trained:
    from gensim.models import FastText, Word2Vec

    model = (FastText if settings.subwords else Word2Vec)(
        sg=int(not settings.cbow),
        vector_size=settings.vector_dim,
        window=settings.window_size,
        negative=settings.negative_samples,
        sample=settings.sampling_threshold,
        alpha=settings.learning_rate,
        min_alpha=settings.learning_rate * 1e-4,
        min_count=settings.min_count,
        epochs=settings.epochs,
        workers=threads,
        seed=seed,
    )
    model.build_vocab(**source)
    started, cpu = time.perf_counter(), time.process_time()
    model.train(
        **source,
        total_examples=model.corpus_count,
        total_words=model.corpus_total_words,
        epochs=settings.epochs,
    )
    measured = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
    model.wv.save_word2vec_format(str(vectors))
    return Trained(measured, model.wv.get_vector if settings.subwords else None)


def fasttext(corpus: Path, threads: int, seed: int, settings: Settings, vectors: Path) -> Trained:
    """Train with fastText, whose own progress tells the bench when its training begins (`terminal`)."""
    import fasttext as package

    model = package.train_unsupervised(
        str(corpus),
        model="cbow" if settings.cbow else "skipgram",
        dim=settings.vector_dim,
        ws=settings.window_size,
        neg=settings.negative_samples,
        t=settings.sampling_threshold,
        lr=settings.learning_rate,
        minCount=settings.min_count,
        epoch=settings.epochs,
        minn=3 if settings.subwords else 0,
        maxn=6 if settings.subwords else 0,
        thread=threads,
        verbose=2,
    )
    rows = np.array([model.get_word_vector(word) for word in model.words], np.float32)
    write_vectors_txt(vectors, model.words, rows)
    return Trained({}, model.get_word_vector if settings.subwords else None)


FASTTEXT = "fastText"
Trainer = Callable[[Path, int, int, Settings, Path], Trained]
TRAINERS: dict[str, Trainer] = {
    "wordvectors": ours,
    "gensim": gensim_iterable,
    "gensim corpus_file": gensim_corpus_file,
    FASTTEXT: fasttext,
}


def main(arguments: list[str]) -> None:
    """Train as the arguments say; see above."""
    name, corpus, threads, seed, settings, vectors, *unknown = arguments
    trained = TRAINERS[name](
        Path(corpus), int(threads), int(seed), Settings(**json.loads(settings)), Path(vectors)
    )
    measured = trained.measured | {"peak_bytes": peak_bytes("self")}
    if unknown and trained.vector_of is not None:
        of_words = ((word, trained.vector_of(word)) for word in Path(unknown[0]).read_text().split())
        found = {word: vector for word, vector in of_words if vector is not None}
        write_vectors_txt(unknown_vectors(Path(vectors)), list(found), np.array(list(found.values())))
    print("\n" + json.dumps(measured), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
