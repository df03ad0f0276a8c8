"""The vocabulary's rules: what is counted, what is dropped, in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from wordvectors.engine.encoding import encode
from wordvectors.engine.errors import TrainingError
from wordvectors.engine.vocabulary import Vocabulary


def read(folder: Path, content: bytes, min_count: int = 1) -> Vocabulary:
    path = folder / "my.txt"
    path.write_bytes(content)
    return encode(path, min_count, folder, lambda tokens: None).vocabulary


def test_words_come_in_descending_frequency_and_ties_as_the_corpus_has_them(tmp_path: Path):
    vocabulary = read(tmp_path, b"b a c\nc a d\r\nc e e\n", min_count=1)
    assert (vocabulary.words, vocabulary.counts.tolist()) == (["c", "a", "e", "b", "d"], [3, 2, 2, 1, 1])
    assert vocabulary.tokens == 9


def test_rare_words_are_dropped_but_their_tokens_count(tmp_path: Path):
    vocabulary = read(tmp_path, b"a a a b b b c c\n", min_count=3)
    assert (vocabulary.words, vocabulary.tokens) == (["a", "b"], 8)


def test_min_count_zero_keeps_every_word(tmp_path: Path):
    assert read(tmp_path, b"a b b\n", min_count=0).words == ["b", "a"]


def test_the_end_of_sentence_mark_is_neither_added_nor_taken_from_the_text(tmp_path: Path):
    vocabulary = read(tmp_path, b"a b </s>\na b </s>\n" * 5, min_count=0)
    assert (vocabulary.words, vocabulary.tokens) == (["a", "b"], 20)


def test_bytes_that_are_not_utf8_are_replaced_and_reported(tmp_path: Path):
    path = tmp_path / "my.txt"
    path.write_bytes(b"caf\xe9 caf\xe8 tea tea rare\xff\n" + "na\u00efve na\u00efve \ufffd \ufffd\n".encode())
    encoded = encode(path, 2, tmp_path, lambda tokens: None)
    assert encoded.vocabulary.words == ["caf\ufffd", "tea", "na\u00efve", "\ufffd"]
    assert encoded.vocabulary.counts.tolist() == [2, 2, 2, 2]
    assert encoded.vocabulary.not_utf8 == (b"caf\xe9", b"caf\xe8")
    assert encoded.ids.tolist() == [0, 0, 1, 1, -1, 2, 2, 3, 3, -1]


def test_bytes_of_two_words_never_make_a_character(tmp_path: Path):
    assert read(tmp_path, b"\xc3 \xa9 \xc3 a\n").words == ["\ufffd", "a"]


@pytest.mark.parametrize(
    ("content", "min_count", "reason"),
    [
        (b"", 5, r"train/my\.txt holds no word \(0 bytes\): nothing to learn"),
        (b" \n\r\n\0\t\n", 5, r"train/my\.txt holds no word \(7 bytes\)"),
        (b"</s>\n</s>\n", 1, r"train/my\.txt holds no word \(10 bytes\)"),
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
