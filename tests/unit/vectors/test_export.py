"""Exports, read again by the tools that they are for."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest
from gensim.models import KeyedVectors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordvectors.vectors.export import ExportFormat, ExportImpossible, export
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.readers import Format, format_of, read_vectors
from wordvectors.vectors.word2vec_bin import read_word2vec_bin, write_word2vec_bin
from wordvectors.vectors.word_vectors import WordVectors

WORDS = ["the", "naïve", "日本", "a\u00a0b"]
MATRIX = np.random.default_rng(3).normal(size=(4, 6)).astype(np.float32)
VECTORS = WordVectors(WORDS, MATRIX)


@pytest.mark.parametrize(
    ("form", "binary"), [(ExportFormat.WORD2VEC_TEXT, False), (ExportFormat.WORD2VEC_BINARY, True)]
)
def test_word2vecs_formats_are_read_by_gensim(tmp_path: Path, form: ExportFormat, binary: bool):
    (path,) = export(VECTORS, form, tmp_path)

    found = KeyedVectors.load_word2vec_format(str(path), binary=binary)

    assert found.index_to_key == WORDS
    assert found.vectors == pytest.approx(MATRIX, rel=1e-5)


def test_gensims_own_format_is_opened_by_memory_map(tmp_path: Path):
    paths = export(VECTORS, ExportFormat.KEYED_VECTORS, tmp_path)

    found = KeyedVectors.load(str(paths[0]), mmap="r")

    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert isinstance(found.vectors, np.memmap)
    assert found.index_to_key == WORDS
    assert np.array_equal(found["naïve"], MATRIX[1])


def test_the_projectors_files_have_a_line_per_word(tmp_path: Path):
    vectors, metadata = export(VECTORS, ExportFormat.PROJECTOR, tmp_path)

    assert metadata.read_text(encoding="utf-8").split("\n") == [*WORDS, ""]
    assert np.loadtxt(vectors, delimiter="\t") == pytest.approx(MATRIX, rel=1e-5)


def test_parquet_has_a_word_and_a_vector_per_row(tmp_path: Path):
    (path,) = export(VECTORS, ExportFormat.PARQUET, tmp_path)

    table = parquet.read_table(path).to_pydict()

    assert table["word"] == WORDS
    assert np.array_equal(np.array(table["vector"], np.float32), MATRIX)


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(ExportImpossible, match="pip install 'pyarrow"):
        export(VECTORS, ExportFormat.PARQUET, tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", [form for form in ExportFormat if form is not ExportFormat.FASTTEXT])
def test_every_format_writes_the_files_that_it_names(tmp_path: Path, form: ExportFormat):
    export(VECTORS, form, tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == set(form.files)


def test_fasttexts_format_is_not_made_of_vectors(tmp_path: Path):
    with pytest.raises(ValueError, match="copied from the model"):
        export(VECTORS, ExportFormat.FASTTEXT, tmp_path)


words = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(words, min_size=1, max_size=9, unique=True), st.integers(1, 9), st.integers(0, 99))
def test_a_binary_is_read_again_whatever_its_bytes_look_like(tmp_path: Path, names, dim: int, seed: int):
    matrix = np.random.default_rng(seed).normal(size=(len(names), dim)).astype(np.float32)
    path = tmp_path / "v.bin"
    write_word2vec_bin(path, names, matrix)

    found, read = read_word2vec_bin(path)

    assert (found, read.tobytes()) == (names, matrix.tobytes())
    assert format_of(path) is Format.WORD2VEC_BINARY or dim < 3


def test_a_binary_without_newlines_between_the_vectors_is_read(tmp_path: Path):
    path = tmp_path / "v.bin"
    path.write_bytes(
        b"2 2\n" + b"".join(w.encode() + b" " + MATRIX[n, :2].tobytes() for n, w in enumerate("ab"))
    )

    assert read_vectors(path).words == ["a", "b"]


@pytest.mark.parametrize("cut", [5, 20, 30])
def test_a_binary_cut_off_is_refused(tmp_path: Path, cut: int):
    write_word2vec_bin(tmp_path / "v.bin", ["a", "b"], MATRIX[:2])
    content = (tmp_path / "v.bin").read_bytes()
    (tmp_path / "v.bin").write_bytes(content[:-cut])

    with pytest.raises(VectorsFileError, match="damaged word2vec binary"):
        read_word2vec_bin(tmp_path / "v.bin")
