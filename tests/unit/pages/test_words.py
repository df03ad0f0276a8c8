"""Neighbours in blocks are those of one query each; probe words are the plan's, or such as the model has."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.pages.conftest import WORDS, vectors
from wordvectors.pages.report.words import frequent_rows, neighbours, probe, typical_rows, unit_length
from wordvectors.vectors.word_vectors import WordVectors


def lengths() -> np.ndarray:
    return np.linalg.norm(vectors(), axis=1)


@pytest.fixture
def index() -> WordVectors:
    return WordVectors(WORDS, unit_length(vectors()))


def test_neighbours_are_those_of_single_queries(index):
    rows = range(len(WORDS))

    for row, found in zip(rows, neighbours(index, rows, topn=5), strict=True):
        single = index.most_similar(WORDS[row], topn=5)
        assert [word for word, _ in found] == [word for word, _ in single]
        assert [cosine for _, cosine in found] == pytest.approx([cosine for _, cosine in single], abs=1e-6)


def test_the_end_of_sentence_is_no_word():
    index = WordVectors(["</s>", "cat", "dog"], unit_length(np.eye(3, dtype=np.float32)))

    assert frequent_rows(index.index_to_key, 2) == [1, 2]
    assert neighbours(index, [1]) == [(("dog", 0.0),)]


def test_the_words_of_a_plan_are_looked_up_and_the_missing_named(index):
    found = probe(index, lengths(), ["cat3", "dgo1"])

    assert [near.word for near in found] == ["cat3", "dgo1"]
    assert len(found[0].neighbours) == 10
    assert all(word.startswith("cat") for word, _ in found[0].neighbours)
    assert found[1].neighbours == ()
    assert "dog1" in found[1].alike


def test_without_a_plan_these_are_the_longest_vectors_that_are_no_neighbours_of_each_other():
    """Twelve words point each way, and the last of all has the longest vector; "the" and "and" the shortest."""
    ways = [f"{way}way{letter}" for way in "abc" for letter in "abcdefghijkl"]
    words = ["the", "and", *ways]
    matrix = np.eye(4, dtype=np.float32)[[3, 3, *(number // 12 for number in range(36))]]
    matrix *= np.arange(1, len(words) + 1, dtype=np.float32)[:, None]
    index = WordVectors(words, unit_length(matrix))

    found = [words[row] for row in typical_rows(index, np.linalg.norm(matrix, axis=1), most=3)]

    assert found[0] == "cwayl"
    assert not any(other in dict(index.most_similar(word)) for word in found for other in found)
    assert len(typical_rows(index, np.linalg.norm(matrix, axis=1), most=30)) == 30


def test_in_a_language_of_short_words_these_are_short():
    words = [chr(0x4E00 + number) for number in range(20)]
    index = WordVectors(words, np.eye(20, dtype=np.float32))

    assert typical_rows(index, np.arange(20.0))[0] == 19


def test_a_small_vocabulary_gives_what_it_has():
    index = WordVectors(["</s>", "12", "cat"], np.eye(3, dtype=np.float32))

    assert [near.word for near in probe(index, np.ones(3), [])] == ["cat"]


def test_a_vector_of_zeros_stays_one():
    assert unit_length(np.zeros((1, 3), dtype=np.float32)).tolist() == [[0, 0, 0]]


def test_probe_words_are_found_in_a_vocabulary_that_was_not_cleaned():
    index = WordVectors(["cafe\u0301", "Caf\u00e9", "tea"], unit_length(np.eye(3, dtype=np.float32)))

    assert [near.word for near in probe(index, np.ones(3), ["CAF\u00c9", "TEA"])] == ["cafe\u0301", "tea"]


def test_probe_words_are_looked_up_as_the_corpus_writes_them(index):
    (found,) = probe(index, lengths(), ["CAT3"])

    assert found.word == "cat3"
    assert found.neighbours
