"""Words and their vectors: what a word's vector is, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wordvectors.characters import common_form, known_form
from wordvectors.vectors.ngrams import Ngrams
from wordvectors.vectors.places import Places
from wordvectors.vectors.search import unit
from wordvectors.vectors.unknown_words import (
    NO_SUBWORDS,
    NOTHING_LEARNT,
    LookedUp,
    Origin,
    UnknownWordError,
    close_spellings,
)

_SHOWN_WORDS = 5
COUNT = "count"
"""gensim's name of how often a word occurs in the corpus."""
NO_COUNTS = (
    "this model's word counts are not known: word2vec's formats, such as vectors.txt, hold none, and earlier "
    "versions kept none of a run. `wordvectors download RUN` fetches a vectors.bin, which has them: load that file"
)

Term: TypeAlias = str | NDArray[np.float32]
"""A word, or a vector (dim,)."""


class Lookup:
    """Words and their vectors; `WordVectors` describes the attributes."""

    def __init__(
        self,
        words: list[str],
        vectors: NDArray[np.float32],
        norms: NDArray[np.float32] | None = None,
        ngrams: Ngrams | None = None,
        counts: NDArray[np.int64] | None = None,
    ) -> None:
        self.index_to_key, self.vectors, self.ngrams, self.counts = words, vectors, ngrams, counts
        self.norms = np.linalg.norm(vectors, axis=1) if norms is None else norms
        self._places = Places(words)

    def __repr__(self) -> str:
        """Return what this model is in one line: its size, its most frequent words, its n-grams."""
        first = " ".join(map(self._with_count, self.index_to_key[:_SHOWN_WORDS]))
        more = " …" if len(self) > _SHOWN_WORDS else ""
        ngrams = f", n-grams of {self.ngrams.least} to {self.ngrams.most} characters" if self.ngrams else ""
        size = f"{len(self):,} words, {self.vector_size} dimensions"
        return f"<{type(self).__name__}: {size}{ngrams}: {first}{more}>"

    def _with_count(self, word: str) -> str:
        return word if self.counts is None else f"{word} ({self.get_vecattr(word, COUNT):,})"

    @property
    def key_to_index(self) -> dict[str, int]:
        """The place of each word."""
        return self._places.table

    @property
    def vector_size(self) -> int:
        """Number of values per word."""
        return self.vectors.shape[1]

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, word: object) -> bool:
        """Tell whether a word is in the vocabulary; `origin` tells of words that have a vector by their n-grams."""
        return word in self._places

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
        if word not in self._places:
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

    def get_vector(self, word: str, norm: bool = False) -> NDArray[np.float32]:
        """Return a word's vector (dim,); with `norm` at length 1, where a zero vector stays zero.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        vector = self._vector(word)
        return unit(vector) if norm else vector

    def get_index(self, word: str, default: int | None = None) -> int:
        """Return a word's place in `index_to_key`; if the vocabulary lacks it, the default.

        Raises
        ------
        UnknownWordError
            A `KeyError`, if there is no default.
        """
        place = self._places.get(word)
        place = default if place is None else place
        if place is None:
            raise self.unknown(word)
        return place

    def get_vecattr(self, word: str, attr: str) -> int:
        """Return what is known of a word of the vocabulary: its `count`, how often it occurs in the corpus.

        Raises
        ------
        UnknownWordError
            A `KeyError`, if the vocabulary lacks the word.
        KeyError
            If something else is asked for, or this model has no counts.
        """
        if attr != COUNT:
            raise KeyError(f"nothing is kept under {attr!r}; there is {COUNT!r}")
        place = self.get_index(word)
        if self.counts is None:
            raise KeyError(NO_COUNTS)
        return int(self.counts[place])

    def get_normed_vectors(self) -> NDArray[np.float32]:
        """Return all vectors at length 1, (words, dim); zero vectors stay zero."""
        norms = self.norms[:, None]
        return np.divide(self.vectors, norms, out=np.zeros_like(self.vectors), where=norms > 0)

    def get_mean_vector(
        self,
        terms: Sequence[Term],
        weights: Sequence[float] | None = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = False,
    ) -> NDArray[np.float32]:
        """Return the mean of words' vectors and of vectors, (dim,).

        Parameters
        ----------
        weights
            Of each; 1 by default. The weighted sum is divided by the sum of their absolute values.
        pre_normalize, post_normalize
            Take each word's vector at length 1; give the mean length 1.
        ignore_missing
            Pass over words that have no vector.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        ValueError
            If nothing is given, or there is not one weight for each.
        """
        given = [1.0] * len(terms) if weights is None else list(weights)
        if len(given) != len(terms):
            raise ValueError(f"there are {len(given)} weights for {len(terms)} words; give one for each")
        taken = [
            (self._term(term, norm=pre_normalize), weight)
            for term, weight in zip(terms, given, strict=True)
            if not (ignore_missing and isinstance(term, str) and not self._has_vector(term))
        ]
        if not taken:
            raise ValueError("no word with a vector is given; name at least one")
        total = sum(abs(weight) for _, weight in taken)
        mean = np.sum([weight * vector for vector, weight in taken], axis=0) / (total or 1)
        return (unit(mean) if post_normalize else mean).astype(np.float32)

    def _has_vector(self, word: str) -> bool:
        return word in self or (self.ngrams is not None and self.ngrams.vector(word) is not None)

    def _term(self, term: Term, *, norm: bool = True) -> NDArray[np.float32]:
        if isinstance(term, str):
            return self.get_vector(term, norm=norm)
        vector = np.asarray(term, np.float32)
        if vector.shape != (self.vector_size,) or not np.isfinite(vector).all():
            raise ValueError(
                f"a vector of shape {vector.shape} is given; this model takes words, and vectors of "
                f"{self.vector_size} finite numbers"
            )
        return vector

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
        return known_form(word, self._places) or self._unusual_forms.get(common_form(word))

    @cached_property
    def _unusual_forms(self) -> dict[str, str]:
        unusual = [word for word in self.index_to_key if not (word.islower() and word.isascii())]
        forms = ((common_form(word), word) for word in reversed(unusual))
        return {form: word for form, word in forms if form != word}

    def _vector(self, word: str) -> NDArray[np.float32]:
        place = self._places.get(word)
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
