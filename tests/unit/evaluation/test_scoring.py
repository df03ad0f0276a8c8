"""Scores of a vectors.txt that passes by: what is kept of it, and that they are those of the whole."""

from __future__ import annotations

import io

import numpy as np
import pytest

from wordvectors.blazingtext.eval_json import SETS
from wordvectors.evaluation import scoring
from wordvectors.evaluation.analogies import google_analogies, score_analogies
from wordvectors.evaluation.comparison import compare_pairs
from wordvectors.evaluation.scoring import Scoring
from wordvectors.evaluation.sets import ANALOGIES, BUILT_IN, SIMLEX
from wordvectors.evaluation.spearman import lower_cased, score
from wordvectors.evaluation.word_pairs import parse_word_pairs, read_pair_sets
from wordvectors.gensim_data import gensim_data
from wordvectors.vectors.vectors_txt import VectorsTxt
from wordvectors.vectors.word_vectors import WordVectors

SIMLEX_PAIRS = read_pair_sets()[SIMLEX]
QUESTIONS = google_analogies()
WORDS = [
    *sorted({word for four in QUESTIONS[:500] for word in four}),
    "Old",
    "x",
    *sorted(SIMLEX_PAIRS.words),
]
MATRIX = np.random.default_rng(2).normal(size=(len(WORDS), 8)).astype(np.float32).round(4)


def text(words=WORDS, matrix=MATRIX) -> VectorsTxt:
    rows = (" ".join(f"{value:.9g}" for value in row) for row in matrix)
    lines = [f"{word} {row}\n" for word, row in zip(words, rows, strict=True)]
    return VectorsTxt(
        io.BytesIO("".join([f"{len(words)} {matrix.shape[1]}\n", *lines]).encode()), "vectors.txt"
    )


def scored(chosen, own=None) -> dict:
    reader = Scoring(chosen, own or {})
    reader.read(text())
    return reader.scores()


def test_scores_are_those_of_the_whole_matrix():
    found = scored(BUILT_IN)
    whole = score(SIMLEX_PAIRS, lower_cased(WORDS, MATRIX))
    analogies = score_analogies(WORDS, MATRIX, QUESTIONS)

    assert found[SIMLEX]["spearmans_rho"] == pytest.approx(whole.spearmans_rho)
    assert found[SIMLEX]["not_found"] == whole.not_found == 0
    assert found[ANALOGIES]["accuracy"] == pytest.approx(analogies.accuracy)
    assert found[ANALOGIES]["coverage"] == analogies.coverage > 0


def test_of_words_that_differ_in_case_the_later_one_counts():
    pairs = {"own": parse_word_pairs("own", ["apple pear 2", "apple plum 1", "pear plum 3"])}
    words = ["Apple", "pear", "plum", "apple"]
    matrix = np.array([[1.0, 0], [0, 1], [1, 1], [1, 0.1]], np.float32)
    reader = Scoring(["own"], pairs)
    reader.read(text(words, matrix))

    expected = score(pairs["own"], {word: matrix[row] for row, word in enumerate(words)})
    assert reader.scores() == {
        "own": {
            "spearmans_rho": expected.spearmans_rho, "not_found": 0, "total_pairs": 3, "coverage": 1.0,
        }
    }  # fmt: skip


def test_the_vectors_for_analogies_are_bounded_by_bytes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scoring, "MAX_FREQUENT_BYTES", 4 * 8 * 20)
    expected = score_analogies(WORDS[:20], MATRIX[:20], QUESTIONS)

    assert scored([ANALOGIES])[ANALOGIES]["not_found"] == expected.not_found > 19_000


