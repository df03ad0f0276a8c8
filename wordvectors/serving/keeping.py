"""The file that a model is served from, written while the model's archive passes by to be scored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordvectors.vectors.fasttext_stream import FastTextStream
from wordvectors.vectors.model_file import ModelWriter
from wordvectors.vectors.vectors_txt import Chunk, VectorsTxt


class NotKept(Exception):
    """A model that was not written into a file to be served; the message says why."""


class ModelKeeper:
    """Writes what passes by into a file on disk, in bounded memory; a full disk hinders nobody who reads on.

    Parameters
    ----------
    path
        Where the file becomes; there is none yet.
    subwords
        Whether the model has n-grams, which must have passed by, too.
    """

    def __init__(self, path: Path, *, subwords: bool) -> None:
        self._without_ngrams = subwords
        self._file = path.open("x+b")
        self._writer = ModelWriter(self._file)
        self._fault: OSError | None = None

    def vectors(self, text: VectorsTxt) -> Iterator[Chunk]:
        """Yield the rows of a vectors.txt, as `VectorsTxt.chunks` does, and keep them."""
        self._writer.begin_vectors(text.words, text.dim)
        for chunk in text.chunks():
            try:
                if self._fault is None:
                    self._writer.add_vectors(chunk.words, chunk.matrix)
            except OSError as fault:
                self._fault = fault
            yield chunk

    def ngrams(self, stream: FastTextStream) -> Iterator[NDArray[np.float32]]:
        """Yield the rows of a vectors.bin's n-grams, as `FastTextStream.ngram_rows` does, and keep them."""
        given = stream.arguments
        self._without_ngrams = False
        self._writer.begin_ngrams(given.bucket, given.dim, given.minn, given.maxn)
        for rows in stream.ngram_rows():
            try:
                if self._fault is None:
                    self._writer.add_ngrams(rows)
            except OSError as fault:
                self._fault = fault
            yield rows

    def finish(self, *, int8: bool, metadata: Mapping[str, str]) -> None:
        """Complete the file; the arguments are those of `ModelWriter.finish`.

        Raises
        ------
        NotKept
            If the disk was full, or not all rows have passed by.
        """
        with self._file:
            try:
                if self._fault:
                    raise self._fault
                if self._without_ngrams:
                    raise NotKept("its n-grams could not be read")
                self._writer.finish(int8=int8, metadata=metadata)
            except (OSError, ValueError) as fault:
                raise NotKept(str(fault)) from fault
