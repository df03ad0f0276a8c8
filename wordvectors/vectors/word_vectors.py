"""Word vectors at once: kept on disk, memory-mapped, and asked with gensim's verbs by numpy alone.

Reading a vectors.txt takes a while and importing gensim takes seconds, so the first is done once: a file holds what
answers rest on (`wordvectors.vectors.model_file`). Answers equal those of gensim's `KeyedVectors` and
`FastTextKeyedVectors`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.model_file import Model, open_model, write_model
from wordvectors.vectors.neighbours import Neighbours

if TYPE_CHECKING:
    from wordvectors.vectors.gensim_scores import AnalogySection, Correlation

_SOURCE = "source"
MOST_FREQUENT = 300_000
"""Sets are answered with so many most frequent words, as gensim does."""


class WordVectors(Neighbours):
    """Words and their vectors, which don't change; a model with subwords has a vector for other words, too.

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
    counts : array (words,), int64, or None
        How often each word occurs in the corpus; None where that is not known.
    """

    @classmethod
    def build(
        cls, source: str | Path, kept: str | Path, counts: Mapping[bytes, int] | None = None
    ) -> WordVectors:
        """Read a file of vectors, keep them as a model's file, and open that.

        Parameters
        ----------
        source
            Word vectors in word2vec's text or binary format or in fastText's, told by the content.
        kept
            The model's file; it appears when it is complete. Where it can't be written they are answered from
            memory.
        counts
            By the words in UTF-8, for a source that has none. Where one of its words is missing, none is known.

        Raises
        ------
        VectorsFileError
            If the vectors can't be read; naming the place.
        """
        from wordvectors.vectors.readers import read_vectors

        source, kept = Path(source), Path(kept)
        described = _describe(source)
        words, matrix, ngrams, counted = read_vectors(source)
        if counted is None and counts:
            counted = _in_order(words, counts)
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            if kept.is_dir():  # an earlier version kept a folder
                shutil.rmtree(kept)
            write_model(kept, words, matrix, ngrams, metadata={_SOURCE: described}, counts=counted)
        except OSError:  # what can't be kept is answered from memory, and read again the next time
            return cls(words, matrix, ngrams=ngrams, counts=counted)
        return cls.open(kept)

    @classmethod
    def open(cls, path: str | Path) -> WordVectors:
        """Open a model's file by memory map; see `wordvectors.vectors.model_file`.

        Raises
        ------
        VectorsFileError
            If there is none, or it is damaged; `build` makes it anew.
        """
        try:
            return cls.of_model(open_model(Path(path)))
        except OSError as fault:
            raise VectorsFileError(f"{path} holds no word vectors: {fault}") from None

    @classmethod
    def of_model(cls, model: Model) -> WordVectors:
        """Return the vectors of a model's file."""
        return cls(model.words, model.vectors, model.norms, model.ngrams, model.counts)

    @classmethod
    def of(cls, source: str | Path, kept: str | Path) -> WordVectors:
        """Open a model's file if it was made of this very source; else make it."""
        try:
            model = open_model(Path(kept))
            if model.metadata.get(_SOURCE) == _describe(Path(source)):
                return cls.of_model(model)
        except (OSError, VectorsFileError):
            pass
        return cls.build(source, kept)

    def only(self, words: Sequence[str]) -> WordVectors:
        """Return the vectors of these words alone, each once, in this order.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        """
        distinct = list(dict.fromkeys(words))
        places = [self.get_index(word, -1) for word in distinct]
        # A word that is known by its n-grams alone was not counted.
        counts = None if self.counts is None or -1 in places else self.counts[places]
        return WordVectors(distinct, self[distinct], counts=counts)

    def evaluate_word_pairs(
        self,
        pairs: str | Path,
        delimiter: str = "\t",
        encoding: str = "utf-8",
        restrict_vocab: int = MOST_FREQUENT,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
    ) -> tuple[Correlation, Correlation, float]:
        """Score a file of word pairs as gensim does; see `wordvectors.vectors.gensim_scores`."""
        from wordvectors.vectors.gensim_scores import evaluate_word_pairs  # scipy takes half a second

        return evaluate_word_pairs(
            self, Path(pairs), delimiter, encoding, restrict_vocab, case_insensitive, dummy4unknown
        )

    def evaluate_word_analogies(
        self,
        analogies: str | Path,
        restrict_vocab: int = MOST_FREQUENT,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
    ) -> tuple[float, list[AnalogySection]]:
        """Answer a file of analogies as gensim does; see `wordvectors.vectors.gensim_scores`."""
        from wordvectors.vectors.gensim_scores import evaluate_word_analogies

        return evaluate_word_analogies(self, Path(analogies), restrict_vocab, case_insensitive, dummy4unknown)


def _in_order(words: Sequence[str], counts: Mapping[bytes, int]) -> NDArray[np.int64] | None:
    try:
        return np.array([counts[word.encode()] for word in words], np.int64)
    except KeyError:
        return None


def _describe(path: Path) -> str:
    status = os.stat(path)
    return json.dumps({
        "path": str(path.resolve()), "bytes": status.st_size, "modified_ns": status.st_mtime_ns,
    })  # fmt: skip
