"""How sure a score is: beside scipy, the literature and draws of our own; and what can't rank runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from wordvectors.evaluation.certainty import (
    Interval,
    basis_of_mean,
    basis_of_rho,
    basis_of_share,
    rho_interval,
    share_interval,
)


def test_the_interval_of_a_rho_is_about_what_the_bootstrap_finds():
    generator = np.random.default_rng(1)
    human = generator.normal(size=120)
    cosines = human + generator.normal(size=120)
    theirs = stats.bootstrap(
        (human, cosines), lambda a, b: stats.spearmanr(a, b).statistic, paired=True, vectorized=False,
        n_resamples=2000, method="BCa", rng=5,
    ).confidence_interval  # fmt: skip
    ours = rho_interval(float(stats.spearmanr(human, cosines).statistic), 120)

    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_of_a_hundred_draws_about_95_have_the_true_rho_in_their_interval():
    generator = np.random.default_rng(7)
    true = 6 / np.pi * np.arcsin(0.7 / 2)  # Spearman's rho of normal variables with a correlation of 0.7
    held = 0
    for _ in range(500):
        one, two = generator.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], size=60).T
        interval = rho_interval(float(stats.spearmanr(one, two).statistic), 60)
        assert interval is not None
        held += interval.low < true < interval.high
    assert 0.92 < held / 500 < 0.98


@given(st.floats(-1, 1), st.integers(0, 5000))
def test_a_rho_lies_in_its_interval_and_both_ends_are_rhos(rho: float, pairs: int):
    interval = rho_interval(rho, pairs)
    assert -1 <= interval.low <= rho + 1e-9
    assert rho - 1e-9 <= interval.high <= 1
    assert pairs > 3 or interval == Interval(-1, 1)


@given(st.integers(1, 3000).flatmap(lambda asked: st.tuples(st.integers(0, asked), st.just(asked))))
def test_a_share_has_wilsons_interval(answers: tuple[int, int]):
    right, asked = answers
    theirs = stats.binomtest(right, asked).proportion_ci(0.95, method="wilson")
    ours = share_interval(right / asked, asked)

    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert share_interval(0.0, 0) is None


@pytest.mark.parametrize(
    ("found", "total", "doubted"), [(29, 40, True), (30, 60, False), (30, 61, True), (0, 0, True)]
)
def test_what_rests_on_few_pairs_or_on_less_than_half_of_them_cant_rank_runs(found, total, doubted):
    for basis in (basis_of_rho(0.5, found, total), basis_of_share(0.5, found, total)):
        assert (basis.doubt is not None) is doubted
        assert f"{found} of {total}" in (basis.doubt or f"{found} of {total}")


def test_a_mean_rests_on_its_weakest_set():
    whole, half = basis_of_rho(0.7, 300, 353), basis_of_rho(0.6, 20, 203)
    mean = basis_of_mean({"ALL": whole, "SIM": half})

    assert mean is not None
    assert whole.interval is not None
    assert half.interval is not None
    assert (mean.found, mean.total) == (20, 203)
    assert mean.doubt == "20 of 203 pairs are too few to rank by; 102 would do (SIM)"
    assert mean.interval == Interval(
        (whole.interval.low + half.interval.low) / 2, (whole.interval.high + half.interval.high) / 2
    )
    assert basis_of_mean({}) is None


def test_a_basis_as_it_stands_behind_a_score():
    assert basis_of_rho(-0.5, 200, 353).text == "[−0.60, −0.38] 57%"
    assert basis_of_rho(0.5, 3, 353).text == "[−1.00, 1.00] 1%"
