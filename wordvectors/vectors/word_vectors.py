"""Word vectors at once: kept on disk, memory-mapped, and asked with gensim's verbs by numpy alone.

Reading a vectors.txt takes a while and importing gensim takes seconds, so the first is done once: a folder holds
the vectors, their lengths, their words and the rows of n-grams. Answers equal those of gensim's `KeyedVectors` and
`FastTextKeyedVectors`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordvectors.characters import common_form, known_form
from wordvectors.json_text import parse_json
from wordvectors.vectors.files import END_OF_SENTENCE, VectorsFileError
from wordvectors.vectors.ngrams import Ngrams
from wordvectors.vectors.unknown_words import (
    NO_SUBWORDS,
    NOTHING_LEARNT,
    UnknownWordError,
    close_spellings,
)

_VECTORS, _NORMS, _WORDS, _SOURCE = "vectors.npy", "norms.npy", "words.txt", "source.json"
_NGRAMS, _NGRAM_LENGTHS = "ngrams.npy", "ngrams.json"


class Origin(StrEnum):
    """What an answer about a word rests on."""

    VOCABULARY = "vocabulary"
    NGRAMS = "n-grams"


class LookedUp(NamedTuple):
    """A word as the model is asked for it, and what its vector comes from."""

    form: str
    origin: Origin


class WordVectors:
    """Words and their vectors; a model with subwords has a vector for other words, too.

    Attributes
    ----------
    index_to_key : list of str
        The words, in descending frequency.
    vectors : array (words, dim), float32
        Memory-mapped, when they come from a file.
    norms : array (words,), float32
        The vectors' lengths.
    ngrams : Ngrams or None
        None for a model without subwords.
    """

    def __init__(
        self,
        words: list[str],
        vectors: NDArray[np.float32],
        norms: NDArray[np.float32] | None = None,
        ngrams: Ngrams | None = None,
    ) -> None:
        self.index_to_key, self.vectors, self.ngrams = words, vectors, ngrams
        self.norms = np.linalg.norm(vectors, axis=1) if norms is None else norms

    @classmethod
    def build(cls, source: str | Path, folder: str | Path) -> WordVectors:
        """Read a file of vectors, keep them in a folder, replacing what was there, and open it.

        Parameters
        ----------
        source
            Word vectors in word2vec's text or binary format or in fastText's, told by the content.
        folder
            Where they shall be kept; it appears when it is complete. Where it can't be written they are
            answered from memory.

        Raises
        ------
        VectorsFileError
            If the vectors can't be read; naming the place.
        """
        from wordvectors.vectors.readers import read_vectors

        source, folder = Path(source), Path(folder)
        described = _describe(source)
        content = read_vectors(source)
        vectors = cls(content.words, content.matrix, ngrams=content.ngrams)
        try:
            vectors._keep(folder, described)
        except OSError:  # what can't be kept is answered from memory, and read again the next time
            return vectors
        return cls.open(folder)

    def _keep(self, folder: Path, described: object) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            np.save(making / _VECTORS, self.vectors)
            np.save(making / _NORMS, self.norms)
            (making / _WORDS).write_bytes("".join(f"{word}\n" for word in self.index_to_key).encode())
            if self.ngrams:
                np.save(making / _NGRAMS, self.ngrams.rows)
            lengths = [self.ngrams.least, self.ngrams.most] if self.ngrams else None
            (making / _NGRAM_LENGTHS).write_text(json.dumps(lengths), encoding="utf-8")
            (making / _SOURCE).write_text(json.dumps(described), encoding="utf-8")
            if folder.exists():
                shutil.rmtree(folder)
            making.replace(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)

    @classmethod
    def open(cls, folder: str | Path) -> WordVectors:
        """Open the vectors kept in a folder.

        Raises
        ------
        VectorsFileError
            If there are none, or they are damaged; `build` makes them anew.
        """
        folder = Path(folder)
        try:
            words = (folder / _WORDS).read_bytes().decode().split("\n")[:-1]
            vectors = np.load(folder / _VECTORS, mmap_mode="r")
            norms = np.load(folder / _NORMS)
            lengths = parse_json((folder / _NGRAM_LENGTHS).read_text(encoding="utf-8"))
            ngrams = Ngrams(np.load(folder / _NGRAMS, mmap_mode="r"), *lengths) if lengths else None
        except (OSError, ValueError, EOFError) as fault:
            raise VectorsFileError(f"{folder} holds no word vectors: {fault}") from None
        if vectors.ndim != 2 or not len(vectors) == len(words) == len(norms):
            raise VectorsFileError(f"{folder} is damaged: {len(words)} words for vectors {vectors.shape}")
        return cls(words, vectors, norms, ngrams)

    @classmethod
    def of(cls, source: str | Path, folder: str | Path) -> WordVectors:
        """Open the vectors in a folder if they were read from this very file; else read it."""
        try:
            read_from = parse_json((Path(folder) / _SOURCE).read_text(encoding="utf-8"))
            if read_from == _describe(Path(source)):
                return cls.open(folder)
        except (OSError, ValueError):
            pass
        return cls.build(source, folder)

    @cached_property
    def key_to_index(self) -> dict[str, int]:
        """The place of each word."""
        return {word: place for place, word in enumerate(self.index_to_key)}

    @property
    def vector_size(self) -> int:
        """Number of values per word."""
        return self.vectors.shape[1]

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, word: object) -> bool:
        """Tell whether a word is in the vocabulary; `origin` tells of words that have a vector by their n-grams."""
        return word in self.key_to_index

    def __getitem__(self, words: str | list[str]) -> NDArray[np.float32]:
        """Return a word's vector (dim,), or those of several words (words, dim).

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        if isinstance(words, str):
            return self._vector(words)
        return np.array([self._vector(word) for word in words]).reshape(-1, self.vector_size)

    def origin(self, word: str) -> Origin:
        """Return what a word's vector comes from, exactly as it is written.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        if word not in self.key_to_index:
            self._vector(word)
            return Origin.NGRAMS
        return Origin.VOCABULARY

    def look_up(self, word: str) -> LookedUp:
        """Return a word that a person wrote as this model is to be asked for it; see `form_of`.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        form = self.form_of(word)
        if form is None:
            raise self.unknown(word)
        return LookedUp(form, self.origin(form))

    def only(self, words: Sequence[str]) -> WordVectors:
        """Return the vectors of these words alone, each once, in this order.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        distinct = list(dict.fromkeys(words))
        return WordVectors(distinct, self[distinct])

    def unit_vector(self, word: str) -> NDArray[np.float32]:
        """Return a word's vector at length 1; a zero vector stays zero."""
        vector = self._vector(word)
        return vector / (np.linalg.norm(vector) or np.float32(1))

    def similarity(self, first: str, second: str) -> float:
        """Return the cosine of two words' vectors.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        return float(self.unit_vector(first) @ self.unit_vector(second))

    def most_similar(
        self, positive: str | Sequence[str] = (), negative: str | Sequence[str] = (), topn: int = 10
    ) -> list[tuple[str, float]]:
        """Return the words closest to the mean of the positive words' vectors and the negative's, turned round.

        Parameters
        ----------
        positive, negative
            Words as the vocabulary spells them, or any where the model has subwords. Each counts alike, whatever
            its vector's length.
        topn
            How many neighbours, from 1.

        Returns
        -------
        list of (str, float)
            Neighbours with their cosine, closest first; the given words and fastText's end-of-sentence mark
            are left out.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        ValueError
            If `topn` is less than 1, or no word is given.

        Examples
        --------
        >>> vectors.most_similar(positive=["king", "woman"], negative="man", topn=1)   # doctest: +SKIP
        [('queen', 0.71)]
        """
        if topn < 1:
            raise ValueError(f"topn is {topn}; at least one neighbour must be asked for")
        given = [(word, 1.0) for word in _listed(positive)] + [(word, -1.0) for word in _listed(negative)]
        if not given:
            raise ValueError("no word is given; name at least one")
        mean = np.sum([sign * self.unit_vector(word) for word, sign in given], axis=0)
        mean /= np.linalg.norm(mean) or 1.0
        cosines = self._cosines(mean)
        left_out = {self.key_to_index[word] for word, _ in given if word in self.key_to_index}
        kept = min(topn + len(left_out) + 1, len(cosines))  # the end-of-sentence mark may be among them
        nearest = np.argpartition(-cosines, kept - 1)[:kept]
        nearest = nearest[np.argsort(-cosines[nearest], kind="stable")]
        named = [
            (self.index_to_key[place], float(cosines[place])) for place in nearest if place not in left_out
        ]
        return [(name, cosine) for name, cosine in named if name != END_OF_SENTENCE][:topn]

    def doesnt_match(self, words: list[str]) -> str:
        """Return the word that is farthest from the mean of all.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        ValueError
            If no word is given.
        """
        if not words:
            raise ValueError("no word is given; name at least one")
        units = np.array([self.unit_vector(word) for word in words])
        return words[int(np.argmin(units @ units.mean(axis=0)))]

    def _cosines(self, unit: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.divide(
            self.vectors @ unit, self.norms, out=np.zeros(len(self), np.float32), where=self.norms > 0
        )

    def form_of(self, word: str) -> str | None:
        """Return a word in the form in which it has a vector; None if it has none.

        That is the form in which the vocabulary holds it: one of text that was not cleaned may have capitals, accents
        of their own or curly apostrophes. If it holds none, n-grams are taken of the word as cleaning writes it, or
        as it stands where the vocabulary is not so written.
        """
        if known := self._known_form(word):
            return known
        form = word if self._unusual_forms else common_form(word)
        return form if self.ngrams and self.ngrams.vector(form) is not None else None

    def _known_form(self, word: str) -> str | None:
        return known_form(word, self.key_to_index) or self._unusual_forms.get(common_form(word))

    @cached_property
    def _unusual_forms(self) -> dict[str, str]:
        forms = ((common_form(word), word) for word in reversed(self.index_to_key))
        return {form: word for form, word in forms if form != word}

    def _vector(self, word: str) -> NDArray[np.float32]:
        place = self.key_to_index.get(word)
        if place is not None:
            return np.array(self.vectors[place])
        vector = self.ngrams.vector(word) if self.ngrams else None
        if vector is None:
            raise self.unknown(word)
        return vector

    def unknown(self, word: str) -> UnknownWordError:
        """Return what to say of a word that has no vector."""
        form = self._known_form(word)
        close = () if form else close_spellings(word, self.index_to_key, most=3)
        return UnknownWordError(word, NOTHING_LEARNT if self.ngrams else NO_SUBWORDS, close, form)


def _listed(words: str | Sequence[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def _describe(path: Path) -> dict[str, object]:
    status = os.stat(path)
    return {"path": str(path.resolve()), "bytes": status.st_size, "modified_ns": status.st_mtime_ns}
