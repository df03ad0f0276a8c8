"""The hot loop of the skip-gram engine: what a thread runs over one stretch of the corpus.

From the top: one update in plain form; random numbers, sub-sampling and windows; the loop; and the merging
of a thread's own copies of frequent rows. `docs/kernel.md` explains why it is fast; `vector_ir` holds the
update as vector instructions.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from wordvectors import machine_code
from wordvectors.engine.vector_ir import LARGEST_PRODUCT, SIGMOID, prefetch, vector_lanes, vector_update
from wordvectors.machine_code import jitted

STRIP = 4
"""A tile of negatives: so many input rows times so many output rows."""

COLUMN = 8
"""Input rows that are updated with one output row, the word to be predicted, at most."""

NEAR_SLOTS = 4096
"""Of a table of booleans, in which a word's last bits choose the slot: it stays in the first-level cache."""

SPARE_TOKENS = 2
"""By how much the buffers of `sample_tokens` are longer than the stretch."""

PREFETCHED_TOKENS = 32
"""How far ahead rows are asked for; a cache miss takes as long as one or two tokens."""

PORTABLE = os.environ.get("WORDVECTORS_KERNEL") == "portable"
"""Run the plain loops, on a processor for which LLVM cannot make vectors, or to compare."""

compiled = partial(machine_code.compiled, cache=not PORTABLE)

Floats = NDArray[np.float32]
Words = NDArray[np.int32]


def sigmoid(products: np.float32) -> np.float32:
    """Return the sigmoid as the kernel approximates it."""
    x = min(max(products, np.float32(-LARGEST_PRODUCT)), np.float32(LARGEST_PRODUCT))
    square = x * x
    series = np.float32(SIGMOID[-1])
    for coefficient in SIGMOID[-2::-1]:
        series = series * square + np.float32(coefficient)
    return np.float32(0.5) + x * series


def reference_update(columns: int) -> Callable[..., None]:
    """Return one update in plain form: the twin of `vector_ir.vector_update`, and the portable path.

    The update takes `inputs` and `outputs` of shape (words, padded dim), each with the thread's own
    copies of its first rows, the input words `xs[i : i + rows]` and the output words
    `ys[j : j + columns]`, and computes all their dot products. With g = weight·(label - sigmoid(product)), each input
    row is moved by its sum of g times output rows, each output row by its sum of g times input rows.
    `weights` stand pair by pair, row after row; each is the learning rate times how often the pair counts.
    A word that stands in a tile twice is moved twice.
    """

    def update(
        inputs: Floats, own_inputs: Floats, outputs: Floats, own_outputs: Floats,
        xs: Words, i: int, rows: int, ys: Words, j: int, weights: Floats, label: np.float32,
    ) -> None:  # fmt: skip
        y = np.empty((columns, outputs.shape[1]), np.float32)
        for c in range(columns):
            word = ys[j + c]
            y[c] = own_outputs[word] if word < own_outputs.shape[0] else outputs[word]
        g = np.empty((rows, columns), np.float32)
        for r in range(rows):
            word = xs[i + r]
            x = own_inputs[word] if word < own_inputs.shape[0] else inputs[word]
            for c in range(columns):
                g[r, c] = weights[r * columns + c] * (label - _sigmoid((x * y[c]).sum()))
        change = np.zeros_like(y)
        for r in range(rows):
            word = xs[i + r]
            x = own_inputs[word] if word < own_inputs.shape[0] else inputs[word]
            old = x.copy()
            for c in range(columns):
                x += g[r, c] * y[c]
                change[c] += g[r, c] * old
        for c in range(columns):
            word = ys[j + c]
            row = own_outputs[word] if word < own_outputs.shape[0] else outputs[word]
            row += change[c]

    return update


_sigmoid = jitted(sigmoid)
if PORTABLE:
    _update_tile, _update_column = jitted(reference_update(STRIP)), jitted(reference_update(1))
    _prefetch = jitted(lambda matrix, own, word: None)
