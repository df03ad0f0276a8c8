"""The places of words: no table of all words is made for a question or two, and then the answers are the same."""

from __future__ import annotations

import numpy as np

from wordvectors.vectors import places
from wordvectors.vectors.places import Places
from wordvectors.vectors.word_vectors import WordVectors

WORDS = [f"w{number}" for number in range(100)]


def test_places_are_the_same_with_a_table_and_without():
    found = Places(WORDS)
    asked = [*WORDS[:50:2], "unknown", "", *WORDS]
    assert [found.get(word) for word in asked] == [
        WORDS.index(word) if word in WORDS else None for word in asked
    ]
    assert ("w3" in found, "unknown" in found, 3 in found) == (True, False, False)
    assert "table" in vars(found)


def test_a_first_answer_makes_no_table(monkeypatch):
    monkeypatch.setattr(places, "_LOOKED_FOR", 5)
    vectors = WordVectors(WORDS, np.random.default_rng(1).normal(size=(100, 5)).astype(np.float32))
    vectors.most_similar_each([vectors.look_up("W7").form])
    assert "table" not in vars(vectors._places)
    assert vectors.key_to_index["w7"] == 7
