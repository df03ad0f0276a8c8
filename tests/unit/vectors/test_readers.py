"""The format of a vector file is told by its content."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.readers import load_keyed_vectors
from wordvectors.vectors.word2vec_bin import write_word2vec_bin

WORDS = ["the", "naïve", "1", "paris"]


def vectors(dim: int = 5) -> KeyedVectors:
    made = KeyedVectors(dim)
    made.add_vectors(WORDS, np.random.default_rng(0).normal(size=(len(WORDS), dim)).astype(np.float32))
    return made


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("dim", [1, 5, 300])
def test_gensims_files_load_whatever_their_name(tmp_path: Path, binary: bool, dim: int):
    path = tmp_path / "vectors.dat"
    vectors(dim).save_word2vec_format(str(path), binary=binary)
    loaded = load_keyed_vectors(path)
    assert loaded.index_to_key == WORDS
    np.testing.assert_allclose(loaded.vectors, vectors(dim).vectors, rtol=1e-5)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"hello\nworld\n", b"the 0.1 0.2\n", b"a b\n1 2\n"])
def test_a_file_of_another_kind_is_refused_by_name(tmp_path: Path, content: bytes):
    path = tmp_path / "vectors.dat"
    path.write_bytes(content)
    with pytest.raises(VectorsFileError, match=r"vectors\.dat holds no word vectors"):
        load_keyed_vectors(path)


def test_a_binary_that_is_cut_off_is_refused(tmp_path: Path):
    path = tmp_path / "vectors.dat"
    vectors().save_word2vec_format(str(path), binary=True)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(VectorsFileError, match=r"vectors\.dat"):
        load_keyed_vectors(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=80).map(lambda rows: b"2 3\n" + rows) | st.binary(max_size=80))
def test_any_content_is_read_or_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "vectors.dat"
    path.write_bytes(content)
    try:
        loaded = load_keyed_vectors(path)
    except VectorsFileError:
        return
    assert len(loaded.vectors) == len(loaded.index_to_key)


@pytest.mark.parametrize("value", ["0,14286", "1_0", "\N{MINUS SIGN}1", "[1", "0x1p-1", "word"])
@pytest.mark.parametrize("line", [2, 3])
def test_a_faulty_value_of_a_text_is_named_in_whichever_line(tmp_path: Path, value: str, line: int):
    path = tmp_path / "vectors.dat"
    rows = [f"w{number} {value if number == line else 1} 0.5" for number in range(2, 7)]
    path.write_text("\n".join(["5 2", *rows, ""]), encoding="utf-8")
    with pytest.raises(VectorsFileError, match=rf"vectors\.dat: line {line} ") as fault:
        load_keyed_vectors(path)
    assert repr(value) in str(fault.value)


def test_a_binarys_word_with_a_newline_is_refused(tmp_path: Path):
    path = tmp_path / "vectors.dat"
    path.write_bytes(b"2 1\na\nb " + bytes([0, 0, 128, 63]) + b"c " + bytes([0, 0, 128, 63]))
    with pytest.raises(VectorsFileError, match="word 1 is empty or holds a blank"):
        load_keyed_vectors(path)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("cat 0,1 0,2 0,3\ndog 0,4 0,5 0,6\nmat 0,1 0,2 0,3\n", "line 2 ('cat') has the value '0,1'"),
        ("cat 1_0 0.2 0.3\ndog 0.4 0.5 0.6\nmat 0.1 0.2 0.3\n", "line 2 ('cat') has the value '1_0'"),
        ("cat 0:1 2:3\ndog 1:3\nmat 1:4\n", "line 2 ('cat') has 2 values; the header announces 3"),
        ("new york 1 2 3\ndog 1 2 3\nmat 1 2 3\n", "line 2 ('new') has 4 values"),
        ("caf\udce9 0,1 0,2 0,3\ndog 1 2 3\nmat 1 2 3\n", "line 2 has a word that is empty or not UTF-8"),
        ("cat 1\x01 2 3\ndog 1 2 3\nmat 1 2 3\n", "line 2 ('cat') has the value '1\\x01'"),
        (
            "cat 1\udca0 2 3\ndog 1 2 3\nmat 1 2 3\n",
            "line 2 ('cat') has the value '1\N{REPLACEMENT CHARACTER}'",
        ),
        ("cat 1 2 3 \udcff\ndog 1 2 3\nmat 1 2 3\n", "line 2 ('cat') has 4 values"),
        ("cat 1 2 3\ndog 1\0 2 3\nmat 1 2 3\n", "line 3 ('dog') has the value '1\\x00'"),
    ],
)
def test_a_text_is_none_the_less_one_for_its_faults(tmp_path: Path, rows: str, line: str):
    """Though its rows may be as many bytes as a binary's, so that it could be read as one to its end."""
    path = tmp_path / "vectors.dat"
    path.write_bytes(b"3 3\n" + rows.encode("utf-8", "surrogateescape"))
    with pytest.raises(VectorsFileError) as fault:
        load_keyed_vectors(path)
    assert line in str(fault.value)


@pytest.mark.parametrize("value", [0.5, 1.0, struct.unpack("<f", b"5\n\x00?")[0]])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_binary_is_one_though_its_bytes_hold_digits_and_newlines(tmp_path: Path, value: float, dim: int):
    path = tmp_path / "vectors.dat"
    matrix = np.full((2, dim), value, np.float32)
    write_word2vec_bin(path, ["2004", "1234567890"], matrix)
    assert np.array_equal(load_keyed_vectors(path).vectors, matrix)


def test_a_binarys_word_with_a_blank_is_not_read_as_another_word(tmp_path: Path):
    """What follows the blank would be taken for numbers, and numbers for the next word."""
    path = tmp_path / "vectors.dat"
    write_word2vec_bin(path, ["new york", "b"], np.array([[1, 2], [0.1, 0.2]], np.float32))
    with pytest.raises(VectorsFileError, match=r"vectors\.dat is a damaged word2vec binary: word 2"):
        load_keyed_vectors(path)


def test_a_packed_file_is_named_as_such(tmp_path: Path):
    path = tmp_path / "vectors.txt.gz"
    path.write_bytes(gzip.compress(b"1 1\na 1\n"))
    with pytest.raises(VectorsFileError, match=r"vectors\.txt\.gz is packed by gzip; unpack it first"):
        load_keyed_vectors(path)
