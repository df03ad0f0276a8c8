"""Facts about a corpus, against a count by simple means; and what they predict."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordvectors.corpus import ranges, stats
from wordvectors.corpus.language import FUNCTION_WORDS, guess_language
from wordvectors.corpus.signs import signs_of_words, warnings_of
from wordvectors.corpus.stats import corpus_stats

LINES = st.lists(st.sampled_from(["", " ", "a", "a b", "b a", "a a b", "c d e f"]), max_size=40)


@given(lines=LINES, range_bytes=st.integers(1, 60), end=st.sampled_from(["", "\n"]))
@settings(max_examples=80)
def test_counts_are_those_of_a_simple_count(tmp_path_factory, lines, range_bytes, end):
    path = tmp_path_factory.mktemp("stats") / "a.txt"
    path.write_text("\n".join(lines) + end)
    before = ranges.RANGE_BYTES
    ranges.RANGE_BYTES = range_bytes
    try:
        found = corpus_stats(path, threads=2)
    finally:
        ranges.RANGE_BYTES = before

    filled = [" ".join(line.split()) for line in lines if line.strip()]
    words = Counter(" ".join(filled).split())
    assert found.signs.lines == len(filled)
    assert found.signs.tokens == words.total()
    assert found.signs.longest_line_bytes == max(map(len, lines), default=0)
    assert found.signs.duplicate_share == pytest.approx(1 - len(set(filled)) / len(filled) if filled else 0)
    for row in found.vocabulary:
        kept = {word: count for word, count in words.items() if count >= row.min_count}
        assert row.words == len(kept)
        assert row.cut_share == pytest.approx(1 - sum(kept.values()) / words.total() if words else 0)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(lambda n: f"line {n // 2} has words", id="each line twice"),
        pytest.param(
            lambda n: f"line {n} has words" if n % 2 else "the same again", id="one line half of all"
        ),
    ],
)
def test_the_share_of_duplicates_is_about_right_when_not_all_lines_are_kept(tmp_path, monkeypatch, line):
    monkeypatch.setattr(stats, "MOST_HASHES", 2000)
    monkeypatch.setattr(stats, "HASHES_AT_ONCE", 200)
    monkeypatch.setattr(ranges, "RANGE_BYTES", 4096)
    path = tmp_path / "a.txt"
    path.write_text("".join(f"{line(n)}\n" for n in range(12_000)))

    assert corpus_stats(path).signs.duplicate_share == pytest.approx(0.5, abs=0.03)


def test_lines_that_all_differ_are_no_duplicates_when_not_all_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(stats, "MOST_HASHES", 2000)
    monkeypatch.setattr(stats, "HASHES_AT_ONCE", 200)
    path = tmp_path / "a.txt"
    path.write_text("".join(f"line {n}\n" for n in range(12_000)))

    assert corpus_stats(path).signs.duplicate_share == pytest.approx(0, abs=0.06)


def test_pairs_and_questions_with_a_word_without_a_vector_are_counted(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("cat dog\n" * 5 + "bird\n" * 4)
    sets = {
        "pairs": [("cat", "dog"), ("cat", "bird"), ("cat", "whale")],
        "questions": [("cat", "dog", "dog", "cat"), ("cat", "dog", "dog", "bird")],
    }

    assert corpus_stats(path, sets).missing == {"pairs": pytest.approx(2 / 3), "questions": 0.5}


def test_the_language_is_guessed_by_its_function_words():
    texts = {
        "en": "the cat sat on the mat and it was happy to be in the house of a friend",
        "de": "die katze saß auf der matte und sie war nicht in dem haus mit den kindern",
        "fr": "le chat est sur le tapis et il ne veut pas que les enfants entrent dans la maison",
        "es": "el gato está en la casa de los niños y no quiere que se vayan por la noche",
        "ru": "кот сидит на ковре и не хочет что бы он ушел в дом как все",
    }
    assert {language: guess_language(Counter(text.split())) for language, text in texts.items()} == {
        language: language for language in texts
    }
    assert guess_language(Counter(["xyzzy", "plugh", "foo", "bar"])) is None
    assert guess_language({}) is None
    assert all(len(set(words.split())) == len(words.split()) for words in FUNCTION_WORDS.values())


def signs(counts, **changes):
    known = {"tokens": 10**6, "lines": 10**5, "longest_line_bytes": 100, "duplicate_share": 0.0, **changes}
    return signs_of_words(counts, **known)


@pytest.mark.parametrize(
    ("found", "warning"),
    [
        (signs({"a": 1}, longest_line_bytes=200_000), "one sentence on each line"),
        (signs({"Apple": 10, "pie": 90}), "10% of the words have capitals"),
        (signs({"<b>": 1, "x&amp;y": 2, "pie": 97}), "3% of the words look like markup"),
        (signs({"cat,": 6, "cat": 94}), "6% of the words end with punctuation"),
        (signs({"a": 1}, duplicate_share=0.5), "50% of the lines occurred before"),
        (signs({"a": 1}, tokens=99_999), "99,999 words are few for vector_dim=100"),
    ],
)
def test_what_predicts_a_poor_model_is_said(found, warning):
    (said,) = warnings_of(found, vector_dim=100)
    assert warning in said


def test_a_good_corpus_has_no_warnings():
    assert warnings_of(signs({"cat": 50, "don't": 50}), vector_dim=100) == []
    assert warnings_of(signs({"a": 1}, lines=900, duplicate_share=0.9)) == []
