"""The engine learns, reports its progress, and stops when there is no point in going on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.unit.engine.corpora import ANIMALS, FOODS, two_topics
from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine import gensim_engine
from wordvectors.engine.encoding import EncodedCorpus, encode
from wordvectors.engine.engine import TrainedVectors
from wordvectors.engine.errors import TrainingError
from wordvectors.engine.vocabulary import Vocabulary


def read(corpus: Path, min_count: int) -> EncodedCorpus:
    return encode(corpus, min_count, corpus.parent, lambda tokens: None)


def train(
    corpus: Path, content: bytes | None = None, report=lambda *figures: None, **given: object
) -> tuple[Vocabulary, TrainedVectors]:
    corpus.write_bytes(two_topics() if content is None else content)
    mode = Mode(given.pop("mode", "skipgram"))
    hyperparameters = Hyperparameters(mode=mode, vector_dim=16, epochs=15, sampling_threshold=0.5)
    hyperparameters = hyperparameters.model_copy(update=given)  # what is given is not judged
    encoded = read(corpus, hyperparameters.min_count)
    return encoded.vocabulary, gensim_engine.train(encoded, hyperparameters, report, threads=2, seed=1)


def mean_cosine(
    vocabulary: Vocabulary, trained: TrainedVectors, first: list[str], second: list[str]
) -> float:
    unit = trained.vectors / np.linalg.norm(trained.vectors, axis=1, keepdims=True)
    rows = {word: unit[row] for row, word in enumerate(vocabulary.words)}
    return float(np.mean([rows[a] @ rows[b] for a in first for b in second if a != b]))


SUBWORDS = {"subwords": True, "buckets": 500, "min_char": 3, "max_char": 4}


@pytest.mark.parametrize(
    "given",
    [
        {"mode": "skipgram"},
        {"mode": "cbow"},
        {"mode": "skipgram", **SUBWORDS},
        {"mode": "cbow", **SUBWORDS},
    ],
    ids=["skipgram", "cbow", "skipgram with subwords", "cbow with subwords"],
)
def test_words_of_one_topic_come_to_lie_together(tmp_path: Path, given: dict[str, object]):
    vocabulary, trained = train(tmp_path / "my.txt", **given)
    within = mean_cosine(vocabulary, trained, ANIMALS, ANIMALS)
    across = mean_cosine(vocabulary, trained, ANIMALS, FOODS)
    assert within > across + 0.3
    buckets = 500 if "subwords" in given else 0
    words = len(vocabulary.words)
    shapes = [getattr(trained, name).shape for name in ("vectors", "word_rows", "ngram_rows", "output_rows")]
    assert shapes == [(words, 16), (words, 16), (buckets, 16), (words, 16)]
    assert {getattr(trained, name).dtype for name in ("vectors", "ngram_rows", "output_rows")} == {
        np.dtype("f4")
    }


def test_progress_goes_up_and_the_learning_rate_down_to_almost_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(gensim_engine.Pace, "due", lambda pace, fraction: True)
    reports: list[tuple[float, float, float]] = []
    train(tmp_path / "my.txt", report=lambda *figures: reports.append(figures), epochs=3, learning_rate=0.04)
    alphas, fractions, speeds = zip(*reports, strict=True)
    assert all(before <= after for before, after in pairwise(fractions))
    assert fractions[-1] == 1.0
    assert len({round(fraction * 3) for fraction in fractions}) == 4  # in every epoch
    for alpha, fraction in zip(alphas, fractions, strict=True):
        assert alpha == pytest.approx(0.04 * (1 - fraction), abs=1e-5)
    assert min(speeds) > 0


def test_the_learning_rate_falls_while_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    used: list[float] = []
    learn = gensim_engine.Word2Vec._do_train_job

    def record(model: object, batch: object, alpha: float, memory: object) -> tuple[int, int]:
        used.append(alpha)
        return learn(model, batch, alpha, memory)

    monkeypatch.setattr(gensim_engine.Word2Vec, "_do_train_job", record)
    train(tmp_path / "my.txt", two_topics(5000), epochs=4, learning_rate=0.04)
    assert len(used) >= 12
    assert max(used) == pytest.approx(0.04)
    assert min(used) < 0.04 * 0.15
    expected = np.linspace(0.04, min(used), len(used))
    np.testing.assert_allclose(sorted(used, reverse=True), expected, atol=0.004)


@pytest.mark.parametrize(
    ("given", "name", "expected"),
    [
        ({"window_size": 3}, "window", 3),
        ({"negative_samples": 7}, "negative", 7),
        ({"sampling_threshold": 0.25}, "sample", 0.25),
        ({"learning_rate": 0.5}, "alpha", 0.5),
        ({"mode": "cbow"}, "sg", 0),
        ({"mode": "skipgram"}, "sg", 1),
    ],
)
def test_hyperparameters_reach_gensim(tmp_path: Path, given: dict[str, object], name: str, expected: float):
    (tmp_path / "my.txt").write_bytes(b"a b c\n" * 9)
    vocabulary = read(tmp_path / "my.txt", 1).vocabulary
    model = gensim_engine._prepare(vocabulary, Hyperparameters.read({"vector_dim": 4, **given}), 3, 5)
    assert getattr(model, name) == expected
    assert (model.workers, model.seed) == (3, 5)


def test_a_training_that_diverges_is_stopped(tmp_path: Path):
    with pytest.raises(TrainingError, match=r"diverged.*Lower learning_rate"):
        train(tmp_path / "my.txt", mode="cbow", learning_rate=1e30)


def test_a_corpus_that_cannot_be_read_ends_the_training_with_its_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def broken(encoded: EncodedCorpus) -> Iterator[np.ndarray]:
        yield next(sentences(encoded))
        raise OSError("the disk is gone")

    sentences = EncodedCorpus.sentences
    monkeypatch.setattr(EncodedCorpus, "sentences", broken)
    with pytest.raises(OSError, match="the disk is gone"):
        train(tmp_path / "my.txt")


def test_one_thread_and_a_seed_give_the_same_numbers(tmp_path: Path):
    (tmp_path / "my.txt").write_bytes(two_topics())
    encoded = read(tmp_path / "my.txt", 5)
    hyperparameters = Hyperparameters.read({"vector_dim": 8, "mode": "skipgram"})
    first, again, other = (
        gensim_engine.train(encoded, hyperparameters, lambda *figures: None, threads=1, seed=seed).vectors
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    "content", [b"a b\n" * 3, b"a b " * 3000, b"a\nb\n" * 10], ids=["tiny", "one line", "one word a line"]
)
def test_the_smallest_corpora_train(tmp_path: Path, content: bytes):
    vocabulary, trained = train(tmp_path / "my.txt", content, min_count=1)
    assert vocabulary.words == ["a", "b"]
    assert np.isfinite(trained.vectors).all()


def test_lines_are_due_at_two_per_cent_or_after_a_second(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr(gensim_engine.time, "perf_counter", lambda: now)
    pace = gensim_engine.Pace()
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
