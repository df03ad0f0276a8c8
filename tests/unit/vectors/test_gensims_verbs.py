"""The verbs of a model that is loaded answer as gensim's do."""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.models.fasttext import FastTextKeyedVectors, load_facebook_vectors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordvectors.gensim_data import gensim_data
from wordvectors.vectors.ngrams import Ngrams
from wordvectors.vectors.unknown_words import UnknownWordError
from wordvectors.vectors.word_vectors import WordVectors

SIZE, DIM = 40, 6
WORDS = [f"w{row}" for row in range(SIZE)]
A_WORD = st.sampled_from(WORDS)
GROUPS = st.lists(st.sampled_from(WORDS[:20]), min_size=3, max_size=6, unique=True)  # two are equally central
OTHERS = st.lists(st.sampled_from(WORDS[20:]), min_size=1, max_size=4, unique=True)
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated")  # gensim's own
QUICK = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Both(NamedTuple):
    """The same model, asked by us and by gensim."""

    ours: WordVectors
    gensims: KeyedVectors


def both(words: list[str] = WORDS, seed: int = 0) -> Both:
    matrix = np.random.default_rng(seed).normal(size=(len(words), DIM)).astype(np.float32)
    gensims = KeyedVectors(DIM)
    gensims.add_vectors(words, matrix)
    return Both(WordVectors(list(words), matrix), gensims)


def with_ngrams() -> Both:
    random, words, buckets = np.random.default_rng(3), ["cat", "cats", "dog", "dogs", "log"], 50
    own, rows = (random.normal(size=(count, DIM)).astype(np.float32) for count in (len(words), buckets))
    gensims = FastTextKeyedVectors(DIM, 3, 6, buckets)
    gensims.index_to_key, gensims.key_to_index = words, {word: place for place, word in enumerate(words)}
    gensims.vectors_vocab, gensims.vectors_ngrams = own, rows
    gensims.recalc_char_ngram_buckets()
    gensims.adjust_vectors()
    ngrams = Ngrams(rows, 3, 6, buckets)
    return Both(WordVectors(words, ngrams.vectors_of(words, own), ngrams=ngrams), gensims)


def assert_same(ours: Any, theirs: Any) -> None:
    """Hold an answer against gensim's: names are the same, and numbers as near as float32 is."""
    if isinstance(theirs, list) and theirs and isinstance(theirs[0], tuple):
        for one, other in zip(ours, theirs, strict=True):
            for mine, its in zip(one, other, strict=True):
                assert mine == (its if isinstance(its, str) else pytest.approx(its, rel=1e-2, abs=1e-5))
    elif isinstance(theirs, (str, int, list)):
        assert ours == theirs
    else:
        assert np.allclose(ours, theirs, atol=1e-5)


