"""Scores of a vectors.txt that passes by once: only the vectors that the sets need are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from wordvectors.evaluation.analogies import MOST_FREQUENT, Question, google_analogies, score_analogies
from wordvectors.evaluation.scores import ACCURACY, NO_QUESTIONS, Entry, pairs_entry
from wordvectors.evaluation.sets import ANALOGIES
from wordvectors.evaluation.spearman import score
from wordvectors.evaluation.word_pairs import WordPairSet, read_pair_sets, wanted_forms
from wordvectors.vectors.vectors_txt import VectorsTxt

MAX_FREQUENT_BYTES = 64 * 1024**2
"""Of the vectors that answer analogies: 30,000 words of 559 values; of larger vectors fewer words."""


class Scoring:
    """The sets that a model is to be scored on, and what of its vectors they need.

    Parameters
    ----------
    chosen
        Names of sets, as in a plan; of the built-in ones those that are not BlazingText's own are scored here.
    own
        The user's own sets, by name.
    """

    def __init__(self, chosen: Sequence[str], own: Mapping[str, WordPairSet]) -> None:
        self._pairs = {**own, **read_pair_sets(chosen)}
        self._questions: list[Question] = google_analogies() if ANALOGIES in chosen else []
        self._wanted = frozenset(word for pairs in self._pairs.values() for word in pairs.forms)
        self._by_word: dict[str, NDArray[np.float32]] = {}
        self._frequent: list[str] = []
        self._matrix = np.empty((0, 0), np.float32)

    def read(self, text: VectorsTxt) -> None:
        """Read vectors, and keep what is needed of them.

        Raises
        ------
        VectorsFileError
            Naming the line that can't be read.
        """
        most = min(text.words, MOST_FREQUENT, MAX_FREQUENT_BYTES // (4 * text.dim)) if self._questions else 0
        self._matrix = np.zeros((most, text.dim), np.float32)
        self._by_word, self._frequent = {}, []
        for chunk in text.chunks():
            for word, vector in zip(chunk.words, chunk.matrix, strict=True):
                if len(self._frequent) < most:
                    self._matrix[len(self._frequent)] = vector
                    self._frequent.append(word.lower())
                for form in wanted_forms(word, self._wanted, self._by_word):
                    self._by_word[form] = vector.copy()

    def scores(self) -> dict[str, Entry]:
        """Return the entry of each set; one without a score says why."""
        entries = {}
        for name, pairs in self._pairs.items():
            entries[name] = pairs_entry(score(pairs, self._by_word))
        if self._questions:
            result = score_analogies(self._frequent, self._matrix[: len(self._frequent)], self._questions)
            entries[ANALOGIES] = {
                ACCURACY: result.accuracy,
                "not_found": result.not_found,
                "total_questions": result.total_questions,
                "coverage": result.coverage,
            }
            if result.accuracy is None:
                entries[ANALOGIES]["note"] = NO_QUESTIONS
        return entries
