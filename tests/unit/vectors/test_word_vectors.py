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

from wordvectors.vectors.fasttext_bin import FastTextArguments, write_fasttext_bin
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.readers import load_keyed_vectors
from wordvectors.vectors.unknown_words import UnknownWordError
from wordvectors.vectors.vectors_txt import write_vectors_txt
from wordvectors.vectors.word2vec_bin import write_word2vec_bin
from wordvectors.vectors.word_vectors import WordVectors

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
    ours = WordVectors.build(path, tmp_path / "index").most_similar("w0", topn=topn)
    gensims = KeyedVectors.load_word2vec_format(str(path)).most_similar("w0", topn=topn)
    assert [word for word, _ in ours] == [word for word, _ in gensims]
    assert [cosine for _, cosine in ours] == pytest.approx([cosine for _, cosine in gensims], abs=1e-6)


def test_words_of_every_kind_are_found_again(tmp_path: Path):
    words = ["the", "naïve", "日本", "a\u2028b", "a\u00a0b", "\ufeffx"]
    index = WordVectors.build(written_vectors(tmp_path, words), tmp_path / "index")
    assert index.index_to_key == words
    assert {word for word, _ in index.most_similar("a\u2028b", topn=9)} == set(words) - {"a\u2028b"}


def test_the_end_of_sentence_mark_is_no_neighbour(tmp_path: Path):
    write_vectors_txt(
        tmp_path / "v.txt", ["</s>", "a", "b"], np.array([[1, 0.1], [1, 0], [0, 1]], np.float32)
    )
    index = WordVectors.build(tmp_path / "v.txt", tmp_path / "index")
    assert [word for word, _ in index.most_similar("a")] == ["b"]
    assert len(index.most_similar("a", topn=1)) == 1


def test_a_zero_vector_is_far_from_everything(tmp_path: Path):
    write_vectors_txt(tmp_path / "v.txt", ["zero", "a", "b"], np.array([[0, 0], [1, 0], [1, 1]], np.float32))
    index = WordVectors.build(tmp_path / "v.txt", tmp_path / "index")
    assert index.most_similar("a") == [("b", pytest.approx(0.5**0.5)), ("zero", 0.0)]


def test_an_unknown_word_is_a_key_error_with_close_spellings(tmp_path: Path):
    index = WordVectors.build(
        written_vectors(tmp_path, ["paris", "Berlin", "parish", "tea"]), tmp_path / "index"
    )
    with pytest.raises(KeyError) as fault:
        index.most_similar("pariss")
    assert isinstance(fault.value, UnknownWordError)
    assert str(fault.value) == (
        "'pariss' is not in the vocabulary, and this model has no subwords to make a vector from. "
        "Did you mean paris, parish?"
    )
    assert index.unknown("berlim").suggestions == ("Berlin",)
    with pytest.raises(UnknownWordError, match=r"has no subwords to make a vector from\.$"):
        index.most_similar("qqqqqqqqqq")


def test_no_neighbours_cannot_be_asked_for(tmp_path: Path):
    index = WordVectors.build(written_vectors(tmp_path, ["a", "b"]), tmp_path / "index")
    with pytest.raises(ValueError, match="topn is 0"):
        index.most_similar("a", topn=0)


def test_a_damaged_file_leaves_the_old_index_and_no_remains(tmp_path: Path):
    path = written_vectors(tmp_path, ["a", "b", "c"])
    WordVectors.build(path, tmp_path / "index")
    for content in (
        b"3 2\na 1 2\nb x 2\nc 1 2\n",
        b"1 2\na 1 2\nb 1 2\nc 1 2\n",
        b"3 2\na 1.00000 2\nb 1 2\n",
    ):
        path.write_bytes(content)
        with pytest.raises(VectorsFileError, match=r"vectors\.txt: line \d"):
            WordVectors.build(path, tmp_path / "index")
        assert WordVectors.open(tmp_path / "index").index_to_key == ["a", "b", "c"]
        assert sorted(file.name for file in tmp_path.iterdir()) == ["index", "vectors.txt"]


def test_an_index_is_used_until_its_vectors_change(tmp_path: Path):
    path = written_vectors(tmp_path, ["a", "b"])
    WordVectors.of(path, tmp_path / "index")
    kept = tmp_path / "index"
    kept.write_bytes(kept.read_bytes().replace(b"a\nb\n", b"x\ny\n"))  # to be told from a new index
    assert WordVectors.of(path, tmp_path / "index").index_to_key == ["x", "y"]
    written_vectors(tmp_path, ["a", "b", "c"])
    assert WordVectors.of(path, tmp_path / "index").index_to_key == ["a", "b", "c"]


def test_a_folder_without_an_index_is_refused(tmp_path: Path):
    with pytest.raises(VectorsFileError, match="holds no word vectors"):
        WordVectors.open(tmp_path)


