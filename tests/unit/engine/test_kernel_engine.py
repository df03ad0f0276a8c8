"""The engine on the kernel learns, in any shape and with any number of threads, and can be stopped."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from gensim.models import FastText, Word2Vec
from gensim.models.fasttext import load_facebook_vectors
from gensim.models.fasttext_inner import compute_ngrams_bytes, ft_hash_bytes

from bench.in_step import train_in_step
from bench.scaling import zipf_corpus
from tests.unit.engine.corpora import ANIMALS, FOODS, two_topics
from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine import copies, kernel_engine, memory, schedule, watch, worker
from wordvectors.engine.draws import Counters
from wordvectors.engine.encoding import EncodedCorpus
from wordvectors.engine.engine import TrainedVectors
from wordvectors.engine.errors import TrainingError
from wordvectors.engine.schedule import LONGEST_STRETCH, Schedule, stretch_length
from wordvectors.engine.training import _write_vectors_bin
from wordvectors.engine.vocabulary import Vocabulary
from wordvectors.engine.worker import shared_count

PROJECT = Path(__file__).parents[3]
SUBWORDS = {"subwords": True, "buckets": 5000, "min_char": 3, "max_char": 4}


def encoded(text: bytes) -> EncodedCorpus:
    sentences = [line.split() for line in text.decode().splitlines()]
    words, counts = np.unique([word for sentence in sentences for word in sentence], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    number = {word: place for place, word in enumerate(words[order].tolist())}
    ids = np.array([id_ for sentence in sentences for id_ in (*map(number.get, sentence), -1)], np.int32)
    ids.flags.writeable = False
    return EncodedCorpus(Vocabulary(list(number), counts[order], int(counts.sum()), ()), ids)


def train(
    text: bytes | None = None, report=lambda *figures: None, *, threads=1, seed=1, **given: object
) -> tuple[Vocabulary, TrainedVectors]:
    corpus = encoded(two_topics() if text is None else text)
    settings = {"mode": "batch_skipgram", "vector_dim": 16, "epochs": 15, "sampling_threshold": 0.5}
    hyperparameters = Hyperparameters.read(settings).model_copy(update=given)  # given is not judged
    trained = kernel_engine.train(corpus, hyperparameters, report, threads=threads, seed=seed)
    return corpus.vocabulary, trained


def mean_cosine(
    vocabulary: Vocabulary, trained: TrainedVectors, first: list[str], second: list[str]
) -> float:
    unit = trained.vectors / np.linalg.norm(trained.vectors, axis=1, keepdims=True)
    rows = {word: unit[row] for row, word in enumerate(vocabulary.words)}
    return float(np.mean([rows[a] @ rows[b] for a in first for b in second if a != b]))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"threads": 2},
        {"threads": 5},
        {"batch_size": 1},
        {"batch_size": 32},
        {"vector_dim": 7},
        {"window_size": 1, "negative_samples": 1, "epochs": 40},
        {"window_size": 30, "negative_samples": 20},
        {"mode": Mode.SKIPGRAM},
        {"mode": Mode.SKIPGRAM, "threads": 2, "window_size": 30, "negative_samples": 20},
        {"mode": Mode.CBOW, "vector_dim": 7},
        {"mode": Mode.CBOW, "threads": 2, "window_size": 1, "negative_samples": 1, "epochs": 80},
        {"mode": Mode.SKIPGRAM, "threads": 2, **SUBWORDS},
        {"mode": Mode.CBOW, **SUBWORDS},
    ],
    ids=str,
)
def test_words_of_one_topic_come_to_lie_together(given: dict[str, object]):
    vocabulary, trained = train(**given)
    within, across = (mean_cosine(vocabulary, trained, ANIMALS, other) for other in (ANIMALS, FOODS))
    assert within > across + 0.3


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("threads", [2, 4, 16, 64])
def test_many_threads_do_not_carry_frequent_words_too_far(
    monkeypatch: pytest.MonkeyPatch, mode: Mode, threads: int
):
    """As if each had a core of its own, in long stretches too.

    If they added all that they have learned, eight would go 100 times as far.
    """
    monkeypatch.setattr(schedule, "FEWEST_STRETCHES", 8)
    corpus = zipf_corpus(1_000_000, 5000)
    given = Hyperparameters.read({"mode": mode, "epochs": 1, "vector_dim": 32, "min_count": 1})

    def longest(threads: int) -> float:
        trained = train_in_step(corpus, given, threads, seed=1)
        rows = np.concatenate((trained.vectors, trained.output_rows))
        return float(np.linalg.norm(rows, axis=1).max())

    assert 0.7 < longest(threads) / longest(1) < 1.4


def test_several_threads_merge_what_together_is_bounded():
    assert [copies.own_rows(threads) for threads in (1, 2, 4, 8, 16, 1024)] == [0, 1000, 1000, 500, 250, 3]


def test_the_matrices_have_a_row_per_word():
    vocabulary, trained = train(vector_dim=13, epochs=1)
    words = len(vocabulary.words)
    shapes = [getattr(trained, name).shape for name in ("vectors", "word_rows", "ngram_rows", "output_rows")]
    assert shapes == [(words, 13), (words, 13), (0, 13), (words, 13)]
    assert {matrix.dtype for matrix in (trained.vectors, trained.output_rows)} == {np.dtype(np.float32)}
    assert trained.seconds > 0


@pytest.mark.parametrize("mode", [Mode.SKIPGRAM, Mode.CBOW])
def test_with_subwords_a_word_is_the_mean_of_its_rows_in_vectors_bin_too(tmp_path: Path, mode: Mode):
    vocabulary, trained = train(mode=mode, epochs=2, **SUBWORDS)
    assert trained.ngram_rows.shape == (5000, 16)
    used = {
        ft_hash_bytes(ngram) % 5000 for word in vocabulary.words for ngram in compute_ngrams_bytes(word, 3, 4)
    }
    assert set(np.flatnonzero(trained.ngram_rows.any(axis=1)).tolist()) == used
    given = Hyperparameters.read({"mode": mode, "vector_dim": 16, **SUBWORDS})
    _write_vectors_bin(tmp_path / "vectors.bin", vocabulary, given, trained)
    loaded = load_facebook_vectors(str(tmp_path / "vectors.bin"))
    assert loaded.index_to_key == vocabulary.words
    np.testing.assert_allclose(loaded.vectors, trained.vectors, atol=1e-6)
    assert loaded["horses"] @ loaded["horse"] > 0  # unknown, but alike


@pytest.mark.parametrize(
    "given", [{"mode": Mode.SKIPGRAM}, {"mode": Mode.CBOW}, {"mode": Mode.CBOW, **SUBWORDS}], ids=str
)
def test_topics_come_apart_as_far_as_with_gensim(given: dict[str, object]):
    vocabulary, trained = train(**given)
    subwords = "subwords" in given
    kind, more = (FastText, {"bucket": 5000, "min_n": 3, "max_n": 4}) if subwords else (Word2Vec, {})
    model = kind(
        [line.split() for line in two_topics().decode().splitlines()], sg=int(given["mode"] is Mode.SKIPGRAM),
        vector_size=16, epochs=15, sample=0.5, alpha=0.05, min_alpha=5e-6, workers=1, seed=1, **more,
    )  # fmt: skip
    rows = np.array([model.wv[word] for word in vocabulary.words])
    apart = [
        mean_cosine(vocabulary, vectors, ANIMALS, ANIMALS) - mean_cosine(vocabulary, vectors, ANIMALS, FOODS)
        for vectors in (trained, replace(trained, vectors=rows))
    ]
    assert apart[0] == pytest.approx(apart[1], abs=0.15)


@pytest.mark.parametrize("given", [{}, {"mode": Mode.SKIPGRAM}, {"mode": Mode.CBOW, **SUBWORDS}], ids=str)
def test_one_thread_and_a_seed_give_the_same_bytes(given: dict[str, object]):
    first, second, other = (train(seed=seed, epochs=2, **given)[1] for seed in (3, 3, 4))
    assert first.vectors.tobytes() == second.vectors.tobytes()
    assert first.output_rows.tobytes() == second.output_rows.tobytes()
    assert first.vectors.tobytes() != other.vectors.tobytes()


@pytest.mark.parametrize("text", [b"a b\n" * 40, b"a\nb\n" * 40, b"a a a b\n"], ids=["pairs", "alone", "few"])
@pytest.mark.parametrize("dim", [1, 2048])
@pytest.mark.parametrize("mode", Mode)
def test_two_words_are_enough(text: bytes, dim: int, mode: Mode):
    _, trained = train(text, mode=mode, vector_dim=dim, min_count=1, epochs=3)
    assert np.isfinite(trained.vectors).all()
    assert trained.vectors.shape == (2, dim)


def test_progress_is_reported_with_a_falling_learning_rate(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kernel_engine.Pace, "due", lambda self, fraction: True)
    lines: list[tuple[float, float, float]] = []
    train(report=lambda *figures: lines.append(figures), learning_rate=0.05, epochs=200)
    rates, fractions, speeds = zip(*lines, strict=True)
    assert all(before >= after for before, after in pairwise(rates))
    assert all(before <= after for before, after in pairwise(fractions))
    assert rates[0] <= 0.05
    assert rates[-1] == pytest.approx(0.05 * 1e-4)
    assert fractions[-1] == 1.0
    assert speeds[-1] > 0


def test_the_learning_rate_falls_in_a_straight_line_over_all_epochs(monkeypatch: pytest.MonkeyPatch):
    rates = []
    whole = worker.Worker.train
    monkeypatch.setattr(worker.Worker, "train", lambda *given: rates.append(given[-2]) or whole(*given))
    train(learning_rate=0.05, epochs=3)
    steps = np.diff(rates[1:])  # the first call only compiles
    assert len(steps) >= 400
    np.testing.assert_allclose(steps, steps[0])
    assert rates[1] == pytest.approx(0.05, rel=0.01)
    assert 0 < rates[-1] < 0.05 * 0.01


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("learning_rate", [3, 1e9])
def test_a_training_that_diverges_ends_with_a_sentence(mode: Mode, learning_rate: float):
    with pytest.raises(TrainingError, match=r"the training diverged: .* Lower learning_rate"):
        train(mode=mode, learning_rate=learning_rate)


def test_words_too_short_for_an_n_gram_are_trained_by_their_own_rows():
    """No bucket is met, so all of them are zero."""
    none_long_enough = {**SUBWORDS, "min_char": 90, "max_char": 100}
    _, trained = train(mode=Mode.SKIPGRAM, **none_long_enough)
    assert not trained.ngram_rows.any()
    np.testing.assert_array_equal(trained.vectors, trained.word_rows)


def test_each_stretch_has_its_number_of_the_generator_however_many_there_are():
    """Threads ask for them out of order, and not all are held at once."""
    numbers = np.random.default_rng(3).integers(0, 2**64, 3000, np.uint64)
    counters = Counters(np.random.PCG64(3))
    for stretch in (0, 2999, 1, 1024, 1023, 2048):
        assert counters.of(stretch) == numbers[stretch]
    assert counters.of(10**12) != counters.of(10**12 + 1)


def test_too_many_buckets_are_refused_before_n_grams_are_numbered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 2 << 30)
    monkeypatch.setattr(kernel_engine, "with_ngrams", lambda *given: pytest.fail("n-grams were numbered"))
    with pytest.raises(TrainingError, match=r"2\.1 GB are available\. Raise min_count .*lower buckets"):
        train(mode=Mode.CBOW, **{**SUBWORDS, "buckets": 10**9})


def test_what_does_not_fit_into_memory_is_refused_before_it_is_taken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "available_memory", lambda: memory.PROCESS_BYTES)
    with pytest.raises(TrainingError, match=r"are available\. Raise min_count .*lower buckets or vector_dim"):
        train(mode=Mode.CBOW, **SUBWORDS)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_ends_the_threads(monkeypatch: pytest.MonkeyPatch, threads: int):
    """SIGTERM raises in the main thread, which is where progress is reported."""
    monkeypatch.setattr(kernel_engine.Pace, "due", lambda self, fraction: True)
    before = threading.active_count()

    def interrupt(rate: float, fraction: float, speed: float) -> None:
        raise KeyboardInterrupt(fraction)

    with pytest.raises(KeyboardInterrupt) as raised:
        train(report=interrupt, threads=threads, epochs=100_000)
    assert raised.value.args[0] < 0.5
    assert threading.active_count() == before


def test_a_fault_in_a_thread_is_raised(monkeypatch: pytest.MonkeyPatch):
    def fail(stretch: float) -> float:
        raise ZeroDivisionError

    monkeypatch.setattr(Schedule, "rate", lambda self, stretch: fail(stretch))
    with pytest.raises(ZeroDivisionError):
        train(threads=2)


def test_stretches_are_short_enough_to_stop_and_to_slow_down():
    assert stretch_length(10**9, 5, operations=1e4) == LONGEST_STRETCH
    assert stretch_length(10**9, 5, operations=1e6) == 1000
    assert stretch_length(10_000, 5, operations=1e4) == 100
    assert stretch_length(3, 1, operations=1e12) == 1


def test_stretches_are_the_corpus_cut_at_the_ends_of_sentences():
    corpus = encoded(two_topics(sentences=300))
    hyperparameters = Hyperparameters.read({"mode": "batch_skipgram", "epochs": 2})
    cut = kernel_engine.Training(corpus, hyperparameters, 1, 1).schedule
    cuts = [cut.bounds(stretch) for stretch in range(cut.per_epoch)]
    assert len(cuts) > 100
    assert cuts[0][0] == 0
    assert cuts[-1][1] == len(corpus.ids)
    assert all(before[1] == after[0] for before, after in pairwise(cuts))
    assert all(end == 0 or corpus.ids[end - 1] == -1 for _, end in cuts)
    assert cut.bounds(cut.per_epoch) == cuts[0]  # the second epoch


@pytest.mark.parametrize(("window", "negatives", "shared"), [(5, 5, 20), (1, 1, 4), (5, 20, 80), (10, 5, 36)])
def test_negatives_are_shared_in_proportion_to_what_word2vec_would_draw(window, negatives, shared):
    assert shared_count(window, negatives) == shared


@pytest.mark.parametrize("mode", [Mode.BATCH_SKIPGRAM, Mode.CBOW])
def test_the_portable_path_learns_the_same(tmp_path: Path, mode: Mode):
    script = """
