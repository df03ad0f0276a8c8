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
