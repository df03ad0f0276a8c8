"""The format of a vector file is told by its content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.readers import load_keyed_vectors

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
    with pytest.raises(VectorsFileError, match="word 1 is empty or holds a newline"):
        load_keyed_vectors(path)