VERBS: dict[str, Callable[..., Any]] = {
    "get_vector": lambda model, one, two, group, other: model.get_vector(one),
    "get_vector, normed": lambda model, one, two, group, other: model.get_vector(one, norm=True),
    "get_index": lambda model, one, two, group, other: model.get_index(one),
    "get_index, default": lambda model, one, two, group, other: model.get_index("none", 7),
    "get_normed_vectors": lambda model, one, two, group, other: model.get_normed_vectors(),
    "get_mean_vector": lambda model, one, two, group, other: model.get_mean_vector(group),
    "get_mean_vector, weighted": lambda model, one, two, group, other: model.get_mean_vector(
        [*group, model[one]], [*range(1, len(group) + 1), -0.5], pre_normalize=False, post_normalize=True
    ),
    "get_mean_vector, missing": lambda model, one, two, group, other: model.get_mean_vector(
        [*group, "none"], ignore_missing=True
    ),
    "similarity": lambda model, one, two, group, other: model.similarity(one, two),
    "n_similarity": lambda model, one, two, group, other: model.n_similarity(group, other),
    "distance": lambda model, one, two, group, other: model.distance(one, two),
    "distances": lambda model, one, two, group, other: model.distances(one),
    "distances, some": lambda model, one, two, group, other: model.distances(one, group),
    "distances, of a vector": lambda model, one, two, group, other: model.distances(model[two] * 3, group),
    "closer_than": lambda model, one, two, group, other: model.closer_than(one, two),
    "rank": lambda model, one, two, group, other: model.rank(one, two),
    "similar_by_word": lambda model, one, two, group, other: model.similar_by_word(one, topn=4),
    "similar_by_key": lambda model, one, two, group, other: model.similar_by_key(one, restrict_vocab=9),
    "similar_by_vector": lambda model, one, two, group, other: model.similar_by_vector(model[one] * 2, 5),
    "most_similar, weighted": lambda model, one, two, group, other: model.most_similar(
        [(word, 0.5 + place) for place, word in enumerate(group)], [(one, -0.3), model[two]], topn=7
    ),
    "most_similar, among the first": lambda model, one, two, group, other: model.most_similar(
        group, topn=7, restrict_vocab=12
    ),
    "most_similar, in a part": lambda model, one, two, group, other: model.most_similar(
        group, topn=7, clip_start=10, clip_end=30
    ),
    "most_similar, of rows": lambda model, one, two, group, other: model.most_similar(model[group], topn=6),
    "most_similar_cosmul": lambda model, one, two, group, other: model.most_similar_cosmul(group, other),
    "most_similar_cosmul, of one": lambda model, one, two, group, other: model.most_similar_cosmul(one, topn=99),
    "most_similar_to_given": lambda model, one, two, group, other: model.most_similar_to_given(one, group),
    "rank_by_centrality": lambda model, one, two, group, other: model.rank_by_centrality(group),
    "rank_by_centrality, as they are": lambda model, one, two, group, other: model.rank_by_centrality(
        group, use_norm=False
    ),
    "doesnt_match": lambda model, one, two, group, other: model.doesnt_match(group),
    "relative_cosine_similarity": lambda model, one, two, group, other: model.relative_cosine_similarity(
        one, two, topn=3
    ),
}  # fmt: skip


@QUICK
@given(st.integers(0, 2**32 - 1), A_WORD, A_WORD, GROUPS, OTHERS)
def test_every_verb_answers_as_gensims(seed: int, one: str, two: str, group: list[str], other: list[str]):
    ours, gensims = both(seed=seed)
    for name, verb in VERBS.items():
        try:
            assert_same(verb(ours, one, two, group, other), verb(gensims, one, two, group, other))
        except Exception as fault:
            fault.add_note(name)
            raise


@pytest.mark.parametrize("word", ["cat", "catt", "logs"])
def test_words_that_n_grams_make_are_answered_as_gensims(word: str):
    ours, gensims = with_ngrams()
    for verb in (
        lambda model: model.get_vector(word),
        lambda model: model.get_vector(word, norm=True),
        lambda model: model.similar_by_word(word),
        lambda model: model.most_similar_cosmul([word, "dog"], ["dogs"]),
        lambda model: model.n_similarity([word, "dog"], ["log"]),
        lambda model: model.distances(word, ["dog", "log"]),
        lambda model: model.distance(word, "logs"),
        lambda model: model.rank_by_centrality([word, "cat", "dog"]),
    ):
        assert_same(verb(ours), verb(gensims))
    # gensim has no answer for a second word that n-grams make
    assert ours.rank("cat", "logs") == 1 + sum(
        ours.similarity("cat", known) > ours.similarity("cat", "logs") for known in ours.index_to_key[1:]
    )


def test_a_neighbours_rank_is_its_place_among_the_neighbours():
    ours, _ = both(["</s>", *WORDS])
    neighbours = [word for word, _ in ours.most_similar("w1", topn=SIZE)]
    assert [ours.rank("w1", word) for word in neighbours] == list(range(1, SIZE))


def test_multiplied_cosines_are_looked_for_where_one_says():
    ours, _ = both()
    first, _ = both(WORDS)
    few = WordVectors(WORDS[:12], first.vectors[:12])
    assert ours.most_similar_cosmul("w1", "w2", restrict_vocab=12) == few.most_similar_cosmul("w1", "w2")


