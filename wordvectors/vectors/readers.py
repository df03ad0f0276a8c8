"""Word vectors of any of the usual file formats as gensim's objects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wordvectors.vectors.fasttext_bin import MAGIC_BYTES, read_fasttext_bin
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.vectors_txt import read_vectors_txt

if TYPE_CHECKING:
    from gensim.models import KeyedVectors
    from gensim.models.fasttext import FastTextKeyedVectors

_PROBE_BYTES = 64 * 1024


def load_keyed_vectors(path: str | Path) -> KeyedVectors | FastTextKeyedVectors:
    """Load word vectors; the format is told by the file's content, not by its name.

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
    with path.open("rb") as file:
        probe = file.read(_PROBE_BYTES)
    if probe.startswith(MAGIC_BYTES):
        return _load_fasttext(path)
    header, _, rows = probe.partition(b"\n")
    if len(header.split()) != 2 or not all(field.isdigit() for field in header.split()):
        raise VectorsFileError(
            f"{path} holds no word vectors: it starts neither like fastText's format nor with the line "
            "(number of words, dimension) of word2vec's"
        )
    if _looks_like_text(rows):
        return _load_text(path)
    return _load_word2vec_binary(path)


def _looks_like_text(rows: bytes) -> bool:
    """Tell whether the first row's values are written out: digits and signs up to the line's end."""
    values = rows.split(b"\n", 1)[0].partition(b" ")[2]
    return not values.strip(b"0123456789+-.eE \r\tnaifNAIF")


def _load_text(path: Path) -> KeyedVectors:
    from gensim.models import KeyedVectors

    content = read_vectors_txt(path)
    vectors = KeyedVectors(content.matrix.shape[1])
    vectors.add_vectors(content.words, content.matrix)
    return vectors


def _load_word2vec_binary(path: Path) -> KeyedVectors:
    from gensim.models import KeyedVectors

    with path.open("rb") as file:
        words, dim = map(int, file.readline(_PROBE_BYTES).split())
    least = words * (2 + 4 * dim)  # a letter, a blank and the values
    if min(words, dim) < 1 or path.stat().st_size < least:
        raise VectorsFileError(
            f"{path} is a damaged word2vec binary: line 1 announces {words} words of {dim} values"
        )
    try:
        return KeyedVectors.load_word2vec_format(str(path), binary=True)
    except (EOFError, ValueError) as fault:
        raise VectorsFileError(f"{path} is a damaged word2vec binary: {fault}") from None


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