else:
    _update_tile = vector_update(range(1, STRIP + 1), STRIP, vector_lanes())
    _update_column = vector_update(range(1, COLUMN + 1), 1, vector_lanes())
    _prefetch = prefetch


STEP = np.uint64(0x9E3779B97F4A7C15)
LOW_HALF, HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


@partial(jitted, inline="always")
def _random(counter: np.uint64) -> np.uint64:
    """Return 64 random bits: splitmix64 (Steele, Lea & Flood 2014) of a counter that advances by STEP."""
    z = (counter ^ (counter >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@partial(jitted, inline="always")
def _draw_negative(alias_keep: NDArray[np.uint32], alias_other: Words, bits: np.uint64) -> np.int32:
    """Draw a word from an alias table: the upper half of the bits picks a slot, the lower who owns it."""
    slot = ((bits >> HALF) * np.uint64(alias_keep.size)) >> HALF
    return np.int32(slot) if (bits & LOW_HALF) < alias_keep[slot] else alias_other[slot]


@compiled
def sample_tokens(
    ids: Words, start: int, end: int, keep: NDArray[np.uint32], window: int, counter: np.uint64,
    tokens: Words, left: Words, right: Words, uses: Words,
) -> tuple[int, np.uint64]:  # fmt: skip
    """Sub-sample a stretch of the corpus and choose each token's window.

    Parameters
    ----------
    ids : array (n,), int32
        The corpus; -1 ends a sentence.
    start, end
        The stretch; its ends end a sentence too.
    keep : array (words,), uint32
        A word is kept with this probability, in units of 2^-32.
    window
        As `window_size`: a token's window reaches 1 to `window` kept tokens to both sides, at random.
    counter : uint64
        Of the random numbers.
    tokens, left, right, uses : arrays of at least end - start + SPARE_TOKENS, int32
        Take the kept tokens, how far their windows reach within the sentence, and how many windows of
        other tokens each lies in.

    Returns
    -------
    How many tokens were kept, and the counter.
    """
    kept = first = 0
    uses[: end - start + 2] = 0
    reach = np.uint64(window)
    for at in range(start, end + 1):
        word = ids[at] if at < end else np.int32(-1)
        if word >= 0:
            counter += STEP
            bits = _random(counter)
            tokens[kept] = word
            left[kept] = np.int32(((bits >> HALF) * reach) >> HALF) + 1
            # Without a branch, which could not be predicted.
            kept += np.int64((bits & LOW_HALF) <= keep[word])  # type: ignore[assignment]
            continue
        for t in range(first, kept):
            right[t] = min(left[t], kept - 1 - t)
            left[t] = min(left[t], t - first)
            uses[t - left[t]] += 1
            uses[t + right[t] + 1] -= 1
        covering = 0
        for t in range(first, kept):
            covering += uses[t]
            uses[t] = covering - 1
        uses[kept] = 0
        first = kept
    return kept, counter


@compiled
def train_tokens(
    inputs: Floats, own_inputs: Floats, outputs: Floats, own_outputs: Floats,
    tokens: Words, left: Words, right: Words, uses: Words, kept: int,
    alias_keep: NDArray[np.uint32], alias_other: Words, negative_samples: int, shared: int, block: int, window: int,
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
    alias_keep, alias_other : arrays (words,), uint32 and int32
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
        following[n] = _draw_negative(alias_keep, alias_other, _random(counter))
    for begin in range(0, kept, block):
        end = min(begin + block, kept)
        for n in range(shared):
            negatives[n] = following[n]
            counter += STEP
            following[n] = _draw_negative(alias_keep, alias_other, _random(counter))
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


@compiled
def merge_copies(shared: Floats, own: Floats, seen: Floats) -> None:
    """Add what a thread has learned in its own copies of rows to the shared rows, and take those over.

    Parameters
    ----------
    shared : array (words, padded dim)
    own, seen : arrays (frequent words, padded dim)
        The copies, and the rows as they were when last taken over.
    """
    for row in range(own.shape[0]):
        for k in range(own.shape[1]):
            merged = shared[row, k] + (own[row, k] - seen[row, k])
            shared[row, k] = own[row, k] = seen[row, k] = merged
