"""How often the test of few repeats raises a false alarm, and what it sees: by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from wordvectors.tuning.noise import Noise, noise_of

TUNINGS = 2000


def _alarms(means: list[float], repeats: int, spreads: list[float]) -> float:
    """Return how often the best by its repeats is said to be better than another."""
    random = np.random.default_rng(3)
    plans = len(means)
    noise = random.standard_normal((TUNINGS, plans, repeats)) * np.array(spreads)[:, None]
    told = 0
    for scores in noise + np.array(means)[:, None]:
        found = noise_of(scores.tolist())
        assert found is not None
        each = scores.mean(axis=1)
        told += float(each.max() - each.min()) > found.least(repeats, repeats)
    return told / TUNINGS


@pytest.mark.parametrize("repeats", [2, 3])
@pytest.mark.parametrize("plans", [2, 4])
def test_of_plans_that_are_equally_good_one_verdict_in_twenty_says_otherwise(plans: int, repeats: int):
    assert _alarms([0.6] * plans, repeats, [0.01] * plans) == pytest.approx(0.05, abs=0.015)


def test_plans_that_scatter_unequally_raise_few_more_alarms():
    assert _alarms([0.6] * 4, 3, [0.005, 0.01, 0.01, 0.01]) < 0.08


def test_two_repeats_see_a_difference_that_welchs_test_calls_chance():
    random = np.random.default_rng(5)
    scores = random.standard_normal((400, 4, 2)) * 0.01 + np.array([0.68, 0.6, 0.6, 0.6])[:, None]
    seen = welch = 0
    for one in scores:
        noise = noise_of(one.tolist())
        assert noise is not None
        seen += float(one[0].mean() - one[1].mean()) > noise.least(2, 2)
        welch += stats.ttest_ind(one[0], one[1], equal_var=False).pvalue < 0.05
    assert seen > 0.9 * len(scores)
    assert welch < 0.7 * len(scores)


def test_a_difference_is_more_than_noise_where_its_p_value_is_below_the_bound():
    noise = noise_of([[0.6, 0.62, 0.61], [0.58, 0.59], [0.55, 0.57, 0.56]])
    assert noise is not None
    assert noise.freedom == 5
    least = noise.least(3, 2)
    assert noise.p(least, 3, 2) == pytest.approx(0.05, abs=1e-4)
    assert noise.p(-2 * least, 3, 2) < 0.05 < noise.p(0.9 * least, 3, 2)


def test_the_p_value_is_that_of_tukeys_test():
    repeats = [[0.61, 0.62, 0.60], [0.58, 0.60, 0.59], [0.60, 0.61, 0.63]]
    noise = noise_of(repeats)
    assert noise is not None
    told = stats.tukey_hsd(*repeats).pvalue[0][1]
    assert noise.p(0.61 - 0.59, 3, 3) == pytest.approx(told, abs=1e-6)


def test_repeats_without_spread_differ_or_do_not():
    noise = noise_of([[0.6, 0.6], [0.5, 0.5]])
    assert noise == Noise(spread=0.0, freedom=2, plans=2)
    assert noise.p(0.1, 2, 2) == 0.0
    assert noise.p(0.0, 2, 2) == 1.0


def test_single_repeats_tell_nothing():
    assert noise_of([[0.6], [0.5]]) is None
    assert noise_of([[0.6, 0.5]]) is None
