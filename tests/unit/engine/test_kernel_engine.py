"""The engine on the kernel learns, in any shape and with any number of threads, and can be stopped."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.unit.engine.corpora import ANIMALS, FOODS, two_topics
from wordvectors.blazingtext.hyperparameters import Hyperparameters
from wordvectors.engine import kernel, skipgram_engine
from wordvectors.engine.encoding import EncodedCorpus
from wordvectors.engine.engine import TrainedVectors
from wordvectors.engine.errors import TrainingError
from wordvectors.engine.skipgram_engine import LONGEST_STRETCH, shared_negatives, stretch_length
from wordvectors.engine.vocabulary import Vocabulary

PROJECT = Path(__file__).parents[3]


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
    trained = skipgram_engine.train(corpus, hyperparameters, report, threads=threads, seed=seed)
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
    ],
    ids=str,
)
def test_words_of_one_topic_come_to_lie_together(given: dict[str, object]):
    vocabulary, trained = train(**given)
    within, across = (mean_cosine(vocabulary, trained, ANIMALS, other) for other in (ANIMALS, FOODS))
    assert within > across + 0.3


def test_the_matrices_have_a_row_per_word():
    vocabulary, trained = train(vector_dim=13, epochs=1)
    words = len(vocabulary.words)
    shapes = [getattr(trained, name).shape for name in ("vectors", "word_rows", "ngram_rows", "output_rows")]
    assert shapes == [(words, 13), (words, 13), (0, 13), (words, 13)]
    assert {matrix.dtype for matrix in (trained.vectors, trained.output_rows)} == {np.dtype(np.float32)}
    assert trained.seconds > 0


def test_one_thread_and_a_seed_give_the_same_bytes():
    first, second, other = (train(seed=seed)[1] for seed in (3, 3, 4))
    assert first.vectors.tobytes() == second.vectors.tobytes()
    assert first.output_rows.tobytes() == second.output_rows.tobytes()
    assert first.vectors.tobytes() != other.vectors.tobytes()


@pytest.mark.parametrize("text", [b"a b\n" * 40, b"a\nb\n" * 40, b"a a a b\n"], ids=["pairs", "alone", "few"])
@pytest.mark.parametrize("dim", [1, 2048])
def test_two_words_are_enough(text: bytes, dim: int):
    _, trained = train(text, vector_dim=dim, min_count=1, epochs=3)
    assert np.isfinite(trained.vectors).all()
    assert trained.vectors.shape == (2, dim)


def test_progress_is_reported_with_a_falling_learning_rate(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(skipgram_engine.Pace, "due", lambda self, fraction: True)
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
    whole = kernel.train_tokens
    monkeypatch.setattr(kernel, "train_tokens", lambda *given: rates.append(given[-2]) or whole(*given))
    train(learning_rate=0.05, epochs=3)
    steps = np.diff(rates[1:])  # the first call only compiles
    assert len(steps) >= 400
    np.testing.assert_allclose(steps, steps[0])
    assert rates[1] == pytest.approx(0.05, rel=0.01)
    assert 0 < rates[-1] < 0.05 * 0.01


def test_a_training_that_diverges_ends_with_a_sentence():
    with pytest.raises(TrainingError, match=r"the training diverged: .* Lower learning_rate"):
        train(learning_rate=1e9)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_ends_the_threads(monkeypatch: pytest.MonkeyPatch, threads: int):
    """SIGTERM raises in the main thread, which is where progress is reported."""
    monkeypatch.setattr(skipgram_engine.Pace, "due", lambda self, fraction: True)
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

    monkeypatch.setattr(skipgram_engine._Training, "rate", lambda self, stretch: fail(stretch))
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
    training = skipgram_engine._Training(corpus, hyperparameters, 1, 1)
    cuts = [training.bounds(stretch) for stretch in range(training.stretches_per_epoch)]
    assert len(cuts) > 100
    assert cuts[0][0] == 0
    assert cuts[-1][1] == len(corpus.ids)
    assert all(before[1] == after[0] for before, after in pairwise(cuts))
    assert all(end == 0 or corpus.ids[end - 1] == -1 for _, end in cuts)
    assert training.bounds(training.stretches_per_epoch) == cuts[0]  # the second epoch


@pytest.mark.parametrize(("window", "negatives", "shared"), [(5, 5, 20), (1, 1, 4), (5, 20, 80), (10, 5, 36)])
def test_negatives_are_shared_in_proportion_to_what_word2vec_would_draw(window, negatives, shared):
    assert shared_negatives(window, negatives) == shared


def test_the_portable_path_learns_the_same(tmp_path: Path):
    script = """
import sys, numpy as np
from tests.unit.engine.test_kernel_engine import train
from wordvectors.engine import kernel
assert kernel.PORTABLE
np.save(sys.argv[1], train(epochs=2)[1].vectors)
"""
    environment = os.environ | {"WORDVECTORS_KERNEL": "portable"}
    saved = tmp_path / "vectors.npy"
    subprocess.run(
        [sys.executable, "-c", script, saved], env=environment, cwd=PROJECT, check=True, timeout=200
    )
    np.testing.assert_allclose(np.load(saved), train(epochs=2)[1].vectors, rtol=1e-2, atol=1e-4)


def test_without_a_place_to_keep_machine_code_the_kernel_still_runs(tmp_path: Path):
    """As in a container whose packages and home are read-only; HOME is a file to forbid it to root too."""
    home = tmp_path / "home"
    home.touch()
    script = """
import numba.core.caching as caching
for locator in (caching.UserProvidedCacheLocator, caching.InTreeCacheLocator):
    locator.from_function = classmethod(lambda cls, function, file: None)
from wordvectors.engine import kernel
import numpy as np
own, seen = np.ones((1, 16), np.float32), np.zeros((1, 16), np.float32)
shared = np.zeros((2, 16), np.float32)
kernel.merge_copies(shared, own, seen)
assert shared[0, 0] == 1
"""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG", "NUMBA"))} | {
        "HOME": str(home)
    }
    subprocess.run([sys.executable, "-c", script], env=environment, cwd=PROJECT, check=True, timeout=200)
