"""The clusters of the map: k-means of the words' vectors, each named by words of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_CLUSTERS = 8
"""No more colours can be told apart at a glance."""
LEAST_WORDS = 10
"""For each cluster, on average."""
_NAMING_WORDS = 3
_SEED = 0


@dataclass(frozen=True)
class Cluster:
    """Words with like vectors; `name` are those that stand for it, and `size` says how many there are."""

    name: tuple[str, ...]
    size: int


def clusters(
    words: Sequence[str], unit_vectors: NDArray[np.float32]
) -> tuple[tuple[Cluster, ...], NDArray[np.intp]]:
    """Put words with like vectors together.

    scikit-learn's `KMeans` on vectors of length 1, where the nearest centre is the one with the highest cosine. The
    same vectors make the same clusters: the seed is fixed, and one thread adds up in one order.

    Parameters
    ----------
    unit_vectors
        (words, dim), float32, of length 1 or 0.

    Returns
    -------
    clusters
        The largest first.
    of_word : array (words,)
        The place of each word's cluster among them.
    """
    count = min(MOST_CLUSTERS, len(words) // LEAST_WORDS, len(np.unique(unit_vectors, axis=0)))
    if count < 2:
        return (), np.zeros(len(words), dtype=np.intp)
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        found = KMeans(count, n_init=4, random_state=_SEED).fit(unit_vectors)
    order = np.argsort(-np.bincount(found.labels_, minlength=count), kind="stable")
    of_word = np.argsort(order)[found.labels_]
    centres = found.cluster_centers_[order]
    cosines = unit_vectors @ (centres / np.linalg.norm(centres, axis=1, keepdims=True).clip(1e-12)).T
    named = tuple(
        Cluster(tuple(words[row] for row in _naming(np.flatnonzero(of_word == number), number, cosines)),
                int((of_word == number).sum()))
        for number in range(count)
    )  # fmt: skip
    return named, of_word


def _naming(rows: NDArray[np.intp], own: int, cosines: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the words that stand for a cluster: of the half nearest its centre, those farthest from all others."""
    central = rows[np.argsort(-cosines[rows, own], kind="stable")][: max(_NAMING_WORDS, len(rows) // 2)]
    margins = cosines[central, own] - np.delete(cosines[central], own, axis=1).max(axis=1)
    return central[np.argsort(-margins, kind="stable")][:_NAMING_WORDS]
