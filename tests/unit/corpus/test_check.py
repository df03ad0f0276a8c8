"""What is seen in a corpus before money is spent on it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordvectors.corpus.check import SAMPLE_BYTES, check_corpus


def check(corpus: bytes, min_count: int = 1):
    return check_corpus(
        lambda start, length: corpus[start : start + length], len(corpus), min_count=min_count
    )


def _zip(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", content)
    return buffer.getvalue()


def _tar(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("a.txt")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


TEXT = b"the cat sat on the mat\n" * 20


def test_text_has_no_faults_and_no_warnings():
    result = check(TEXT, min_count=5)
    assert (result.faults, result.warnings) == ((), ())


@pytest.mark.parametrize(
    ("corpus", "fault"),
    [
        (b"", "empty"),
        (b" \n\t \r\n", "white space"),
        (gzip.compress(TEXT, mtime=0), "a gzip archive"),
        (bz2.compress(TEXT), "a bzip2 archive"),
        (lzma.compress(TEXT), "an xz archive"),
        (_zip(TEXT), "a zip archive"),
        (_tar(TEXT), "a tar archive"),
        (TEXT.decode().encode("utf-16"), "UTF-16"),
        (b"a b\nc caf\xe9 d\n", r"byte 9 (line 2) is 0xe9"),
        (b"a b\0c\n", "byte 3 is NUL"),
    ],
)
def test_what_is_not_text_is_named(corpus, fault):
    assert fault in check(corpus).faults[0]


def test_a_fault_in_the_middle_and_at_the_end_of_a_large_corpus_is_seen():
    size = 4 * SAMPLE_BYTES
    for place in (size // 2 + 100, size - 100):
        corpus = bytearray(TEXT * (size // len(TEXT) + 1))[:size]
        corpus[place] = 0xFF
        assert f"byte {place:,}" in check(bytes(corpus)).faults[0]


@given(st.integers(0, 8))
def test_samples_may_cut_through_characters(shift):
    corpus = b"x" * shift + "日本語 äöü 😀\n".encode() * (4 * SAMPLE_BYTES // 20)
    assert check(corpus).faults == ()


def test_only_three_ranges_of_a_large_corpus_are_read():
    reads = []

    def read_range(start, length):
        reads.append(length)
        return (TEXT * (length // len(TEXT) + 1))[:length]

    check_corpus(read_range, 10**12, min_count=5)

    assert reads == [SAMPLE_BYTES] * 3


def test_a_small_corpus_in_which_nothing_is_frequent_enough_is_a_fault():
    assert "'one'" in check(b"one two three\n", min_count=5).faults[0]


@pytest.mark.parametrize(
    ("corpus", "warning"),
    [
        (b"word " * 30_000, "one sentence on each line"),
        (b"The Cat Sat On The Mat\n" * 20, "100% of the words have capitals"),
        (b"<p> a b c d &amp; e f g\n" * 20, "look like markup"),
    ],
)
def test_what_predicts_a_poor_model_is_a_warning(corpus, warning):
    result = check(corpus)
    assert result.faults == ()
    assert any(warning in text for text in result.warnings)


@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(corpus):
    check(corpus)
