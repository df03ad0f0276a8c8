"""What a thread draws at random over a stretch of the corpus: the tokens it keeps, their windows, negatives."""

from __future__ import annotations

import copy
import os
from functools import partial

import numpy as np
from numpy.typing import NDArray

from wordvectors import machine_code
from wordvectors.engine.plain import Words
from wordvectors.machine_code import jitted

PORTABLE = os.environ.get("WORDVECTORS_KERNEL") == "portable"
"""Run the plain loops, on a processor for which LLVM cannot make vectors, or to compare."""

SPARE_TOKENS = 2
"""By how much the buffers of `sample_tokens` are longer than the stretch."""

compiled = partial(machine_code.compiled, cache=not PORTABLE)

STEP = np.uint64(0x9E3779B97F4A7C15)
LOW_HALF, HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


@partial(jitted, inline="always")
def random(counter: np.uint64) -> np.uint64:
    """Return 64 random bits: splitmix64 (Steele, Lea & Flood 2014) of a counter that advances by STEP."""
    z = (counter ^ (counter >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@partial(jitted, inline="always")
def draw_negative(alias: NDArray[np.uint64], bits: np.uint64) -> np.int32:
    """Draw a word from an alias table: the upper half of the bits picks a group, the lower a word of it."""
    place = (bits >> HALF) * np.uint64(alias.shape[0])
    slot = place >> HALF
    entry = alias[slot, 0]
    other = entry & LOW_HALF  # loaded in any case: a branch could not be predicted
    group = alias[slot if (place & LOW_HALF) < (entry >> HALF) else other, 1]
    return np.int32((group >> HALF) + (((bits & LOW_HALF) * (group & LOW_HALF)) >> HALF))


class Counters:
    """Where the random numbers of each stretch start: numbers of a generator, not all of which are held at once.

    Threads may ask for them side by side.

    Parameters
    ----------
    bits
        The generator; its next number is the first stretch's.
    """

    AT_ONCE = 1024

    def __init__(self, bits: np.random.PCG64) -> None:
        self._bits = copy.deepcopy(bits)
        self._drawn = -1, np.empty(0, np.uint64)

    def of(self, stretch: int) -> np.uint64:
        """Return the counter that a stretch's random numbers start from."""
        block, place = divmod(stretch, self.AT_ONCE)
        drawn = self._drawn
        if drawn[0] != block:
            bits = copy.deepcopy(self._bits).advance(block * self.AT_ONCE)
            drawn = self._drawn = block, bits.random_raw(self.AT_ONCE)
        return drawn[1][place]


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
            bits = random(counter)
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


@jitted
def cut(ids: Words, start: int, end: int, most: int) -> int:
    """Return where the next `most` ids end, or somewhat later, at the end of a sentence."""
    stop = min(start + most, end)
    while stop < end and ids[stop - 1] >= 0:
        stop += 1
    return stop
