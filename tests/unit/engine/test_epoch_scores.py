"""A training is scored after each epoch, which changes nothing of it, and may end early."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.unit.engine.corpora import two_topics
from tests.unit.engine.test_checkpoints import Interrupted, Interrupting
from tests.unit.engine.test_kernel_engine import SUBWORDS, encoded
from wordvectors.blazingtext.eval_json import SetScore
from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.blazingtext.log import parse_log
from wordvectors.engine import kernel_engine
from wordvectors.engine.checkpoints import Checkpoints, Place
from wordvectors.engine.engine import TrainedVectors
from wordvectors.engine.epoch_scores import EpochScores
from wordvectors.evaluation.early_stopping import EarlyStopping
from wordvectors.evaluation.spearman import score
from wordvectors.evaluation.word_pairs import WordPairSet
from wordvectors.evaluation.wordsim353 import load_wordsim353

CORPUS = encoded(two_topics())
WORDS = CORPUS.vocabulary.words
PAIRS = WordPairSet(
    "zoo: own", (("cat", "dog", 9.0), ("cat", "bread", 1.0), ("tiger", "butter", 2.0), ("bird", "horse", 8.0))
)
SETS = {PAIRS.name: PAIRS}


def scores(epochs: int = 5, early_stopping: EarlyStopping | None = None) -> EpochScores:
    return EpochScores(WORDS, epochs, SETS, early_stopping)


def train(
    on_the_way: EpochScores | None, epochs: int = 5, threads: int = 1, checkpoints=None, **given
) -> TrainedVectors:
    settings = {"mode": "batch_skipgram", "vector_dim": 16, "epochs": epochs, "sampling_threshold": 0.5}
    given = Hyperparameters.read(settings | given)
    silent = lambda *figures: None  # noqa: E731
    return kernel_engine.train(
        CORPUS, given, silent, threads=threads, seed=1, checkpoints=checkpoints, scores=on_the_way
    )


@pytest.mark.parametrize("given", [{}, {"threads": 3}, {"mode": Mode.CBOW, **SUBWORDS}], ids=str)
def test_the_last_scores_are_those_of_the_vectors(given: dict[str, object], capsys):
    on_the_way = scores()
    trained = train(on_the_way, **given)
    epochs, found = zip(*on_the_way.history, strict=True)
    assert epochs == (1, 2, 3, 4, 5)
    vectors = dict(zip(WORDS, trained.vectors, strict=True))
    assert found[-1][PAIRS.name] == score(PAIRS, vectors).spearmans_rho
    assert -1 <= found[-1]["mean_rho"] <= 1
    told = parse_log(capsys.readouterr().out.splitlines()).epoch_scores
    assert told == {
        epoch: {name: pytest.approx(rho, abs=1e-6) for name, rho in one.items()}
        for epoch, one in on_the_way.history
    }


def test_scores_change_nothing_of_a_training():
    assert train(scores()).vectors.tobytes() == train(None).vectors.tobytes()


def test_of_many_epochs_some_are_scored_and_the_last_one_is():
    on_the_way = scores(epochs=103)
    train(on_the_way, epochs=103)
    assert [epoch for epoch, _ in on_the_way.history] == [*range(3, 103, 3), 103]


def test_a_training_ends_when_its_patience_is_used_up(monkeypatch: pytest.MonkeyPatch, capsys):
    course = iter([0.1, 0.3, 0.2, 0.3, 0.9])
    on_the_way = scores(early_stopping=EarlyStopping(patience=2, set=PAIRS.name))
    monkeypatch.setattr(
        "wordvectors.engine.epoch_scores.score",
        lambda pairs, vectors: SetScore(next(course) if pairs is PAIRS else None, 0, 4),
    )
    trained = train(on_the_way, threads=2)
    assert [one for _, one in on_the_way.history] == [{PAIRS.name: rho} for rho in (0.1, 0.3, 0.2, 0.3)]
    assert trained.fraction == pytest.approx(0.8)
    said = capsys.readouterr().out
    ends = "Training ends early, after epoch 4 of 5: zoo: own is no better than 0.3000, after epoch 2 "
    assert f"{ends}(early_stopping.patience 2)." in said
    assert parse_log(said.splitlines()).ended_early_after == 4


@pytest.mark.parametrize(
    ("course", "over"),
    [
        ([0.1], False),
        ([0.1, 0.1], False),
        ([0.1, 0.1, 0.1], True),
        ([0.1, 0.2, 0.3], False),
        ([0.3, 0.2, 0.4], False),
        ([None, None], False),
        ([None, None, None], False),
        ([-0.2, None, None], True),
        ([None, None, -0.5], False),
    ],
)
def test_patience_is_used_up_by_scores_that_are_no_better_than_the_best(course, over):
    assert EarlyStopping(patience=2).is_over(course) is over


def test_a_set_that_has_no_score_ends_no_training(capsys):
    nothing = WordPairSet("nothing: own", (("zebra", "yak", 9.0), ("gnu", "emu", 1.0)))
    on_the_way = EpochScores(WORDS, 5, {nothing.name: nothing}, EarlyStopping(patience=1, set=nothing.name))
    train(on_the_way)
    assert len(on_the_way.history) == 5
    said = capsys.readouterr().out
    assert said.count("nothing: own has no score") == 1
    assert parse_log(said.splitlines()).ended_early_after is None
    unscored = EpochScores(WORDS, 2, {}, EarlyStopping(patience=1, set=nothing.name))
    train(unscored, epochs=2)
    assert "nothing: own has no score" in capsys.readouterr().out


def test_a_mean_that_tells_little_names_its_weakest_set(capsys):
    found = {
        name: score(pairs, dict.fromkeys(WORDS, np.ones(2))) for name, pairs in load_wordsim353().items()
    }
    weakest = min(found, key=lambda name: found[name].found / found[name].total_pairs)
    one = found[weakest]
    train(EpochScores(WORDS, 2, {}, EarlyStopping(patience=1)), epochs=2)
    said = capsys.readouterr().out
    assert (
        f"early_stopping goes by mean_rho, of which {one.found} of {one.total_pairs} pairs are too few"
        in said
    )
    assert f"would do ({weakest})" in said


def test_a_training_that_goes_on_knows_the_scores_so_far(tmp_path: Path, capsys):
    whole = scores()
    trained = train(whole)
    first, second = scores(), scores()
    with pytest.raises(Interrupted):
        train(first, checkpoints=Interrupting(tmp_path, after=2))
    capsys.readouterr()
    went_on = train(second, checkpoints=Checkpoints(tmp_path))
    told = parse_log(capsys.readouterr().out.splitlines()).epoch_scores
    assert list(told) == [
        1,
        2,
        3,
        4,
        5,
    ]  # in its own log, too: the log of what was interrupted may be another job's
    assert went_on.vectors.tobytes() == trained.vectors.tobytes()
    assert second.history == whole.history
    assert 0 < len(first.history) < 5


@pytest.mark.parametrize(("beyond", "scored"), [(0, [2, 3, 4]), (1, [3, 4])])
def test_a_training_that_went_on_without_scores_is_scored_from_where_it_is(
    tmp_path: Path, beyond: int, scored: list[int]
):
    on_the_way = scores()
    training = kernel_engine.Training(CORPUS, Hyperparameters.read({"epochs": 5}), 1, 1, on_the_way)
    known = {"stretches": training.schedule.stretches}
    place = Place(training=known, stretches_done=2 * training.schedule.per_epoch + beyond, seconds=1)
    training.begin()
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(place, training.input_rows, training.output_rows, since=0.0)

    training.go_on_from(checkpoints, known)
    training.run(lambda *figures: None)

    assert [epoch for epoch, _ in on_the_way.history] == scored  # after the last one `train` scores


def test_a_checkpoint_between_an_epoch_and_its_scores_loses_none(tmp_path: Path):
    on_the_way = scores()
    checkpoints = Checkpoints(tmp_path)
    training = kernel_engine.Training(CORPUS, Hyperparameters.read({"epochs": 5}), 1, 1, on_the_way)
    training.go_on_from(checkpoints, {})
    training.schedule.go_on_from(2 * training.schedule.per_epoch)
    on_the_way.history = [(1, {})]
    training.run(lambda *figures: None)
    assert [epoch for epoch, _ in on_the_way.history] == [1, 2, 3, 4]  # after the last one `train` scores
    assert np.isfinite(training.input_rows).all()
