"""The hot loop of `skipgram` and `cbow`, with subwords or without: each pair has negatives of its own.

An input is the mean of the rows that a token has: its word's, and with subwords those of its n-grams. If
each of these rows moves by e, as in word2vec and fastText, then so does their mean. So a token's rows are brought
together once, when it comes into reach, and moved once, when it has left: in between stands their mean.

- Skip-gram: the mean of a token's rows predicts the words of its window, in turn. Where there are n-grams, the sum of
  the rows is divided by the number of n-grams alone, as in gensim: words of few n-grams learn faster.
- CBOW: the mean of all rows of a window predicts the token in its middle.

`docs/kernel.md` explains why it is fast; `row_ir` holds the operations as vector instructions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wordvectors.engine import plain
from wordvectors.engine.copies import merge_copies
from wordvectors.engine.draws import PORTABLE, STEP, compiled, cut, draw_negative, random, sample_tokens
from wordvectors.engine.plain import Floats, Words
from wordvectors.engine.row_ir import vector_add_to_rows, vector_predict, vector_sum_rows
from wordvectors.engine.vector_ir import prefetch, sums_at_once, vector_lanes
from wordvectors.machine_code import jitted

MOST_COLUMNS, SOME_COLUMNS = sums_at_once(), 8
"""Output rows that an input meets at once: those of one prediction, but no more than half of the registers hold sums
of; of what is left, up to 8. If an input met those of several predictions at once, it would move too far: with 16, its
rows grew 2% longer than gensim's, and MEN and SimLex fell."""

ROWS = 10
"""Rows that are brought together, or moved, at once; a window of 5 has as many words."""

PLANNED_COLUMNS = 8192
"""So many are drawn at a time, in a loop of nothing else."""

COLUMNS_AHEAD = 128
"""How far ahead output rows are asked for; most are of rare words, and not in the second-level cache."""

TOKENS_AHEAD = 16
"""How far ahead the rows of tokens are asked for."""

if PORTABLE:
    _predict, _sum_rows = jitted(plain.predict), jitted(plain.sum_rows)
    _add_to_rows = jitted(plain.add_to_rows)
    _prefetch = jitted(lambda matrix, own, word: None)
else:
    _predict = vector_predict(sorted({*range(1, SOME_COLUMNS + 1), MOST_COLUMNS}), vector_lanes())
    _sum_rows = vector_sum_rows(range(1, ROWS + 1), vector_lanes())
    _add_to_rows = vector_add_to_rows(range(1, ROWS + 1), vector_lanes())
    _prefetch = prefetch


def ring_size(window: int, cbow: bool) -> int:
    """Return how many tokens' means are kept: at least all that one window reaches, a power of two."""
    return 1 << (2 * window).bit_length() if cbow else 1