# No word stands beside itself: gensim orders such pairs by what float32 makes of a cosine of 1
ONES, TWOS = (
    st.sampled_from(words) for words in ([*"abcdefgABC", "ab", "AB", "none"], [*"opqrstuvw", "none"])
)
CASED = [*string.ascii_lowercase, "A", "B", "C", "ab", "aB", "AB"]


@QUICK
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.tuples(ONES, TWOS, st.integers(0, 9)), min_size=1, max_size=30),
    st.booleans(), st.booleans(), st.sampled_from([20, 300_000]),
)  # fmt: skip
def test_pairs_are_scored_as_gensim_scores_them(
    tmp_path: Path, seed: int, pairs: list[tuple[str, str, int]], case: bool, dummy: bool, most: int
):
    ours, gensims = both(CASED, seed)
    file = tmp_path / "pairs.tsv"
    file.write_text("# a comment\n" + "".join(f"{one}\t{two}\t{score}\n" for one, two, score in pairs))
    options = {"case_insensitive": case, "dummy4unknown": dummy, "restrict_vocab": most}
    try:
        with np.errstate(all="ignore"):
            theirs = gensims.evaluate_word_pairs(str(file), **options)
    except ValueError:  # it knows none of the pairs, or one alone
        with pytest.raises(ValueError, match="two are needed"):
            ours.evaluate_word_pairs(file, **options)
        return
    found = ours.evaluate_word_pairs(file, **options)
    assert found[2] == pytest.approx(theirs[2])
    for one, other in zip(found[:2], theirs[:2], strict=True):
        assert one.statistic == pytest.approx(other.statistic, abs=1e-4, nan_ok=True)
        assert one.pvalue == pytest.approx(other.pvalue, abs=1e-3, nan_ok=True)


QUESTIONS = st.lists(
    st.lists(st.sampled_from([*CASED, "none"]), min_size=4, max_size=4, unique_by=str.upper), min_size=1, max_size=20
)  # fmt: skip


@QUICK
@given(
    st.integers(0, 2**32 - 1),
    QUESTIONS,
    QUESTIONS,
    st.booleans(),
    st.booleans(),
    st.sampled_from([20, 300_000]),
)
def test_analogies_are_answered_as_gensim_answers_them(
    tmp_path: Path, seed: int, first: list[list[str]], second: list[list[str]], case: bool, dummy: bool, most: int
):  # fmt: skip
    ours, gensims = both(CASED, seed)
    file = tmp_path / "questions.txt"
    lines = [": one", *map(" ".join, first), ": two", *map(" ".join, second)]
    file.write_text("\n".join(lines) + "\n")
    options = {"case_insensitive": case, "dummy4unknown": dummy, "restrict_vocab": most}
    theirs = gensims.evaluate_word_analogies(str(file), **options)
    if not any(theirs[1][-1][key] for key in ("correct", "incorrect")):
        with pytest.raises(ValueError, match="no question has all four words"):
            ours.evaluate_word_analogies(file, **options)
        return
    score, sections = ours.evaluate_word_analogies(file, **options)
    assert score == theirs[0]
    for one, other in zip(sections, theirs[1], strict=True):
        assert one["section"] == other["section"]
        assert sorted(one["correct"]) == sorted(other["correct"])
        assert sorted(one["incorrect"]) == sorted(other["incorrect"])


def test_a_right_answer_is_counted(tmp_path: Path):
    matrix = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1]], np.float32)
    vectors = WordVectors(["man", "king", "woman", "queen"], matrix)
    (tmp_path / "q").write_text(": royal\nman king woman queen\nman woman king man\n")
    score, sections = vectors.evaluate_word_analogies(tmp_path / "q")
    assert score == 0.5
    assert sections[0]["correct"] == [("MAN", "KING", "WOMAN", "QUEEN")]


