"""Word vectors of any of the usual file formats, as plain arrays or as gensim's objects."""

from __future__ import annotations

import codecs
import re
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordvectors.vectors.fasttext_bin import MAGIC_BYTES, read_fasttext_bin
from wordvectors.vectors.files import VectorsFileError, parse_header
from wordvectors.vectors.ngrams import Ngrams
from wordvectors.vectors.vectors_txt import IN_ROWS, read_vectors_txt
from wordvectors.vectors.word2vec_bin import read_word2vec_bin

if TYPE_CHECKING:
    from gensim.models import KeyedVectors
    from gensim.models.fasttext import FastTextKeyedVectors

_PROBE_BYTES = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_FIRST_FIELD = re.compile(rb"^[^ \n]*+ ", re.MULTILINE)
_LIKE_A_NUMBER = re.compile(rb"(?<![!-~])[!-/:-~]*+[0-9][!-~]*+")


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
    announced = parse_header(header)
    if announced is None:
        if probe.startswith(_GZIP_MAGIC):
            raise VectorsFileError(f"{path} is packed by gzip; unpack it first")
        raise VectorsFileError(
            f"{path} holds no word vectors: it starts neither like fastText's format nor with the line "
            f"(number of words, dimension) of word2vec's, but with {header[:40]!r}"
        )
    return Format.WORD2VEC_BINARY if _is_binary(rows, announced[1]) else Format.WORD2VEC_TEXT


class Vectors(NamedTuple):
    """What a file holds of a model.

    Attributes
    ----------
    words : list of str
    matrix : array (words, dim)
    ngrams : Ngrams or None
        The rows of the words' n-grams, if the model has subwords.
    counts : array (words,) or None
        How often each word occurs in the corpus; fastText's format alone says it.
    """

    words: list[str]
    matrix: NDArray[np.float32]
    ngrams: Ngrams | None = None
    counts: NDArray[np.int64] | None = None


def read_vectors(path: str | Path) -> Vectors:
    """Read words and vectors from a file of any of these formats.

    Raises
    ------
    VectorsFileError
        If the file is in none of these formats, or damaged; naming the place.
    """
    path = Path(path)
    match format_of(path):
        case Format.WORD2VEC_TEXT:
            text = read_vectors_txt(path)
            return Vectors(text.words, text.matrix)
        case Format.WORD2VEC_BINARY:
            return Vectors(*read_word2vec_bin(path))
        case Format.FASTTEXT:
            content = read_fasttext_bin(path)
            ngrams = content.ngrams
            rows = content.word_rows
            matrix = rows if ngrams is None else ngrams.vectors_of(content.words, rows)
            return Vectors(content.words, matrix, ngrams, np.array(content.counts, np.int64))


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


def _is_binary(rows: bytes, dim: int) -> bool:
    """Tell whether rows are what no text is: bytes that are not UTF-8, or control characters.

    Some of these may stand in a damaged text. It is one if a first row has as many fields as announced, each of them
    printed and with a digit, or if three in four bytes behind the words are those of numbers: a binary does not look
    like that.
    """
    fields = rows.partition(b"\n")[0].rstrip(b" \r").split(b" ")[1:]
    if len(fields) == dim > 1 and all(map(_LIKE_A_NUMBER.fullmatch, fields)):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(rows)
    except UnicodeDecodeError:
        pass
    else:
        if not _CONTROL.search(rows):
            return False
    values = _FIRST_FIELD.sub(b"", rows)
    return dim == 1 or 4 * len(values.translate(None, IN_ROWS)) >= len(values)


def _load_fasttext(path: Path) -> KeyedVectors | FastTextKeyedVectors:
    from gensim.models import KeyedVectors
    from gensim.models.fasttext import FastTextKeyedVectors

    content = read_fasttext_bin(path)
    arguments = content.arguments
    if content.ngrams is None:
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
