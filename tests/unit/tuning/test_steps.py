"""A search goes on to its bounds, never beyond them, and its best are trained again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.unit.tuning.tunings import START, failed, good, planned, play
from wordvectors.blazingtext.hyperparameters import LARGEST_SEED
from wordvectors.evaluation.certainty import Basis, basis_of_rho, rho_interval
from wordvectors.lifecycle.run import Evaluation, Run, SetScore, Training
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.checks import known_runs
from wordvectors.tuning.search import suggest
from wordvectors.tuning.steps import SearchFailed, advance, score_of, seen
from wordvectors.tuning.tuning import Arithmetic, Trial, TrialKind


def test_the_plan_without_changes_comes_first_and_the_best_are_trained_again():
    found = play(planned())

    kinds = Counter(trial.kind for trial in found.trials)
    assert kinds == {TrialKind.DEFAULT: 1, TrialKind.SEARCH: 11, TrialKind.REPEAT: 12}
    assert found.trials[0].values == {"learning_rate": 0.05, "window_size": 5}
    assert found.searched == "all 12 trials were trained"
    assert found.finalists[-1] == 1
    assert found.best is not None
    assert found.finalists[0] == found.best.number
    assert Counter(trial.of for trial in found.trials if trial.of) == dict.fromkeys(found.finalists, 3)


def test_no_plan_is_trained_twice():
    found = play(planned())

    plans = [found.plan_of(trial).canonical_json() for trial in found.trials]
    assert len(set(plans)) == len(plans)
    assert {trial.seed for trial in found.trials if trial.of} == {2, 3, 4}


def test_the_seeds_of_repeats_begin_anew_after_the_largest():
    found = play(planned({"hyperparameters": {"seed": LARGEST_SEED - 1}}))

    assert {trial.seed for trial in found.trials if trial.of} == {LARGEST_SEED, 0, 1}
    assert all(found.plan_of(trial) for trial in found.trials)


def test_blazingtext_has_no_seed_and_is_asked_again():
    found = play(planned({"engine": "blazingtext"}))

    repeats = [trial for trial in found.trials if trial.kind is TrialKind.REPEAT]
    assert all(trial.again and trial.seed is None for trial in repeats)
    assert not any(trial.again for trial in found.search_trials)


def test_a_small_space_ends_the_search():
    space = {"window_size": {"choices": [2, 5, 9]}}
    found = play(planned(space=space, repeats=0), lambda trial: {"score": 0.5})

    assert sorted(trial.values["window_size"] for trial in found.trials) == [2, 5, 9]
    assert found.searched == "the space holds no further plan"


@pytest.mark.parametrize(
    ("bound", "trials", "why"),
    [
        ({"target": 0.55}, 1, "trial 1 reached the target, 0.55"),
        ({"patience": 3}, 4, "3 trials in a row were no better"),
    ],
)
def test_enough_is_enough(bound: dict, trials: int, why: str):
    found = play(planned(side_by_side=1, repeats=0, **bound), lambda trial: {"score": 0.55})

    assert (len(found.trials), found.searched) == (trials, why)


def test_money_is_kept_for_the_repeats_and_never_exceeded():
    ceiling = Arithmetic(trainings=24, most_of_one=0.3, ceiling=2.0, hours=24)
    found = play(planned(arithmetic=ceiling))

    assert found.searched is not None
    assert found.searched.endswith("of $2.00 were spent, and a training may cost $0.3000")
    assert 0 < sum(trial.of is not None for trial in found.trials) <= 12
    assert found.spent <= 2.0


def test_nothing_starts_after_the_hours_and_some_are_kept_for_the_repeats():
    found = play(planned(max_hours=2, side_by_side=1), minutes=10)

    assert found.searched == "there is no time for more within 2 hours"
    assert 0 < len(found.search_trials) < 12
    assert len(found.trials) <= 13


def test_failed_trials_are_told_and_bounded():
    def every_third_fails(trial: Trial) -> dict:
        return failed(trial) if trial.number % 3 == 0 else good(trial)

    found = play(planned(), every_third_fails)
    assert [trial.number for trial in found.search_trials if trial.score is None] == [3, 6, 9, 12]
    with pytest.raises(SearchFailed, match="3 trials have no score; the last one: the job failed"):
        play(planned(side_by_side=1), failed)


def test_a_set_that_the_corpus_hardly_knows_is_no_objective():
    basis = basis_of_rho(0.9, 12, 353)
    with pytest.raises(SearchFailed, match="12 of 353 pairs are too few to rank by; 177 would do"):
        play(planned(), lambda trial: {"score": 0.9, "basis": basis})


def test_trials_that_are_handed_out_together_fit_under_the_ceiling_together():
    ceiling = Arithmetic(trainings=12, most_of_one=4.9, ceiling=5.0, hours=24)
    known = planned(arithmetic=ceiling, side_by_side=3)
    first = known.trials[0].but(run_id="r1", status=RunStatus.COMPLETED, score=0.5)  # which was there before
    assert len(advance(known.with_trial(first), suggest, START).open_trials) == 1


def test_the_search_learns():
    """Of forty trials the later ones are better than those at random."""
    found = play(planned(trials=40, repeats=0, side_by_side=1))

    scores = [trial.score or 0 for trial in found.trials]
    assert sum(scores[-10:]) / 10 > sum(scores[:10]) / 10 + 0.01


def test_the_same_trials_give_the_same_suggestion_and_a_running_one_another():
    tuning = planned()
    first = suggest(tuning)
    assert first == suggest(tuning)
    beside = Trial(number=2, kind=TrialKind.SEARCH, values=first or {})
    assert suggest(tuning.but(trials=(*tuning.trials, beside))) != first


def test_cost_is_an_objective_too():
    found = play(planned(with_cost=True))

    front = {trial.number for trial in found.search_trials}
    assert set(found.finalists) <= front


RUN = Run(
    run_id="wv-a-0123456789ab",
    status=RunStatus.COMPLETED,
    mean_rho=0.5,
    training=Training(billed_instance_seconds=60),
    evaluation=Evaluation(
        sets={
            "WS-353": SetScore(spearmans_rho=0.5, not_found=53, total_pairs=353),
            "SimLex-999": SetScore(spearmans_rho=0.2, not_found=900, total_pairs=999),
        }
    ),
)


def test_an_objective_is_a_weighted_mean_and_so_is_its_interval():
    order = planned(objective={"mean_rho": 2, "WS-353": 1}).required_order

    assert score_of(RUN, order) == 0.5
    found = seen(Trial(number=1, kind=TrialKind.SEARCH), RUN, order)
    assert found.basis is not None
    assert (found.basis.found, found.basis.total, found.seconds) == (300, 353, 60)
    assert found.basis.interval == pytest.approx(rho_interval(0.5, 300))
    assert found.scores["SimLex-999"] == 0.2


def test_a_score_on_too_few_pairs_is_none_and_says_of_which_set():
    order = planned(objective={"mean_rho": 2, "SimLex-999": 1}).required_order

    assert score_of(RUN, order) == 0.4
    found = seen(Trial(number=2, kind=TrialKind.SEARCH), RUN, order)
    assert found.score is None
    assert found.note == "99 of 999 pairs are too few to rank by; 500 would do (SimLex-999)"


def test_an_earlier_run_whose_score_rests_on_too_few_pairs_is_not_known_to_the_search():
    tuning = planned()
    plan, corpus = tuning.required_plan, tuning.corpus
    run = RUN.model_copy(update={"plan": plan, "corpus": corpus})

    def known(name: str) -> list[str]:
        order = planned(objective={name: 1}).required_order
        return [one.run_id for one in known_runs([run], plan, tuning.space, order, corpus.etag or "")]

    assert known("WS-353") == [RUN.run_id]
    assert known("SimLex-999") == []


def test_the_search_ends_if_the_plan_without_changes_is_asked_too_little():
    tuning = planned(objective={"SimLex-999": 1})
    first = seen(tuning.trials[0], RUN, tuning.required_order)
    with pytest.raises(SearchFailed, match=r"99 of 999 pairs are too few to rank by.*own-text"):
        advance(tuning.but(trials=(first,)), suggest, datetime.now(UTC))


def test_a_doubt_names_the_set_and_not_the_mean_that_it_is_part_of():
    few = {name: SetScore(spearmans_rho=0.5, not_found=total - 12, total_pairs=total)
           for name, total in (("WS-353", 353), ("WS-353-REL", 252), ("WS-353-SIM", 203))}  # fmt: skip
    run = RUN.model_copy(update={"evaluation": Evaluation(sets=few)})
    found = seen(planned().trials[0], run, planned().required_order)
    assert found.note == "12 of 353 pairs are too few to rank by; 177 would do (WS-353)"


def test_a_trial_of_an_earlier_version_has_two_numbers_as_its_basis():
    read = Trial.of_row({"number": 1, "kind": "default", "score": 0.5, "found": 12, "total": 353})
    assert read.basis == Basis(12, 353)


def test_a_run_without_one_of_the_scores_says_which():
    order = planned(objective={"products": 1, "mean_rho": 1}).required_order

    found = seen(Trial(number=1, kind=TrialKind.SEARCH), RUN, order)
    assert (found.score, found.note) == (None, "no score on products")
