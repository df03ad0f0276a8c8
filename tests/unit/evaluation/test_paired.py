"""Intervals and tests: what scipy and the literature give, and what chance makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from wordvectors.evaluation.paired import (
    compare_rhos,
    compare_shares,
    williams,
)


def models(pairs: int, noise_first: float, noise_second: float, seed: int):
    """Return human scores and two models' cosines, each the same signal with its own noise."""
    generator = np.random.default_rng(seed)
    human = generator.normal(size=pairs)
    return (
        human,
        human + noise_first * generator.normal(size=pairs),
        human + noise_second * generator.normal(size=pairs),
    )


def test_the_test_is_scipys_paired_permutation_test():
    human, first, second = models(60, 1.0, 0.7, 3)

    def difference(a, b):
        return stats.spearmanr(human, b).statistic - stats.spearmanr(human, a).statistic

    theirs = stats.permutation_test(
        (stats.rankdata(first), stats.rankdata(second)), difference, permutation_type="samples",
        vectorized=False, n_resamples=1500, rng=7,
    )  # fmt: skip
    ours = compare_rhos(human, first, second)

    assert ours.difference == pytest.approx(difference(first, second))
    assert ours.p == pytest.approx(theirs.pvalue, abs=0.04)


def test_of_few_pairs_the_test_is_exact():
    """Five pairs of ranks change sides in 32 ways; the p-value is a number of these."""
    p = compare_rhos(*models(5, 1.0, 0.5, 4)).p
    assert p * 32 == pytest.approx(round(p * 32), abs=1e-9)
    assert p < 1


def test_three_pairs_tell_nothing_of_how_sure_a_difference_is():
    assert compare_rhos(*models(3, 1.0, 0.5, 4)).interval is None
    assert compare_rhos(*models(4, 1.0, 0.5, 4)).interval is not None


def test_williams_is_steigers_published_example():
    t, p = williams(0.4, 0.5, 0.1, 103)
    assert (t, p) == (pytest.approx(-0.89, abs=0.005), pytest.approx(0.37, abs=0.01))


def test_a_large_difference_on_353_pairs_means_something_and_a_small_one_does_not():
    large = compare_rhos(*models(353, 2.0, 1.0, 11))
    small = compare_rhos(*models(353, 1.0, 1.0, 12))

    assert large.means_something
    assert large.interval.low > 0
    assert large.p_williams == pytest.approx(large.p, abs=0.01)
    assert not small.means_something
    assert small.interval.low < 0 < small.interval.high
    assert small.p_williams == pytest.approx(small.p, abs=0.1)


def test_equally_good_models_are_told_apart_about_as_often_as_chance_allows():
    """30 pairs of models: with a level of 5 %, six or more differences would come once in 300 such tests."""
    found = [compare_rhos(*models(60, 1.0, 1.0, seed)).means_something for seed in range(30)]
    assert sum(found) < 6


def test_a_model_does_not_differ_from_itself():
    human, first, _ = models(50, 1.0, 1.0, 2)
    same = compare_rhos(human, first, first)
    assert (same.difference, same.p, same.p_williams) == (0, 1, 1)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40))
def test_the_order_of_the_models_turns_the_difference_round(seed: int, pairs: int):
    human, first, second = models(pairs, 1.0, 0.5, seed)
    there, back = compare_rhos(human, first, second), compare_rhos(human, second, first)

    assert there.difference == pytest.approx(-back.difference)
    if pairs > 3:
        assert there.interval.low == pytest.approx(-back.interval.high)
    assert there.p == pytest.approx(back.p, abs=1e-9)
    assert 0 < there.p <= 1


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_shares_are_compared_by_what_only_one_got_right(answers: list[tuple[bool, bool]]):
    first, second = (np.array(column) for column in zip(*answers, strict=True))
    found = compare_shares(first, second)
    discordant = int((first != second).sum())

    assert found.difference == pytest.approx(second.mean() - first.mean())
    assert found.interval.low <= found.difference <= found.interval.high
    expected = stats.binomtest(int((second & ~first).sum()), discordant).pvalue if discordant else 1
    assert found.p == pytest.approx(expected)
