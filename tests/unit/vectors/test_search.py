"""The nearest rows are those of all cosines put in order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordvectors.vectors import search
from wordvectors.vectors.search import nearest_rows


@given(st.integers(0, 2**32 - 1), st.integers(1, 700), st.integers(1, 5), st.integers(1, 40), st.booleans())
def test_the_nearest_rows_are_the_best_of_all(seed: int, words: int, queries: int, count: int, alike: bool):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(words, 8)).astype(np.float32)
    rows[random.random(words) < 0.1] = 0
    if alike:
        rows[:] = np.round(rows)
    units = random.normal(size=(queries, 8)).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    norms = np.linalg.norm(rows, axis=1)

    found = nearest_rows(rows, norms, units, count)

    for unit, near in zip(units, found, strict=True):
        cosines = np.divide(rows @ unit, norms, out=np.zeros(words, np.float32), where=norms > 0)
        assert len(set(near.places.tolist())) == len(near.places) == min(count, words)
        assert near.cosines == pytest.approx(np.sort(cosines)[::-1][:count], abs=1e-5)
        assert cosines[near.places] == pytest.approx(near.cosines, abs=1e-5)


@pytest.mark.parametrize("times", [1, 100])
def test_rows_beyond_a_pass_are_found_by_few_queries_and_by_many(monkeypatch, times):
    monkeypatch.setattr(search, "_FEW_AT_ONCE", 2 * 64)
    monkeypatch.setattr(search, "_MANY_AT_ONCE", 64)
    rows, asked = np.eye(500, dtype=np.float32), [499, 130, 0] * times
    found = nearest_rows(rows, np.ones(500, np.float32), rows[asked], 1)
    assert [each.places.tolist() for each in found] == [[place] for place in asked]


def test_of_rows_alike_the_most_frequent_stand_first():
    found = nearest_rows(np.ones((2000, 2), np.float32), np.full(2000, 2**0.5), np.array([[1, 0]]), 3)
    assert found[0].places.tolist() == [0, 1, 2]
