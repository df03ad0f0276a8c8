"""Reading a corpus in pieces gives what reading it at once would give."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordvectors.trainer import corpus
from wordvectors.trainer.errors import TrainingError

any_bytes = st.lists(
    st.sampled_from(
        [b"a", b"bc", b" ", b"\n", b"\t", b"\r\n", b"\0", b"\v", b"\f", b"\xc2\xa0", b"\xff", "é".encode()]
    )
).map(b"".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(any_bytes, st.integers(1, 9))
def test_any_cut_of_the_file_gives_the_same_tokens(tmp_path: Path, content: bytes, block: int):
    path = tmp_path / "my.txt"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "BLOCK_BYTES", block)
        tokens = [token for sentence in corpus.sentences(path) for token in sentence]
    assert tokens == content.replace(b"\0", b" ").split()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(any_bytes)
def test_sentences_are_the_lines(tmp_path: Path, content: bytes):
    path = tmp_path / "my.txt"
    path.write_bytes(content)
    lines = [line.split() for line in content.replace(b"\0", b" ").split(b"\n")]
    assert list(corpus.sentences(path)) == [line for line in lines if line]


def test_lines_stay_whole_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "my.txt"
    path.write_bytes(b"one two three\nfour five\n" * 50)
    monkeypatch.setattr(corpus, "BLOCK_BYTES", 64)
    assert list(corpus.sentences(path)) == [[b"one", b"two", b"three"], [b"four", b"five"]] * 50


def test_a_no_break_space_belongs_to_its_word(tmp_path: Path):
    (tmp_path / "my.txt").write_bytes("a\u00a0b c\u2003d\x1ce\n".encode())
    assert list(corpus.sentences(tmp_path / "my.txt")) == [["a\u00a0b".encode(), "c\u2003d\x1ce".encode()]]


def test_one_giant_line_is_cut_into_sentences_of_a_thousand(tmp_path: Path):
    path = tmp_path / "my.txt"
    path.write_bytes(b"word " * 500_000)
    lengths = [len(sentence) for sentence in corpus.sentences(path)]
    assert sum(lengths) == 500_000
    assert max(lengths) == corpus.LONGEST_SENTENCE
    assert len(lengths) <= 505


def test_bytes_without_white_space_are_no_text(tmp_path: Path):
    path = tmp_path / "my.txt"
    path.write_bytes(b"x" * (5 << 20))
    with pytest.raises(TrainingError, match=r"my\.txt holds more than 1 MiB without white space"):
        list(corpus.sentences(path))
