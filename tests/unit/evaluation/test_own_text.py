"""Questions made of a text: what they ask, and that a model that has learnt the text answers them."""

from __future__ import annotations

import numpy as np
import pytest

from wordvectors.evaluation import own_text as module
from wordvectors.evaluation.certainty import share_interval
from wordvectors.evaluation.own_text import OwnText, own_text, sampled

SUBJECTS = [[f"{subject}{number}" for number in range(20)] for subject in ("мир", "Sea", "über")]


def text(lines: int = 2000) -> bytes:
    """Return sentences, each about one of three subjects, in which no word is much more frequent than others."""
    rng = np.random.default_rng(5)
    return "".join(" ".join(rng.choice(SUBJECTS[n % 3], 8)) + "\n" for n in range(lines)).encode()


def vectors(learnt: bool) -> dict[str, np.ndarray]:
    """Return vectors in which the words of a subject lie together, if that was learnt."""
    rng = np.random.default_rng(6)
    middles = rng.normal(size=(3, 30)) * learnt
    return {
        word: (middle + rng.normal(size=30)).astype(np.float32)
        for middle, words in zip(middles, SUBJECTS, strict=True)
        for word in words
    }


@pytest.fixture(scope="module")
def asked() -> OwnText:
    return own_text([text()])


def test_a_model_that_has_learnt_the_text_finds_its_words_and_another_guesses(asked):
    learnt, guessed = (asked.score(vectors(known)) for known in (True, False))

    assert learnt.accuracy > 0.75  # a third of the wrong choices are of the same subject
    interval = share_interval(guessed.accuracy, guessed.total_questions)
    assert interval.low - 0.02 < 0.5 < interval.high + 0.02
    assert learnt.coverage == 1
    assert learnt.total_questions == len(asked.right) > 300


def test_with_more_to_choose_from_chance_is_less():
    of_ten = own_text([text()], choices=10).score(vectors(learnt=False))

    assert of_ten.accuracy == pytest.approx(0.1, abs=0.03)


def test_a_question_shows_the_words_of_its_own_line_and_never_the_answer(asked):
    lines = {frozenset(line.split()) for line in text().decode().splitlines()}
    for right, near in zip(asked.right, asked.near, strict=True):
        shown = {asked.words[place] for place in near if place >= 0}
        answer = asked.words[right]
        assert shown
        assert answer not in shown
        assert any(shown | {answer} <= line for line in lines)
    assert (asked.wrong != asked.right[:, None]).all()


def test_the_same_text_has_the_same_questions(asked):
    again = own_text([text()])

    assert again.words == asked.words
    np.testing.assert_array_equal(again.right, asked.right)
    np.testing.assert_array_equal(again.near, asked.near)


def test_a_question_with_a_choice_that_the_model_lacks_is_not_asked(asked):
    known = vectors(learnt=True)
    for word in SUBJECTS[0][:10]:
        del known[word]
    missing = {asked.words.index(word) for word in SUBJECTS[0][:10]}

    found = asked.score(known)

    without = sum(
        bool({right, *wrong} & missing)
        for right, wrong in zip(asked.right, asked.wrong.tolist(), strict=True)
    )
    assert found.not_found >= without > 0
    assert found.not_found < without + 60  # and those of which no word around the gap is known


@pytest.mark.parametrize("nothing", [[], [b""], [b"\n\n"], [b"each word once\n"], [b"\0 \t\n"]])
def test_of_a_text_that_says_nothing_nothing_is_asked(nothing):
    found = own_text(nothing).score(vectors(learnt=True))

    assert (found.accuracy, found.total_questions) == (None, 0)


def test_a_model_without_any_of_the_words_has_no_score(asked):
    found = asked.score({"other": np.ones(3, np.float32)})

    assert found.accuracy is None
    assert found.not_found == found.total_questions > 0


def test_frequent_words_are_asked_for_seldom():
    line = " ".join(["the"] * 8 + [f"word{n}" for n in range(8)])
    asked = own_text([f"{line}\n".encode() * 500])

    assert (np.array(asked.words)[asked.right] == "the").mean() < 0.2


def test_a_large_text_is_sampled_evenly_and_no_word_is_cut(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "SAMPLE_BYTES", 1000)
    content = " ".join(f"ж{number:05}" for number in range(20_000)).encode()
    reads = []

    def read(start: int, length: int) -> bytes:
        reads.append(start)
        return content[start : start + length]

    parts = sampled(read, len(content))

    assert len(parts) == len(reads) == module.SAMPLES
    assert (reads[0], reads[-1]) == (0, len(content) - 1000)
    assert {len(word) for part in parts for word in part.decode().split()} == {6}
    assert sum(map(len, parts)) > 15 * 950


def test_a_small_text_is_read_whole():
    assert sampled(lambda start, length: text()[start : start + length], len(text())) == [text()]
    assert sampled(lambda start, length: b"", 0) == []
