"""The words of a model: which ones a report is about, and their nearest neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordvectors.vectors.files import END_OF_SENTENCE
from wordvectors.vectors.word_vectors import WordVectors

PROBES = 8
_CANDIDATES = 100
_LEAST_LETTERS = 4
"""Frequent words that are shorter say little in most languages: the, und, que."""
_ROWS_AT_ONCE = 64

Neighbours = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Probe:
    """A word that was asked about.

    Attributes
    ----------
    neighbours : tuple of (str, float)
        With their cosine, the nearest first; empty if the word has no vector.
    alike : tuple of str
        For a word that has none: words of the vocabulary that are spelled like it.
    """

    word: str
    neighbours: Neighbours
    alike: tuple[str, ...] = ()


def unit_length(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors, (words, dim), at length 1; zero stays zero."""
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return (matrix / np.where(norms > 0, norms, 1)).astype(np.float32)


def neighbours(index: WordVectors, rows: Sequence[int], topn: int = 10) -> list[Neighbours]:
    """Return the nearest neighbours of the words in these rows, as `index.most_similar` does of one."""
    found: list[Neighbours] = []
    kept = min(
        topn + 2, len(index.index_to_key)
    )  # the word itself and the end-of-sentence mark may be among them
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = np.asarray(rows[start : start + _ROWS_AT_ONCE])
        cosines = index.vectors[block] @ index.vectors.T
        nearest = np.argpartition(-cosines, kept - 1, axis=1)[:, :kept]
        for row, own, columns in zip(block, cosines, nearest, strict=True):
            ordered = columns[np.lexsort((columns, -own[columns]))]
            named = ((index.index_to_key[column], float(own[column])) for column in ordered if column != row)
            found.append(tuple((word, cosine) for word, cosine in named if word != END_OF_SENTENCE)[:topn])
    return found


def frequent_rows(words: Sequence[str], most: int) -> list[int]:
    """Return the rows of the most frequent words, the end-of-sentence mark left out."""
    return [row for row, word in enumerate(words[: most + 1]) if word != END_OF_SENTENCE][:most]


def probe(
    index: WordVectors, lengths: NDArray[np.float32], wanted: Sequence[str], topn: int = 10
) -> list[Probe]:
    """Look words up: those that a plan names, else the corpus's own typical ones.

    Parameters
    ----------
    lengths
        (words,): of the vectors as they were learnt, by which `typical_rows` chooses.
    """
    row_of = {word: row for row, word in reversed(list(enumerate(index.index_to_key)))}
    asked = list(wanted) or [index.index_to_key[row] for row in typical_rows(index, lengths)]
    chosen = list(dict.fromkeys(index.form_of(word) or word for word in asked))
    known = [word for word in chosen if word in row_of]
    near = dict(zip(known, neighbours(index, [row_of[word] for word in known], topn), strict=True))
    return [
        Probe(word, near[word]) if word in near else Probe(word, (), index.unknown(word).suggestions)
        for word in chosen
    ]


def typical_rows(index: WordVectors, lengths: NDArray[np.float32], most: int = PROBES) -> list[int]:
    """Return words that a corpus is about: of its 100 most frequent, those with the longest vectors.

    Among words of like frequency those that occur in few contexts get long vectors, and those that occur in all get
    short ones (Schakel and Wilson 2015, "Measuring word significance using distributed representations of words",
    arXiv:1508.02297). That needs no list of words, and so works in every language. No two of them are among each
    other's ten nearest neighbours, as long as there are others. Words have at least four letters, unless a language
    has too few of these.
    """
    frequent = [row for row, word in enumerate(index.index_to_key) if word.isalpha()]
    long = [row for row in frequent if len(index.index_to_key[row]) >= _LEAST_LETTERS]
    rows = (long if len(long) >= most else frequent)[:_CANDIDATES]
    near = {
        row: {word for word, _ in found} for row, found in zip(rows, neighbours(index, rows), strict=True)
    }
    by_length = sorted(rows, key=lambda row: -lengths[row])
    chosen: list[int] = []
    for row in by_length:
        word = index.index_to_key[row]
        if not any(word in near[other] or index.index_to_key[other] in near[row] for other in chosen):
            chosen.append(row)
    return [*chosen, *(row for row in by_length if row not in chosen)][:most]
