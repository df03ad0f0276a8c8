"""The loop of `skipgram` and `cbow` does what its plain twin does, and that is word2vec's and fastText's step."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from gensim.models.fasttext_inner import compute_ngrams_bytes, ft_hash_bytes
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from tests.unit.engine.test_shared_negatives import ALL, WORDS, copied, matrices
from wordvectors.engine import draws, fresh_negatives, plain
from wordvectors.engine.draws import SPARE_TOKENS, STEP
from wordvectors.engine.fresh_negatives import MOST_COLUMNS, ROWS, ring_size, train_tokens
from wordvectors.engine.row_ir import vector_add_to_rows, vector_predict, vector_sum_rows
from wordvectors.engine.rows import aligned_rows
from wordvectors.engine.sampling import alias_table
from wordvectors.engine.subwords import one_row_each, with_ngrams

VOCABULARY = ["the", "then", "there", "cat", "cats", "at", "a", "naïve", "日本", "x", "attic", "thin"]


@cache
def operations_of(lanes: int):
    """Return the vector operations as functions that can be called from Python."""
    predict = vector_predict((1, 5, MOST_COLUMNS), lanes)
    sum_rows, add_to_rows = vector_sum_rows((1, 7, ROWS), lanes), vector_add_to_rows((1, 7, ROWS), lanes)

    @njit
    def call_predict(rows, row, scale, outputs, own, words, j, columns, labels, rate, coming):
        predict(rows, row, scale, outputs, own, words, j, columns, labels, rate, coming)

    @njit
    def call_sum(into, also, row, more, weights, w, matrix, own, words, i, count, coming):
        sum_rows(into, also, row, more, weights, w, matrix, own, words, i, count, coming)

    @njit
    def call_add(matrix, own, words, i, count, after, before, row):
        add_to_rows(matrix, own, words, i, count, after, before, row)

    return call_predict, call_sum, call_add


@settings(max_examples=50, deadline=None)
@given(
    lanes=st.sampled_from([4, 8, 16]),
    columns=st.sampled_from([1, 5, MOST_COLUMNS]),
    rows=st.sampled_from([1, 7, ROWS]),
    dim=st.integers(1, 130),
    own=st.integers(0, WORDS),
    more=st.booleans(),
    scale=st.sampled_from([1.0, 1.25, 2.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_vectors_give_the_numbers_of_the_plain_operations(lanes, columns, rows, dim, own, more, scale, seed):
    """At any dimension and vector width, with words that stand there twice, with own copies or not."""
    rng = np.random.default_rng(seed)
    words = rng.integers(0, WORDS, 2 + max(columns, rows)).astype(np.int32)
    labels, weights = (rng.random(len(words)).astype(np.float32) for _ in range(2))
    both = []
    for predict, sum_rows, add_to_rows in (
        (plain.predict, plain.sum_rows, plain.add_to_rows),
        operations_of(lanes),
    ):
        inputs, own_inputs, outputs, own_outputs = matrices(dim, own, seed)
        before, also = copied(inputs), copied(inputs)
        step = np.float32(0.1)
        predict(
            inputs, 3, np.float32(scale), outputs, own_outputs, words, 2, columns, labels.round(), step, 1
        )
        sum_rows(inputs, also, 4, more, weights, 1, outputs, own_outputs, words, 2, rows, 0)
        assert (also[4] == inputs[4]).all()
        add_to_rows(outputs, own_inputs, words, 2, rows, inputs, before, 3)
        both.append((inputs, own_inputs, outputs, own_outputs))
    for expected, found in zip(*both, strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-5)
        assert not found[:, dim:].any()  # the padding stays zero


class Stretch:
    """Arguments of `train_tokens` over a few sentences."""

    def __init__(
        self, *, cbow: bool, subwords=False, buckets=40, dim=20, own=0, negatives=3, window=3, rate=0.05
    ) -> None:
        rng = np.random.default_rng(0)
        ids = [word for _ in range(9) for word in (*rng.integers(0, WORDS, rng.integers(1, 15)), -1)]
        counts = np.bincount([word for word in ids if word >= 0], minlength=WORDS) + 1
        self.rows_of = with_ngrams(VOCABULARY, counts, 3, 6, buckets) if subwords else one_row_each(counts)
        _, _, self.outputs, self.own_outputs = matrices(dim, own, 3, 0.5)
        self.inputs, self.own_inputs = aligned_rows(self.rows_of.count, dim), aligned_rows(own, dim)
        for matrix in (self.inputs, self.own_inputs):
            matrix[:, :dim] = rng.normal(0, 0.3, (len(matrix), dim))
        self.plan = [np.zeros(len(ids) + SPARE_TOKENS, np.int32) for _ in range(4)]
        kept, self.counter = draws.sample_tokens(
            np.array(ids, np.int32), 0, len(ids), ALL, window, np.uint64(1), *self.plan
        )
        self.kept, self.alias, self.rate, self.cbow = kept, alias_table(counts), rate, cbow
        self.window, self.negatives = window, negatives
        ring = ring_size(window, cbow) + 1
        self.room = aligned_rows(ring, dim), aligned_rows(ring, dim)

    @property
    def matrices(self) -> list[np.ndarray]:
        return [self.inputs, self.own_inputs, self.outputs, self.own_outputs]

    def train(self, function=train_tokens) -> list[np.ndarray]:
        with np.errstate(over="ignore"):  # the counter's, outside of compiled code
            function(
                *self.matrices, self.rows_of.starts, self.rows_of.rows, *self.room, *self.plan[:3], self.kept,
                self.alias, self.negatives, self.window, self.cbow, self.rate, np.uint64(self.counter),
            )  # fmt: skip
        return self.matrices


def plainly(monkeypatch: pytest.MonkeyPatch):
    """Return the loop as Python runs it, on plain operations."""
    for name in ("predict", "sum_rows", "add_to_rows"):
        monkeypatch.setattr(fresh_negatives, f"_{name}", getattr(plain, name))
    monkeypatch.setattr(fresh_negatives, "_prefetch", lambda matrix, own, word: None)
    for name in ("random", "draw_negative", "_plan", "_enter", "_average", "_leave"):
        monkeypatch.setattr(fresh_negatives, name, getattr(fresh_negatives, name).py_func)
    return train_tokens.py_func


@pytest.mark.parametrize("cbow", [False, True], ids=["skipgram", "cbow"])
@pytest.mark.parametrize(
    "options",
    [{}, {"own": 5}, {"window": 12}, {"window": 1, "dim": 1}, {"negatives": 1}, {"subwords": True}],
    ids=str,
)
def test_the_compiled_loop_does_what_the_plain_one_does(monkeypatch, cbow: bool, options: dict):
    fast = Stretch(cbow=cbow, **options).train()
    slow = Stretch(cbow=cbow, **options).train(plainly(monkeypatch))
    untouched = Stretch(cbow=cbow, **options).matrices
    for found, expected, before in zip(fast, slow, untouched, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-5)
        assert len(found) == 0 or not np.allclose(found, before, atol=1e-3)


@pytest.mark.parametrize("cbow", [False, True], ids=["skipgram", "cbow"])
def test_drawn_a_little_at_a_time_it_is_the_same(monkeypatch: pytest.MonkeyPatch, cbow: bool):
    """Negatives are planned ahead for as many tokens as there is room for."""
    whole = Stretch(cbow=cbow).train()
    loop = plainly(monkeypatch)
    monkeypatch.setattr(fresh_negatives, "PLANNED_COLUMNS", 60)
    for found, expected in zip(Stretch(cbow=cbow).train(loop), whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-5)


def textbook(stretch: Stretch) -> list[np.ndarray]:
    """Return input and output rows as word2vec and fastText move them: one prediction after the other.

    Mikolov et al. 2013b, and Bojanowski et al. 2017 for the mean of a word's rows. In skip-gram the sum of a word's
    rows is divided by the number of its n-grams alone, if it has any: gensim's way.
    """
    inputs, outputs = (matrix.astype(np.float64) for matrix in (stretch.inputs, stretch.outputs))
    tokens, left, right, _ = stretch.plan
    rows_of = stretch.rows_of
    counter = np.uint64(stretch.counter)
    draw, bits = draws.draw_negative.py_func, draws.random.py_func

    def rows(word: int) -> list[int]:
        return rows_of.rows[rows_of.starts[word] : rows_of.starts[word + 1]].tolist()

    def predict(own: list[int], target: int) -> None:
        nonlocal counter
        divisor = len(own) if stretch.cbow else max(len(own) - 1, 1)
        hidden, change = inputs[own].sum(axis=0) / divisor, np.zeros(inputs.shape[1])
        for n in range(stretch.negatives + 1):
            word, label = target, 1
            if n:
                counter += STEP
                word, label = draw(stretch.alias, bits(counter)), 0
                if word == target:
                    continue
            g = stretch.rate * (label - 1 / (1 + np.exp(-outputs[word] @ hidden)))
            change += g * outputs[word]
            outputs[word] += g * hidden
        np.add.at(inputs, own, change)

    with np.errstate(over="ignore"):
        for t in range(stretch.kept):
            context = [c for c in range(t - left[t], t + right[t] + 1) if c != t]
            if not stretch.cbow:
                for c in context:
                    predict(rows(tokens[t]), tokens[c])
            elif context:
                predict([row for c in context for row in rows(tokens[c])], tokens[t])
    return [inputs, outputs]


@pytest.mark.parametrize("cbow", [False, True], ids=["skipgram", "cbow"])
@pytest.mark.parametrize("subwords", [False, True], ids=["words", "subwords"])
def test_it_is_the_step_of_word2vec_and_fasttext(cbow: bool, subwords: bool):
    """But for a word that is drawn twice for one prediction, and in CBOW one that stands in a window twice.

    And for n-grams of one word that share a bucket, of which there are none here.
    At the default learning rate an input that meets the words of several predictions at once is off by 2% or more.
    """
    options = {"cbow": cbow, "subwords": subwords, "buckets": 4000, "rate": 1e-3 if cbow else 0.05}
    start, expected = Stretch(**options), textbook(Stretch(**options))
    inputs, _, outputs, _ = Stretch(**options).train()
    for found, wanted, before in zip((inputs, outputs), expected, (start.inputs, start.outputs), strict=True):
        moved, to_move = found - before, wanted - before
        assert np.abs(moved - to_move).max() < 0.01 * np.abs(to_move).max()


word = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9)


@given(
    words=st.lists(word, min_size=1, max_size=6, unique=True), least=st.integers(1, 4), more=st.integers(0, 4),
    buckets=st.sampled_from([1, 7, 2_000_000]),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_ngrams_fall_into_fasttexts_buckets(words: list[str], least: int, more: int, buckets: int):
    found = with_ngrams(words, np.arange(len(words), 0, -1.0), least, least + more, buckets)
    bucket_of = dict(zip(found.bucket_rows.tolist(), found.buckets.tolist(), strict=True))
    assert sorted({*bucket_of, *found.word_rows.tolist()}) == list(range(found.count))
    assert not {*bucket_of} & {*found.word_rows.tolist()}
    for number, each in enumerate(words):
        own, *ngrams = found.rows[found.starts[number] : found.starts[number + 1]].tolist()
        assert own == found.word_rows[number]
        expected = [ft_hash_bytes(n) % buckets for n in compute_ngrams_bytes(each, least, least + more)]
        assert sorted(bucket_of[row] for row in ngrams) == sorted(expected)


def test_rows_that_are_met_often_come_first():
    met = np.array([1.0, 50.0, 3.0])
    found = with_ngrams(["often", "oft", "soft"], met, 3, 4, 100_000)
    in_all = np.zeros(found.count)
    np.add.at(in_all, found.rows, np.repeat(met, np.diff(found.starts)))
    assert (np.diff(in_all) <= 0).all()