@compiled
def train_tokens(
    inputs: Floats, own_inputs: Floats, outputs: Floats, own_outputs: Floats,
    starts: NDArray[np.int64], rows: Words, means: Floats, before: Floats,
    tokens: Words, left: Words, right: Words, kept: int,
    alias: NDArray[np.uint64], negative_samples: int, window: int, cbow: bool,
    rate: float, counter: np.uint64,
) -> np.uint64:  # fmt: skip
    """Train on the tokens that `sample_tokens` kept.

    Parameters
    ----------
    inputs, outputs : arrays (input rows, padded dim) and (words, padded dim), float32
        Aligned to cache lines.
    own_inputs, own_outputs : arrays (frequent rows, padded dim), float32
        This thread's copies of the first rows; no row if the thread is alone.
    starts, rows : arrays (words + 1,) and (n,), int64 and int32
        The input rows of word w are rows[starts[w] : starts[w + 1]], at least one.
    means, before : arrays (ring_size + 1, padded dim), float32
        Room for the means of tokens, as they are and as they were when they came into reach. The last row
        is CBOW's, for a whole window.
    alias : array (groups, 2), uint64
        The alias table of the negatives.
    rate
        The learning rate.

    Returns
    -------
    The counter of the random numbers.
    """
    ring = means.shape[0] - 1
    reach, mask, none = window if cbow else 0, ring - 1, own_inputs[:0]
    per_token = (1 if cbow else 2 * window) * (1 + negative_samples)
    planned = max(1, PLANNED_COLUMNS // per_token)
    columns = np.zeros(planned * per_token + COLUMNS_AHEAD + MOST_COLUMNS, np.int32)
    labels = np.empty(planned * per_token + 1, np.float32)
    ends, negatives = np.empty(planned, np.int64), np.empty(planned * per_token, np.int32)
    sizes, slots = np.empty(ring, np.float32), np.empty(max(2 * window, 1), np.int32)
    weights, step = np.empty(max(2 * window, ROWS), np.float32), np.float32(rate)
    entered = 0
    for begin in range(0, kept, planned):
        end = min(begin + planned, kept)
        counter = _plan(
            tokens, left, right, begin, end, alias, negative_samples, cbow, counter,
            columns, labels, ends, negatives,
        )  # fmt: skip
        at, in_all = np.int64(0), ends[end - 1 - begin]
        for c in range(min(COLUMNS_AHEAD, in_all)):
            _prefetch(outputs, own_outputs, np.int64(columns[c]))
        for t in range(begin, end):
            while entered < min(t + reach + 1, kept):
                slot = entered & mask
                ahead = tokens[min(entered + TOKENS_AHEAD, kept - 1)]
                sizes[slot] = _enter(
                    inputs, own_inputs, starts, rows, tokens[entered], ahead, means, before, slot, weights
                )
                entered += 1
            x, size, scale = t & mask, np.int64(0), np.float32(1.0)
            if not cbow:
                scale = sizes[x] / max(sizes[x] - np.float32(1.0), np.float32(1.0))
            elif left[t] + right[t] > 0:
                x = ring
                size = _average(means, before, ring, t, left[t], right[t], sizes, weights, slots)
            while at < ends[t - begin]:
                pair, most = 1, min(ends[t - begin] - at, np.int64(MOST_COLUMNS))
                while pair < most and labels[at + pair] == 0:
                    pair += 1
                count = np.int64(MOST_COLUMNS if pair == MOST_COLUMNS else min(pair, SOME_COLUMNS))
                _predict(
                    means, x, scale, outputs, own_outputs, columns, at, count, labels, step, at + COLUMNS_AHEAD,
                )  # fmt: skip
                at += count
            for s in range(0, size, ROWS):
                _add_to_rows(means, none, slots, s, min(size - s, ROWS), means, before, ring)
            if t >= reach:
                word = tokens[t - reach]
                _leave(inputs, own_inputs, starts, rows, word, means, before, (t - reach) & mask)
    for t in range(max(kept - reach, 0), kept):
        _leave(inputs, own_inputs, starts, rows, tokens[t], means, before, t & mask)
    return counter


@compiled
def train_stretch(
    ids: Words, start: int, end: int, most: int, keep: NDArray[np.uint32], window: int, counter: np.uint64,
    tokens: Words, left: Words, right: Words, uses: Words,
    inputs: Floats, own_inputs: Floats, seen_inputs: Floats, input_shares: Floats,
    outputs: Floats, own_outputs: Floats, seen_outputs: Floats, output_shares: Floats,
    starts: NDArray[np.int64], rows: Words, means: Floats, before: Floats,
    alias: NDArray[np.uint64], negatives: int, cbow: bool, rate: float,
) -> None:  # fmt: skip
    """Train on a stretch with fresh negatives, and merge after each `most` ids."""
    while start < end:
        stop = cut(ids, start, end, most)
        kept, counter = sample_tokens(ids, start, stop, keep, window, counter, tokens, left, right, uses)
        counter = train_tokens(
            inputs, own_inputs, outputs, own_outputs, starts, rows, means, before,
            tokens, left, right, kept, alias, negatives, window, cbow, rate, counter,
        )  # fmt: skip
        merge_copies(inputs, own_inputs, seen_inputs, input_shares)
        merge_copies(outputs, own_outputs, seen_outputs, output_shares)
        start = stop


@jitted
def _plan(
    tokens: Words, left: Words, right: Words, begin: int, end: int,
    alias: NDArray[np.uint64], negative_samples: int, cbow: bool, counter: np.uint64,
    columns: Words, labels: Floats, ends: NDArray[np.int64], negatives: Words,
) -> np.uint64:  # fmt: skip
    """Fill in what the tokens from begin to end meet: each word to be predicted (label 1), and its negatives (0).

    `ends` takes where each token's columns end. A negative that is the very word to be predicted is left out,
    as in word2vec.
    """
    needed = np.int64(0)
    for t in range(begin, end):
        pairs = np.int64(left[t] + right[t])
        needed += np.int64(pairs > 0) if cbow else pairs
    needed *= negative_samples
    for n in range(needed):
        negatives[n] = draw_negative(alias, random(counter + np.uint64(n + 1) * STEP))
    filled = drawn = np.int64(0)
    for t in range(begin, end):
        for c in range(t - left[t], t + right[t] + 1):
            if c == t:
                continue
            target = tokens[t] if cbow else tokens[c]
            columns[filled], labels[filled] = target, 1
            filled += 1
            for _ in range(negative_samples):
                columns[filled], labels[filled] = negatives[drawn], 0
                filled += np.int64(negatives[drawn] != target)
                drawn += 1
            if cbow:
                break
        ends[t - begin] = filled
    return counter + np.uint64(needed) * STEP


@jitted
def _enter(
    inputs: Floats, own_inputs: Floats, starts: NDArray[np.int64], rows: Words, word: int, ahead: int,
    means: Floats, before: Floats, slot: int, weights: Floats,
) -> int:  # fmt: skip
    """Bring a token's rows together in its slot; return how many they are. Ask for those of the token `ahead`."""
    first, last = starts[word], starts[word + 1]
    for r in range(min(last - first, ROWS)):
        weights[r] = np.float32(1.0) / np.float32(last - first)
    coming, end = starts[ahead], starts[ahead + 1]
    for r in range(first, last, ROWS):
        count = min(last - r, ROWS)
        _sum_rows(
            before, means, slot, r > first, weights, 0,
            inputs, own_inputs, rows, r, count, min(coming, rows.size - count),
        )  # fmt: skip
        coming += count
    for r in range(coming, end):
        _prefetch(inputs, own_inputs, np.int64(rows[r]))
    return last - first


@jitted
def _average(
    means: Floats, before: Floats, ring: int, t: int, left: int, right: int,
    sizes: Floats, weights: Floats, slots: Words,
) -> np.int64:  # fmt: skip
    """Bring the rows of a window together; fill in its tokens' slots and return how many they are.

    As in fastText each row counts alike, so that a token counts by the number of its rows.
    """
    size, in_all = np.int64(0), np.float32(0.0)
    for c in range(t - left, t + right + 1):
        if c != t:
            slots[size] = c & (ring - 1)
            weights[size] = sizes[slots[size]]
            in_all += weights[size]
            size += 1
    for s in range(size):
        weights[s] /= in_all
    for s in range(0, size, ROWS):
        _sum_rows(before, means, ring, s > 0, weights, s, means, means[:0], slots, s, min(size - s, ROWS), s)
    return size


@jitted
def _leave(
    inputs: Floats, own_inputs: Floats, starts: NDArray[np.int64], rows: Words, word: int,
    means: Floats, before: Floats, slot: int,
) -> None:  # fmt: skip
    """Move a token's rows as far as their mean has moved."""
    last = starts[word + 1]
    for r in range(starts[word], last, ROWS):
        _add_to_rows(inputs, own_inputs, rows, r, min(last - r, ROWS), means, before, slot)
