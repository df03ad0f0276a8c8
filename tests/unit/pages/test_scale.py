"""The scale: a run among published models, with its interval; nothing for a run that has no mean_rho."""

from __future__ import annotations

import pytest

from tests.unit.pages.conftest import run_row, scored
from wordvectors.blazingtext.eval_json import ALL, REL, SIM
from wordvectors.evaluation.published import PUBLISHED
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import SIMLEX
from wordvectors.pages.report.page import report_page
from wordvectors.pages.report.scale import WIDTH, rho_scale


def test_the_run_stands_among_the_published_models_by_its_score():
    rows = rho_scale(run_row(**scored(0.7)))

    assert [row.score for row in rows] == sorted((row.score for row in rows), reverse=True)
    own = next(row for row in rows if row.is_own)
    assert (own.text, own.place) == ("pets", 0.7 * WIDTH)
    low, high = own.band
    assert low < own.place < high <= WIDTH
    assert {row.band for row in rows if not row.is_own} == {None}
    assert len(rows) == len(PUBLISHED) + 1


@pytest.mark.parametrize("rho", [-0.3, 0.0, 1.0])
def test_whatever_the_score_it_stands_on_the_scale(rho):
    assert all(0 <= row.place <= WIDTH for row in rho_scale(run_row(**scored(rho))))


def test_a_run_without_a_mean_has_no_scale(contents):
    run = run_row(
        evaluation={"sets": {"animals": {"spearmans_rho": 0.5, "not_found": 0, "total_pairs": 40}}},
        mean_rho=None,
    )

    assert rho_scale(run) == ()
    assert "published models" not in report_page(contents(run=run))


def test_a_score_on_few_pairs_is_marked_and_not_set_beside_models_that_know_all(contents):
    few = {"spearmans_rho": 0.9, "not_found": 340, "total_pairs": 353, "coverage": 13 / 353}
    run = run_row(mean_rho=0.9, evaluation={"sets": {ALL: few}})

    assert rho_scale(run) == ()
    page = report_page(contents(run=run))
    assert "published models" not in page
    tile = page[page.index("mean_rho</dt>") : page.index("Vocabulary</dt>")]
    assert "4%" in tile
    assert "too few to rank by" in tile


@pytest.mark.parametrize("model", PUBLISHED, ids=lambda model: model.name)
def test_a_published_model_has_a_score_on_each_set(model):
    assert model.scores.keys() == {ALL, REL, SIM, SIMLEX}
    assert model.score(REL) < model.score(ALL) < model.score(SIM)
    assert model.score(MEAN_RHO) == pytest.approx(
        (model.score(ALL) + model.score(REL) + model.score(SIM)) / 3
    )
    assert model.score("Google-analogies") is None
