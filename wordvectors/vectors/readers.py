"""Word vectors of any of the usual file formats, as plain arrays or as gensim's objects."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wordvectors.vectors.fasttext_bin import MAGIC_BYTES, read_fasttext_bin
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.vectors_txt import Chunk, read_vectors_txt
from wordvectors.vectors.word2vec_bin import read_word2vec_bin

if TYPE_CHECKING:
    from gensim.models import KeyedVectors
    from gensim.models.fasttext import FastTextKeyedVectors

_PROBE_BYTES = 64 * 1024


class Format(Enum):
    """The formats that are told apart by their content."""

    FASTTEXT = "fastText"
    WORD2VEC_TEXT = "word2vec text"
    WORD2VEC_BINARY = "word2vec binary"


def format_of(path: str | Path) -> Format:
    """Tell a file's format: by fastText's magic number, or word2vec's header and the first row below it.

    Raises
    ------
    VectorsFileError
        If it is in none of these formats.
    """
    with Path(path).open("rb") as file:
        probe = file.read(_PROBE_BYTES)
    if probe.startswith(MAGIC_BYTES):
        return Format.FASTTEXT
    header, _, rows = probe.partition(b"\n")
    if len(header.split()) != 2 or not all(field.isdigit() for field in header.split()):
        raise VectorsFileError(
            f"{path} holds no word vectors: it starts neither like fastText's format nor with the line "
            "(number of words, dimension) of word2vec's"
        )
    return Format.WORD2VEC_BINARY if _is_binary(Path(path), rows) else Format.WORD2VEC_TEXT


def read_vectors(path: str | Path) -> Chunk:
    """Read words and vectors from a file of any of these formats, without gensim where that can be.

    Raises
    ------
    VectorsFileError
        If the file is in none of these formats, or damaged; naming the place.
    """
    path = Path(path)
    match format_of(path):
        case Format.WORD2VEC_TEXT:
            return read_vectors_txt(path)
        case Format.WORD2VEC_BINARY:
            return Chunk(*read_word2vec_bin(path))
        case Format.FASTTEXT:
            content = read_fasttext_bin(path)
            if not len(content.ngram_rows):
                return Chunk(content.words, content.word_rows)
            vectors = _load_fasttext(path)
            return Chunk(vectors.index_to_key, vectors.vectors)


def load_keyed_vectors(path: str | Path) -> KeyedVectors | FastTextKeyedVectors:
    """Load word vectors as gensim's object; the format is told by the file's content, not by its name.

    Parameters
    ----------
    path
        A vectors.txt (word2vec text), a vectors.bin in fastText's format, or a word2vec binary.

    Returns
    -------
    KeyedVectors or FastTextKeyedVectors
        The latter for a fastText model with subwords: it gives a vector for unknown words too.

    Raises
    ------
    VectorsFileError
        If the file is in none of these formats, or damaged; naming the place.
    """
    path = Path(path)
    if format_of(path) is Format.FASTTEXT:
        return _load_fasttext(path)
    from gensim.models import KeyedVectors

    content = read_vectors(path)
    vectors = KeyedVectors(content.matrix.shape[1])
    vectors.add_vectors(content.words, content.matrix)
    return vectors


def _is_binary(path: Path, rows: bytes) -> bool:
    """Tell whether rows are what no text can be: bytes that are not UTF-8, or control characters.

    Numbers written out in the first row are text all the same, whatever stands in later words. The few values of
    a tiny binary may happen to be letters; it is one if it can be read as one to its last byte.
    """
    values = rows.split(b"\n", 1)[0].partition(b" ")[2]
    if values.strip() and not values.strip(b"0123456789+-.eE \r\tnaifNAIF"):
        return False
    text = rows.decode("utf-8", errors="replace")
    if "\ufffd" in text[:-1] or any(character < " " and character not in "\t\n\r" for character in text):
        return True
    if len(rows) > _PROBE_BYTES // 2:
        return False
    try:
        read_word2vec_bin(path)
    except VectorsFileError:
        return False
    return True


def _load_fasttext(path: Path) -> KeyedVectors | FastTextKeyedVectors:
    from gensim.models import KeyedVectors
    from gensim.models.fasttext import FastTextKeyedVectors

    content = read_fasttext_bin(path)
    arguments = content.arguments
    if arguments.bucket == 0:
        vectors = KeyedVectors(arguments.dim)
        vectors.add_vectors(content.words, content.word_rows)
    else:
        vectors = FastTextKeyedVectors(arguments.dim, arguments.minn, arguments.maxn, arguments.bucket)
        vectors.index_to_key = content.words
        vectors.key_to_index = {word: row for row, word in enumerate(content.words)}
        vectors.vectors_vocab = content.word_rows
        vectors.vectors_ngrams = content.ngram_rows
        vectors.recalc_char_ngram_buckets()
        vectors.adjust_vectors()
    vectors.expandos["count"] = np.array(content.counts, dtype=np.int64)
    return vectors
