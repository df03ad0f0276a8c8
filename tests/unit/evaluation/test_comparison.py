"""Models side by side: what differs, and what is compared on what both know."""

from __future__ import annotations

import numpy as np
import pytest

from wordvectors.evaluation.comparison import (
    ComparedScore,
    compare_neighbours,
    compare_pairs,
)
from wordvectors.evaluation.spearman import score
from wordvectors.evaluation.word_pairs import parse_word_pairs
from wordvectors.vectors.word_vectors import WordVectors

RANDOM = np.random.default_rng(4).normal(size=(6, 5)).astype(np.float32)
FIRST = WordVectors(["cat", "dog", "mat", "log", "Fox", "fox"], RANDOM)
SECOND = WordVectors(["cat", "dog", "mat"], RANDOM[:3] * 2)
PAIRS = parse_word_pairs(
    "own", ["cat dog 9", "cat mat 3", "dog mat 5", "dog log 2", "cat fox 1", "cat dog 8", "x y 1"]
)


def test_a_score_is_that_of_the_pipeline():
    compared = compare_pairs(PAIRS, [FIRST])
    by_word = {word.lower(): vector for word, vector in zip(FIRST.index_to_key, FIRST.vectors, strict=True)}

    assert compared.scores[0].score == pytest.approx(score(PAIRS, by_word).spearmans_rho)
    assert (compared.scores[0].found, compared.total) == (5, 6)  # "cat dog" stands twice


def test_models_are_tested_on_the_pairs_that_both_know():
    compared = compare_pairs(PAIRS, [FIRST, SECOND])

    assert [one.found for one in compared.scores] == [5, 3]
    (against,) = compared.against_first
    assert (against.pairs, against.difference, against.means_something) == (3, 0, False)


def test_a_model_that_knows_no_pair_has_no_score_and_no_difference():
    compared = compare_pairs(PAIRS, [FIRST, WordVectors(["z"], RANDOM[:1])])

    assert compared.scores[1] == ComparedScore(
        None, None, 0, "0 of 6 pairs are too few to rank by; 30 would do"
    )
    assert compared.against_first == [None]


def test_where_there_is_no_score_there_is_no_difference():
    """All human scores are equal: the difference of two scores that are none is not 0."""
    constant = parse_word_pairs("own", ["cat dog 5", "cat mat 5", "dog mat 5"])
    compared = compare_pairs(constant, [FIRST, SECOND])

    doubt = "3 of 3 pairs are too few to rank by; 30 would do"
    assert compared.scores == [ComparedScore(None, None, 3, doubt)] * 2
    assert compared.against_first == [None]


def test_neighbours_are_those_of_each_models_own_form_of_a_word():
    raw = WordVectors(["Cat", "dog", "mat"], RANDOM[:3])
    assert compare_neighbours([SECOND, raw], ["cat"])["cat"].overlap_with_first == [1.0]


def test_neighbours_overlap_by_the_share_that_both_have():
    found = compare_neighbours([FIRST, SECOND, FIRST], ["cat", "fox"])

    assert found["cat"].overlap_with_first == [2 / 5, 1.0]
    assert found["fox"].overlap_with_first == [None, 1.0]
    assert found["fox"].neighbours[1] is None
