"""Scores of a vectors.txt that passes by once: only the vectors that the sets need are kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from wordvectors.blazingtext.archive import VECTORS_BIN
from wordvectors.characters import common_form, known_form
from wordvectors.evaluation.analogies import (
    MOST_FREQUENT,
    AnalogyScore,
    Question,
    google_analogies,
    score_analogies,
)
from wordvectors.evaluation.own_text import OwnText
from wordvectors.evaluation.scores import (
    ACCURACY,
    NO_GAPS,
    NO_QUESTIONS,
    TOO_LITTLE_TEXT,
    Entry,
    ngrams_entry,
    pairs_entry,
)
from wordvectors.evaluation.sets import ANALOGIES, OWN_TEXT, WORDSIM
from wordvectors.evaluation.spearman import score
from wordvectors.evaluation.word_pairs import WordPairSet, read_pair_sets, wanted_forms
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.vectors.fasttext_stream import FastTextStream
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.ngrams import NgramsOfWords
from wordvectors.vectors.vectors_txt import Chunk, VectorsTxt

MAX_FREQUENT_BYTES = 64 * 1024**2
"""Of the vectors that answer analogies: 30,000 words of 559 values; of larger vectors fewer words."""

MAX_OWN_TEXT_BYTES = 64 * 1024**2
"""Of the vectors that answer questions about the own text: their words are some 11,000."""

MAX_NGRAM_BYTES = 256 * 1024**2
"""Of rows of n-grams that words of the sets have: those of the built-in sets are some 8,000."""


class Scoring:
    """The sets that a model is to be scored on, and what of its vectors they need.

    Parameters
    ----------
    chosen
        Names of sets, as in a plan; of the built-in ones those that are not BlazingText's own are scored here.
    own
        The user's own sets, by name.
    subwords
        Whether the sets of word pairs, BlazingText's own too, are to be scored with n-grams besides.
    own_text
        Questions about the text that the model was trained on, if it is to be asked them.

    Attributes
    ----------
    without_ngrams : str
        Why there are no scores with n-grams, though they were asked for.
    """

    def __init__(
        self,
        chosen: Sequence[str],
        own: Mapping[str, WordPairSet],
        *,
        subwords: bool = False,
        own_text: OwnText | None = None,
    ) -> None:
        self._scored = {**own, **read_pair_sets(chosen)}
        self._pairs = (load_wordsim353() if subwords and WORDSIM in chosen else {}) | self._scored
        self._by_ngrams: dict[str, NDArray[np.float32]] | None = None
        self.without_ngrams = f"there was no {VECTORS_BIN}" if subwords else ""
        self._questions: list[Question] = google_analogies() if ANALOGIES in chosen else []
        self._wanted = frozenset(word for pairs in self._pairs.values() for word in pairs.forms)
        self._by_word: dict[str, NDArray[np.float32]] = {}
        self._own_text = own_text
        self._asked: dict[str, NDArray[np.float32]] = {}
        self._frequent: list[str] = []
        self._matrix = np.empty((0, 0), np.float32)

    def read(
        self, text: VectorsTxt, chunks_of: Callable[[VectorsTxt], Iterator[Chunk]] = VectorsTxt.chunks
    ) -> None:
        """Read vectors, and keep what is needed of them.

        Parameters
        ----------
        chunks_of
            Reads the rows; in another way than usual if somebody else wants to see them, too.

        Raises
        ------
        VectorsFileError
            Naming the line that can't be read.
        """
        most = min(text.words, MOST_FREQUENT, MAX_FREQUENT_BYTES // (4 * text.dim)) if self._questions else 0
        self._matrix = np.zeros((most, text.dim), np.float32)
        self._by_word, self._asked, self._frequent = {}, {}, []
        asked = frozenset(self._own_text.words if self._own_text else ())
        most_asked = MAX_OWN_TEXT_BYTES // (4 * text.dim)
        for chunk in chunks_of(text):
            for word, vector in zip(chunk.words, chunk.matrix, strict=True):
                if len(self._frequent) < most:
                    self._matrix[len(self._frequent)] = vector
                    self._frequent.append(word.lower())
                if word in asked and len(self._asked) < most_asked:
                    self._asked[word] = vector.copy()
                for form in wanted_forms(word, self._wanted, self._by_word):
                    self._by_word[form] = vector.copy()

    def read_ngrams(
        self,
        file: BinaryIO,
        rows_of: Callable[[FastTextStream], Iterator[NDArray[np.float32]]] = FastTextStream.ngram_rows,
    ) -> None:
        """Read vectors.bin, and make vectors of all words of the sets by their n-grams.

        A file that can't be read leaves the scores without these, and says why in `without_ngrams`.

        Parameters
        ----------
        rows_of
            Reads the rows of n-grams, to the last; see `read`.
        """
        try:
            model = FastTextStream(file, VECTORS_BIN)
            given = model.arguments
            words = sorted({common_form(word) for pairs in self._pairs.values() for word in pairs.words})
            wanted = NgramsOfWords(words, given.minn, given.maxn, given.bucket, given.dim)
            rows = rows_of(model)
            if wanted.bytes <= MAX_NGRAM_BYTES:
                self._by_ngrams = wanted.vectors(rows)
                self.without_ngrams = ""
            else:
                self.without_ngrams = f"{wanted.bytes:,} bytes of n-grams would be needed"
                deque(rows, maxlen=0)
        except VectorsFileError as fault:
            self.without_ngrams = str(fault)

    def scores_with_ngrams(self) -> dict[str, Entry]:
        """Return, of each set of word pairs, the score in which n-grams stand in for unknown words."""
        if self._by_ngrams is None:
            return {}
        entries = {}
        for name, pairs in self._pairs.items():
            unknown = {word: common_form(word) for word in pairs.words if not known_form(word, self._by_word)}
            made = {word: self._by_ngrams[form] for word, form in unknown.items() if form in self._by_ngrams}
            entries[name] = ngrams_entry(score(pairs, self._by_word), score(pairs, self._by_word | made))
        return entries

    def scores(self) -> dict[str, Entry]:
        """Return the entry of each set; one without a score says why."""
        entries = {}
        for name, pairs in self._scored.items():
            entries[name] = pairs_entry(score(pairs, self._by_word))
        if self._questions:
            result = score_analogies(self._frequent, self._matrix[: len(self._frequent)], self._questions)
            entries[ANALOGIES] = _questions_entry(result, NO_QUESTIONS)
        if self._own_text:
            result = self._own_text.score(self._asked)
            entries[OWN_TEXT] = _questions_entry(
                result, NO_GAPS if result.total_questions else TOO_LITTLE_TEXT
            )
        return entries


def _questions_entry(result: AnalogyScore, no_score: str) -> Entry:
    return ({"note": no_score} if result.accuracy is None else {}) | {
        ACCURACY: result.accuracy,
        "not_found": result.not_found,
        "total_questions": result.total_questions,
        "coverage": result.coverage,
    }
