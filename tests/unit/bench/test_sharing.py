"""What threads share is counted."""

from __future__ import annotations

import numpy as np
import pytest

from bench import sharing
from wordvectors.blazingtext.hyperparameters import Hyperparameters
from wordvectors.engine.rows import aligned_rows


@pytest.mark.parametrize("dim", [1, 16, 100, 300])
def test_no_cache_line_of_the_weights_holds_two_rows(dim: int):
    assert sharing.lines_of_two_rows(aligned_rows(1000, dim)) == 0


def test_rows_without_padding_share_lines():
    block = np.zeros(101 * 100 + 16, np.float32)
    start = -(block.ctypes.data // 4) % 16
    packed = block[start : start + 101 * 100].reshape(101, 100)
    # A row of 400 bytes begins in the middle of a line unless its place is a multiple of 64.
    assert sharing.lines_of_two_rows(packed) == sum(400 * row % 64 != 0 for row in range(1, 101))


def test_two_threads_meet_in_the_rows_that_both_draw():
    given = Hyperparameters.read({"batch_size": 10, "sampling_threshold": 0.9})
    counts = np.array([100, 100])
    # Ten tokens and the shared negatives, half of them each word: 5 and 5, and 5 + 10 and 5 + 10.
    assert sharing.shared_count(5, 5) == 20
    assert sharing.rows_in_common(counts, given, copied=0) == pytest.approx(2 * 5**2 + 2 * 15**2)
    assert sharing.rows_in_common(counts, given, copied=1) == pytest.approx(5**2 + 15**2)
    assert sharing.rows_in_common(counts, given, copied=2) == 0


def test_merging_takes_time():
    assert sharing.merge_seconds(16, 10, repeats=3) > 0