import sys, numpy as np
from wordvectors.blazingtext.hyperparameters import Mode
from tests.unit.engine.test_kernel_engine import train
from wordvectors.engine.draws import PORTABLE
assert PORTABLE
np.save(sys.argv[1], train(mode=Mode(sys.argv[2]), epochs=2)[1].vectors)
"""
    environment = os.environ | {"WORDVECTORS_KERNEL": "portable"}
    saved = tmp_path / "vectors.npy"
    subprocess.run(
        [sys.executable, "-c", script, saved, mode], env=environment, cwd=PROJECT, check=True, timeout=250
    )
    expected = train(mode=mode, epochs=2)[1].vectors
    np.testing.assert_allclose(np.load(saved), expected, rtol=1e-2, atol=1e-4)


def test_without_a_place_to_keep_machine_code_the_kernel_still_runs(tmp_path: Path):
    """As in a container whose packages and home are read-only; HOME is a file to forbid it to root too."""
    home = tmp_path / "home"
    home.touch()
    script = """
import numba.core.caching as caching
for locator in (caching.UserProvidedCacheLocator, caching.InTreeCacheLocator):
    locator.from_function = classmethod(lambda cls, function, file: None)
from wordvectors.engine.copies import merge_copies
import numpy as np
own, seen = np.ones((1, 16), np.float32), np.zeros((1, 16), np.float32)
shared = np.zeros((2, 16), np.float32)
merge_copies(shared, own, seen, np.ones(1, np.float32))
assert shared[0, 0] == 1
"""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG", "NUMBA"))} | {
        "HOME": str(home)
    }
    subprocess.run([sys.executable, "-c", script], env=environment, cwd=PROJECT, check=True, timeout=200)


def test_lines_are_due_at_two_per_cent_or_after_a_second(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr(watch.time, "perf_counter", lambda: now)
    pace = watch.Pace()
    assert not pace.due(0.5)  # no time has passed
    now += 0.2
    assert not pace.due(0.01)
    assert pace.due(0.02)
    now += 0.9
    assert not pace.due(0.03)
    now += 0.2
    assert pace.due(0.03)
    now += 1000
    assert pace.due(0.031)
    now += 15
    assert not pace.due(0.04)  # a fiftieth of a thousand seconds is twenty
    assert pace.due(0.06)
