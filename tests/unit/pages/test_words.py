"""Neighbours in blocks are those of one query each; probe words are the plan's, or such as the model has."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.pages.conftest import WORDS, vectors
from wordvectors.pages.report.words import frequent_rows, neighbours, probe, unit_length
from wordvectors.vectors.word_vectors import WordVectors


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
    found = probe(index, ["cat3", "dgo1"])

    assert [near.word for near in found] == ["cat3", "dgo1"]
    assert len(found[0].neighbours) == 10
    assert all(word.startswith("cat") for word, _ in found[0].neighbours)
    assert found[1].neighbours == ()
    assert "dog1" in found[1].alike


def test_without_a_plan_these_are_words_that_the_model_has(index):
    found = [near.word for near in probe(index, [])]

    assert found == ["family", "sad", "cat0", "dog0", "cat1", "dog1", "cat2", "dog2"]


def test_a_vector_of_zeros_stays_one():
    assert unit_length(np.zeros((1, 3), dtype=np.float32)).tolist() == [[0, 0, 0]]


def test_probe_words_are_found_in_a_vocabulary_that_was_not_cleaned():
    index = WordVectors(["cafe\u0301", "Caf\u00e9", "tea"], unit_length(np.eye(3, dtype=np.float32)))

    assert [near.word for near in probe(index, ["CAF\u00c9", "TEA"])] == ["cafe\u0301", "tea"]


def test_probe_words_are_looked_up_as_the_corpus_writes_them(index):
    (found,) = probe(index, ["CAT3"])

    assert found.word == "cat3"
    assert found.neighbours
