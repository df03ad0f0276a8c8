"""The verdict says what is more than noise, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.tuning.tunings import planned, play
from wordvectors.evaluation.certainty import Basis, Interval
from wordvectors.tuning.judging import conclude, runs_to_read
from wordvectors.tuning.search import importances
from wordvectors.tuning.tuning import Trial, Tuning
from wordvectors.tuning.verdict import Contrast, Standing, recommended_of, sentence_of


def standing(trial: int, mean: float, seconds: float) -> Standing:
    return Standing(
        trial=trial, is_default=trial == 1, run_id=f"r{trial}", scores=(mean,), mean=mean, seconds=seconds
    )


@pytest.fixture(scope="module")
def clear() -> Tuning:
    """A search whose best is better than the plan without changes each time."""
    return play(planned(finalists=1))


def test_a_mean_rests_on_what_its_trainings_rest_on(clear):
    finalist = clear.finalists[0]
    widths = iter((0.1, 0.2, 0.3))
    tuning = clear
    for trial in clear.judged_by(finalist):
        width = next(widths)
        basis = Basis(300 - int(100 * width), 353, Interval(0.5 - width, 0.5 + width))
        tuning = tuning.with_trial(trial.model_copy(update={"basis": basis}))
    basis = tuning.basis_of(finalist)
    assert basis is not None
    assert (basis.found, basis.interval) == (270, Interval(pytest.approx(0.3), pytest.approx(0.7)))
    one = tuning.judged_by(finalist)[0]
    assert tuning.with_trial(one.model_copy(update={"basis": None})).basis_of(finalist) is None


def cosines(tuning: Tuning, better: bool) -> dict[str, dict[str, tuple[float, float]]]:
    """Return cosines of a hundred pairs; if `better`, those of the best follow people's scores more closely."""
    random = np.random.default_rng(1)
    human = random.random(100)
    best = tuning.finalists[0]
    found = {}
    for trial in tuning.trials:
        noise = 0.1 if better and trial.of == best else 0.8
        values = human + noise * random.standard_normal(100)
        found[trial.run_id or ""] = {
            f"w{n} v{n}": (float(h), float(v)) for n, (h, v) in enumerate(zip(human, values, strict=True))
        }
    return found


def test_what_holds_in_repeats_and_by_pairs_is_better(clear: Tuning):
    read = cosines(clear, better=True)
    assert set(runs_to_read(clear)) == {trial.run_id for trial in clear.trials if trial.of}
    verdict = conclude(clear, read)

    against_default = next(one for one in verdict.contrasts if one.other == 1)
    assert against_default.holds
    assert against_default.pairs == 100
    assert f"Trial {verdict.best} is better than the plan without changes by 0." in verdict.sentence
    assert [one.mean for one in verdict.standings] == sorted(
        (s.mean for s in verdict.standings), reverse=True
    )


def test_what_may_be_chance_by_pairs_is_not_said_to_be_better(clear: Tuning):
    verdict = conclude(clear, cosines(clear, better=False))

    assert "is better than the plan without changes" not in verdict.sentence
    assert "on 100 pairs that may be chance" in verdict.sentence


def test_repeats_that_scatter_cannot_be_told_apart():
    def scattered(trial: Trial) -> dict:
        return {"score": 0.5 + (trial.number * 7919 % 100) / 1000, "found": 300, "total": 353, "seconds": 5}

    verdict = conclude(play(planned(), scattered), {})
    assert "can't be told apart" in verdict.sentence


def test_a_score_that_nobody_repeated_may_be_noise():
    tuning = play(planned(repeats=0))
    verdict = conclude(tuning, {})

    assert runs_to_read(tuning) == []
    assert "which may be noise: there are too few repeats to tell" in verdict.sentence
    assert all(contrast.error is None for contrast in verdict.contrasts)


@pytest.mark.parametrize(
    ("second", "said"),
    [(0.6097, "Trial 7 and trial 4 scored the same;"), (0.608, "Trial 7 scored 0.002 more than trial 4,")],
)
def test_a_difference_that_would_be_shown_as_nothing_is_none(second: float, said: str):
    standings = [standing(7, 0.61, 90), standing(4, second, 30)]
    sentence = sentence_of(
        standings, [Contrast(best=7, other=4, difference=round(0.61 - second, 6))], standings[0]
    )
    assert sentence.startswith(said)
    assert "too few repeats to tell" in sentence


def test_the_cheapest_of_equals_is_recommended():
    standings = [standing(7, 0.61, 90), standing(4, 0.60, 30), standing(1, 0.5, 10)]
    contrasts = [
        Contrast(best=7, other=4, difference=0.01, error=0.01, least=0.032, p_repeats=0.4),
        Contrast(best=7, other=1, difference=0.11, error=0.01, least=0.032, p_repeats=0.001),
    ]
    found = recommended_of(standings, contrasts)

    assert found.trial == 4
    assert sentence_of(standings, contrasts, found) == (
        "Trial 7 is better than the plan without changes by 0.110 ± 0.010; trial 7 and trial 4 can't be told apart "
        "(+0.010 ± 0.010); these repeats show differences of 0.032 or more; trial 4 takes 33% of the "
        "time of trial 7 and will do."
    )


def test_importances_rest_on_trials_that_differ(clear: Tuning):
    found = importances(clear)

    assert set(found) == {"learning_rate", "window_size"}
    assert sum(found.values()) == pytest.approx(1, abs=0.01)
    assert importances(clear.but(trials=clear.trials[:3])) == {}


def test_a_tuning_goes_through_its_row(clear: Tuning):
    whole = clear.but(verdict=conclude(clear, {}))
    assert Tuning.of_row(whole.to_json()) == whole
