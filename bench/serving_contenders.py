"""Who is asked for neighbours: each reads the same vectors, and is asked with words for the ten nearest of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from wordvectors.vectors.word_vectors import WordVectors

OURS, REFERENCE, GRAPH = "wordvectors", "gensim", "usearch, graph"
GRAPH_WORDS = 200_000
"""Of a larger model usearch's graph takes too long to build here."""
TEN = 10

Ask = Callable[[list[str]], list[list[str]]]
"""Takes words, and returns the ten nearest of each."""


def keyed_vectors(names: list[str], matrix: np.ndarray) -> Any:
    """Return gensim's own holder of vectors."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(matrix.shape[1])
    vectors.vectors, vectors.index_to_key = matrix, names
    vectors.key_to_index = {name: place for place, name in enumerate(names)}
    return vectors


def _gensim(path: Path, names: list[str], matrix: np.ndarray) -> Ask:
    vectors = keyed_vectors(names, matrix)
    vectors.fill_norms()
    return lambda words: [[near for near, _ in vectors.most_similar(word, topn=TEN)] for word in words]


def _ours(path: Path, names: list[str], matrix: np.ndarray) -> Ask:
    vectors = WordVectors.open(path)
    return lambda words: [[near for near, _ in each] for each in vectors.most_similar_each(words, topn=TEN)]


def _faiss(path: Path, names: list[str], matrix: np.ndarray) -> Ask:
    import faiss

    faiss.omp_set_num_threads(1)
    place = {name: number for number, name in enumerate(names)}
    index = faiss.IndexFlatIP(matrix.shape[1])
    index.add(_units(matrix))

    def ask(words: list[str]) -> list[list[str]]:
        rows = np.array([index.reconstruct(place[word]) for word in words])
        return _named(names, words, index.search(rows, TEN + 1)[1])

    return ask


def _usearch(path: Path, names: list[str], matrix: np.ndarray) -> Ask:
    from usearch.index import Index

    units, place = _units(matrix), {name: number for number, name in enumerate(names)}
    index = Index(ndim=matrix.shape[1], metric="ip", dtype="f32")
    index.add(np.arange(len(names)), units)

    def ask(words: list[str]) -> list[list[str]]:
        found = index.search(units[[place[word] for word in words]], TEN + 1, threads=1)
        return _named(names, words, np.asarray(found.keys).reshape(len(words), -1))

    return ask


def _named(names: list[str], words: list[str], places: np.ndarray) -> list[list[str]]:
    return [
        [names[place] for place in row if names[place] != word][:TEN]
        for word, row in zip(words, places, strict=True)
    ]


def _units(matrix: np.ndarray) -> np.ndarray:
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


MAKERS = {REFERENCE: _gensim, OURS: _ours, "FAISS, flat": _faiss, GRAPH: _usearch}
"""Each takes the model's file, its words and its vectors."""
