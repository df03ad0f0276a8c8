"""Vectors of any word by its n-grams, as in fastText (Bojanowski et al. 2017), by numpy alone.

A word's n-grams are the runs of `least` to `most` characters of it between `<` and `>`. A hash (32-bit FNV-1a, whose
bytes fastText takes for signed numbers: `Dictionary::computeSubwords`) says which of the buckets each falls into, and
each bucket has a row. A word of the vocabulary has the mean of its own row and those of its n-grams; any other word
the mean of those of its n-grams.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_HASH_START, _HASH_FACTOR = np.uint32(2166136261), np.uint32(16777619)
_SIGN = np.uint32(0xFFFFFF00)
_WORDS_AT_ONCE = 8192


@dataclass(frozen=True)
class Ngrams:
    """The rows of the n-gram buckets.

    Attributes
    ----------
    rows : array (rows, dim), float32
        May be memory-mapped. A bucket that no n-gram of the vocabulary falls into may be zeros, or have no row.
    least, most : int
        Characters of an n-gram.
    buckets : int
        How many there are.
    ids : array (rows,) or None
        The bucket of each row, ascending; None where each bucket has a row.
    """

    rows: NDArray[np.float32]
    least: int
    most: int
    buckets: int
    ids: NDArray[np.uint32] | None = None

    def vector(self, word: str) -> NDArray[np.float32] | None:
        """Return an unknown word's vector (dim,); None where nothing of the word was learnt.

        That is so where it has no n-gram of these lengths, or only such as the vocabulary has not.
        """
        try:
            found = ngram_buckets([word], self.least, self.most, self.buckets)[1]
        except UnicodeEncodeError:  # half a character
            return None
        if not len(found):
            return None
        vector: NDArray[np.float32] = self.rows[self._places(found)].sum(axis=0) / np.float32(len(found))
        return vector if vector.any() else None

    def _places(self, found: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of those of the buckets that have one."""
        if self.ids is None:
            return found
        places = np.searchsorted(self.ids, found)
        there = places < len(self.ids)
        there[there] = self.ids[places[there]] == found[there]
        return places[there]

    def vectors_of(self, words: Sequence[str], own_rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the vectors of the vocabulary's words, (words, dim), from their own rows and their n-grams'.

        Each bucket must have a row.
        """
        vectors = np.empty(own_rows.shape, np.float32)
        for start in range(0, len(words), _WORDS_AT_ONCE):
            these = slice(start, start + _WORDS_AT_ONCE)
            counts, buckets = ngram_buckets(words[these], self.least, self.most, self.buckets)
            sums = own_rows[these] + _sums(self.rows, counts, buckets)
            vectors[these] = sums / (counts + 1).astype(np.float32)[:, None]
        return vectors


class NgramsOfWords:
    """Vectors of some words, made of a model's rows of n-grams as these pass by; no others are kept.

    Parameters
    ----------
    words
        Whose vectors are wanted.
    least, most
        Characters of an n-gram.
    buckets, dim
        The rows that will pass by, and their values.

    Attributes
    ----------
    bytes : int
        What the rows that are kept take.
    """

    def __init__(self, words: Sequence[str], least: int, most: int, buckets: int, dim: int) -> None:
        self._words, self._dim = words, dim
        self._counts, found = ngram_buckets(words, least, most, buckets)
        self._wanted, self._places = np.unique(found, return_inverse=True)
        self.bytes = 4 * dim * len(self._wanted)

    def vectors(self, blocks: Iterable[NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """Take the rows from consecutive blocks (rows, dim), and return the words' vectors.

        A word of which nothing was learnt is not among them; see `Ngrams.vector`.
        """
        rows = np.zeros((len(self._wanted), self._dim), np.float32)
        passed = 0
        for block in blocks:
            first, last = np.searchsorted(self._wanted, (passed, passed + len(block)))
            rows[first:last] = block[self._wanted[first:last] - passed]
            passed += len(block)
        found: dict[str, NDArray[np.float32]] = {}
        ends = np.concatenate(([0], np.cumsum(self._counts)))
        for start in range(0, len(self._words), _WORDS_AT_ONCE):
            counts = self._counts[start : start + _WORDS_AT_ONCE]
            places = self._places[ends[start] : ends[start + len(counts)]]
            means = _sums(rows, counts, places) / np.maximum(counts, 1).astype(np.float32)[:, None]
            named = zip(self._words[start : start + len(counts)], means, strict=True)
            found |= {word: mean.copy() for word, mean in named if mean.any()}
        return found


def _sums(
    rows: NDArray[np.float32], counts: NDArray[np.int64], places: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the sum of each word's rows, (words, dim): `counts` says how many of the places are each word's."""
    sums = np.zeros((len(counts), rows.shape[1]), np.float32)
    some = np.flatnonzero(counts)
    if len(some):
        begins = np.concatenate(([0], np.cumsum(counts[some])[:-1]))
        sums[some] = np.add.reduceat(rows[places], begins, axis=0)
    return sums


def ngram_buckets(
    words: Sequence[str], least: int, most: int, buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many n-grams each word has, (words,), and their buckets, word by word, in fastText's order.

    Raises
    ------
    UnicodeEncodeError
        If a word holds half a character.

    Examples
    --------
    >>> counts, found = ngram_buckets(["ab"], 3, 6, 2_000_000)  # <ab, <ab>, ab>
    >>> counts.tolist(), len(found)
    ([3], 3)
    """
    text = np.frombuffer("".join(f"<{word}>" for word in words).encode(), np.uint8)
    begins = np.flatnonzero(text & 0xC0 != 0x80)  # where a character begins, in bytes
    widths = np.diff(begins, append=len(text))
    lengths = np.fromiter((len(word) + 2 for word in words), np.int64, len(words))
    word_of = np.repeat(np.arange(len(words)), lengths)
    ends = np.cumsum(lengths)
    first = np.arange(len(begins))  # the characters at which an n-gram begins
    hashes = np.full(len(first), _HASH_START)
    firsts, found = [first[:0]], [first[:0]]
    for characters in range(1, most + 1):
        last = first + characters - 1
        inside = last < ends[word_of[first]]
        first, last, hashes = first[inside], last[inside], hashes[inside]
        if not len(first):
            break
        for byte in range(4):
            longer = np.flatnonzero(widths[last] > byte)
            value = text[begins[last[longer]] + byte].astype(np.uint32)
            hashes[longer] = (hashes[longer] ^ np.where(value >= 128, value | _SIGN, value)) * _HASH_FACTOR
        if characters >= least:
            # `<` and `>` alone are none
            counts = (
                (first > ends[word_of[first]] - lengths[word_of[first]]) & (last < ends[word_of[first]] - 1)
                if characters == 1
                else np.ones(len(first), np.bool_)
            )
            firsts.append(first[counts])
            found.append((hashes[counts] % np.uint32(buckets)).astype(np.int64))
    all_firsts = np.concatenate(firsts)
    order = np.argsort(all_firsts, kind="stable")
    return np.bincount(word_of[all_firsts], minlength=len(words)), np.concatenate(found)[order]
