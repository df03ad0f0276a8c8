"""vectors.txt and vectors.bin, whatever is in them: the vectors, or an error that names the place."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.readers import load_keyed_vectors

WORDS = ["the", "naïve", "日本", "paris"]
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def text_file() -> bytes:
    rows = [f"{word} 0.5 -0.25 1e-3" for word in WORDS]
    return "\n".join([f"{len(WORDS)} 3", *rows, ""]).encode()


def word2vec_file() -> bytes:
    rows = b"".join(word.encode() + b" " + struct.pack("<3f", 0.5, -0.25, 1e-3) for word in WORDS)
    return f"{len(WORDS)} 3\n".encode() + rows


def fasttext_file() -> bytes:
    """A model without subwords, as fastText's own loader reads it."""
    arguments = struct.pack("<12id", 3, 5, 1, 1, 5, 1, 2, 2, 0, 0, 0, 100, 1e-4)
    dictionary = struct.pack("<3i2q", len(WORDS), len(WORDS), 0, 10, -1)
    entries = b"".join(word.encode() + b"\0" + struct.pack("<qb", 2, 0) for word in WORDS)
    matrix = struct.pack("<?2q", False, len(WORDS), 3) + np.arange(12, dtype="<f4").tobytes()
    return struct.pack("<ii", 793712314, 12) + arguments + dictionary + entries + matrix + matrix


_MATRIX_BYTES = 17 + 4 * 12
FILES = {"text": text_file(), "word2vec": word2vec_file(), "fasttext": fasttext_file()}


def load(folder: Path, content: bytes):
    """Load a file, or return None if it is refused with a sentence that names it."""
    path = folder / "vectors"
    path.write_bytes(content)
    try:
        return load_keyed_vectors(path)
    except VectorsFileError as refused:
        assert str(path) in str(refused)
        assert len(str(refused)) < 2_000
        return None


@pytest.mark.parametrize("kind", FILES)
def test_the_files_are_good_as_they_are(tmp_path: Path, kind: str):
    loaded = load(tmp_path, FILES[kind])

    assert loaded is not None
    assert loaded.index_to_key == WORDS


@pytest.mark.parametrize("kind", FILES)
def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path, kind: str):
    """But for the last digits of a text, and for fastText's output matrix, which nobody asks for."""
    content = FILES[kind]
    needed = {"text": content.rfind(b" ") + 2, "fasttext": len(content) - _MATRIX_BYTES}.get(
        kind, len(content)
    )
    for length in range(needed):
        assert load(tmp_path, content[:length]) is None, length


@pytest.mark.parametrize("kind", FILES)
@given(damage=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6))
@quick
def test_damage_is_refused_or_leaves_a_model_of_different_words(tmp_path: Path, kind: str, damage):
    content = bytearray(FILES[kind])
    for place, value in damage:
        content[place % len(content)] = value
    loaded = load(tmp_path, bytes(content))
    if loaded is not None:
        assert len(loaded.index_to_key) == len(set(loaded.index_to_key)) > 0


@given(st.binary(max_size=400))
@quick
def test_any_bytes_are_refused(tmp_path: Path, content: bytes):
    assert load(tmp_path, content) is None or content[:1].isdigit()


@pytest.mark.parametrize(
    "header", ["99999999999 300", "3000000 99999999", "9" * 30 + " 3", "4 4", "5 3", "3 3", "0 3", "4 0"]
)
@pytest.mark.parametrize("kind", ["text", "word2vec"])
def test_a_wrong_header_is_refused_without_taking_the_memory_it_asks_for(
    tmp_path: Path, kind: str, header: str
):
    if (kind, header) == ("word2vec", "3 3"):
        header = "12 3"  # a binary may go on after its words
    body = FILES[kind].partition(b"\n")[2]

    assert load(tmp_path, header.encode() + b"\n" + body) is None


@pytest.mark.parametrize(
    "row", ["nan 0.5 nan 0.5", "inf inf 0.5 0.5", "big 1e39 0.5 0.5", "the 0.5 0.5 0.5", "few 0.5 0.5"]
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, row: str):
    path = tmp_path / "vectors.txt"
    path.write_text("5 3\n" + "\n".join([f"{word} 0.5 -0.25 1e-3" for word in WORDS] + [row]) + "\n")

    with pytest.raises(VectorsFileError, match="line 6"):
        load_keyed_vectors(path)


def test_a_word_that_is_not_utf8_is_named_by_its_line(tmp_path: Path):
    path = tmp_path / "vectors.txt"
    path.write_bytes(b"2 2\nthe 0.5 0.5\n\xff\xfe 0.5 0.5\n")

    with pytest.raises(VectorsFileError, match="line 3"):
        load_keyed_vectors(path)
