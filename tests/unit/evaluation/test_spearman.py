"""Spearman's rho against scipy and gensim, and the rules for pairs that are missing or doubled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from wordvectors.blazingtext.eval_json import ALL, FILE_NAMES, REL, SetScore
from wordvectors.evaluation.spearman import average_ranks, evaluate, lower_cased, score, spearmans_rho
from wordvectors.evaluation.word_pairs import WordPairSet
from wordvectors.evaluation.wordsim353 import load_wordsim353

few_values = st.integers(0, 6).map(float)
series = st.lists(
    st.tuples(few_values | st.floats(-5, 5), few_values | st.floats(-5, 5)), min_size=2, max_size=60
)


@given(series)
def test_rho_is_scipys(pairs: list[tuple[float, float]]):
    first, second = zip(*pairs, strict=True)
    expected = (
        None if len(set(first)) == 1 or len(set(second)) == 1 else stats.spearmanr(first, second).statistic
    )
    found = spearmans_rho(first, second)
    assert found is None if expected is None else found == pytest.approx(expected, abs=1e-12)


@given(st.lists(few_values | st.floats(-5, 5), min_size=1, max_size=40))
def test_ranks_are_scipys(values: list[float]):
    assert average_ranks(values).tolist() == stats.rankdata(values).tolist()


def test_rho_of_nothing_is_none():
    assert spearmans_rho([], []) is None


def random_vectors(words: list[str], dim: int = 20, seed: int = 0) -> KeyedVectors:
    vectors = KeyedVectors(dim)
    vectors.add_vectors(words, np.random.default_rng(seed).normal(size=(len(words), dim)).astype(np.float32))
    return vectors


def wordsim_vectors(left_out: tuple[str, ...] = ()) -> KeyedVectors:
    return random_vectors(sorted(load_wordsim353()[ALL].words - set(left_out)))


def test_the_score_is_gensims_once_the_doubled_pair_is_taken_out(tmp_path: Path):
    # "money cash" stands twice in WordSim-353. gensim scores both lines; BlazingText's evaluator holds the
    # pairs in a dictionary and scores the last. Without the first of the two lines both must agree.
    vectors = wordsim_vectors(left_out=("tiger", "stock"))
    pairs = load_wordsim353()[ALL].pairs
    single = tuple(pair for row, pair in enumerate(pairs) if row != pairs.index(("money", "cash", 9.15)))
    file = tmp_path / "single.tsv"
    file.write_text("".join(f"{first}\t{second}\t{human}\n" for first, second, human in single))

    _, (rho, _), missing_percent = vectors.evaluate_word_pairs(str(file), case_insensitive=False)
    ours = score(WordPairSet("single", single), vectors)
    assert ours.spearmans_rho == pytest.approx(rho, abs=1e-9)
    assert ours.not_found == round(missing_percent / 100 * len(single)) > 0

    doubled = score(WordPairSet("doubled", pairs), vectors)
    assert doubled.spearmans_rho == ours.spearmans_rho
    assert doubled.total_pairs == ours.total_pairs + 1


def test_the_score_is_scipys_of_the_cosines():
    vectors = wordsim_vectors()
    human = {(first, second): value for first, second, value in load_wordsim353()[REL].pairs}
    cosines = [vectors.similarity(*pair) for pair in human]
    expected = stats.spearmanr(list(human.values()), cosines).statistic
    assert score(load_wordsim353()[REL], vectors).spearmans_rho == pytest.approx(expected, abs=1e-9)


def test_a_doubled_pair_keeps_its_last_score():
    vectors = {
        word: np.array(vector, dtype=np.float32)
        for word, vector in {"a": [1, 0], "b": [1, 1], "c": [0, 1]}.items()
    }
    first_low = WordPairSet("low", (("a", "b", 0.0), ("a", "c", 5.0), ("a", "b", 9.0)))
    assert score(first_low, vectors) == SetScore(pytest.approx(1.0), 0, 3)
    first_high = WordPairSet("high", (("a", "b", 9.0), ("a", "c", 5.0), ("a", "b", 0.0)))
    assert score(first_high, vectors) == SetScore(pytest.approx(-1.0), 0, 3)


def test_missing_pairs_are_counted_not_scored():
    pairs = WordPairSet(
        "set", (("a", "b", 1.0), ("a", "nowhere", 2.0), ("nowhere", "b", 3.0), ("a", "c", 4.0))
    )
    result = score(pairs, random_vectors(["a", "b", "c"]))
    assert (result.not_found, result.total_pairs, result.coverage) == (2, 4, 0.5)


@pytest.mark.parametrize("known", [[], ["a"], ["a", "b"]])
def test_fewer_than_two_pairs_give_no_score(known: list[str]):
    pairs = WordPairSet("set", (("a", "b", 1.0), ("a", "c", 2.0)))
    assert score(pairs, random_vectors([*known, "other"])).spearmans_rho is None


def test_a_zero_vector_has_cosine_zero():
    vectors = {"a": np.zeros(2, np.float32), "b": np.ones(2, np.float32), "c": -np.ones(2, np.float32)}
    pairs = WordPairSet("set", (("a", "b", 2.0), ("b", "b", 3.0), ("b", "c", 1.0)))
    assert score(pairs, vectors).spearmans_rho == pytest.approx(1.0)


def test_the_evaluation_has_blazingtexts_sets_and_their_mean():
    document = evaluate(wordsim_vectors())
    assert list(document) == [*FILE_NAMES.values(), "mean_rho"]
    rhos = [document[name]["spearmans_rho"] for name in FILE_NAMES.values()]
    assert document["mean_rho"] == (rhos[0] + rhos[1] + rhos[2]) / 3
    assert [document[name]["total_pairs"] for name in FILE_NAMES.values()] == [353, 252, 203]
    assert [document[name]["not_found"] for name in FILE_NAMES.values()] == [0, 0, 0]


def test_an_evaluation_without_any_known_word_is_blazingtexts_zero():
    document = evaluate(random_vectors(["zzz"]))
    assert document == {
        "EN-WS-353-ALL.txt": {"spearmans_rho": 0.0, "not_found": 353, "total_pairs": 353},
        "EN-WS-353-REL.txt": {"spearmans_rho": 0.0, "not_found": 252, "total_pairs": 252},
        "EN-WS-353-SIM.txt": {"spearmans_rho": 0.0, "not_found": 203, "total_pairs": 203},
        "mean_rho": 0.0,
    }


def test_of_two_spellings_the_later_one_stays():
    rows = np.array([[1, 0], [0, 1]], dtype=np.float32)
    assert lower_cased(["apple", "Apple"], rows)["apple"].tolist() == [0, 1]


def test_equal_cosines_give_no_score():
    vectors = {word: np.ones(3, np.float32) for word in "abc"}
    rho = score(
        WordPairSet("set", (("a", "b", 1.0), ("a", "c", 2.0), ("b", "c", 3.0))), vectors
    ).spearmans_rho
    assert rho is None


def test_equal_human_scores_give_no_score():
    vectors = {word: np.random.default_rng(place).normal(size=3) for place, word in enumerate("abc")}
    pairs = WordPairSet("set", (("a", "b", 5.0), ("a", "c", 5.0), ("b", "c", 5.0)))
    assert score(pairs, vectors) == SetScore(None, 0, 3)


@pytest.mark.parametrize("dim", [3, 100])
def test_pairs_of_a_word_with_itself_are_equally_alike(dim: int):
    """float64 gives their cosines as 1, or as one unit in the last place less."""
    words = [f"w{number}" for number in range(50)]
    vectors = dict(
        zip(words, np.random.default_rng(0).normal(size=(50, dim)).astype(np.float32), strict=True)
    )
    pairs = WordPairSet("same", tuple((word, word, float(number)) for number, word in enumerate(words)))

    assert score(pairs, vectors) == SetScore(None, 0, 50)
