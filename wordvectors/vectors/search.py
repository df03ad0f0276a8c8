"""The nearest rows of a matrix by their cosine: exact, for many queries in one pass over the rows.

A pass keeps no cosines, but the highest of each group of rows. A query's nearest rows are among the groups with the
highest of these, and only those are looked at again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_GROUP = 64
_AT_ONCE = 128 * _GROUP
"""Rows: with the cosines of some 64 queries they stay in a processor's cache."""


class Nearest(NamedTuple):
    """A query's nearest rows, closest first, and their cosines: arrays (found,)."""

    places: NDArray[np.int64]
    cosines: NDArray[np.float32]


def nearest_rows(
    rows: NDArray[np.float32], norms: NDArray[np.float32], queries: NDArray[np.float32], count: int
) -> list[Nearest]:
    """Return the rows closest to each query.

    Parameters
    ----------
    rows, norms
        (rows, dim), and their lengths. The cosine with a row of zeros is 0.
    queries
        (queries, dim), of length 1.
    count
        How many rows are wanted; of rows with the same cosine the earlier ones stand first.
    """
    groups = -(-len(rows) // _GROUP)
    highest = np.empty((groups, len(queries)), np.float32)
    turned = np.ascontiguousarray(queries.T)
    for start in range(0, len(rows), _AT_ONCE):
        cosines = rows[start : start + _AT_ONCE] @ turned
        cosines *= inverse(norms[start : start + _AT_ONCE])[:, None]
        full = len(cosines) // _GROUP
        first = start // _GROUP
        highest[first : first + full] = (
            cosines[: full * _GROUP].reshape(full, _GROUP, len(queries)).max(axis=1)
        )
        if full * _GROUP < len(cosines):
            highest[first + full] = cosines[full * _GROUP :].max(axis=0)
    return [
        _among(rows, norms, query, _best_groups(column, count), count)
        for query, column in zip(queries, highest.T, strict=True)
    ]


def _best_groups(highest: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the groups that hold the rows wanted, and those with the same highest cosine as the last of these."""
    if count >= len(highest):
        return np.arange(len(highest))
    least = np.partition(highest, len(highest) - count)[len(highest) - count]
    best = np.flatnonzero(highest >= least)
    return best if len(best) <= 4 * count else best[np.argsort(-highest[best], kind="stable")][: 4 * count]


def _among(
    rows: NDArray[np.float32], norms: NDArray[np.float32], query: NDArray[np.float32],
    groups: NDArray[np.int64], count: int,
) -> Nearest:  # fmt: skip
    places = (groups[:, None] * _GROUP + np.arange(_GROUP)).ravel()
    places = places[places < len(rows)]
    cosines = (rows[places] @ query) * inverse(norms[places])
    order = np.lexsort((places, -cosines))[:count]
    return Nearest(places[order], cosines[order])


def inverse(norms: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 1 by each length, and 0 where it is 0."""
    return np.divide(1, norms, out=np.zeros(len(norms), np.float32), where=norms > 0)


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a vector at length 1; one of zeros stays zero."""
    return vector / (np.linalg.norm(vector) or np.float32(1))
