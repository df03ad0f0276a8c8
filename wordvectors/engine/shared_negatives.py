"""The hot loop of `batch_skipgram`: a block of tokens shares its negatives.

`docs/kernel.md` explains why it is fast; `vector_ir` holds the update as vector instructions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wordvectors.engine.copies import merge_copies
from wordvectors.engine.draws import PORTABLE, STEP, compiled, cut, draw_negative, random, sample_tokens
from wordvectors.engine.plain import Floats, Words, reference_update
from wordvectors.engine.vector_ir import prefetch, sums_at_once, vector_lanes, vector_update
from wordvectors.machine_code import jitted

STRIP = 4
"""A tile of negatives: so many input rows times so many output rows."""

COLUMN = 8
"""Input rows that are updated with one output row, the word to be predicted, at most."""

NEAR_SLOTS = 4096
"""Of a table of booleans, in which a word's last bits choose the slot: it stays in the first-level cache."""

PREFETCHED_TOKENS = 32
"""How far ahead rows are asked for; a cache miss takes as long as one or two tokens."""

if PORTABLE:
    _update_tile, _update_column = jitted(reference_update(STRIP)), jitted(reference_update(1))
    _prefetch = jitted(lambda matrix, own, word: None)
else:
    _update_tile = vector_update(range(1, STRIP + 1), STRIP, vector_lanes(), sums_at_once())
    _update_column = vector_update(range(1, COLUMN + 1), 1, vector_lanes(), sums_at_once())
    _prefetch = prefetch


@compiled
def train_tokens(
    inputs: Floats, own_inputs: Floats, outputs: Floats, own_outputs: Floats,
    tokens: Words, left: Words, right: Words, uses: Words, kept: int,
    alias: NDArray[np.uint64], negative_samples: int, shared: int, block: int, window: int,
    rate: float, counter: np.uint64,
) -> np.uint64:  # fmt: skip
    """Train on the tokens that `sample_tokens` kept.

    A block of tokens shares its negatives: `shared` words drawn once, a multiple of STRIP. word2vec would
    draw `negative_samples` words anew for each of the windows that a token lies in; here each shared negative
    counts uses·negative_samples/shared times, which in expectation is the same. As in word2vec, a negative
    that is the very word to be predicted does not count.

    Parameters
    ----------
    inputs, outputs : arrays (words, padded dim), float32
        Aligned to cache lines.
    own_inputs, own_outputs : arrays (frequent words, padded dim), float32
        This thread's copies of the first rows; no row if the thread is alone.
    alias : array (groups, 2), uint64
        The alias table of the negatives.
    rate
        The learning rate.

    Returns
    -------
    The counter of the random numbers.
    """
    per_use = np.float32(np.float32(rate) * np.float32(negative_samples) / np.float32(shared))
    zero, one = np.float32(0.0), np.float32(1.0)
    positive = np.full(COLUMN, rate, np.float32)
    context = np.empty(2 * window, np.int32)
    negatives, following = np.empty(shared, np.int32), np.empty(shared, np.int32)
    weights = np.empty((block, shared), np.float32)
    near = np.zeros(NEAR_SLOTS, np.bool_)
    tile = np.empty(STRIP * STRIP, np.float32)
    for n in range(shared):
        counter += STEP
        following[n] = draw_negative(alias, random(counter))
    for begin in range(0, kept, block):
        end = min(begin + block, kept)
        for n in range(shared):
            negatives[n] = following[n]
            counter += STEP
            following[n] = draw_negative(alias, random(counter))
            _prefetch(outputs, own_outputs, np.int64(following[n]))

        _weigh(weights, per_use, tokens, left, right, uses, begin, end, kept, negatives, window, near)
        for row in range(0, end - begin, STRIP):
            rows = min(end - begin - row, STRIP)
            for n in range(0, shared, STRIP):
                for r in range(rows):
                    for c in range(STRIP):
                        tile[r * STRIP + c] = weights[row + r, n + c]
                _update_tile(
                    inputs, own_inputs, outputs, own_outputs,
                    tokens, begin + row, rows, negatives, n, tile, zero,
                )  # fmt: skip

        for t in range(begin, end):
            ahead = np.int64(tokens[min(t + PREFETCHED_TOKENS, kept - 1)])
            _prefetch(inputs, own_inputs, ahead)
            _prefetch(outputs, own_outputs, ahead)
            size = left[t] + right[t]
            for at in range(left[t]):
                context[at] = tokens[t - left[t] + at]
            for at in range(right[t]):
                context[left[t] + at] = tokens[t + 1 + at]
            at = 0
            while at < size:
                rows = min(size - at, COLUMN)
                _update_column(
                    inputs, own_inputs, outputs, own_outputs, context, at, rows, tokens, t, positive, one
                )
                at += rows
    return counter


@compiled
def train_stretch(
    ids: Words, start: int, end: int, most: int, keep: NDArray[np.uint32], window: int, counter: np.uint64,
    tokens: Words, left: Words, right: Words, uses: Words,
    inputs: Floats, own_inputs: Floats, seen_inputs: Floats, input_shares: Floats,
    outputs: Floats, own_outputs: Floats, seen_outputs: Floats, output_shares: Floats,
    alias: NDArray[np.uint64], negatives: int, shared: int, block: int, rate: float,
) -> None:  # fmt: skip
    """Train on a stretch with shared negatives, and merge after each `most` ids."""
    while start < end:
        stop = cut(ids, start, end, most)
        kept, counter = sample_tokens(ids, start, stop, keep, window, counter, tokens, left, right, uses)
        counter = train_tokens(
            inputs, own_inputs, outputs, own_outputs, tokens, left, right, uses, kept,
            alias, negatives, shared, block, window, rate, counter,
        )  # fmt: skip
        merge_copies(inputs, own_inputs, seen_inputs, input_shares)
        merge_copies(outputs, own_outputs, seen_outputs, output_shares)
        start = stop


@jitted
def _weigh(
    weights: Floats, per_use: np.float32, tokens: Words, left: Words, right: Words, uses: Words,
    begin: int, end: int, kept: int, negatives: Words, window: int, near: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Fill in how much each token of a block counts with each of its negatives.

    `near` tells for each negative whether it may be among the tokens in reach, by the last bits of words; it
    is all false before and after. Only for a few of them the tokens have to be looked through.
    """
    for row in range(end - begin):
        weights[row, :] = per_use * np.float32(uses[begin + row])
    first, last = max(begin - window, 0), min(end + window, kept)
    for t in range(first, last):
        near[tokens[t] & (NEAR_SLOTS - 1)] = True
    for n in range(negatives.size):
        negative = negatives[n]
        if near[negative & (NEAR_SLOTS - 1)]:
            for t in range(first, last):
                if tokens[t] == negative:
                    for u in range(max(t - left[t], begin), min(t + right[t] + 1, end)):
                        if u != t:
                            weights[u - begin, n] -= per_use
    for t in range(first, last):
        near[tokens[t] & (NEAR_SLOTS - 1)] = False
