"""What threads have learned apart is brought together, and does not overshoot."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.engine.corpora import two_topics
from tests.unit.engine.test_kernel_engine import SUBWORDS, encoded
from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine import copies
from wordvectors.engine.copies import merge_copies, merged_shares
from wordvectors.engine.draws import SPARE_TOKENS, sample_tokens
from wordvectors.engine.kernel_engine import Training
from wordvectors.engine.sampling import negative_shares


def test_what_threads_have_learned_apart_is_added_up():
    shared = np.arange(12, dtype=np.float32).reshape(4, 3)
    start = shared.copy()
    first, second = ([start[:2].copy(), start[:2].copy(), np.float32([1, 0.5])] for _ in range(2))
    first[0] += 1
    second[0] += 10
    merge_copies(shared, *first)
    merge_copies(shared, *second)
    merge_copies(shared, *first)
    assert (shared[:2] == start[:2] + np.float32([[11], [5.5]])).all()
    assert (shared[2:] == start[2:]).all()
    for own, seen, _ in (first, second):
        assert (own == shared[:2]).all()
        assert (seen == shared[:2]).all()


@pytest.mark.parametrize("threads", [2, 7, 96])
@pytest.mark.parametrize("way", [1e-6, 0.01, 0.2, 0.9, 0.999])
def test_all_threads_together_move_a_row_as_far_as_one_after_the_other(threads: int, way: float):
    """Each of them moves it a share of the way."""
    rate = 0.05
    pairs = np.array([-np.log1p(-way) / (copies.PULL * rate)])
    together = threads * way * merged_shares(pairs, rate, threads)
    assert together == pytest.approx(1 - (1 - way) ** threads, rel=1e-3)


def test_without_a_learning_rate_nothing_overshoots():
    assert merged_shares(np.array([0.0, 1e6]), 0.0, 8).tolist() == pytest.approx([1, 1], abs=1e-4)


@pytest.mark.parametrize(
    "given", [*({"mode": mode} for mode in Mode), {"mode": Mode.SKIPGRAM, **SUBWORDS}], ids=str
)
def test_pairs_are_as_many_as_a_row_stands_in(given: dict[str, object]):
    """Against a count by simple means, over one sampling of the text, which is one sentence."""
    mode = given["mode"]
    corpus = encoded(two_topics(sentences=3000).replace(b"\n", b" "))
    settings = {"vector_dim": 4, "sampling_threshold": 0.01, "window_size": 3, **given}
    hyperparameters = Hyperparameters.read({"negative_samples": 4, "min_count": 1}).model_copy(
        update=settings
    )
    training = Training(corpus, hyperparameters, 2, 1)
    ids, words = np.array(corpus.ids), len(corpus.vocabulary.counts)
    tokens, left, right, uses = (np.zeros(len(ids) + SPARE_TOKENS, np.int32) for _ in range(4))
    kept, _ = sample_tokens(ids, 0, len(ids), training.keep, 3, np.uint64(1), tokens, left, right, uses)
    inputs, outputs = np.zeros(training.rows_of.count), np.zeros(words)
    drawn = negative_shares(corpus.vocabulary.counts)
    for t in range(kept):
        predictions = left[t] + right[t]
        rows = training.rows_of.rows[
            training.rows_of.starts[tokens[t]] : training.rows_of.starts[tokens[t] + 1]
        ]
        weight = 1 if mode is Mode.CBOW else predictions
        np.add.at(inputs, rows, weight * 5)
        outputs += weight * 4 * drawn
        outputs[tokens[t]] += weight
    for found, counted in zip(training.pairs_per_id, (inputs, outputs), strict=True):
        often = counted > 500
        assert often.sum() > 5
        ratio = found[often] * len(ids) / counted[often]
        assert 0.85 < ratio.min() <= ratio.max() < 1.15
