"""What is near to what: gensim's verbs, by numpy alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from wordvectors.vectors.files import END_OF_SENTENCE
from wordvectors.vectors.lookup import Lookup, Term
from wordvectors.vectors.search import inverse, nearest_rows, unit

Given: TypeAlias = Term | tuple[Term, float]
"""A term, or one with the weight that it has."""

_One = TypeVar("_One", Term, Given)

_NO_ZERO = 1e-6
"""Levy and Goldberg's epsilon: a product of negative words' cosines may be 0."""


class Neighbours(Lookup):
    """Answers what is near to what; they are those of gensim's `KeyedVectors` and `FastTextKeyedVectors`."""

    def most_similar(
        self,
        positive: Term | Sequence[Given] | None = None,
        negative: Term | Sequence[Given] | None = None,
        topn: int = 10,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
    ) -> list[tuple[str, float]]:
        """Return the words closest to the mean of the positive words' vectors and the negative's, turned round.

        Parameters
        ----------
        positive, negative
            Words as the vocabulary spells them, or any where the model has subwords; or vectors. Each word counts
            alike, whatever its vector's length; a vector counts as it is. A pair of a word and a number gives the
            word this weight instead of 1, or of -1 among the negative ones.
        topn
            How many neighbours, from 1.
        clip_start, clip_end
            The part of the vocabulary in which neighbours are looked for; by default all of it.
        restrict_vocab
            Look among so many most frequent words, whatever the part is.

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
            If `topn` or `restrict_vocab` is less than 1, no word is given, or a vector does not fit.

        Examples
        --------
        >>> vectors.most_similar(positive=["king", "woman"], negative="man", topn=1)   # doctest: +SKIP
        [('queen', 0.71)]
        """
        _at_least_one("topn", topn)
        given = [*_weighted(positive, 1.0), *_weighted(negative, -1.0)]
        if not given:
            raise ValueError("no word is given; name at least one")
        part = self._part(restrict_vocab) if restrict_vocab is not None else slice(clip_start, clip_end)
        return self._nearest([given], topn, part)[0]

    def most_similar_each(self, words: Sequence[str], topn: int = 10) -> list[list[tuple[str, float]]]:
        """Return the neighbours of each word, as `most_similar` does, in one pass over the vectors.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        ValueError
            If `topn` is less than 1.
        """
        _at_least_one("topn", topn)
        return self._nearest([[(word, 1.0)] for word in words], topn, slice(None))

    def similar_by_word(
        self, word: str, topn: int = 10, restrict_vocab: int | None = None
    ) -> list[tuple[str, float]]:
        """Return a word's neighbours, as `most_similar` does."""
        return self.most_similar([word], topn=topn, restrict_vocab=restrict_vocab)

    similar_by_key = similar_by_word

    def similar_by_vector(
        self, vector: NDArray[np.float32], topn: int = 10, restrict_vocab: int | None = None
    ) -> list[tuple[str, float]]:
        """Return the neighbours of a vector (dim,), as `most_similar` does; no word is given, so none is left out."""
        return self.most_similar([vector], topn=topn, restrict_vocab=restrict_vocab)

    def most_similar_cosmul(
        self,
        positive: Term | Sequence[Term] | None = None,
        negative: Term | Sequence[Term] | None = None,
        topn: int = 10,
        restrict_vocab: int | None = None,
    ) -> list[tuple[str, float]]:
        """Return the words with the greatest product of cosines, instead of their sum: 3CosMul.

        Equation (4) of Levy and Goldberg (2014), "Linguistic regularities in sparse and explicit word
        representations": cosines are brought into the range from 0 to 1, those with positive words are multiplied,
        and divided by those with negative ones. Parameters, answers and errors are those of `most_similar`, but no
        word has a weight, and at least one has to be positive.
        """
        _at_least_one("topn", topn)
        plus, minus = _listed(positive), _listed(negative)
        if not plus:
            raise ValueError("no positive word is given; name at least one")
        part = self._part(restrict_vocab)
        terms: NDArray[np.float32] = np.array([self._term(term) for term in (*plus, *minus)], np.float32)
        rows: NDArray[np.float32] = self.vectors[part] @ terms.T
        shares = (1 + rows * inverse(self.norms[part])[:, None]) / 2
        scores = shares[:, : len(plus)].prod(axis=1) / (shares[:, len(plus) :].prod(axis=1) + _NO_ZERO)
        order = np.argsort(-scores, kind="stable")[: topn + len(plus) + len(minus) + 1]
        left_out = _left_out((*plus, *minus))
        named = ((self.index_to_key[place], float(scores[place])) for place in order)
        return [one for one in named if one[0] not in left_out][:topn]

    def similarity(self, first: str, second: str) -> float:
        """Return the cosine of two words' vectors.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        return float(self.get_vector(first, norm=True) @ self.get_vector(second, norm=True))

    def n_similarity(self, first: Sequence[str], second: Sequence[str]) -> float:
        """Return the cosine of the means of two groups of words, whose vectors count as they are.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        ValueError
            If one of them is empty.
        """
        means = [
            self.get_mean_vector(words, pre_normalize=False, post_normalize=True) for words in (first, second)
        ]
        return float(means[0] @ means[1])

    def distance(self, first: str, second: str) -> float:
        """Return 1 less the cosine of two words' vectors."""
        return 1 - self.similarity(first, second)

    def distances(self, of: Term, others: Sequence[str] = ()) -> NDArray[np.float32]:
        """Return 1 less the cosine of a word or a vector with each of the other words, by default with all.

        Returns
        -------
        array (words,)
            In the order of the words given, or of the vocabulary.
        """
        vectors = self[list(others)] if len(others) else self.vectors
        norms = np.linalg.norm(vectors, axis=1) if len(others) else self.norms
        return 1 - (vectors @ unit(self._term(of))) * inverse(norms)

    def closer_than(self, first: str, second: str) -> list[str]:
        """Return the words that are closer to the first word than the second is, in the order of the vocabulary.

        The first word itself and fastText's end-of-sentence mark are left out.
        """
        distances = self.distances(first)
        place = self._places.get(second)
        limit = self.distances(first, [second])[0] if place is None else distances[place]
        words = (self.index_to_key[closer] for closer in np.flatnonzero(distances < limit))
        return [word for word in words if word not in (first, END_OF_SENTENCE)]

    def rank(self, first: str, second: str) -> int:
        """Return the second word's place among the first one's neighbours, from 1."""
        return len(self.closer_than(first, second)) + 1

    def most_similar_to_given(self, word: str, others: Sequence[str]) -> str:
        """Return the one of the other words that is closest to a word."""
        if not len(others):
            raise ValueError("no word is given to choose from; name at least one")
        return others[int(np.argmin(self.distances(word, others)))]

    def rank_by_centrality(self, words: Sequence[str], use_norm: bool = True) -> list[tuple[float, str]]:
        """Return words by their cosine with the mean of all, the closest to it first.

        Parameters
        ----------
        use_norm
            Take all vectors at length 1; else the values are products, not cosines.
        """
        if not len(words):
            raise ValueError("no word is given; name at least one")
        vectors = np.array([self.get_vector(word, norm=use_norm) for word in words])
        return sorted(zip((vectors @ unit(vectors.mean(axis=0))).tolist(), words, strict=True), reverse=True)

    def doesnt_match(self, words: Sequence[str]) -> str:
        """Return the word that is farthest from the mean of all.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        ValueError
            If no word is given.
        """
        return self.rank_by_centrality(words)[-1][1]

    def relative_cosine_similarity(self, first: str, second: str, topn: int = 10) -> float:
        """Return the cosine of two words, divided by the sum of those of the first one's nearest.

        Equation (1) of Leeuwenberg et al. (2016), "A minimally supervised approach for synonym extraction with word
        embeddings": above 1 / `topn` the two are closer than the nearest are on the average.
        """
        return self.similarity(first, second) / sum(
            cosine for _, cosine in self.most_similar(first, topn=topn)
        )

    def _part(self, restrict_vocab: int | None) -> slice:
        if restrict_vocab is not None:
            _at_least_one("restrict_vocab", restrict_vocab)
        return slice(restrict_vocab)

    def _nearest(
        self, questions: Sequence[Sequence[tuple[Term, float]]], topn: int, part: slice
    ) -> list[list[tuple[str, float]]]:
        """Return the neighbours of the sum of each question's terms, each term's vector times its number."""
        sums = [np.sum([weight * self._term(term) for term, weight in given], axis=0) for given in questions]
        units = np.array([unit(each) for each in sums], np.float32).reshape(len(questions), self.vector_size)
        more = max(map(len, questions), default=0) + 1  # the given words, and the end-of-sentence mark
        names = range(*part.indices(len(self)))
        found = []
        near = nearest_rows(self.vectors[part], self.norms[part], units, topn + more)
        for given, (places, cosines) in zip(questions, near, strict=True):
            left_out = _left_out(term for term, _ in given)
            named = (
                (self.index_to_key[names[place]], float(cosine))
                for place, cosine in zip(places, cosines, strict=True)
            )
            found.append([one for one in named if one[0] not in left_out][:topn])
        return found


def _at_least_one(name: str, value: int) -> None:
    if value is None or value < 1:
        raise ValueError(f"{name} is {value}; it must be at least 1")


def _listed(given: Term | Sequence[_One] | None) -> list[Term | _One]:
    if given is None:
        return []
    if isinstance(given, str) or (isinstance(given, np.ndarray) and given.ndim == 1):
        return [given]
    return list(given)


def _weighted(given: Term | Sequence[Given] | None, weight: float) -> list[tuple[Term, float]]:
    return [one if isinstance(one, tuple) else (one, weight) for one in _listed(given)]


def _left_out(terms: Iterable[Given]) -> set[str]:
    return {END_OF_SENTENCE, *(term for term in terms if isinstance(term, str))}
