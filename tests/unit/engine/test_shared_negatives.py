"""The loop of `batch_skipgram` does what its plain twin does; what is drawn is drawn as in word2vec."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numba import njit

from wordvectors.engine import draws, plain, shared_negatives
from wordvectors.engine.draws import LOW_HALF, SPARE_TOKENS, STEP, draw_negative, random
from wordvectors.engine.plain import reference_update
from wordvectors.engine.rows import aligned_rows
from wordvectors.engine.sampling import alias_table, keep_thresholds
from wordvectors.engine.shared_negatives import COLUMN, STRIP
from wordvectors.engine.vector_ir import LARGEST_PRODUCT, vector_update

WORDS = 12


@cache
def vectors_of(lanes: int, columns: int, sums: int) -> Callable[..., None]:
    """Return the vector update as a function that can be called from Python."""
    update = vector_update(range(1, (STRIP if columns == STRIP else COLUMN) + 1), columns, lanes, sums)

    @njit
    def call(inputs, own_inputs, outputs, own_outputs, xs, i, rows, ys, j, weights, label):
        update(inputs, own_inputs, outputs, own_outputs, xs, i, rows, ys, j, weights, label)

    return call


def matrices(dim: int, own: int, seed: int, spread: float = 1.0) -> list[np.ndarray]:
    """Return inputs, own copies of their first rows, outputs and own copies."""
    rng = np.random.default_rng(seed)
    made = []
    for rows in (WORDS, own, WORDS, own):
        matrix = aligned_rows(rows, dim)
        matrix[:, :dim] = rng.normal(0, spread / np.sqrt(dim) ** 0.5, (rows, dim))
        made.append(matrix)
    return made


def copied(matrix: np.ndarray) -> np.ndarray:
    """Return a copy whose rows begin at cache lines too."""
    copy = aligned_rows(*matrix.shape)
    copy[:] = matrix
    return copy


@settings(max_examples=150, deadline=None)
@given(
    lanes=st.sampled_from([4, 8, 16]),
    columns=st.sampled_from([1, STRIP]),
    sums=st.sampled_from([8, 16]),
    rows=st.integers(1, COLUMN),
    dim=st.integers(1, 130),
    own=st.integers(0, WORDS),
    label=st.sampled_from([0.0, 1.0]),
    spread=st.sampled_from([0.3, 1.0, 4.0]),
    seed=st.integers(0, 2**32 - 1),
)
@example(lanes=4, columns=STRIP, sums=8, rows=STRIP, dim=2048, own=0, label=0.0, spread=1.0, seed=0)
@example(lanes=8, columns=STRIP, sums=12, rows=STRIP, dim=100, own=3, label=0.0, spread=1.0, seed=1)
def test_vectors_give_the_numbers_of_the_plain_update(
    lanes, columns, sums, rows, dim, own, label, spread, seed
):
    """At any dimension, for the vectors and registers of any processor, whichever runs this: with words that stand in a
    tile twice, with own copies or not.
    """
    rows = min(rows, STRIP) if columns == STRIP else rows
    rng = np.random.default_rng(seed)
    xs, ys = (rng.integers(0, WORDS, 2 + n).astype(np.int32) for n in (rows, columns))
    weights = rng.random(rows * columns).astype(np.float32) / 4
    plain = matrices(dim, own, seed, spread)
    vectors = [copied(matrix) for matrix in plain]
    reference_update(columns)(*plain, xs, 1, rows, ys, 2, weights, np.float32(label))
    vectors_of(lanes, columns, sums)(*vectors, xs, 1, rows, ys, 2, weights, np.float32(label))
    for expected, found in zip(plain, vectors, strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-5 * max(spread, 1.0))
        assert not found[:, dim:].any()  # the padding stays zero


def test_an_update_is_the_gradient_of_the_log_likelihood():
    """For small steps it is the one of word2vec: no more than the definition of the model is used here."""
    inputs, own_inputs, outputs, own_outputs = (m.astype(np.float64) for m in matrices(10, 0, 0))
    before_x, before_y = inputs.copy(), outputs.copy()
    xs, ys = np.array([1, 2], np.int32), np.array([3, 4, 5], np.int32)
    rate, step = 1e-4, 1e-6

    def log_likelihood(x: np.ndarray, y: np.ndarray) -> float:
        return float(np.log(1 / (1 + np.exp(x[xs] @ y[ys].T))).sum())  # of negatives

    gradient = np.zeros_like(before_x)
    for at in np.ndindex(before_x.shape):
        moved = before_x.copy()
        moved[at] += step
        gradient[at] = (log_likelihood(moved, before_y) - log_likelihood(before_x, before_y)) / step
    weights = np.full(6, rate, np.float32)
    reference_update(3)(inputs, own_inputs, outputs, own_outputs, xs, 0, 2, ys, 0, weights, np.float32(0))
    np.testing.assert_allclose((inputs - before_x) / rate, gradient, atol=2e-3)


def test_the_sigmoid_is_one():
    x = np.linspace(-LARGEST_PRODUCT, LARGEST_PRODUCT, 10_001, dtype=np.float32)
    found = np.array([plain.sigmoid(value) for value in x])
    assert np.abs(found - 1 / (1 + np.exp(-x.astype(np.float64)))).max() < 1.5e-4
    assert plain.sigmoid(np.float32(50)) == plain.sigmoid(np.float32(LARGEST_PRODUCT)) < 1
    assert plain.sigmoid(np.float32(-50)) == plain.sigmoid(np.float32(-LARGEST_PRODUCT)) > 0


def sampled(ids: list[int], keep: np.ndarray, window: int, counter: int = 7):
    """Return the kept tokens, the reach of their windows to both sides, and their uses."""
    buffers = [np.full(len(ids) + SPARE_TOKENS, 99, np.int32) for _ in range(4)]
    kept, _ = draws.sample_tokens(
        np.array(ids, np.int32), 0, len(ids), keep, window, np.uint64(counter), *buffers
    )
    return [buffer[:kept].copy() for buffer in buffers]


ALL = np.full(WORDS, 2**32 - 1, np.uint32)
sentences = st.lists(st.lists(st.integers(0, WORDS - 1), max_size=12), min_size=1, max_size=8)


@settings(max_examples=100, deadline=None)
@given(sentences=sentences, window=st.integers(1, 6), closed=st.booleans(), counter=st.integers(0, 2**63))
def test_windows_end_with_their_sentence(sentences, window, closed, counter):
    ids = [word for sentence in sentences for word in (*sentence, -1)][: None if closed else -1]
    tokens, left, right, uses = sampled(ids, ALL, window, counter)
    assert tokens.tolist() == [word for word in ids if word >= 0]
    bounds = np.cumsum([0] + [len(sentence) for sentence in sentences])
    expected = np.zeros(len(tokens), int)
    for t in range(len(tokens)):
        first, last = (bounds[np.searchsorted(bounds, t, "right") + side] for side in (-1, 0))
        assert 0 <= left[t] <= min(window, t - first)
        assert 0 <= right[t] <= min(window, last - 1 - t)
        reach = max(left[t], right[t])
        assert left[t] == min(reach, t - first)  # one reach to both sides, cut by the sentence alone
        assert right[t] == min(reach, last - 1 - t)
        expected[t - left[t] : t + right[t] + 1] += 1
        expected[t] -= 1
    assert uses.tolist() == expected.tolist()


def test_window_sizes_are_equally_likely():
    _, left, _, _ = sampled([1] * 30_000, ALL, 5)
    shares = np.bincount(left[5:-5], minlength=6)[1:] / (len(left) - 10)
    np.testing.assert_allclose(shares, 0.2, atol=0.02)


def test_words_are_kept_as_word2vec_keeps_them():
    counts = np.array([900_000, 90_000, 9_900, 100])
    keep = keep_thresholds(counts, 1e-3)
    share = counts / counts.sum()
    expected = np.minimum(np.sqrt(1e-3 / share) + 1e-3 / share, 1)
    np.testing.assert_allclose(keep / 2.0**32, expected, rtol=1e-6)
    tokens, *_ = sampled([0] * 40_000 + [1] * 40_000 + [3] * 1_000, keep, 5)
    np.testing.assert_allclose(
        np.bincount(tokens, minlength=4) / [40_000, 40_000, 1, 1_000], expected * [1, 1, 0, 1], atol=0.01
    )


@given(counts=st.lists(st.integers(1, 10**9) | st.integers(1, 3), min_size=1, max_size=50))
def test_the_alias_table_holds_the_powers_of_the_counts(counts: list[int]):
    upper, lower = alias_table(np.array(counts)) >> np.uint64(32), alias_table(np.array(counts)) & LOW_HALF
    keep = upper[:, 0] / 2.0**32
    slots = keep.copy()
    np.add.at(slots, lower[:, 0].astype(np.int64), 1 - keep)
    first, words = upper[:, 1].astype(np.int64), lower[:, 1].astype(np.int64)
    assert (
        np.repeat(first, words) + np.arange(len(counts)) - np.repeat(np.cumsum(words) - words, words)
        == np.arange(len(counts))
    ).all()  # each word is in one group
    drawn = np.repeat(slots / len(slots) / words, words)
    power = np.array(counts) ** 0.75
    np.testing.assert_allclose(drawn, power / power.sum(), atol=1e-8)


def test_negatives_are_drawn_by_the_table():
    counts = np.array([1000, 100, 100, 10, 10, 10, 1])
    table = alias_table(counts)
    assert len(table) == 4  # a slot for each count, however many words have it

    @njit
    def drawn(count):
        seen, counter = np.zeros(7, np.int64), np.uint64(5)
        for _ in range(count):
            counter += STEP
            seen[draw_negative(table, random(counter))] += 1
        return seen

    power = counts**0.75
    np.testing.assert_allclose(drawn(100_000) / 100_000, power / power.sum(), atol=0.01)


class Stretch:
    """Arguments of `train_tokens` over a few sentences."""

    def __init__(self, ids: list[int], *, dim=20, own=0, negatives=3, shared=8, block=6, window=3) -> None:
        counts = np.bincount([word for word in ids if word >= 0], minlength=WORDS) + 1
        self.matrices = matrices(dim, own, seed=3, spread=0.5)
        self.plan = [np.zeros(len(ids) + SPARE_TOKENS, np.int32) for _ in range(4)]
        self.kept, counter = draws.sample_tokens(
            np.array(ids, np.int32), 0, len(ids), ALL, window, np.uint64(1), *self.plan
        )
        self.options = (
            alias_table(counts), negatives, shared, block, window, 0.05, np.uint64(counter),
        )  # fmt: skip

    def train(self, function: Callable[..., int]) -> list[np.ndarray]:
        with np.errstate(over="ignore"):  # the counter's, outside of compiled code
            function(*self.matrices, *self.plan, self.kept, *self.options)
        return self.matrices


def plainly(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return the loop as Python runs it, on plain updates."""
    monkeypatch.setattr(shared_negatives, "_update_tile", reference_update(STRIP))
    monkeypatch.setattr(shared_negatives, "_update_column", reference_update(1))
    monkeypatch.setattr(shared_negatives, "_prefetch", lambda matrix, own, word: None)
    monkeypatch.setattr(shared_negatives, "random", random.py_func)
    monkeypatch.setattr(shared_negatives, "draw_negative", draw_negative.py_func)
    monkeypatch.setattr(shared_negatives, "_weigh", shared_negatives._weigh.py_func)
    return shared_negatives.train_tokens.py_func


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"own": 5},
        {"block": 1},
        {"block": 32},
        {"window": 12},
        {"dim": 1},
        {"shared": 4},
        {"negatives": 1},
    ],
    ids=str,
)
def test_the_compiled_loop_does_what_the_plain_one_does(monkeypatch: pytest.MonkeyPatch, options: dict):
    rng = np.random.default_rng(0)
    ids = [word for _ in range(9) for word in (*rng.integers(0, WORDS, rng.integers(1, 15)), -1)]
    fast = Stretch(ids, **options).train(shared_negatives.train_tokens)
    plain = Stretch(ids, **options).train(plainly(monkeypatch))
    untouched = Stretch(ids, **options).matrices
    for found, expected, before in zip(fast, plain, untouched, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-5)
        assert len(found) == 0 or not np.allclose(found, before, atol=1e-3)


def test_each_token_counts_with_its_negatives_as_often_as_in_word2vec():
    """negative_samples for each window it lies in, less those in which the negative is to be predicted."""
    tokens = np.array([1, 2, 3, 2, 0, 0, 0, 0, 0, 0], np.int32)
    left, right = np.array([0, 1, 1, 1], np.int32), np.array([1, 1, 1, 0], np.int32)
    uses = np.array([1, 2, 2, 1], np.int32)
    negatives = np.array([2, 9, 2 + shared_negatives.NEAR_SLOTS], np.int32)
    weights, near = np.empty((4, 3), np.float32), np.zeros(shared_negatives.NEAR_SLOTS, np.bool_)
    shared_negatives._weigh(weights, np.float32(0.5), tokens, left, right, uses, 0, 4, 4, negatives, 1, near)
    assert (weights / 0.5).tolist() == [[0, 1, 1], [2, 2, 2], [0, 2, 2], [1, 1, 1]]
    assert not near.any()
