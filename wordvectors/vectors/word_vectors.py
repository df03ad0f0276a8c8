"""Word vectors at once: kept on disk, memory-mapped, and asked with gensim's verbs by numpy alone.

Reading a vectors.txt takes a while and importing gensim takes seconds, so the first is done once: a file holds what
answers rest on (`wordvectors.vectors.model_file`). Answers equal those of gensim's `KeyedVectors` and
`FastTextKeyedVectors`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordvectors.characters import common_form, known_form
from wordvectors.vectors.files import END_OF_SENTENCE, VectorsFileError
from wordvectors.vectors.model_file import Model, open_model, write_model
from wordvectors.vectors.ngrams import Ngrams
from wordvectors.vectors.search import nearest_rows
from wordvectors.vectors.unknown_words import (
    NO_SUBWORDS,
    NOTHING_LEARNT,
    LookedUp,
    Origin,
    UnknownWordError,
    close_spellings,
)

_SOURCE = "source"


class WordVectors:
    """Words and their vectors; a model with subwords has a vector for other words, too.

    Attributes
    ----------
    index_to_key : list of str
        The words, in descending frequency.
    vectors : array (words, dim), float32
        Memory-mapped, when they come from a file.
    norms : array (words,), float32
        The vectors' lengths.
    ngrams : Ngrams or None
        None for a model without subwords.
    """

    def __init__(
        self,
        words: list[str],
        vectors: NDArray[np.float32],
        norms: NDArray[np.float32] | None = None,
        ngrams: Ngrams | None = None,
    ) -> None:
        self.index_to_key, self.vectors, self.ngrams = words, vectors, ngrams
        self.norms = np.linalg.norm(vectors, axis=1) if norms is None else norms

    @classmethod
    def build(cls, source: str | Path, kept: str | Path) -> WordVectors:
        """Read a file of vectors, keep them as a model's file, and open that.

        Parameters
        ----------
        source
            Word vectors in word2vec's text or binary format or in fastText's, told by the content.
        kept
            The model's file; it appears when it is complete. Where it can't be written they are answered from
            memory.

        Raises
        ------
        VectorsFileError
            If the vectors can't be read; naming the place.
        """
        from wordvectors.vectors.readers import read_vectors

        source, kept = Path(source), Path(kept)
        described = _describe(source)
        words, matrix, ngrams = read_vectors(source)
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            if kept.is_dir():  # an earlier version kept a folder
                shutil.rmtree(kept)
            write_model(kept, words, matrix, ngrams, metadata={_SOURCE: described})
        except OSError:  # what can't be kept is answered from memory, and read again the next time
            return cls(words, matrix, ngrams=ngrams)
        return cls.open(kept)

    @classmethod
    def open(cls, path: str | Path) -> WordVectors:
        """Open a model's file by memory map; see `wordvectors.vectors.model_file`.

        Raises
        ------
        VectorsFileError
            If there is none, or it is damaged; `build` makes it anew.
        """
        try:
            return cls.of_model(open_model(Path(path)))
        except OSError as fault:
            raise VectorsFileError(f"{path} holds no word vectors: {fault}") from None

    @classmethod
    def of_model(cls, model: Model) -> WordVectors:
        """Return the vectors of a model's file."""
        return cls(model.words, model.vectors, model.norms, model.ngrams)

    @classmethod
    def of(cls, source: str | Path, kept: str | Path) -> WordVectors:
        """Open a model's file if it was made of this very source; else make it."""
        try:
            model = open_model(Path(kept))
            if model.metadata.get(_SOURCE) == _describe(Path(source)):
                return cls.of_model(model)
        except (OSError, VectorsFileError):
            pass
        return cls.build(source, kept)

    @cached_property
    def key_to_index(self) -> dict[str, int]:
        """The place of each word."""
        return dict(zip(self.index_to_key, range(len(self.index_to_key)), strict=True))

    @property
    def vector_size(self) -> int:
        """Number of values per word."""
        return self.vectors.shape[1]

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, word: object) -> bool:
        """Tell whether a word is in the vocabulary; `origin` tells of words that have a vector by their n-grams."""
        return word in self.key_to_index

    def __getitem__(self, words: str | list[str]) -> NDArray[np.float32]:
        """Return a word's vector (dim,), or those of several words (words, dim).

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        if isinstance(words, str):
            return self._vector(words)
        return np.array([self._vector(word) for word in words]).reshape(-1, self.vector_size)

    def origin(self, word: str) -> Origin:
        """Return what a word's vector comes from, exactly as it is written.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        if word not in self.key_to_index:
            self._vector(word)
            return Origin.NGRAMS
        return Origin.VOCABULARY

    def look_up(self, word: str) -> LookedUp:
        """Return a word that a person wrote as this model is to be asked for it; see `form_of`.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        form = self.form_of(word)
        if form is None:
            raise self.unknown(word)
        return LookedUp(form, self.origin(form))

    def only(self, words: Sequence[str]) -> WordVectors:
        """Return the vectors of these words alone, each once, in this order.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        distinct = list(dict.fromkeys(words))
        return WordVectors(distinct, self[distinct])

    def unit_vector(self, word: str) -> NDArray[np.float32]:
        """Return a word's vector at length 1; a zero vector stays zero."""
        vector = self._vector(word)
        return vector / (np.linalg.norm(vector) or np.float32(1))

    def similarity(self, first: str, second: str) -> float:
        """Return the cosine of two words' vectors.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        return float(self.unit_vector(first) @ self.unit_vector(second))

    def most_similar(
        self, positive: str | Sequence[str] = (), negative: str | Sequence[str] = (), topn: int = 10
    ) -> list[tuple[str, float]]:
        """Return the words closest to the mean of the positive words' vectors and the negative's, turned round.

        Parameters
        ----------
        positive, negative
            Words as the vocabulary spells them, or any where the model has subwords. Each counts alike, whatever
            its vector's length.
        topn
            How many neighbours, from 1.

        Returns
        -------
        list of (str, float)
            Neighbours with their cosine, closest first; the given words and fastText's end-of-sentence mark
            are left out.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        ValueError
            If `topn` is less than 1, or no word is given.

        Examples
        --------
        >>> vectors.most_similar(positive=["king", "woman"], negative="man", topn=1)   # doctest: +SKIP
        [('queen', 0.71)]
        """
        if topn < 1:
            raise ValueError(f"topn is {topn}; at least one neighbour must be asked for")
        given = [(word, 1.0) for word in _listed(positive)] + [(word, -1.0) for word in _listed(negative)]
        if not given:
            raise ValueError("no word is given; name at least one")
        return self._nearest([given], topn)[0]

    def most_similar_each(self, words: Sequence[str], topn: int = 10) -> list[list[tuple[str, float]]]:
        """Return the neighbours of each word, as `most_similar` does, in one pass over the vectors.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        ValueError
            If `topn` is less than 1.
        """
        if topn < 1:
            raise ValueError(f"topn is {topn}; at least one neighbour must be asked for")
        return self._nearest([[(word, 1.0)] for word in words], topn)

    def _nearest(
        self, questions: Sequence[Sequence[tuple[str, float]]], topn: int
    ) -> list[list[tuple[str, float]]]:
        """Return the neighbours of the sum of each question's words, each word's unit vector times its number."""
        sums = [
            np.sum([sign * self.unit_vector(word) for word, sign in given], axis=0) for given in questions
        ]
        units = np.array([each / (np.linalg.norm(each) or 1.0) for each in sums], np.float32)
        more = max(map(len, questions), default=0) + 1  # the given words, and the end-of-sentence mark
        found = []
        units = units.reshape(len(questions), self.vector_size)
        for given, near in zip(
            questions, nearest_rows(self.vectors, self.norms, units, topn + more), strict=True
        ):
            left_out = {END_OF_SENTENCE, *(word for word, _ in given)}
            named = ((self.index_to_key[place], float(cosine)) for place, cosine in zip(*near, strict=True))
            found.append([one for one in named if one[0] not in left_out][:topn])
        return found

    def doesnt_match(self, words: list[str]) -> str:
        """Return the word that is farthest from the mean of all.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        ValueError
            If no word is given.
        """
        if not words:
            raise ValueError("no word is given; name at least one")
        units = np.array([self.unit_vector(word) for word in words])
        return words[int(np.argmin(units @ units.mean(axis=0)))]

    def form_of(self, word: str) -> str | None:
        """Return a word in the form in which it has a vector; None if it has none.

        That is the form in which the vocabulary holds it: one of text that was not cleaned may have capitals, accents
        of their own or curly apostrophes. If it holds none, n-grams are taken of the word as cleaning writes it, or
        as it stands where the vocabulary is not so written.
        """
        if known := self._known_form(word):
            return known
        form = word if self._unusual_forms else common_form(word)
        return form if self.ngrams and self.ngrams.vector(form) is not None else None

    def _known_form(self, word: str) -> str | None:
        return known_form(word, self.key_to_index) or self._unusual_forms.get(common_form(word))

    @cached_property
    def _unusual_forms(self) -> dict[str, str]:
        forms = ((common_form(word), word) for word in reversed(self.index_to_key))
        return {form: word for form, word in forms if form != word}

    def _vector(self, word: str) -> NDArray[np.float32]:
        place = self.key_to_index.get(word)
        if place is not None:
            return np.array(self.vectors[place])
        vector = self.ngrams.vector(word) if self.ngrams else None
        if vector is None:
            raise self.unknown(word)
        return vector

    def unknown(self, word: str) -> UnknownWordError:
        """Return what to say of a word that has no vector."""
        form = self._known_form(word)
        close = () if form else close_spellings(word, self.index_to_key, most=3)
        return UnknownWordError(word, NOTHING_LEARNT if self.ngrams else NO_SUBWORDS, close, form)


def _listed(words: str | Sequence[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def _describe(path: Path) -> str:
    status = os.stat(path)
    return json.dumps({
        "path": str(path.resolve()), "bytes": status.st_size, "modified_ns": status.st_mtime_ns,
    })  # fmt: skip
