"""Nearest neighbours of a word at once: an index on disk, memory-mapped, that needs numpy alone.

Reading a vectors.txt takes seconds and importing gensim takes three more, so both are done once: the index
holds the vectors at unit length, and a query is one matrix product. Answers equal those of gensim's
`KeyedVectors.most_similar`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from wordvectors.vectors.files import END_OF_SENTENCE, VectorsFileError
from wordvectors.vectors.vectors_txt import VectorsTxt

_VECTORS, _WORDS, _SOURCE = "unit_vectors.npy", "words.txt", "source.json"
_SPELLING_CANDIDATES = 5000


class UnknownWordError(KeyError):
    """A word that has no vector; the message offers close spellings.

    Attributes
    ----------
    word : str
    suggestions : tuple of str
        Words of the vocabulary that are spelled alike, the closest first.
    """

    def __init__(self, word: str, suggestions: tuple[str, ...]) -> None:
        self.word, self.suggestions = word, suggestions
        hint = f" Did you mean {', '.join(suggestions)}?" if suggestions else ""
        self.message = f"{word!r} is not in the vocabulary of this model.{hint}"
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


class NeighbourIndex:
    """Word vectors of unit length with their words.

    Attributes
    ----------
    words : list of str
        In descending frequency.
    unit_vectors : array (words, dim), float32
        Memory-mapped; a word whose vector is zero stays zero.
    """

    def __init__(self, words: list[str], unit_vectors: NDArray[np.float32]) -> None:
        self.words, self.unit_vectors = words, unit_vectors

    @classmethod
    def build(cls, vectors_txt: str | Path, folder: str | Path) -> NeighbourIndex:
        """Make the index of a vectors.txt in a folder, replacing what was there, and open it.

        Parameters
        ----------
        vectors_txt
            Word vectors as text; read in chunks.
        folder
            Where the index shall be; it appears when it is complete.

        Raises
        ------
        VectorsFileError
            If the vectors can't be read; naming the line.
        """
        folder = Path(folder)
        source = VectorsTxt(vectors_txt)
        folder.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            described = _describe(source.path)
            _write_index(source, making)
            (making / _SOURCE).write_text(json.dumps(described), encoding="utf-8")
            if folder.exists():
                shutil.rmtree(folder)
            making.replace(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
        return cls.open(folder)

    @classmethod
    def open(cls, folder: str | Path) -> NeighbourIndex:
        """Open the index in a folder.

        Raises
        ------
        VectorsFileError
            If there is no index, or it is damaged; `build` makes it anew.
        """
        folder = Path(folder)
        try:
            words = (folder / _WORDS).read_bytes().decode().split("\n")[:-1]
            unit_vectors = np.load(folder / _VECTORS, mmap_mode="r")
        except (OSError, ValueError, EOFError) as fault:
            raise VectorsFileError(f"{folder} holds no index of neighbours: {fault}") from None
        if unit_vectors.ndim != 2 or len(unit_vectors) != len(words):
            raise VectorsFileError(
                f"{folder} is damaged: {len(words)} words for vectors {unit_vectors.shape}"
            )
        return cls(words, unit_vectors)

    @classmethod
    def of(cls, vectors_txt: str | Path, folder: str | Path) -> NeighbourIndex:
        """Open the index in a folder if it was made from this very vectors.txt; else build it there."""
        try:
            made_from = json.loads((Path(folder) / _SOURCE).read_text(encoding="utf-8"))
            if made_from == _describe(Path(vectors_txt)):
                return cls.open(folder)
        except (OSError, ValueError):
            pass
        return cls.build(vectors_txt, folder)

    def most_similar(self, word: str, topn: int = 10) -> list[tuple[str, float]]:
        """Return the words whose vectors are closest to a word's.

        Parameters
        ----------
        word
            A word of the vocabulary, as it is spelled there.
        topn
            How many neighbours, from 1.

        Returns
        -------
        list of (str, float)
            Neighbours with their cosine, closest first; the word itself and fastText's end-of-sentence
            mark are left out.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        ValueError
            If `topn` is less than 1.

        Examples
        --------
        >>> NeighbourIndex.open("index").most_similar("paris", topn=2)   # doctest: +SKIP
        [('france', 0.81), ('lyon', 0.79)]
        """
        if topn < 1:
            raise ValueError(f"topn is {topn}; at least one neighbour must be asked for")
        try:
            row = self.words.index(word)
        except ValueError:
            raise UnknownWordError(word, self.close_spellings(word)) from None
        cosines = self.unit_vectors @ self.unit_vectors[row]
        kept = min(topn + 2, len(cosines))  # the word itself and the end-of-sentence mark may be among them
        nearest = np.argpartition(-cosines, kept - 1)[:kept]
        nearest = nearest[np.argsort(-cosines[nearest], kind="stable")]
        named = ((self.words[index], float(cosines[index])) for index in nearest if index != row)
        return [(name, cosine) for name, cosine in named if name != END_OF_SENTENCE][:topn]

    def close_spellings(self, word: str, most: int = 3) -> tuple[str, ...]:
        """Return words of the vocabulary that are spelled like a word, the closest first.

        Looked at are the most frequent words of about its length that share its first or its last letter,
        5,000 at most, so that the answer is quick in a vocabulary of any size.
        """
        lowered = word.lower()
        candidates: dict[str, str] = {}
        for known in self.words:
            if len(candidates) == _SPELLING_CANDIDATES:
                break
            if abs(len(known) - len(word)) <= 2 and known != END_OF_SENTENCE:
                low = known.lower()
                if low[:1] == lowered[:1] or low[-1:] == lowered[-1:]:
                    candidates.setdefault(low, known)
        return tuple(
            candidates[close] for close in get_close_matches(lowered, candidates, n=most, cutoff=0.7)
        )


def _write_index(source: VectorsTxt, folder: Path) -> None:
    unit_vectors = open_memmap(
        folder / _VECTORS, mode="w+", dtype=np.float32, shape=(source.words, source.dim)
    )
    start = 0
    with (folder / _WORDS).open("w", encoding="utf-8", newline="\n") as words:
        for chunk in source.chunks():
            norms = np.linalg.norm(chunk.matrix, axis=1, keepdims=True)
            end = start + len(chunk.words)
            unit_vectors[start:end] = (chunk.matrix / np.where(norms > 0, norms, 1))[
                : max(source.words - start, 0)
            ]
            words.writelines(f"{word}\n" for word in chunk.words)
            start = end
    unit_vectors.flush()


def _describe(path: Path) -> dict[str, object]:
    status = os.stat(path)
    return {"path": str(path.resolve()), "bytes": status.st_size, "modified_ns": status.st_mtime_ns}
