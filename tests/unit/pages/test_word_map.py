"""The map: within its square, the same each time, groups apart; and there for any number of words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.pages.conftest import WORDS, vectors
from wordvectors.pages.report.word_map import tsne
from wordvectors.pages.report.words import unit_length


def test_groups_stand_apart_and_the_map_is_the_same_each_time():
    unit = unit_length(vectors())
    points = tsne(unit)

    cats = points[[word.startswith("cat") for word in WORDS]]
    dogs = points[[word.startswith("dog") for word in WORDS]]
    within = max(np.linalg.norm(group - group.mean(axis=0), axis=1).mean() for group in (cats, dogs))
    assert np.linalg.norm(cats.mean(axis=0) - dogs.mean(axis=0)) > 1.5 * within
    assert np.array_equal(points, tsne(unit))


@settings(max_examples=15, deadline=None)
@given(count=st.integers(0, 14), dim=st.integers(1, 3), distinct=st.integers(1, 14), seed=st.integers(0, 9))
def test_any_number_of_words_has_a_place(count, dim, distinct, seed):
    matrix = np.random.default_rng(seed).normal(size=(distinct, dim)).astype(np.float32)
    points = tsne(unit_length(matrix[np.arange(count) % distinct]))

    assert points.shape == (count, 2)
    assert np.isfinite(points).all()
    assert np.abs(points).max(initial=0) <= 1 + 1e-9


@pytest.mark.parametrize(("words", "perplexity"), [(400, 40.0), (63, 62 / 3)])
def test_perplexity_is_40_or_what_few_words_allow(words, perplexity, monkeypatch):
    from sklearn import manifold

    asked = {}

    class Recorded(manifold.TSNE):
        def __init__(self, **options):
            asked.update(options)
            super().__init__(**options)

        def fit_transform(self, vectors):
            return vectors[:, :2]

    monkeypatch.setattr(manifold, "TSNE", Recorded)
    tsne(np.random.default_rng(0).normal(size=(words, 5)).astype(np.float32))

    assert asked["perplexity"] == pytest.approx(perplexity)
    assert asked["init"] == "pca"
    assert isinstance(asked["random_state"], int)
