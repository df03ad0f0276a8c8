"""The vocabulary, by the rules of fastText's dictionary."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordvectors.corpus.word_table import DROPPED, WordTable
from wordvectors.engine.errors import TrainingError
from wordvectors.engine.memory import refuse_without_room
from wordvectors.vectors.files import END_OF_SENTENCE


@dataclass(frozen=True)
class Vocabulary:
    """The words that are learned, most frequent first; equally frequent ones as the corpus brings them.

    fastText's dictionary also counts one `</s>` per line. It is left out here: whether BlazingText keeps it
    is not known, it is no word of the text, and as the most frequent "word" of all, a neighbour of each
    sentence's ends, it would only disturb those who look for neighbours.

    Attributes
    ----------
    words : list of str
    counts : array (words,), int64
        Occurrences in the corpus, in the order of `words`.
    tokens : int
        Tokens of the corpus, those of dropped words included.
    not_utf8 : tuple of bytes
        Words spelled with bytes that are not UTF-8, as the corpus spells them; in `words`, U+FFFD stands
        for these bytes.
    """

    words: list[str]
    counts: NDArray[np.int64]
    tokens: int
    not_utf8: tuple[bytes, ...]


BYTES_PER_READING = 200
"""Of each distinct word of a text that is not all UTF-8: the word as it reads, and its place among the others."""


def choose_words(table: WordTable, min_count: int, corpus: Path) -> tuple[Vocabulary, NDArray[np.int32]]:
    """Choose the words to learn from those that were counted.

    Parameters
    ----------
    table
        The words as the corpus spells them, in the order of their first occurrence.
    min_count
        Words that occur less often are dropped.
    corpus
        Named in errors.

    Returns
    -------
    vocabulary : Vocabulary
    word_ids : array (words of the table,), int32
        Each word's place in the vocabulary, or `DROPPED`.

    Raises
    ------
    TrainingError
        If there is no word, or fewer than two are frequent enough.
    """
    counts, spelled, ends = table.counts.copy(), table.spelled, table.ends
    starts = np.concatenate(([0], ends + 1))[:-1]
    mark = (b"\n" + spelled).find(f"\n{END_OF_SENTENCE}\n".encode())
    if mark >= 0:
        counts[np.searchsorted(starts, mark)] = 0
    tokens = int(counts.sum())
    alike = _read_alike(spelled)
    if alike is not None:
        counts = np.bincount(alike, weights=counts, minlength=table.size).astype(np.int64)
    kept = np.flatnonzero(counts >= max(min_count, 1))
    kept = kept[np.argsort(-counts[kept], kind="stable")]
    words = [
        spelled[start:end].decode("utf-8", errors="replace")
        for start, end in zip(starts[kept].tolist(), ends[kept].tolist(), strict=True)
    ]
    _refuse_too_few(words, tokens, min_count, corpus)
    word_ids = np.full(table.size, DROPPED, np.int32)
    word_ids[kept] = np.arange(len(kept), dtype=np.int32)
    not_utf8: tuple[bytes, ...] = ()
    if alike is not None:
        word_ids = word_ids[alike]
        not_utf8 = tuple(
            spelling
            for spelling, word in zip(spelled.split(b"\n"), word_ids.tolist(), strict=False)
            if word >= 0 and words[word].encode() != spelling
        )
    return Vocabulary(words, counts[kept], tokens, not_utf8), word_ids


def _read_alike(spelled: bytes) -> NDArray[np.int64] | None:
    """Return the first word that reads like each once invalid bytes are replaced; None: all are UTF-8."""
    try:
        spelled.decode("utf-8")
        return None
    except UnicodeDecodeError:
        pass
    refuse_without_room(words := spelled.count(b"\n"), BYTES_PER_READING * words)
    first: dict[str, int] = {}
    readings = (spelling.decode("utf-8", errors="replace") for spelling in spelled.split(b"\n")[:-1])
    return np.array([first.setdefault(reading, number) for number, reading in enumerate(readings)])


def _refuse_too_few(words: list[str], tokens: int, min_count: int, corpus: Path) -> None:
    place = f"train/{corpus.name}"
    if tokens == 0:
        raise TrainingError(
            f"{place} holds no word ({corpus.stat().st_size} bytes): nothing to learn. "
            "Upload a text of words separated by blanks, one sentence a line."
        )
    if not words:
        raise TrainingError(
            f"no word occurs at least {min_count} times (min_count) in {place}: nothing to learn. "
            "Lower min_count or use a larger corpus."
        )
    if len(words) == 1:
        raise TrainingError(
            f"only one word, {words[0][:40]!r}, occurs at least {max(min_count, 1)} times (min_count) in "
            f"{place}: vectors are learned from words beside other words. "
            "Lower min_count or use a larger corpus."
        )