def test_a_query_imports_numpy_alone(tmp_path: Path):
    WordVectors.build(written_vectors(tmp_path, ["a", "b"]), tmp_path / "index")
    code = (
        "import sys; from wordvectors.vectors.word_vectors import WordVectors;"
        f"WordVectors.open({str(tmp_path / 'index')!r}).most_similar('a');"
        "print([m for m in ('gensim', 'scipy', 'pandas') if m in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT
        ).stdout
        == "[]\n"
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 19), min_size=1, max_size=4, unique=True),
    st.lists(st.integers(0, 19), max_size=3, unique=True),
)
def test_sums_of_words_are_gensims(tmp_path: Path, seed: int, positive: list[int], negative: list[int]):
    words = [f"w{row}" for row in range(20)]
    path = written_vectors(tmp_path, words, seed)
    wanted = [words[row] for row in positive]
    unwanted = [words[row] for row in negative if row not in positive]
    ours, gensims = WordVectors.of(path, tmp_path / "kept"), KeyedVectors.load_word2vec_format(str(path))

    found = ours.most_similar(wanted, unwanted, topn=5)
    theirs = gensims.most_similar(wanted, unwanted, topn=5)

    assert [word for word, _ in found] == [word for word, _ in theirs]
    assert [cosine for _, cosine in found] == pytest.approx([cosine for _, cosine in theirs], abs=1e-5)
    assert ours.similarity("w1", "w2") == pytest.approx(gensims.similarity("w1", "w2"), abs=1e-6)
    assert ours.doesnt_match(words[:5]) == gensims.doesnt_match(words[:5])
    assert np.array_equal(ours["w3"], gensims["w3"])
    assert np.array_equal(ours[["w3", "w4"]], gensims[["w3", "w4"]])
    assert ("w3" in ours, "x" in ours, len(ours), ours.vector_size) == (True, False, 20, 12)


def test_a_word_that_is_given_is_no_answer(tmp_path: Path):
    vectors = WordVectors(["a", "b", "c"], np.eye(3, dtype=np.float32))
    assert {word for word, _ in vectors.most_similar(["a", "b"], topn=9)} == {"c"}
    with pytest.raises(ValueError, match="no word is given"):
        vectors.most_similar()
    with pytest.raises(ValueError, match="no word is given"):
        vectors.doesnt_match([])
    with pytest.raises(UnknownWordError):
        vectors["x"]
    with pytest.raises(UnknownWordError):
        vectors.similarity("a", "x")


@pytest.mark.parametrize("form", ["text", "binary", "fasttext", "subwords"])
def test_every_format_is_told_by_its_content(tmp_path: Path, form: str):
    words, matrix = ["the", "naïve"], np.array([[1, 2, 3], [4, 5, 6.5]], np.float32)
    path = tmp_path / "no.ending"
    buckets = 5 if form == "subwords" else 0
    if form == "text":
        write_vectors_txt(path, words, matrix)
    elif form == "binary":
        write_word2vec_bin(path, words, matrix)
    else:
        smallest, largest = (3, 6) if buckets else (0, 0)
        arguments = FastTextArguments(3, 5, 5, 1, 5, 1, 2, 2, buckets, smallest, largest, 100, 1e-4)
        write_fasttext_bin(
            path, arguments=arguments, words=words, counts=[5, 2], tokens=7, word_rows=matrix,
            ngram_rows=np.ones((buckets, 3), np.float32), output_rows=matrix,
        )  # fmt: skip

    found = WordVectors.build(path, tmp_path / "kept")

    assert found.index_to_key == words
    assert np.array_equal(found.vectors, matrix) is (form != "subwords")
    assert np.allclose(found["the"], load_keyed_vectors(path)["the"])


def test_vectors_are_read_where_nothing_can_be_kept(tmp_path: Path):
    source = tmp_path / "vectors.txt"
    source.write_text("2 2\na 1 0\nb 0 1\n")
    (tmp_path / "file").write_text("")

    vectors = WordVectors.of(source, tmp_path / "file" / "cache")

    assert vectors.index_to_key == ["a", "b"]
    assert vectors["b"].tolist() == [0, 1]


def test_many_words_are_answered_in_one_pass_as_each_alone(tmp_path: Path):
    vectors = WordVectors.build(written_vectors(tmp_path, [f"w{n}" for n in range(300)]), tmp_path / "kept")
    words = ["w7", "w0", "w299", "w7"]
    each = [vectors.most_similar(word, topn=4) for word in words]
    for one, alone in zip(vectors.most_similar_each(words, topn=4), each, strict=True):
        assert [word for word, _ in one] == [word for word, _ in alone]
        assert [cosine for _, cosine in one] == pytest.approx([cosine for _, cosine in alone], abs=1e-6)
    assert vectors.most_similar_each([]) == []
    with pytest.raises(ValueError, match="topn is 0"):
        vectors.most_similar_each(["w1"], topn=0)
