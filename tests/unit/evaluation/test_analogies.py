"""The Google analogies: which word answers, and what is not asked."""

from __future__ import annotations

import numpy as np
from gensim.models import KeyedVectors

from wordvectors.evaluation import analogies
from wordvectors.evaluation.analogies import (
    NOT_ASKED,
    RIGHT,
    WRONG,
    AnalogyScore,
    answer_analogies,
    google_analogies,
    score_analogies,
)
from wordvectors.gensim_data import gensim_data

WORDS = ["man", "king", "woman", "queen", "apple"]
MATRIX = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [-1, -1, -1]], np.float32)
QUESTIONS = [
    ("man", "king", "woman", "queen"),
    ("man", "king", "woman", "apple"),
    ("man", "king", "x", "y"),
]


def test_the_nearest_word_that_was_not_given_is_the_answer():
    assert answer_analogies(WORDS, MATRIX, QUESTIONS).tolist() == [RIGHT, WRONG, NOT_ASKED]
    assert score_analogies(WORDS, MATRIX, QUESTIONS) == AnalogyScore(0.5, 1, 3)


def test_without_a_known_word_there_is_no_score():
    score = score_analogies(["x"], MATRIX[:1], QUESTIONS)

    assert score == AnalogyScore(None, 3, 3)
    assert score.coverage == 0


def test_rare_words_neither_ask_nor_answer(monkeypatch):
    monkeypatch.setattr(analogies, "MOST_FREQUENT", 3)
    assert answer_analogies(WORDS, MATRIX, QUESTIONS).tolist() == [NOT_ASKED] * 3


def test_answers_are_gensims():
    questions = google_analogies()
    assert len(questions) == 19_544
    words = sorted({word for four in questions for word in four})
    matrix = np.random.default_rng(1).normal(size=(len(words), 30)).astype(np.float32)
    for a, b, c, d in questions[::40]:  # make some questions answerable
        matrix[words.index(d)] = matrix[words.index(b)] - matrix[words.index(a)] + matrix[words.index(c)]
    vectors = KeyedVectors(30)
    vectors.add_vectors(words, matrix)

    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    ours = score_analogies(words, unit, questions[:2000])
    _, sections = vectors.evaluate_word_analogies(
        str(gensim_data("questions-words.txt")), restrict_vocab=len(words), case_insensitive=True
    )
    right = {tuple(word.lower() for word in four) for section in sections for four in section["correct"]}

    assert ours.accuracy == sum(four in right for four in questions[:2000]) / 2000
    assert 0 < ours.accuracy < 1
