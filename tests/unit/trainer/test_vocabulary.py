"""The vocabulary's rules: what is counted, what is dropped, in which order."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordvectors.trainer import corpus, vocabulary
from wordvectors.trainer.errors import TrainingError
from wordvectors.trainer.vocabulary import Vocabulary, read_vocabulary


def read(folder: Path, content: bytes, min_count: int = 1) -> Vocabulary:
    path = folder / "my.txt"
    path.write_bytes(content)
    return read_vocabulary(path, min_count, lambda tokens: None)


def test_words_come_in_descending_frequency_and_ties_as_the_corpus_has_them(tmp_path: Path):
    read_words = read(tmp_path, b"b a c\nc a d\r\nc e e\n", min_count=1)
    assert (read_words.words, read_words.counts) == (["c", "a", "e", "b", "d"], [3, 2, 2, 1, 1])
    assert read_words.tokens == 9


def test_rare_words_are_dropped_but_their_tokens_count(tmp_path: Path):
    read_words = read(tmp_path, b"a a a b b b c c\n", min_count=3)
    assert (read_words.words, read_words.tokens) == (["a", "b"], 8)
    assert set(read_words.word_of) == {b"a", b"b"}


def test_min_count_zero_keeps_every_word(tmp_path: Path):
    assert read(tmp_path, b"a b b\n", min_count=0).words == ["b", "a"]


def test_the_end_of_sentence_mark_is_neither_added_nor_taken_from_the_text(tmp_path: Path):
    read_words = read(tmp_path, b"a b </s>\na b </s>\n" * 5)
    assert (read_words.words, read_words.tokens) == (["a", "b"], 20)


def test_bytes_that_are_not_utf8_are_replaced_and_reported(tmp_path: Path):
    read_words = read(tmp_path, b"caf\xe9 caf\xe8 tea tea\n" + "na\u00efve \ufffd\n".encode())
    assert read_words.words == ["caf\ufffd", "tea", "na\u00efve", "\ufffd"]
    assert read_words.counts == [2, 2, 1, 1]
    assert read_words.word_of[b"caf\xe9"] == read_words.word_of[b"caf\xe8"] == "caf\ufffd"
    assert read_words.not_utf8 == (b"caf\xe9", b"caf\xe8")


token = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\r\v\f\0"), min_size=1, max_size=3
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(token, max_size=8), min_size=1, max_size=8), st.integers(0, 3))
def test_counts_are_those_of_a_counter(tmp_path: Path, lines: list[list[str]], min_count: int):
    expected = Counter(word for line in lines for word in line if word != "</s>")
    kept = {word: count for word, count in expected.items() if count >= min_count}
    content = "\n".join(" ".join(line) for line in lines).encode()
    if len(kept) < 2:
        with pytest.raises(TrainingError):
            read(tmp_path, content, min_count)
        return
    read_words = read(tmp_path, content, min_count)
    assert dict(zip(read_words.words, read_words.counts, strict=True)) == kept
    assert read_words.tokens == expected.total()
    assert read_words.counts == sorted(read_words.counts, reverse=True)


def test_progress_is_reported_every_ten_million_tokens_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(vocabulary, "TOKENS_PER_REPORT", 100)
    monkeypatch.setattr(corpus, "BLOCK_BYTES", 64)
    (tmp_path / "my.txt").write_bytes(b"a b c d e\n" * 50)
    reports: list[int] = []
    read_vocabulary(tmp_path / "my.txt", 1, reports.append)
    assert reports == [100, 200, 250]


def test_too_many_distinct_words_drop_the_rarest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vocabulary, "MOST_DISTINCT_WORDS", 3)
    assert read(tmp_path, b"a a a b b b c c d e f\n").words == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("content", "min_count", "reason"),
    [
        (b"", 5, r"train/my\.txt holds no word \(0 bytes\): nothing to learn"),
        (b" \n\r\n\0\t\n", 5, r"train/my\.txt holds no word \(7 bytes\)"),
        (
            b"a b c\n",
            5,
            r"no word occurs at least 5 times \(min_count\) in train/my\.txt: nothing to learn\. Lower",
        ),
        (b"word " * 9, 5, r"only one word, 'word', occurs at least 5 times"),
        (b"word", 0, r"only one word, 'word', occurs at least 1 times"),
    ],
)
def test_a_corpus_with_nothing_to_learn_is_refused_by_name(
    tmp_path: Path, content: bytes, min_count: int, reason: str
):
    with pytest.raises(TrainingError, match=reason):
        read(tmp_path, content, min_count)
