"""The file that a model is asked from: `model.safetensors`, on a laptop and in a function.

Its arrays:

- `vectors` (words, dim): as they were trained, to the bit;
- `norms` (words,): their lengths, so that a cosine takes one multiplication more;
- `words`: in descending frequency, in UTF-8, each followed by a newline;
- `counts` (words,), where they are known: how often each word occurs in the corpus;
- `ngrams` (rows, dim) and `ngram_ids` (rows,): of a model with subwords the rows of n-grams that are not zeros, and
  their buckets, ascending; its metadata have `ngram_least`, `ngram_most` and `ngram_buckets`;
- `scales` (words,) and `int8` (words, dim), on request: the vectors in a fourth of the bytes, for who fetches them from
  afar. The metadata's `int8_recall_at_10` is the share of the ten nearest that are the same by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordvectors.files import written_whole
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.ngrams import Ngrams
from wordvectors.vectors.search import nearest_rows
from wordvectors.vectors.tensors import TensorsWriter, mapped

FORMAT = "wordvectors 1"
_ROWS = 16_384
_ASKED, _LOOKED_IN, _NEAREST = 256, 100_000, 10
_FLOAT, _ID, _COUNT, _SMALL = np.dtype("<f4"), np.dtype("<u4"), np.dtype("<i8"), np.dtype("i1")


class Model(NamedTuple):
    """What the file holds, as arrays; see this module."""

    words: list[str]
    vectors: NDArray[np.float32]
    norms: NDArray[np.float32]
    ngrams: Ngrams | None
    metadata: Mapping[str, str]
    counts: NDArray[np.int64] | None = None


class ModelWriter:
    """Writes a model as its vectors and its rows of n-grams come, in either order; in bounded memory.

    Parameters
    ----------
    file
        On a disk, empty.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._writer = file, TensorsWriter(file)
        self._words: list[str] = []
        self._norms: list[NDArray[np.float32]] = []
        self._ids: list[NDArray[np.uint32]] = []
        self._shape, self._place = (0, 0), 0
        self._buckets = self._buckets_passed = 0
        self._metadata = {"format": FORMAT}

    def begin_vectors(self, words: int, dim: int) -> None:
        """Begin the vectors, which `add_vectors` takes."""
        self._writer.begin("vectors", _FLOAT, dim)
        self._place, self._shape = self._file.tell(), (words, dim)

    def add_vectors(self, words: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Write the next words' vectors (words, dim)."""
        self._words += words
        self._norms.append(np.linalg.norm(vectors, axis=1))
        self._writer.write(vectors.astype(_FLOAT, copy=False))

    def begin_ngrams(self, buckets: int, dim: int, least: int, most: int) -> None:
        """Begin the rows of n-grams, which `add_ngrams` takes."""
        self._writer.begin("ngrams", _FLOAT, dim)
        self._buckets, self._buckets_passed = buckets, 0
        self._metadata |= {
            "ngram_least": str(least), "ngram_most": str(most), "ngram_buckets": str(buckets),
        }  # fmt: skip

    def add_ngrams(self, rows: NDArray[np.float32]) -> None:
        """Write the rows of the next buckets (buckets, dim)."""
        some = np.flatnonzero(rows.any(axis=1))
        self._ids.append((some + self._buckets_passed).astype(_ID))
        self._buckets_passed += len(rows)
        self._writer.write(rows[some].astype(_FLOAT, copy=False))

    def finish(
        self, *, int8: bool, metadata: Mapping[str, str], counts: NDArray[np.int64] | None = None
    ) -> None:
        """Write the rest; `int8`, `metadata` and `counts` as `write_model` takes them.

        Raises
        ------
        ValueError
            If there are fewer vectors, or rows of n-grams, than were announced.
        """
        if len(self._words) != self._shape[0] or self._buckets_passed != self._buckets:
            raise ValueError(
                f"{len(self._words)} of {self._shape[0]} words, {self._buckets_passed} of {self._buckets} buckets"
            )
        self._writer.add("norms", np.concatenate(self._norms))
        if counts is not None:
            self._writer.add("counts", counts.astype(_COUNT, copy=False))
        if self._ids:
            self._writer.add("ngram_ids", np.concatenate(self._ids))
        if int8:
            self._file.flush()
            vectors = np.memmap(self._file.name, _FLOAT, "r", self._place, self._shape)
            scales = [scales_of(vectors[piece]) for piece in _pieces(len(vectors))]
            self._writer.add("scales", np.concatenate(scales))
            self._writer.begin("int8", _SMALL, vectors.shape[1])
            for piece, scale in zip(_pieces(len(vectors)), scales, strict=True):
                self._writer.write(in_eight_bits(vectors[piece], scale))
            self._metadata["int8_recall_at_10"] = f"{int8_recall(vectors):.4f}"
        self._writer.add(
            "words", np.frombuffer("".join(f"{word}\n" for word in self._words).encode(), np.uint8)
        )
        self._writer.finish({**metadata, **self._metadata})


def write_model(
    path: Path,
    words: list[str],
    vectors: NDArray[np.float32],
    ngrams: Ngrams | None = None,
    *,
    int8: bool = False,
    metadata: Mapping[str, str] = MappingProxyType({}),
    counts: NDArray[np.int64] | None = None,
) -> None:
    """Write a model; the file appears when it is complete.

    Parameters
    ----------
    words, vectors
        In descending frequency; (words, dim).
    ngrams
        With a row for each bucket.
    int8
        Whether to write the vectors in eight bits besides.
    metadata
        What else to note.
    counts
        How often each word occurs in the corpus, (words,), where that is known.
    """
    with written_whole(path) as file:
        writer = ModelWriter(file)
        writer.begin_vectors(*vectors.shape)
        for piece in _pieces(len(words)):
            writer.add_vectors(words[piece], vectors[piece])
        if ngrams:
            writer.begin_ngrams(ngrams.buckets, vectors.shape[1], ngrams.least, ngrams.most)
            for piece in _pieces(len(ngrams.rows)):
                writer.add_ngrams(ngrams.rows[piece])
        writer.finish(int8=int8, metadata=metadata, counts=counts)


def open_model(path: Path) -> Model:
    """Map a model into memory.

    Raises
    ------
    VectorsFileError
        If it is damaged, or holds no model.
    OSError
        If there is none.
    """
    arrays, metadata = mapped(path)
    return model_of(str(path), arrays, metadata)


def model_of(name: str, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> Model:
    """Return the model that arrays are.

    Raises
    ------
    VectorsFileError
        If one is missing, or they do not fit each other.
    """
    if metadata.get("format") != FORMAT:
        raise VectorsFileError(f"{name} holds no model of {FORMAT!r}")
    try:
        words = arrays["words"].tobytes().decode().split("\n")[:-1]
        norms, counts = arrays["norms"], arrays.get("counts")
        vectors = arrays["vectors"] if "vectors" in arrays else _from_eight_bits(arrays)
        ngrams = None
        if "ngrams" in arrays:
            least, most, buckets = (int(metadata[f"ngram_{name}"]) for name in ("least", "most", "buckets"))
            ngrams = Ngrams(arrays["ngrams"], least, most, buckets, arrays["ngram_ids"])
    except (KeyError, ValueError) as fault:
        raise VectorsFileError(f"{name} is damaged: {fault!r}") from None
    fits = vectors.ndim == 2 and norms.ndim == 1 and len(words) == len(vectors) == len(norms) > 0
    fits = fits and (counts is None or counts.shape == norms.shape)
    if not fits or (ngrams and not _fit(ngrams, vectors.shape[1])):
        raise VectorsFileError(f"{name} is damaged: {len(words)} words for vectors {vectors.shape}")
    return Model(words, vectors, norms, ngrams, metadata, counts)


def _fit(ngrams: Ngrams, dim: int) -> bool:
    ids = ngrams.ids
    return ids is not None and ids.ndim == 1 and ngrams.rows.shape == (len(ids), dim) and ngrams.buckets > 0


def scales_of(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what each vector's whole numbers are to be multiplied by, (words,), so that the greatest is 127."""
    scales: NDArray[np.float32] = np.abs(vectors).max(axis=1) / np.float32(127)
    return scales


def in_eight_bits(vectors: NDArray[np.float32], scales: NDArray[np.float32]) -> NDArray[np.int8]:
    """Return vectors (words, dim) as whole numbers from -127 to 127."""
    by = scales[:, None]
    whole = np.divide(vectors, by, out=np.zeros(vectors.shape, np.float32), where=by > 0)
    return np.rint(whole).astype(np.int8)


def int8_recall(vectors: NDArray[np.float32]) -> float:
    """Return the share of the ten nearest rows that stay the same in eight bits.

    That is measured with 256 rows, among the 100,000 most frequent.
    """
    exact = np.asarray(vectors[:_LOOKED_IN])
    scales = scales_of(exact)
    coarse = in_eight_bits(exact, scales) * scales[:, None]
    asked = np.unique(np.linspace(0, len(exact) - 1, _ASKED).astype(np.int64))
    found = [
        [set(each.places[1:].tolist()) for each in nearest_rows(rows, norms, units, _NEAREST + 1)]
        for rows in (exact, coarse)
        for norms in [np.linalg.norm(rows, axis=1)]
        for units in [rows[asked] / np.maximum(norms[asked], 1e-12)[:, None]]
    ]
    shared = sum(len(one & two) for one, two in zip(*found, strict=True))
    wanted = sum(map(len, found[0]))
    return shared / wanted if wanted else 1.0


def _from_eight_bits(arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    small, scales = arrays["int8"], arrays["scales"]
    vectors = np.empty(small.shape, np.float32)
    for piece in _pieces(len(small)):
        np.multiply(small[piece], scales[piece, None], out=vectors[piece])
    return vectors


def _pieces(rows: int) -> Iterable[slice]:
    return (slice(start, start + _ROWS) for start in range(0, rows, _ROWS))
