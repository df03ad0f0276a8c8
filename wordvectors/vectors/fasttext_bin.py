"""vectors.bin: fastText's binary model format, which BlazingText writes for its word2vec modes.

The layout is that of facebookresearch/fastText (`fasttext.cc`, `args.cc`, `dictionary.cc`, `matrix.cc`),
little-endian:

- magic number and version, int32 each; twelve int32 arguments and a float64 (`FastTextArguments`);
- dictionary: int32 entries, words, labels; int64 tokens, int64 size of the pruned index (-1: none); per
  entry the word, a zero byte, int64 count, int8 type (0: word);
- a zero byte (not quantized), input matrix: int64 rows, int64 columns, float32 values; rows are the words,
  then the n-gram buckets;
- a zero byte, output matrix: likewise, a row per word.

A model without subwords has minn = maxn = bucket = 0 and input rows for its words alone.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from wordvectors.files import written_whole
from wordvectors.vectors.files import VectorsFileError, unusable
from wordvectors.vectors.ngrams import Ngrams

MAGIC = 793712314
VERSION = 12
MAGIC_BYTES = struct.pack("<i", MAGIC)

MOST_NGRAM_CHARACTERS = 1000
LOSS_NEGATIVE_SAMPLING = 2
MODEL_CBOW, MODEL_SKIPGRAM = 1, 2

_ARGUMENTS = struct.Struct("<12id")
_DICTIONARY = struct.Struct("<3i2q")
_COUNT_AND_TYPE = struct.Struct("<qb")
_MATRIX = struct.Struct("<?2q")
HEAD_BYTES = 8 + _ARGUMENTS.size + _DICTIONARY.size
MATRIX_HEAD_BYTES = _MATRIX.size
AFTER_WORD_BYTES = _COUNT_AND_TYPE.size
"""Of the dictionary, behind each word and its zero byte."""
_NO_PRUNED_INDEX = -1
_ROWS_PER_CHUNK = 8192


@dataclass(frozen=True)
class FastTextArguments:
    """fastText's training arguments, in the order in which the file holds them, by fastText's own names."""

    dim: int
    ws: int
    epoch: int
    min_count: int
    neg: int
    word_ngrams: int
    loss: int
    model: int
    bucket: int
    minn: int
    maxn: int
    lr_update_rate: int
    t: float


@dataclass(frozen=True)
class FastTextVectors:
    """What a fastText file says about its vectors; the output matrix is left out.

    Attributes
    ----------
    arguments : FastTextArguments
    words : list of str
        In the file's order: descending frequency.
    counts : list of int
        Occurrences in the corpus.
    word_rows : array (words, dim)
        The input rows of the words themselves. With subwords a word's vector is the mean of its row and
        of the rows of its n-grams.
    ngram_rows : array (buckets, dim)
        The input rows of the n-gram buckets; no row without subwords.
    """

    arguments: FastTextArguments
    words: list[str]
    counts: list[int]
    word_rows: NDArray[np.float32]
    ngram_rows: NDArray[np.float32]

    @property
    def ngrams(self) -> Ngrams | None:
        """The rows of n-grams with the n-grams' lengths; None without subwords."""
        given = self.arguments
        if not (given.bucket and given.maxn):
            return None
        return Ngrams(self.ngram_rows, given.minn, given.maxn, given.bucket)


def write_fasttext_bin(
    path: str | Path,
    *,
    arguments: FastTextArguments,
    words: Sequence[str],
    counts: Sequence[int],
    tokens: int,
    word_rows: NDArray[np.float32],
    ngram_rows: NDArray[np.float32],
    output_rows: NDArray[np.float32],
) -> None:
    """Write a model in fastText's format, in chunks of rows; the file appears when it is complete.

    Parameters
    ----------
    path
        Where to write.
    arguments
        `dim` and `bucket` must fit the matrices.
    words, counts
        The vocabulary in descending frequency, and how often each word occurs.
    tokens
        Tokens of the corpus.
    word_rows, ngram_rows, output_rows
        float32 arrays (words, dim), (bucket, dim) and (words, dim).
    """
    shapes = (word_rows.shape, ngram_rows.shape, output_rows.shape)
    by_word, by_bucket = (len(words), arguments.dim), (arguments.bucket, arguments.dim)
    if shapes != (by_word, by_bucket, by_word) or len(counts) != len(words):
        raise ValueError(f"matrices {shapes} do not fit {len(words)} words and {arguments}")
    with written_whole(Path(path)) as file:
        file.write(MAGIC_BYTES + struct.pack("<i", VERSION) + _ARGUMENTS.pack(*astuple(arguments)))
        file.write(_DICTIONARY.pack(len(words), len(words), 0, tokens, _NO_PRUNED_INDEX))
        entry = _COUNT_AND_TYPE.pack
        file.writelines(
            word.encode() + b"\0" + entry(count, 0) for word, count in zip(words, counts, strict=True)
        )
        _write_matrix(file, arguments.dim, word_rows, ngram_rows)
        _write_matrix(file, arguments.dim, output_rows)


def _write_matrix(file: BinaryIO, dim: int, *blocks: NDArray[np.float32]) -> None:
    file.write(_MATRIX.pack(False, sum(len(block) for block in blocks), dim))
    for block in blocks:
        for start in range(0, len(block), _ROWS_PER_CHUNK):
            file.write(np.ascontiguousarray(block[start : start + _ROWS_PER_CHUNK], dtype="<f4"))  # type: ignore[call-overload]


