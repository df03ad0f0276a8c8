"""word2vec's binary format: the header of the text format, then per word its name, a blank and float32 values.

word2vec.c ends each vector with a newline, other writers do not; both are read, the first is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordvectors.files import written_whole
from wordvectors.vectors.files import HEADER_BYTES, VectorsFileError, parse_header, unusable


def write_word2vec_bin(path: str | Path, words: Sequence[str], matrix: NDArray[np.float32]) -> None:
    """Write words, in descending frequency, and their vectors (words, dim); the file appears when complete."""
    if len(words) != len(matrix):
        raise ValueError(f"{len(words)} words, but {len(matrix)} vectors")
    with written_whole(Path(path)) as file:
        file.write(f"{len(words)} {matrix.shape[1]}\n".encode())
        for word, row in zip(words, matrix, strict=True):
            file.write(word.encode() + b" " + row.astype("<f4").tobytes() + b"\n")


def read_word2vec_bin(path: str | Path) -> tuple[list[str], NDArray[np.float32]]:
    """Read words and vectors (words, dim).

    Raises
    ------
    VectorsFileError
        If the file is cut off, has a word that is not UTF-8 or stands twice, or a value that is not finite.
    """
    path = Path(path)
    content = path.read_bytes()
    end = content.find(b"\n", 0, HEADER_BYTES)
    count, dim = parse_header(content[: max(end, 0)]) or (0, 0)
    least = count * (1 + 4 * dim)  # a blank and the values
    if min(count, dim) < 1 or len(content) - end - 1 < least:
        raise VectorsFileError(
            f"{path} is a damaged word2vec binary: line 1 announces {count} words of {dim} values, "
            f"more than {len(content)} bytes can hold"
        )
    words: list[str] = []
    matrix = np.empty((count, dim), np.float32)
    at = end + 1
    for row in range(count):
        blank = content.find(b" ", at)
        if blank < 0 or blank + 1 + 4 * dim > len(content):
            raise VectorsFileError(
                f"{path} is a damaged word2vec binary: it is cut off after {row} of {count} words"
            )
        try:
            words.append(content[at:blank].lstrip(b"\n").decode())
        except UnicodeDecodeError:
            raise VectorsFileError(
                f"{path} is a damaged word2vec binary: word {row + 1} is not UTF-8: {content[at:blank][:40]!r}"
            ) from None
        if unusable(words[-1]):
            raise VectorsFileError(
                f"{path} is a damaged word2vec binary: word {row + 1} is empty or holds a blank: {words[-1][:40]!r}"
            )
        matrix[row] = np.frombuffer(content, "<f4", dim, blank + 1)
        at = blank + 1 + 4 * dim
    if content[at:].strip(b"\r\n"):
        raise VectorsFileError(
            f"{path} is a damaged word2vec binary: {len(content) - at} bytes follow its {count} words"
        )
    if len(set(words)) != count:
        raise VectorsFileError(f"{path} is a damaged word2vec binary: a word stands twice")
    if not np.isfinite(matrix).all():
        raise VectorsFileError(
            f"{path} is a damaged word2vec binary: a vector holds a number that is not finite"
        )
    return words, matrix
