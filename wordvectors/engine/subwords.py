"""Which input rows each word has: its own, and with subwords those of its n-grams, as in fastText.

A word's n-grams are the runs of `min_char` to `max_char` characters of it between `<` and `>`; a hash says which of
the `buckets` each falls into (Bojanowski et al. 2017; fastText's `Dictionary::computeSubwords`). Most buckets
belong to no n-gram of the vocabulary and have no row here. Rows stand in the order in which they are met most, so that
the frequent ones lie together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordvectors.engine.draws import LOW_HALF, compiled
from wordvectors.engine.plain import Floats, Words

HASH_START, HASH_FACTOR = np.uint64(2166136261), np.uint64(16777619)
"""Of the 32-bit FNV-1a hash."""

SIGN = np.uint64(0xFFFFFF00)
"""fastText takes bytes for signed numbers."""


@dataclass(frozen=True)
class InputRows:
    """The rows of the input matrix, and the words that they belong to.

    Attributes
    ----------
    count : int
        Rows of the matrix.
    starts, rows : arrays (words + 1,) and (n,), int64 and int32
        Word w has the rows `rows[starts[w] : starts[w + 1]]`; its own is the first.
    met : array (count,)
        How often each row is met in training; never more often than the one before it.
    buckets, bucket_rows : arrays (used buckets,), int64 and int32
        The buckets that have a row, and which.
    """

    count: int
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    met: NDArray[np.float64]
    buckets: NDArray[np.int64]
    bucket_rows: NDArray[np.int32]

    @property
    def words(self) -> int:
        """How many words there are."""
        return len(self.starts) - 1

    @property
    def word_rows(self) -> NDArray[np.int32]:
        """The words' own rows, array (words,)."""
        return self.rows[self.starts[:-1]]


def one_row_each(met: NDArray[np.float64]) -> InputRows:
    """Return the rows of words without n-grams; `met`, array (words,), says how often each is met in training."""
    words, none = len(met), np.empty(0, np.int64)
    return InputRows(
        words, np.arange(words + 1), np.arange(words, dtype=np.int32), met, none, none.astype(np.int32)
    )


def with_ngrams(words: list[str], met: NDArray[np.float64], least: int, most: int, buckets: int) -> InputRows:
    """Return the rows of words and of their n-grams.

    Parameters
    ----------
    words
        The vocabulary.
    met : array (words,)
        How often each is met in training.
    least, most
        Characters of an n-gram.
    buckets
        Into which n-grams are hashed.
    """
    spelled = [word.encode() for word in words]
    ends = np.cumsum([len(word) + 2 for word in spelled])
    text = np.frombuffer(b"".join(b"<%b>" % word for word in spelled), np.uint8)
    del spelled
    starts = np.zeros(len(words) + 1, np.int64)
    hash_ngrams(text, ends, least, most, buckets, starts[1:], np.empty(0, np.int32))  # only counts
    starts[1:] += 1
    np.cumsum(starts, out=starts)
    rows = np.empty(starts[-1], np.int32)
    hash_ngrams(text, ends, least, most, buckets, starts[:-1] + 1, rows)

    is_used, bucket_met = np.zeros(buckets, np.bool_), np.zeros(buckets)
    _meet(rows, starts, met, is_used, bucket_met)
    used = np.flatnonzero(is_used)
    in_all: NDArray[np.float64] = np.concatenate((met, bucket_met[used]))
    place, order = np.empty(len(in_all), np.int32), np.argsort(-in_all, kind="stable")
    place[order] = np.arange(len(in_all), dtype=np.int32)
    bucket_rows = np.empty(buckets, np.int32)
    bucket_rows[used] = place[len(words) :]
    _number(rows, starts, place, bucket_rows)
    return InputRows(len(in_all), starts, rows, in_all[order], used, place[len(words) :])


@compiled
def _meet(
    buckets: Words, starts: NDArray[np.int64], met: NDArray[np.float64],
    is_used: NDArray[np.bool_], bucket_met: NDArray[np.float64],
) -> None:  # fmt: skip
    """Fill in which buckets words' n-grams fall into, and how often each is met; a word's first place is its own."""
    for word in range(met.size):
        for at in range(starts[word] + 1, starts[word + 1]):
            is_used[buckets[at]] = True
            bucket_met[buckets[at]] += met[word]


@compiled
def _number(rows: Words, starts: NDArray[np.int64], own_rows: Words, bucket_rows: Words) -> None:
    """Put rows in the place of buckets."""
    for word in range(starts.size - 1):
        rows[starts[word]] = own_rows[word]
        for at in range(starts[word] + 1, starts[word + 1]):
            rows[at] = bucket_rows[rows[at]]


@compiled
def hash_ngrams(
    text: NDArray[np.uint8], ends: NDArray[np.int64], least: int, most: int, buckets: int,
    places: NDArray[np.int64], found: Words,
) -> None:  # fmt: skip
    """Fill in the buckets of each word's n-grams from its place in `found` on.

    If `found` is empty, fill in how many they are instead. `text` is UTF-8, a character does not begin with the
    bits 10. `<` and `>` alone are no n-grams.
    """
    begin = 0
    for word in range(ends.size):
        end, filled = ends[word], 0
        for first in range(begin, end):
            if text[first] & 0xC0 == 0x80:
                continue
            hashed, characters, at = HASH_START, 0, first
            while at < end and characters < most:
                characters += 1
                while True:  # a character's bytes
                    byte = np.uint64(text[at])
                    hashed ^= byte | SIGN if byte >= 128 else byte
                    hashed = (hashed * HASH_FACTOR) & LOW_HALF
                    at += 1
                    if at >= end or text[at] & 0xC0 != 0x80:
                        break
                if characters >= least and not (characters == 1 and (first == begin or at == end)):
                    if found.size:
                        found[places[word] + filled] = hashed % np.uint64(buckets)
                    filled += 1
        if not found.size:
            places[word] = filled
        begin = end


@compiled
def mean_rows(matrix: Floats, starts: NDArray[np.int64], rows: Words, into: Floats) -> None:
    """Fill in the mean of each word's rows; `into` has as many columns as there are dimensions, without padding."""
    for word in range(into.shape[0]):
        for k in range(into.shape[1]):
            into[word, k] = 0.0
        for r in range(starts[word], starts[word + 1]):
            for k in range(into.shape[1]):
                into[word, k] += matrix[rows[r], k]
        for k in range(into.shape[1]):
            into[word, k] /= np.float32(starts[word + 1] - starts[word])
