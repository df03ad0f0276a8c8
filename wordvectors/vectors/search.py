"""The nearest rows of a matrix by their cosine: exact, for many queries in one pass over the rows.

A pass keeps no cosines, but the highest of each group of rows. A query's nearest rows are among the groups with the
highest of these, and only those are looked at again. The rows of a group do not stand side by side, but as far apart as
there are groups in what is looked at in one go: so the highest are taken over long rows of numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_GROUP = 64
_FEW_AT_ONCE, _MANY_AT_ONCE = 128 * _GROUP, 64 * _GROUP
"""Rows, for a few queries and for many: with their cosines, or scaled, they stay in a processor's cache."""
_MANY = 0.5
"""With more queries than this share of the columns it is quicker to scale the rows than their products: they come from
memory once, and the product finds them in the cache."""


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
    turned = np.ascontiguousarray(queries.T)
    many = len(queries) > _MANY * rows.shape[1]
    at_once = _MANY_AT_ONCE if many else _FEW_AT_ONCE
    scaled = np.empty((at_once, rows.shape[1]), np.float32) if many else None
    firsts, steps, highest = list[NDArray[np.int64]](), list[NDArray[np.int64]](), list[NDArray[np.float32]]()
    for start in range(0, len(rows), at_once):
        block, scale = rows[start : start + at_once], inverse(norms[start : start + at_once])[:, None]
        if scaled is None:
            cosines = block @ turned
            cosines *= scale
        else:
            cosines = np.multiply(block, scale, out=scaled[: len(block)]) @ turned
        whole = len(cosines) // _GROUP
        firsts.append(np.arange(start, start + whole))
        steps.append(np.full(whole, whole))
        highest.append(cosines[: whole * _GROUP].reshape(_GROUP, whole, len(queries)).max(axis=0))
        if whole * _GROUP < len(cosines):  # at the end: a group of the rows that are left
            firsts.append(np.array([start + whole * _GROUP]))
            steps.append(np.array([1]))
            highest.append(cosines[whole * _GROUP :].max(axis=0, keepdims=True))
    first, step = np.concatenate(firsts), np.concatenate(steps)
    return [
        _among(rows, norms, query, _places(first, step, column, count), count)
        for query, column in zip(queries, np.ascontiguousarray(np.concatenate(highest).T), strict=True)
    ]


def _places(
    first: NDArray[np.int64], step: NDArray[np.int64], highest: NDArray[np.float32], count: int
) -> NDArray[np.int64] | None:
    """Return the rows of the groups that hold the rows wanted; None if these may be anywhere."""
    if count >= len(highest):
        return None
    least = np.partition(highest, len(highest) - count)[len(highest) - count]
    best = np.flatnonzero(highest >= least)
    if len(best) > 4 * count:  # as many have the same highest cosine
        return None
    return (first[best, None] + step[best, None] * np.arange(_GROUP)).ravel()


def _among(
    rows: NDArray[np.float32], norms: NDArray[np.float32], query: NDArray[np.float32],
    places: NDArray[np.int64] | None, count: int,
) -> Nearest:  # fmt: skip
    if places is None:
        places, cosines = np.arange(len(rows)), (rows @ query) * inverse(norms)
    else:
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
