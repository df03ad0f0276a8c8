"""The map of words: t-SNE of the most frequent ones (van der Maaten and Hinton, 2008, JMLR 9)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WORDS = 400
PERPLEXITY = 40.0
_SEED = 0
_LEAST_POINTS = 5


def tsne(unit_vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Lay words out in the plane so that those with like vectors lie near each other.

    scikit-learn's `TSNE` with its own defaults (PCA start, automatic learning rate, 1,000 iterations) but for
    the perplexity. On one machine the same vectors give the same map: the seed is fixed, and one thread adds
    up the forces in one order.

    Parameters
    ----------
    unit_vectors
        (words, dim), float32, of length 1 or 0.

    Returns
    -------
    array (words, 2), float64
        Within the square from -1 to 1, centred. Fewer than five words, or words that are all alike, have
        nothing to be laid out by, and stand on a circle.
    """
    count = len(unit_vectors)
    if count < _LEAST_POINTS or len(np.unique(unit_vectors, axis=0)) < _LEAST_POINTS:
        return _circle(count)
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    vectors = unit_vectors
    if vectors.shape[1] < 2:  # two principal components need two columns
        vectors = np.hstack([vectors, np.zeros_like(vectors)])
    layout = TSNE(perplexity=perplexity(count), init="pca", random_state=_SEED, n_jobs=1)
    with threadpool_limits(limits=1):
        points = layout.fit_transform(vectors)
    return _within_square(points.astype(np.float64))


def perplexity(words: int) -> float:
    """Return the perplexity for so many words: 40, or a third of the others where these are few.

    scikit-learn wants it to be less than there are words.
    """
    return min(PERPLEXITY, (words - 1) / 3)


def _within_square(points: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = points.min(axis=0), points.max(axis=0)
    half = max(float((high - low).max()) / 2, np.finfo(np.float64).tiny)
    return (points - (low + high) / 2) / half


def _circle(count: int) -> NDArray[np.float64]:
    angles = 2 * np.pi * np.arange(count) / max(count, 1)
    return np.column_stack([np.cos(angles), np.sin(angles)])