def has_ngrams(path: str | Path) -> bool:
    """Tell from the header of a file whether it is a fastText model with subwords."""
    with Path(path).open("rb") as file:
        head = file.read(8 + _ARGUMENTS.size)
    if not head.startswith(MAGIC_BYTES) or len(head) < 8 + _ARGUMENTS.size:
        return False
    arguments = FastTextArguments(*_ARGUMENTS.unpack_from(head, 8))
    return arguments.bucket > 0 and arguments.maxn > 0


def read_fasttext_bin(path: str | Path) -> FastTextVectors:
    """Read the vectors of an unsupervised fastText model; the rows stay on disk until they are used.

    Raises
    ------
    VectorsFileError
        If the file is not in fastText's format, is cut off, quantized or a supervised model.
    """
    path = Path(path)
    with path.open("rb") as file:
        content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    try:
        return _parse(path, content)
    except (struct.error, _CutOffError):
        raise VectorsFileError(
            f"{path} is cut off or damaged: its {len(content)} bytes are fewer than its header announces"
        ) from None


class _CutOffError(Exception):
    """The file ends before what its header announces."""


def parse_header(name: str | Path, head: bytes | memoryview) -> tuple[FastTextArguments, int]:
    """Return the arguments and the number of words that the first `HEAD_BYTES` of a model announce.

    Raises
    ------
    VectorsFileError
        If they are not those of an unsupervised model.
    struct.error
        If there are fewer bytes.
    """
    if head[:4] != MAGIC_BYTES:
        raise VectorsFileError(f"{name} is not a fastText model: its first four bytes are not fastText's")
    (version,) = struct.unpack_from("<i", head, 4)
    if version != VERSION:
        raise VectorsFileError(f"{name} has fastText's format {version}; format {VERSION} can be read")
    arguments = FastTextArguments(*_ARGUMENTS.unpack_from(head, 8))
    entries, words_announced, labels, _, pruned = _DICTIONARY.unpack_from(head, 8 + _ARGUMENTS.size)
    if labels or pruned > 0 or entries != words_announced or entries < 1:
        raise VectorsFileError(
            f"{name} is a supervised or a pruned fastText model; word vectors are expected"
        )
    if not 0 <= arguments.minn <= MOST_NGRAM_CHARACTERS >= arguments.maxn >= 0:
        raise VectorsFileError(
            f"{name} is damaged: n-grams of {arguments.minn} to {arguments.maxn} characters; "
            f"0 to {MOST_NGRAM_CHARACTERS} are possible"
        )
    return arguments, entries


def count_behind(content: bytes | memoryview, at: int) -> int:
    """Return a word's count, which begins behind the word's zero byte."""
    count: int = _COUNT_AND_TYPE.unpack_from(content, at)[0]
    return count


def check_matrix(
    name: str | Path, head: bytes | memoryview, arguments: FastTextArguments, words: int
) -> None:
    """Hold the first `MATRIX_HEAD_BYTES` of the input matrix against what the model's header announces.

    Raises
    ------
    VectorsFileError
        If they are those of a quantized matrix, or one of another shape.
    struct.error
        If there are fewer bytes.
    """
    quantized, rows, dim = _MATRIX.unpack_from(head)
    if quantized:
        raise VectorsFileError(f"{name} is a quantized fastText model; its vectors can't be read")
    if rows != words + arguments.bucket or dim != arguments.dim or dim < 1 or arguments.bucket < 0:
        raise VectorsFileError(
            f"{name} is damaged: {rows} × {dim} input values for {words} words, {arguments.bucket} buckets "
            f"and dimension {arguments.dim}"
        )


def _parse(path: Path, content: memoryview) -> FastTextVectors:
    arguments, entries = parse_header(path, content)
    at = HEAD_BYTES
    words: list[str] = []
    counts: list[int] = []
    stored: mmap.mmap = content.obj  # type: ignore[assignment]
    for entry in range(entries):
        end = stored.find(b"\0", at)
        if end < 0:
            raise _CutOffError
        try:
            words.append(str(content[at:end], "utf-8"))
        except UnicodeDecodeError:
            shown = bytes(content[at : min(end, at + 40)])
            raise VectorsFileError(f"{path}: word {entry + 1} is not UTF-8: {shown!r}") from None
        if unusable(words[-1]):
            raise VectorsFileError(f"{path}: word {entry + 1} is empty or holds a blank: {words[-1][:40]!r}")
        counts.append(count_behind(content, end + 1))
        at = end + 1 + AFTER_WORD_BYTES
    if len(set(words)) != entries:
        raise VectorsFileError(f"{path} is damaged: a word stands twice in its dictionary")
    check_matrix(path, content[at:], arguments, entries)
    at += MATRIX_HEAD_BYTES
    rows, dim = entries + arguments.bucket, arguments.dim
    if at + rows * dim * 4 > len(content):
        raise _CutOffError
    matrix = np.frombuffer(content, dtype="<f4", count=rows * dim, offset=at).reshape(rows, dim)
    if not (np.isfinite(matrix.min()) and np.isfinite(matrix.max())):
        raise VectorsFileError(f"{path} is damaged: a vector holds a number that is not finite")
    return FastTextVectors(arguments, words, counts, matrix[:entries], matrix[entries:])
