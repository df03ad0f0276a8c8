"""The index of neighbours answers as gensim does, at once and without gensim."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.nearest import NeighbourIndex, UnknownWordError
from wordvectors.vectors.vectors_txt import write_vectors_txt

PROJECT = Path(__file__).parents[3]


def written_vectors(folder: Path, words: list[str], seed: int = 0, dim: int = 12) -> Path:
    matrix = np.random.default_rng(seed).normal(size=(len(words), dim)).astype(np.float32)
    write_vectors_txt(folder / "vectors.txt", words, matrix)
    return folder / "vectors.txt"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 70))
def test_neighbours_are_gensims(tmp_path: Path, seed: int, size: int, topn: int):
    words = [f"w{row}" for row in range(size)]
    path = written_vectors(tmp_path, words, seed)
    ours = NeighbourIndex.build(path, tmp_path / "index").most_similar("w0", topn)
    gensims = KeyedVectors.load_word2vec_format(str(path)).most_similar("w0", topn=topn)
    assert [word for word, _ in ours] == [word for word, _ in gensims]
    assert [cosine for _, cosine in ours] == pytest.approx([cosine for _, cosine in gensims], abs=1e-6)


def test_words_of_every_kind_are_found_again(tmp_path: Path):
    words = ["the", "naïve", "日本", "a\u2028b", "a\u00a0b", "\ufeffx"]
    index = NeighbourIndex.build(written_vectors(tmp_path, words), tmp_path / "index")
    assert index.words == words
    assert {word for word, _ in index.most_similar("a\u2028b", topn=9)} == set(words) - {"a\u2028b"}


def test_the_end_of_sentence_mark_is_no_neighbour(tmp_path: Path):
    write_vectors_txt(
        tmp_path / "v.txt", ["</s>", "a", "b"], np.array([[1, 0.1], [1, 0], [0, 1]], np.float32)
    )
    index = NeighbourIndex.build(tmp_path / "v.txt", tmp_path / "index")
    assert [word for word, _ in index.most_similar("a")] == ["b"]
    assert len(index.most_similar("a", topn=1)) == 1


def test_a_zero_vector_is_far_from_everything(tmp_path: Path):
    write_vectors_txt(tmp_path / "v.txt", ["zero", "a", "b"], np.array([[0, 0], [1, 0], [1, 1]], np.float32))
    index = NeighbourIndex.build(tmp_path / "v.txt", tmp_path / "index")
    assert index.most_similar("a") == [("b", pytest.approx(0.5**0.5)), ("zero", 0.0)]


def test_an_unknown_word_is_a_key_error_with_close_spellings(tmp_path: Path):
    index = NeighbourIndex.build(
        written_vectors(tmp_path, ["paris", "Berlin", "parish", "tea"]), tmp_path / "index"
    )
    with pytest.raises(KeyError) as fault:
        index.most_similar("pariss")
    assert isinstance(fault.value, UnknownWordError)
    assert str(fault.value) == "'pariss' is not in the vocabulary of this model. Did you mean paris, parish?"
    assert index.close_spellings("berlin") == ("Berlin",)
    with pytest.raises(UnknownWordError, match=r"is not in the vocabulary of this model\.$"):
        index.most_similar("qqqqqqqqqq")


def test_no_neighbours_cannot_be_asked_for(tmp_path: Path):
    index = NeighbourIndex.build(written_vectors(tmp_path, ["a", "b"]), tmp_path / "index")
    with pytest.raises(ValueError, match="topn is 0"):
        index.most_similar("a", topn=0)


def test_a_damaged_file_leaves_the_old_index_and_no_remains(tmp_path: Path):
    path = written_vectors(tmp_path, ["a", "b", "c"])
    NeighbourIndex.build(path, tmp_path / "index")
    for content in (
        b"3 2\na 1 2\nb x 2\nc 1 2\n",
        b"1 2\na 1 2\nb 1 2\nc 1 2\n",
        b"3 2\na 1.00000 2\nb 1 2\n",
    ):
        path.write_bytes(content)
        with pytest.raises(VectorsFileError, match=r"vectors\.txt: line \d"):
            NeighbourIndex.build(path, tmp_path / "index")
        assert NeighbourIndex.open(tmp_path / "index").words == ["a", "b", "c"]
        assert sorted(file.name for file in tmp_path.iterdir()) == ["index", "vectors.txt"]


def test_an_index_is_used_until_its_vectors_change(tmp_path: Path):
    path = written_vectors(tmp_path, ["a", "b"])
    NeighbourIndex.of(path, tmp_path / "index")
    (tmp_path / "index" / "words.txt").write_text("x\ny\n")  # to be told from a new index
    assert NeighbourIndex.of(path, tmp_path / "index").words == ["x", "y"]
    written_vectors(tmp_path, ["a", "b", "c"])
    assert NeighbourIndex.of(path, tmp_path / "index").words == ["a", "b", "c"]


def test_a_folder_without_an_index_is_refused(tmp_path: Path):
    with pytest.raises(VectorsFileError, match="holds no index"):
        NeighbourIndex.open(tmp_path)
    index = tmp_path / "index"
    NeighbourIndex.build(written_vectors(tmp_path, ["a", "b"]), index)
    (index / "words.txt").write_text("a\n")
    with pytest.raises(VectorsFileError, match="damaged"):
        NeighbourIndex.open(index)
    (index / "unit_vectors.npy").write_bytes(b"")
    with pytest.raises(VectorsFileError, match="holds no index"):
        NeighbourIndex.open(index)


def test_a_query_imports_numpy_alone(tmp_path: Path):
    NeighbourIndex.build(written_vectors(tmp_path, ["a", "b"]), tmp_path / "index")
    code = (
        "import sys; from wordvectors.vectors.nearest import NeighbourIndex;"
        f"NeighbourIndex.open({str(tmp_path / 'index')!r}).most_similar('a');"
        "print([m for m in ('gensim', 'scipy', 'pandas') if m in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT
        ).stdout
        == "[]\n"
    )
