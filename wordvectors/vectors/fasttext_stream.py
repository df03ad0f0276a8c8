"""A vectors.bin that passes by once, as it does inside of an archive: its words' counts, or its rows of n-grams."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from wordvectors.vectors.fasttext_bin import (
    AFTER_WORD_BYTES,
    HEAD_BYTES,
    MATRIX_HEAD_BYTES,
    check_matrix,
    count_behind,
    parse_header,
)
from wordvectors.vectors.files import VectorsFileError

_BLOCK_BYTES = 4 * 1024**2


class FastTextStream:
    """A fastText model that is read forwards, in bounded memory: its header at first, then what is asked for.

    Its counts come first, so they can't be asked for behind the rows of n-grams.

    Parameters
    ----------
    file
        At its beginning; it need not be seekable.
    name
        What errors call it.

    Attributes
    ----------
    arguments : FastTextArguments

    Raises
    ------
    VectorsFileError
        If it does not begin like an unsupervised fastText model.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name, self._ahead = file, name, b""
        try:
            self.arguments, self._words = parse_header(name, self._read(HEAD_BYTES))
        except struct.error:
            raise self._cut_off() from None

    def ngram_rows(self) -> Iterator[NDArray[np.float32]]:
        """Yield the rows of the n-gram buckets in order, some at a time: arrays (rows, dim).

        Raises
        ------
        VectorsFileError
            If the file is cut off, its matrix is not of the announced shape, or a value is not finite.
        """
        for _ in self.counts():
            pass
        check_matrix(self._name, self._read(MATRIX_HEAD_BYTES), self.arguments, self._words)
        row_bytes = 4 * self.arguments.dim
        at_once = max(1, _BLOCK_BYTES // row_bytes)
        for rows in _pieces(self._words, at_once):
            self._read(rows * row_bytes)
        for rows in _pieces(self.arguments.bucket, at_once):
            block = np.frombuffer(self._read(rows * row_bytes), "<f4").reshape(rows, -1)
            if not np.isfinite(block).all():
                raise VectorsFileError(f"{self._name} is damaged: a vector holds a number that is not finite")
            yield block

    def counts(self) -> Iterator[tuple[bytes, int]]:
        """Yield the words, in UTF-8, and how often each occurs in the corpus; the matrices are not read for it.

        Raises
        ------
        VectorsFileError
            If the file is cut off.
        """
        ahead, at = b"", 0
        for _ in range(self._words):
            while (end := ahead.find(b"\0", at)) < 0 or end + 1 + AFTER_WORD_BYTES > len(ahead):
                more = self._file.read(_BLOCK_BYTES)
                if not more or len(ahead) - at > _BLOCK_BYTES:
                    raise self._cut_off()
                ahead, at = ahead[at:] + more, 0
            yield ahead[at:end], count_behind(ahead, end + 1)
            at = end + 1 + AFTER_WORD_BYTES
        self._ahead = ahead[at:]

    def _read(self, size: int) -> bytes:
        taken, self._ahead = self._ahead[:size], self._ahead[size:]
        pieces = [taken]
        left = size - len(taken)
        while left:
            piece = self._file.read(left)
            if not piece:
                raise self._cut_off()
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def _cut_off(self) -> VectorsFileError:
        return VectorsFileError(
            f"{self._name} is cut off or damaged: it ends before what its header announces"
        )


def _pieces(rows: int, at_once: int) -> Iterator[int]:
    for start in range(0, rows, at_once):
        yield min(at_once, rows - start)
