"""vectors.txt: word vectors in word2vec's text format, written and read in chunks.

The first line holds the number of words and the dimension; then a line per word, most frequent first: the
word and its values, separated by single spaces; UTF-8. Values have six significant digits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from wordvectors.files import written_whole
from wordvectors.threads import mapped_in_order
from wordvectors.vectors.files import HEADER_BYTES, VectorsFileError, parse_header
from wordvectors.vectors.number import CHARACTERS
from wordvectors.vectors.seen_words import SeenWords

ROWS_PER_CHUNK = 1024
CHUNK_BYTES = 4 * 1024**2
"""Of text, read at a time; no line is longer. BlazingText writes a value in ten bytes."""
IN_ROWS = f"{CHARACTERS} \n".encode()
"""The bytes that rows of numbers consist of."""


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
    """A vectors.txt that is read forwards, once: its header at first, its rows when they are asked for.

    Parameters
    ----------
    file
        At its beginning; it need not be seekable.
    name
        What errors call it.

    Attributes
    ----------
    words : int
        Number of words that the header announces.
    dim : int
        Number of values per word.
    """

    def __init__(self, file: BinaryIO, name: str | Path) -> None:
        self._file, self._name = file, name
        announced = parse_header(file.readline(HEADER_BYTES))
        if announced is None:
            raise self._fault(1, "is not the header of a word2vec text file (number of words, dimension)")
        self.words, self.dim = announced

    def chunks(self, most: int | None = None) -> Iterator[Chunk]:
        """Yield the rows in order, some at a time.

        Parameters
        ----------
        most
            How many rows to read, if not all; what follows them is not looked at.

        Raises
        ------
        VectorsFileError
            Naming the line: not UTF-8, a word that stood before (`SeenWords`), a number of values other than
            `dim`, a value that is not a finite number, or fewer or more lines than the header announces.
        """
        wanted = self.words if most is None else min(most, self.words)
        seen, found = SeenWords(), 0
        while found < wanted:
            lines = self._lines(found, min(ROWS_PER_CHUNK, wanted - found))
            if not lines:
                raise self._fault(1, f"announces {self.words} words, but {found} lines follow")
            chunk = self._parse(found + 2, lines)
            again = seen.add(chunk.words)
            if again is not None:
                raise self._fault(found + 2 + again, f"has the word {chunk.words[again][:40]!r} once more")
            yield chunk
            found += len(lines)
        if most is None:
            while lines := self._lines(found, ROWS_PER_CHUNK):
                found += len(lines)
            if found > self.words:
                raise self._fault(1, f"announces {self.words} words, but {found} lines follow")

    def leading(self, most_words: int, most_bytes: int) -> Chunk:
        """Read the most frequent words, as many as both limits allow, and stop there.

        Parameters
        ----------
        most_bytes
            Of the matrix.

        Raises
        ------
        VectorsFileError
            As `chunks`; and if not one word's vector fits into `most_bytes`.
        """
        wanted = min(self.words, most_words, most_bytes // (4 * self.dim))
        if wanted < 1:
            raise self._fault(
                1, f"announces vectors of {self.dim} values; one is more than {most_bytes} bytes"
            )
        words: list[str] = []
        matrix = np.empty((wanted, self.dim), dtype=np.float32)
        for chunk in self.chunks(wanted):
            matrix[len(words) : len(words) + len(chunk.words)] = chunk.matrix
            words += chunk.words
        return Chunk(words, matrix)

    def lower_cased(self, wanted: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vectors of the words whose lower-cased form is wanted, by that form; the last one stays.

        Only the lines of wanted words are parsed, so that scoring some hundred pairs is quick.
        """
        found: dict[str, NDArray[np.float32]] = {}
        for number_of_line, line in enumerate(self._file, start=2):
            lowered = line[: line.find(b" ")].decode("utf-8", errors="replace").lower()
            if lowered in wanted:
                found[lowered] = self._parse(number_of_line, [line]).matrix[0]
        return found

    def _lines(self, found: int, most: int) -> list[bytes]:
        """Read up to so many of the lines that follow; fewer where these are long."""
        lines: list[bytes] = []
        size = 0
        while len(lines) < most and size < CHUNK_BYTES and (line := self._file.readline(CHUNK_BYTES)):
            if len(line) == CHUNK_BYTES:
                raise self._fault(
                    found + len(lines) + 2, f"has {CHUNK_BYTES:,} bytes or more; no row is that long"
                )
            lines.append(line)
            size += len(line)
        return lines

    def _parse(self, first: int, lines: list[bytes]) -> Chunk:
        """Parse rows, the first of them in line `first`; look for the faulty line only if there is one."""
        split = [line.rstrip(b" \r\n").partition(b" ") for line in lines]
        try:
            words = [_word(word) for word, _, _ in split]
            return Chunk(words, _matrix([values for _, _, values in split], self.dim))
        except ValueError:
            line, (word, _, values) = next(
                (line, row) for line, row in enumerate(split, start=first) if not _is_good(row, self.dim)
            )
            raise self._fault(line, self._what_is_wrong(word, values)) from None

    def _what_is_wrong(self, word: bytes, values: bytes) -> str:
        try:
            text = _word(word)
        except ValueError:
            return f"has a word that is empty or not UTF-8: {word[:40]!r}"
        fields = values.split(b" ") if values else []
        if len(fields) != self.dim:
            return f"({text[:40]!r}) has {len(fields)} value{'s' * (len(fields) != 1)}; the header announces {self.dim}"
        wrong = next(field for field in fields if not _is_good((b"w", b" ", field), 1))
        shown = wrong[:40].decode("utf-8", errors="replace")
        return f"({text[:40]!r}) has the value {shown!r}, which is not a finite number"

    def _fault(self, line: int, what: str) -> VectorsFileError:
        return VectorsFileError(f"{self._name}: line {line} {what}")


def read_vectors_txt(path: str | Path) -> Chunk:
    """Read a whole vectors.txt.

    Raises
    ------
    VectorsFileError
        As `VectorsTxt.chunks`.
    """
    with Path(path).open("rb") as file:
        parts = list(VectorsTxt(file, path).chunks())
    words = [word for part in parts for word in part.words]
    return Chunk(words, np.concatenate([part.matrix for part in parts]))


def _matrix(rows: list[bytes], dim: int) -> NDArray[np.float32]:
    """Return rows of numbers between single blanks as a matrix (rows, dim).

    Raises
    ------
    ValueError
        If any is not `dim` numbers that are finite as float32.
    """
    if not all(rows) or b"\n".join(rows).translate(None, IN_ROWS):
        raise ValueError("an empty row, or a character that is in no number")
    matrix = np.loadtxt(rows, np.float32, delimiter=" ", comments=None, ndmin=2)
    if matrix.shape != (len(rows), dim) or not np.isfinite(matrix).all():
        raise ValueError("other values than expected")
    return matrix


def _is_good(row: tuple[bytes, bytes, bytes], dim: int) -> bool:
    try:
        return bool(_word(row[0])) and _matrix([row[2]], dim) is not None
    except ValueError:
        return False


def _word(word: bytes) -> str:
    if not word:
        raise ValueError("empty word")
    return word.decode("utf-8")
