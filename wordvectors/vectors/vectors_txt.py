"""vectors.txt: word vectors in word2vec's text format, written and read in chunks.

The first line holds the number of words and the dimension; then a line per word, most frequent first: the
word and its values, separated by single spaces; UTF-8. Values have six significant digits.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from wordvectors.files import written_whole
from wordvectors.threads import mapped_in_order
from wordvectors.vectors.files import HEADER_BYTES, VectorsFileError, parse_header
from wordvectors.vectors.number import no_float32

ROWS_PER_CHUNK = 4096
_LONGEST_WORD, _LONGEST_VALUE = 100_000, 32
"""Bytes; BlazingText writes a value in ten."""
MANY_NUMBERS = 1_000_000
"""From here on reading by machine code makes up for the second that importing numba takes."""


def write_vectors_txt(
    path: str | Path, words: Sequence[str], matrix: NDArray[np.float32], *, threads: int = 1
) -> None:
    """Write word vectors as text; the file appears when it is complete.

    Parameters
    ----------
    path
        Where to write.
    words
        The words, in descending frequency; without white space.
    matrix
        Their vectors, (words, dim), float32; may be memory-mapped, it is read in chunks of rows.
    threads
        How many turn numbers into text.
    """
    from wordvectors.vectors import float_text  # reading needs no numba

    if len(words) != len(matrix):
        raise ValueError(f"{len(words)} words, but {len(matrix)} vectors")

    def text(chunk: tuple[bytes, NDArray[np.float32]]) -> NDArray[np.uint8]:
        return float_text.lines(*chunk)

    chunks = (
        ("".join(f"{word}\n" for word in words[start : start + ROWS_PER_CHUNK]).encode(),
         matrix[start : start + ROWS_PER_CHUNK])
        for start in range(0, len(words), ROWS_PER_CHUNK)
    )  # fmt: skip
    with written_whole(Path(path)) as file:
        file.write(f"{len(words)} {matrix.shape[1]}\n".encode())
        for lines in mapped_in_order(text, chunks, threads):
            file.write(lines)  # type: ignore[call-overload]


@dataclass(frozen=True)
class Chunk:
    """Some consecutive rows of a vectors.txt: `words`, and `matrix` (words, dim) of float32."""

    words: list[str]
    matrix: NDArray[np.float32]


class VectorsTxt:
    """A vectors.txt opened for reading; its header is read at once, its rows when they are asked for.

    Attributes
    ----------
    path : Path
    words : int
        Number of words that the header announces.
    dim : int
        Number of values per word.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        with self.path.open("rb") as file:
            self.words, self.dim = self._header(file)

    def chunks(self, rows: int = ROWS_PER_CHUNK) -> Iterator[Chunk]:
        """Yield all rows in order, `rows` at a time.

        Raises
        ------
        VectorsFileError
            Naming the line: not UTF-8, a number of values other than `dim`, a value that is not a finite
            number, or fewer or more lines than the header announces.
        """
        found = 0
        with self.path.open("rb") as file:
            file.readline()
            for chunk in mapped_in_order(self._parse_lines, _numbered(file, rows), os.cpu_count() or 1):
                found += len(chunk.words)
                yield chunk
        if found != self.words:
            raise self._fault(1, f"announces {self.words} words, but {found} lines follow")

    def lower_cased(self, wanted: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vectors of the words whose lower-cased form is wanted, by that form; the last one stays.

        Only the lines of wanted words are parsed, so that scoring some hundred pairs is quick.
        """
        found: dict[str, NDArray[np.float32]] = {}
        with self.path.open("rb") as file:
            file.readline()
            for number, line in enumerate(file, start=2):
                lowered = line[: line.find(b" ")].decode("utf-8", errors="replace").lower()
                if lowered in wanted:
                    word, _, values = line.rstrip(b" \r\n").partition(b" ")
                    found[lowered] = self._parse(number, [word], [values]).matrix[0]
        return found

    def _header(self, file: BinaryIO) -> tuple[int, int]:
        words, dim = self._announced(file)
        size, least = os.fstat(file.fileno()).st_size, words * (2 * dim + 2)  # "w 0 0 … 0\n"
        if size < least:
            raise self._fault(
                1, f"announces {words} words of {dim} values, more than {size} bytes can hold: cut off"
            )
        return words, dim

    def _announced(self, file: BinaryIO) -> tuple[int, int]:
        announced = parse_header(file.readline(HEADER_BYTES))
        if announced is None:
            raise self._fault(1, "is not the header of a word2vec text file (number of words, dimension)")
        return announced

    def _parse_lines(self, numbered: tuple[int, list[bytes]]) -> Chunk:
        number, lines = numbered
        split = [line.rstrip(b" \r\n").partition(b" ") for line in lines]
        return self._parse(number, [word for word, _, _ in split], [values for _, _, values in split])

    def _parse(self, number: int, words: list[bytes], values: list[bytes]) -> Chunk:
        """Parse rows of which `number` is the first line; look for the faulty line only if there is one."""
        parse_rows = _compiled_parser() if self.words * self.dim >= MANY_NUMBERS else None
        try:
            if parse_rows is not None:
                parsed = parse_rows(b"\n".join(values) + b"\n", len(words), self.dim)
                if parsed is not None:
                    return Chunk([_word(word) for word in words], parsed)
            if any(row.count(b" ") != self.dim - 1 or no_float32(row) is not None for row in values):
                raise ValueError
            flat = [float(value) for row in values for value in row.split(b" ")]
            matrix = np.array(flat, dtype=np.float64).astype(np.float32).reshape(len(words), self.dim)
            return Chunk([_word(word) for word in words], matrix)
        except ValueError:
            pass
        for line, (word, row) in enumerate(zip(words, values, strict=True), start=number):
            self._check(line, word, row)
        raise AssertionError("a chunk can't be parsed, though each of its lines can")

    def _check(self, number: int, word: bytes, row: bytes) -> None:
        """Raise what is wrong with a line, if anything is."""
        try:
            text = _word(word)
        except ValueError:
            raise self._fault(number, f"has a word that is empty or not UTF-8: {word[:40]!r}") from None
        values = row.split(b" ") if row else []
        if len(values) != self.dim:
            raise self._fault(
                number, f"({text[:40]!r}) has {len(values)} values; the header announces {self.dim}"
            )
        value = no_float32(row)
        if value is not None:
            shown = value[:40].decode("utf-8", errors="replace")
            raise self._fault(
                number, f"({text[:40]!r}) has the value {shown!r}, which is not a finite number"
            )

    def _fault(self, number: int, what: str) -> VectorsFileError:
        return VectorsFileError(f"{self.path}: line {number} {what}")


def _compiled_parser() -> Callable[[bytes, int, int], NDArray[np.float32] | None] | None:
    """Return the parser in machine code; none where there is no numba, as in the functions on AWS."""
    try:
        from wordvectors.vectors.float_parser import parse_rows
    except ImportError:
        return None
    return parse_rows


class VectorsStream(VectorsTxt):
    """A vectors.txt that is read forwards, once, as out of an archive.

    Parameters
    ----------
    file
        At its beginning; it need not be seekable.
    name
        What errors call it.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.path = Path(name)
        self._file = file
        self.words, self.dim = self._announced(file)

    def leading(self, most_words: int, most_bytes: int) -> Chunk:
        """Read the most frequent words, as many as both limits allow, and stop there.

        Parameters
        ----------
        most_bytes
            Of the matrix; what is read of a line is bounded too.

        Raises
        ------
        VectorsFileError
            As `VectorsTxt.chunks`; and if not one word's vector fits into `most_bytes`.
        """
        wanted = min(self.words, most_words, most_bytes // (4 * self.dim))
        if wanted < 1:
            raise self._fault(
                1, f"announces vectors of {self.dim} values; one is more than {most_bytes} bytes"
            )
        longest = _LONGEST_WORD + _LONGEST_VALUE * self.dim
        words: list[str] = []
        matrix = np.empty((wanted, self.dim), dtype=np.float32)
        while len(words) < wanted:
            start = len(words)
            rows = min(ROWS_PER_CHUNK, wanted - start)
            lines = [line for line in (self._file.readline(longest) for _ in range(rows)) if line]
            split = [line.rstrip(b" \r\n").partition(b" ") for line in lines]
            chunk = self._parse(start + 2, [word for word, _, _ in split], [values for _, _, values in split])
            matrix[start : start + len(lines)] = chunk.matrix
            words += chunk.words
            if len(lines) < rows:
                raise self._fault(1, f"announces {self.words} words, but {len(words)} lines follow")
        return Chunk(words, matrix)


def read_vectors_txt(path: str | Path) -> Chunk:
    """Read a whole vectors.txt.

    Raises
    ------
    VectorsFileError
        As `VectorsTxt.chunks`, and for a word that stands twice.
    """
    text = VectorsTxt(path)
    words: list[str] = []
    line_of: dict[str, int] = {}
    parts = [np.empty((0, text.dim), dtype=np.float32)]
    for chunk in text.chunks():
        for number, word in enumerate(chunk.words, start=len(words) + 2):
            if line_of.setdefault(word, number) != number:
                raise VectorsFileError(
                    f"{text.path}: line {number} has the word {word[:40]!r} again; "
                    f"it stands in line {line_of[word]}"
                )
        words += chunk.words
        parts.append(chunk.matrix)
    return Chunk(words, np.concatenate(parts))


def _numbered(file: BinaryIO, rows: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the lines that follow, `rows` at a time, with the number of the first in the file."""
    number = 2
    while lines := list(islice(file, rows)):
        yield number, lines
        number += len(lines)


def _word(word: bytes) -> str:
    if not word:
        raise ValueError("empty word")
    return word.decode("utf-8")
