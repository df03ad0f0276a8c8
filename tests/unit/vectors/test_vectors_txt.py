"""vectors.txt: what is written is read again, by this reader and by gensim's; damage is named by line."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wordvectors.vectors import vectors_txt
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.number import number
from wordvectors.vectors.seen_words import SeenWords
from wordvectors.vectors.vectors_txt import VectorsTxt, read_vectors_txt, write_vectors_txt

ASCII_WHITE_SPACE = " \t\n\r\v\f\0"
words = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=ASCII_WHITE_SPACE), min_size=1, max_size=12
)
vocabularies = st.lists(words, min_size=1, max_size=20, unique=True)
same_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@st.composite
def labelled_vectors(draw: st.DrawFn) -> tuple[list[str], np.ndarray]:
    vocabulary = draw(vocabularies)
    values = st.floats(-(2.0**99), 2.0**99, width=32)
    return vocabulary, draw(arrays(np.float32, (len(vocabulary), draw(st.integers(1, 5))), elements=values))


@same_file
@given(labelled_vectors())
def test_what_is_written_is_read_again(tmp_path: Path, labelled: tuple[list[str], np.ndarray]):
    path = tmp_path / "vectors.txt"
    write_vectors_txt(path, *labelled)
    found = read_vectors_txt(path)
    assert found.words == labelled[0]
    np.testing.assert_allclose(found.matrix, labelled[1], rtol=5.1e-6, atol=1e-38)


def test_long_rows_are_read_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vectors_txt, "CHUNK_BYTES", 40)
    rows = [f"word{number} {number} 0.5\n" for number in range(9)]
    chunks = list(VectorsTxt(io.BytesIO("".join(["9 2\n", *rows]).encode()), "v").chunks())
    assert [word for chunk in chunks for word in chunk.words] == [f"word{number}" for number in range(9)]
    assert np.concatenate([chunk.matrix for chunk in chunks])[:, 0].tolist() == list(range(9))
    assert max(len(chunk.words) for chunk in chunks) == 4


def test_a_line_without_end_is_refused_by_its_length():
    text = VectorsTxt(io.BytesIO(b"2 2\na 1 2\nb 1 " + b"1" * 2**22 + b"\n"), "v")
    with pytest.raises(VectorsFileError, match=r"v: line 3 has 4,194,304 bytes or more; no row is that long"):
        list(text.chunks())


def test_gensim_reads_what_is_written(tmp_path: Path):
    vocabulary = ["the", "naïve", "日本", "a\u00a0b", "</s>"]
    matrix = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    write_vectors_txt(tmp_path / "vectors.txt", vocabulary, matrix)
    loaded = KeyedVectors.load_word2vec_format(str(tmp_path / "vectors.txt"))
    assert loaded.index_to_key == vocabulary
    np.testing.assert_allclose(loaded.vectors, matrix, rtol=5.1e-6)


def test_more_rows_than_a_chunk_are_written_in_order(tmp_path: Path):
    matrix = np.arange(10_000, dtype=np.float32).reshape(-1, 1)
    write_vectors_txt(tmp_path / "vectors.txt", [f"w{row}" for row in range(10_000)], matrix)
    content = read_vectors_txt(tmp_path / "vectors.txt")
    assert content.words[9_999] == "w9999"
    assert content.matrix.tolist() == matrix.tolist()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "vectors.txt"
    write_vectors_txt(path, ["old"], np.ones((1, 2), np.float32))
    before = path.read_bytes()
    with pytest.raises(UnicodeEncodeError):
        write_vectors_txt(path, ["fine", "\ud800"], np.ones((2, 2), np.float32))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_not_there_before_it_is_complete(tmp_path: Path):
    class Watching(list):
        def __getitem__(self, rows):
            assert not (tmp_path / "vectors.txt").exists()
            return super().__getitem__(rows)

    write_vectors_txt(tmp_path / "vectors.txt", Watching(["a", "b"]), np.ones((2, 2), np.float32))
    assert (tmp_path / "vectors.txt").exists()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "line 1 is not the header"),
        (b"the 0.1 0.2\n", "line 1 is not the header"),
        (b"0 2\n", "line 1 is not the header"),
        (b"-1 2\n", "line 1 is not the header"),
        (b"1 0\nthe\n", "line 1 is not the header"),
        (b"1000000 100\nthe 1 2\n", r"line 2 \('the'\) has 2 values; the header announces 100"),
        (b"1000000 2\nthe 1 2\n", "line 1 announces 1000000 words, but 1 lines follow"),
        (b"3 2\na 1.00 2.00\nb 3.00 4.00\n", "line 1 announces 3 words, but 2 lines follow"),
        (b"1 2\na 1 2\nb 3 4\n", "line 1 announces 1 words, but 2 lines follow"),
        (b"2 2\na 1 2\nb 3\n", r"line 3 \('b'\) has 1 value; the header announces 2"),
        (b"2 2\na 1\nb 3 4 5\n", r"line 2 \('a'\) has 1 value;"),
        (b"2 2\na 1 2\nbbbb\n", r"line 3 \('bbbb'\) has 0 values"),
        (b"2 2\na 1 2\nb 3 x\n", r"line 3 \('b'\) has the value 'x'"),
        (b"2 2\na 1 nan\nb 3 4\n", r"line 2 \('a'\) has the value 'nan'"),
        (b"2 2\na 1 2\nb inf 4\n", r"line 3 \('b'\) has the value 'inf'"),
        (b"2 2\na 1 2\nb 1e39 4\n", r"line 3 \('b'\) has the value '1e39'"),
        (b"2 2\na 1 2\n\xff\xfe 3 4\n", "line 3 has a word that is empty or not UTF-8"),
        (b"2 2\na 1 2\n 3 4  \n", "line 3 has a word that is empty"),
        (b"2 2\na 1 2\na 3 4\n", "line 3 has the word 'a' once more"),
    ],
)
def test_damage_is_named_by_file_and_line(tmp_path: Path, content: bytes, fault: str):
    path = tmp_path / "vectors.txt"
    path.write_bytes(content)
    with pytest.raises(VectorsFileError, match=r"vectors\.txt: " + fault):
        read_vectors_txt(path)


@same_file
@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda rows: b"2 2\n" + rows))
def test_any_content_is_read_or_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "vectors.txt"
    path.write_bytes(content)
    try:
        chunk = read_vectors_txt(path)
    except VectorsFileError:
        return
    assert chunk.matrix.shape[0] == len(chunk.words)
    assert np.isfinite(chunk.matrix).all()


def test_the_trailing_blank_of_other_writers_and_crlf_are_accepted(tmp_path: Path):
    (tmp_path / "vectors.txt").write_bytes(b"2 2\r\na 1 2 \r\nb 3 4 \r\n")
    content = read_vectors_txt(tmp_path / "vectors.txt")
    assert (content.words, content.matrix.tolist()) == (["a", "b"], [[1, 2], [3, 4]])


NUMBERS = st.text("0123456789.eE+-", max_size=12) | st.sampled_from(
    [
        "nan",
        "inf",
        "-Infinity",
        "0x1",
        "1_0",
        "\uff10",
        "1,5",
        "1e999",
        "1e39",
        "1e-400",
        "3.4028235e38",
        "\t1",
        "1\xa0",
    ]
)


@settings(deadline=None, max_examples=400)
@given(st.lists(NUMBERS, min_size=2, max_size=2), st.sampled_from(["", " ", "\r", " \r"]))
def test_what_a_number_is_is_said_once(values: list[str], end: str):
    """A row is read as Python reads what `number` takes, to the last bit, and as nothing else."""
    text = VectorsTxt(io.BytesIO(f"1 2\nword {' '.join(values)}{end}\n".encode()), "v")
    expected = [number(value) for value in values]
    try:
        (chunk,) = text.chunks()
    except VectorsFileError as fault:
        assert "line 2" in str(fault)
        assert any(value is None or abs(value) > float(np.finfo(np.float32).max) for value in expected)
        return
    with np.errstate(over="ignore"):
        assert chunk.matrix.tobytes() == np.array([expected], np.float64).astype(np.float32).tobytes()


@settings(deadline=None)
@given(
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=3, max_size=3),
    st.sampled_from(["%.6g", "%.9g", "%.6f", "%r", "%+.3e", "%.0f"]),
)
def test_numbers_are_pythons_to_the_last_bit(values: list[float], form: str):
    written = [form % value for value in values]
    with np.errstate(over="ignore"):
        expected = np.array([[float(value) for value in written]], np.float64).astype(np.float32)
    assume(
        np.isfinite(expected).all()
    )  # the largest may be rounded beyond what float32 holds, and that is a fault
    (chunk,) = VectorsTxt(io.BytesIO(f"1 3\nword {' '.join(written)}\n".encode()), "v").chunks()
    assert chunk.matrix.tobytes() == expected.tobytes()  # signs of zeros as well


def test_wanted_words_are_found_by_their_lower_cased_form_and_the_last_stays(tmp_path: Path):
    (tmp_path / "vectors.txt").write_bytes(b"4 1\napple 1\nother broken\nApple 2\nPEAR 3\n")
    with (tmp_path / "vectors.txt").open("rb") as file:
        found = VectorsTxt(file, "v").lower_cased({"apple", "pear", "absent"})
    assert {word: row.tolist() for word, row in found.items()} == {"apple": [2], "pear": [3]}


def test_unequal_numbers_of_words_and_vectors_are_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="2 words, but 3 vectors"):
        write_vectors_txt(tmp_path / "vectors.txt", ["a", "b"], np.ones((3, 2), np.float32))


def test_a_word_is_noticed_again_however_long_ago_it_stood():
    seen = SeenWords()
    for start in range(0, 50_000, 1000):
        assert seen.add([f"w{place}" for place in range(start, start + 1000)]) is None
    for place in (0, 999, 1000, 31_999, 49_999):
        assert seen.add(["new", f"w{place}", "w5"]) == 1
    assert seen.add(["x", "y", "x", "y"]) == 2