def test_a_vocabulary_that_was_not_cleaned_is_searched_for_all_forms_of_a_sets_words():
    """The word's own form is preferred; without it another stands in, such as one with an accent of its own."""
    pairs = parse_word_pairs("own", ["caf\u00e9\tfish\t7", "caf\u00e9\tl'eau\t3", "fish\tl'eau\t5"])
    words = ["cafe\u0301", "\ufb01sh", "l'eau", "fish", "L\u2019eau"]
    matrix = np.array([[1, 0], [9, 9], [0.9, 0.3], [0, 1], [9, 9]], np.float32)
    reader = Scoring(["own"], {"own": pairs})
    reader.read(text(words, matrix))

    expected = score(pairs, {"caf\u00e9": matrix[0], "l'eau": matrix[2], "fish": matrix[3]})
    assert reader.scores()["own"]["not_found"] == 0
    assert reader.scores()["own"]["spearmans_rho"] == expected.spearmans_rho
    assert compare_pairs(pairs, [WordVectors(words, matrix)]).scores[0].score == expected.spearmans_rho


@pytest.mark.parametrize(
    "words",
    [["caf\u00e9", "l'eau", "rue"], ["cafe\u0301", "l\u2019eau", "rue"], ["caf\u00e9", "L\u2019eau", "Rue"]],
)
def test_a_sets_words_are_looked_up_as_the_corpus_writes_them(words):
    """Decomposed accents and curly apostrophes: the same pairs are found, whatever other sets are scored on."""
    usual = parse_word_pairs("nfc", ["caf\u00e9\tl'eau\t7", "caf\u00e9\true\t3", "l'eau\true\t5"])
    other = parse_word_pairs("nfd", ["cafe\u0301\tl\u2019eau\t7", "cafe\u0301\true\t3", "l\u2019eau\true\t5"])
    matrix = np.array([[1, 0], [0.9, 0.3], [0, 1]], np.float32)
    reader = Scoring(["nfc", "nfd"], {"nfc": usual, "nfd": other})
    reader.read(text(words, matrix))

    found = reader.scores()
    assert found["nfd"] == found["nfc"]
    assert found["nfd"]["not_found"] == 0
    model = WordVectors(words, matrix)
    assert compare_pairs(other, [model]).scores[0].found == 3


@pytest.fixture(scope="module")
def russian(tmp_path_factory) -> WordVectors:
    """A model with subwords that fastText wrote."""
    return WordVectors.build(
        gensim_data("crime-and-punishment.bin"), tmp_path_factory.mktemp("russian") / "kept"
    )


OWN = parse_word_pairs(
    "own",
    [
        "преступление наказания 9",
        "преступлению закон 3",
        "топор старуха 5",
        "улица переулке 8",
        "жара жаркое 7",
    ],
)


def test_with_ngrams_all_pairs_are_scored_and_the_share_that_needed_them_is_told(russian):
    reader = Scoring(["own", "WS-353"], {"own": OWN}, subwords=True)
    with gensim_data("crime-and-punishment.bin").open("rb") as file:
        reader.read_ngrams(file)
    reader.read(text(russian.index_to_key, np.asarray(russian.vectors)))

    without, found = reader.scores()["own"], reader.scores_with_ngrams()
    every = {word: russian[word] for word in OWN.words}
    assert set(found) == {"own", *SETS}
    assert found["own"]["spearmans_rho"] == pytest.approx(score(OWN, every).spearmans_rho)
    assert found["own"]["pairs"] == without["not_found"] > 0
    assert found["own"]["share"] == without["not_found"] / len(OWN.pairs)
    assert set(reader.scores()) == {"own"}


def test_a_model_whose_ngrams_cannot_be_read_is_scored_without_them(monkeypatch):
    for content in (b"x", gensim_data("crime-and-punishment.bin").read_bytes()[:10_000]):
        reader = Scoring(["own"], {"own": OWN}, subwords=True)
        reader.read_ngrams(io.BytesIO(content))
        assert "vectors.bin" in reader.without_ngrams
        reader.read(text())
        assert reader.scores_with_ngrams() == {}
        assert reader.scores()["own"]["not_found"] == 5
    monkeypatch.setattr(scoring, "MAX_NGRAM_BYTES", 1000)
    with gensim_data("crime-and-punishment.bin").open("rb") as file:
        reader.read_ngrams(file)
    assert "bytes of n-grams would be needed" in reader.without_ngrams