def test_lines_that_are_passed_over_are_named(tmp_path: Path):
    ours, _ = both()
    (tmp_path / "pairs").write_text("word1\tword2\tscore\nw1\tw2\t3\nw1\tw3\t4\nw2\tw3\t1\nw1 w2 4\n")
    with pytest.warns(UserWarning, match=r"pairs: 2 lines are passed over.*: 1, 5$"):
        ours.evaluate_word_pairs(tmp_path / "pairs")
    (tmp_path / "questions").write_text(": s\nw1 w2 w3 w4\nw1 w2\n")
    with pytest.warns(UserWarning, match=r"questions: 1 lines are passed over.*: 3$"):
        ours.evaluate_word_analogies(tmp_path / "questions")
    (tmp_path / "questions").write_text("w1 w2 w3 w4\n")
    with pytest.raises(ValueError, match="line 1 stands above the first section"):
        ours.evaluate_word_analogies(tmp_path / "questions")


@pytest.mark.parametrize("verb", [
    lambda model: model.similarity("none", "w1"),
    lambda model: model.distances("none"),
    lambda model: model.distances("w1", ["none"]),
    lambda model: model.closer_than("w1", "none"),
    lambda model: model.n_similarity(["w1"], ["none"]),
    lambda model: model.get_index("none"),
    lambda model: model.most_similar_cosmul("none"),
    lambda model: model.doesnt_match(["w1", "none"]),
    lambda model: model.get_mean_vector(["w1", "none"]),
])  # fmt: skip
def test_an_unknown_word_is_never_passed_over(verb: Callable[[WordVectors], Any]):
    with pytest.raises(UnknownWordError, match="'none' is not in the vocabulary"):
        verb(both().ours)


@pytest.mark.parametrize(("verb", "message"), [
    (lambda model: model.most_similar("w1", restrict_vocab=0), "restrict_vocab is 0; it must be at least 1"),
    (lambda model: model.most_similar("w1", topn=None), "topn is None; it must be at least 1"),
    (lambda model: model.most_similar_cosmul(negative="w1"), "no positive word is given"),
    (lambda model: model.similar_by_vector(np.ones(3)), r"shape \(3,\) is given; .* vectors of 6 finite numbers"),
    (lambda model: model.similar_by_vector(np.full(6, np.nan)), "vectors of 6 finite numbers"),
    (lambda model: model.n_similarity([], ["w1"]), "no word with a vector is given"),
    (lambda model: model.get_mean_vector(["none"], ignore_missing=True), "no word with a vector is given"),
    (lambda model: model.get_mean_vector(["w1"], [1, 2]), "there are 2 weights for 1 words"),
    (lambda model: model.most_similar_to_given("w1", []), "no word is given to choose from"),
])  # fmt: skip
def test_a_question_that_has_no_answer_is_refused(verb: Callable[[WordVectors], Any], message: str):
    with pytest.raises(ValueError, match=message):
        verb(both().ours)


def test_a_model_says_what_it_is():
    assert repr(both().ours) == "<WordVectors: 40 words, 6 dimensions: w0 w1 w2 w3 w4 …>"
    assert repr(with_ngrams().ours) == (
        "<WordVectors: 5 words, 6 dimensions, n-grams of 3 to 6 characters: cat cats dog dogs log>"
    )
    counted = both().ours
    counted.counts = np.arange(SIZE, 0, -1) * 1000
    assert repr(counted) == (
        "<WordVectors: 40 words, 6 dimensions: w0 (40,000) w1 (39,000) w2 (38,000) w3 (37,000) w4 (36,000) …>"
    )


def test_counts_are_gensims(tmp_path: Path):
    path = gensim_data("crime-and-punishment.bin")
    ours, gensims = WordVectors.build(path, tmp_path / "kept"), load_facebook_vectors(str(path))

    for word in gensims.index_to_key:
        assert ours.get_vecattr(word, "count") == gensims.get_vecattr(word, "count")
    assert ours.only(["что", "как"]).get_vecattr("как", "count") == gensims.get_vecattr("как", "count")
    with pytest.raises(KeyError, match="'sample_int'; there is 'count'"):
        ours.get_vecattr("что", "sample_int")
    with pytest.raises(UnknownWordError):
        ours.get_vecattr("преступлениями", "count")  # it has a vector, by its n-grams; nobody counted it
    assert ours.only(["преступлениями", "как"]).counts is None


def test_counts_that_are_not_known_are_an_error_and_no_guess():
    with pytest.raises(KeyError, match=r"word counts are not known: .* load that file"):
        both().ours.get_vecattr("w0", "count")
