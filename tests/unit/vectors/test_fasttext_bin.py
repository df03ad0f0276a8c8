"""vectors.bin: fastText's layout, checked with gensim's reader of Facebook's files."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.models.fasttext import FastTextKeyedVectors, load_facebook_model, load_facebook_vectors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordvectors.gensim_data import gensim_data
from wordvectors.vectors.fasttext_bin import FastTextArguments, read_fasttext_bin, write_fasttext_bin
from wordvectors.vectors.fasttext_stream import FastTextStream
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.readers import load_keyed_vectors

WORDS = ["the", "naïve", "日本", "paris", "a\u00a0b"]
COUNTS = [50, 40, 30, 20, 10]
DIM = 6


def arguments(bucket: int = 0, minn: int = 0, maxn: int = 0) -> FastTextArguments:
    return FastTextArguments(DIM, 5, 3, 5, 4, 1, 2, 2, bucket, minn, maxn, 100, 1e-4)


def random_rows(rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, DIM)).astype(np.float32)


def write(path: Path, bucket: int = 0) -> Path:
    write_fasttext_bin(
        path,
        arguments=arguments(bucket, 3, 6) if bucket else arguments(),
        words=WORDS,
        counts=COUNTS,
        tokens=151,
        word_rows=random_rows(len(WORDS), 1),
        ngram_rows=random_rows(bucket, 2),
        output_rows=random_rows(len(WORDS), 3),
    )
    return path


def test_the_header_is_fasttexts_byte_by_byte(tmp_path: Path):
    content = write(tmp_path / "vectors.bin").read_bytes()
    assert content[:4] == b"\xba\x16\x4f\x2f"
    assert struct.unpack_from("<13i", content, 4) == (12, DIM, 5, 3, 5, 4, 1, 2, 2, 0, 0, 0, 100)
    assert struct.unpack_from("<d", content, 56) == (1e-4,)
    assert struct.unpack_from("<3i2q", content, 64) == (5, 5, 0, 151, -1)
    assert content[92:105] == b"the\0" + struct.pack("<qb", 50, 0)
    rows = 17 + len(WORDS) * DIM * 4
    assert struct.unpack_from("<?2q", content, len(content) - 2 * rows) == (False, 5, DIM)
    assert struct.unpack_from("<?2q", content, len(content) - rows) == (False, 5, DIM)


def test_gensim_reads_a_model_without_subwords(tmp_path: Path):
    loaded = load_facebook_vectors(str(write(tmp_path / "vectors.bin")))
    assert loaded.index_to_key == WORDS
    np.testing.assert_array_equal(loaded.vectors, random_rows(len(WORDS), 1))
    with pytest.raises(KeyError):
        loaded["unheard"]


def test_gensim_reads_a_model_with_subwords_and_can_train_it_on(tmp_path: Path):
    model = load_facebook_model(str(write(tmp_path / "vectors.bin", bucket=50)))
    assert (model.wv.min_n, model.wv.max_n, model.wv.bucket, model.window, model.sg) == (3, 6, 50, 5, 1)
    np.testing.assert_array_equal(model.wv.vectors_ngrams, random_rows(50, 2))
    np.testing.assert_array_equal(model.syn1neg, random_rows(len(WORDS), 3))
    assert model.wv["unheard"].any()


def test_both_readers_agree_on_words_counts_and_vectors_of_unknown_words(tmp_path: Path):
    path = write(tmp_path / "vectors.bin", bucket=50)
    ours, gensims = load_keyed_vectors(path), load_facebook_vectors(str(path))
    assert isinstance(ours, FastTextKeyedVectors)
    assert ours.index_to_key == gensims.index_to_key
    np.testing.assert_allclose(ours.vectors, gensims.vectors, atol=1e-7)
    for word in ("paris", "parisian", "日本語"):
        np.testing.assert_allclose(ours[word], gensims[word], atol=1e-7)
    assert [ours.get_vecattr(word, "count") for word in WORDS] == COUNTS


def test_a_model_without_subwords_loads_as_plain_vectors(tmp_path: Path):
    loaded = load_keyed_vectors(write(tmp_path / "vectors.bin"))
    assert type(loaded) is KeyedVectors
    np.testing.assert_array_equal(loaded.vectors, random_rows(len(WORDS), 1))
    assert loaded.get_vecattr("paris", "count") == 20


def test_a_model_that_fasttext_itself_wrote_is_read():
    path = gensim_data("crime-and-punishment.bin")
    ours, gensims = load_keyed_vectors(path), load_facebook_vectors(str(path))
    np.testing.assert_allclose(ours.vectors, gensims.vectors, atol=1e-6)
    np.testing.assert_allclose(ours["преступление"], gensims["преступление"], atol=1e-6)


same_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
word = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0 \n"), min_size=1, max_size=10)


@same_file
@given(st.lists(word, min_size=1, max_size=10, unique=True), st.integers(0, 9), st.integers(1, 4), st.data())
def test_what_is_written_is_read_again(
    tmp_path: Path, words: list[str], bucket: int, dim: int, data: st.DataObject
):
    counts = data.draw(st.lists(st.integers(0, 2**62), min_size=len(words), max_size=len(words)))
    rng = np.random.default_rng(0)
    word_rows, ngram_rows = (rng.normal(size=(n, dim)).astype(np.float32) for n in (len(words), bucket))
    written = FastTextArguments(dim, 5, 3, 5, 4, 1, 2, 1, bucket, 3, 6, 100, 1e-4)
    path = tmp_path / "vectors.bin"
    write_fasttext_bin(
        path,
        arguments=written,
        words=words,
        counts=counts,
        tokens=sum(counts) % 2**62,
        word_rows=word_rows,
        ngram_rows=ngram_rows,
        output_rows=word_rows,
    )
    read = read_fasttext_bin(path)
    assert (read.arguments, read.words, read.counts) == (written, words, counts)
    np.testing.assert_array_equal(read.word_rows, word_rows)
    np.testing.assert_array_equal(read.ngram_rows, ngram_rows)


@pytest.mark.parametrize("share", [0.001, 0.02, 0.1, 0.2, 0.3, 0.5])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, share: float):
    path = write(tmp_path / "vectors.bin", bucket=50)
    content = path.read_bytes()
    path.write_bytes(content[: max(4, int(len(content) * share))])
    with pytest.raises(VectorsFileError, match=r"vectors\.bin is cut off or damaged"):
        read_fasttext_bin(path)


@same_file
@given(st.binary(max_size=200))
def test_any_content_behind_the_magic_number_is_read_or_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "vectors.bin"
    path.write_bytes(b"\xba\x16\x4f\x2f\x0c\0\0\0" + content)
    with pytest.raises(VectorsFileError):
        read_fasttext_bin(path)


@same_file
@given(st.integers(8, 400), st.integers(0, 255))
def test_a_changed_byte_never_gives_another_error(tmp_path: Path, place: int, value: int):
    path = write(tmp_path / "vectors.bin")
    content = bytearray(path.read_bytes())
    content[min(place, len(content) - 1)] = value
    path.write_bytes(content)
    try:
        assert len(read_fasttext_bin(path).word_rows) == len(WORDS)
    except VectorsFileError:
        return


@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        (4, 11, "format 11"),
        (72, 1, "supervised"),
        (64, 4, "supervised or a pruned"),
        (44, -1, "n-grams of -1 to"),
        (48, 1001, "n-grams of .* to 1001 characters; 0 to 1000 are possible"),
    ],
)
def test_models_of_other_kinds_are_refused(tmp_path: Path, place: int, value: int, fault: str):
    path = write(tmp_path / "vectors.bin")
    content = bytearray(path.read_bytes())
    content[place : place + 4] = struct.pack("<i", value)
    path.write_bytes(content)
    with pytest.raises(VectorsFileError, match=fault):
        read_fasttext_bin(path)


def test_matrices_that_do_not_fit_are_not_written(tmp_path: Path):
    with pytest.raises(ValueError, match="do not fit"):
        write_fasttext_bin(
            tmp_path / "vectors.bin",
            arguments=arguments(bucket=3),
            words=WORDS,
            counts=COUNTS,
            tokens=1,
            word_rows=random_rows(5, 1),
            ngram_rows=random_rows(2, 1),
            output_rows=random_rows(5, 1),
        )
    assert list(tmp_path.iterdir()) == []


class Slow(io.BytesIO):
    """A stream that gives fewer bytes than it is asked for."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 7))


@pytest.mark.parametrize("stream", [io.BytesIO, Slow])
def test_ngram_rows_that_pass_by_are_those_of_the_file(tmp_path: Path, stream):
    content = write(tmp_path / "vectors.bin", bucket=50).read_bytes()
    passing = FastTextStream(stream(content), "vectors.bin")
    assert passing.arguments == arguments(50, 3, 6)
    np.testing.assert_array_equal(np.concatenate(list(passing.ngram_rows())), random_rows(50, 2))


def test_a_stream_that_ends_or_is_none_is_refused(tmp_path: Path):
    content = write(tmp_path / "vectors.bin", bucket=50).read_bytes()
    input_ends = len(content) - len(WORDS) * DIM * 4 - 17
    for end in range(0, input_ends, 29):
        with pytest.raises(VectorsFileError, match=r"vectors\.bin"):
            list(FastTextStream(io.BytesIO(content[:end]), "vectors.bin").ngram_rows())
