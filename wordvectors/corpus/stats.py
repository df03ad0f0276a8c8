"""Facts about a whole corpus: its words are counted by the trainer's word table, at its speed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from wordvectors.corpus.count import MIN_COUNTS, Vocabulary, vocabulary_at
from wordvectors.corpus.ranges import counted_ranges
from wordvectors.corpus.signs import Signs, signs_of_words
from wordvectors.corpus.word_table import END, WordTable

EVALUATED_MIN_COUNT = 5
"""BlazingText's default; words that occur less often have no vector."""
READ_BYTES = 8 << 20
MOST_HASHES, HASHES_AT_ONCE = 1 << 22, 1 << 20

_MULTIPLIER, _STEP = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03)
_SHIFT = np.uint64(29)


@dataclass(frozen=True)
class CorpusStats:
    """Facts about a corpus.

    Attributes
    ----------
    bytes : int
    signs : Signs
        Lines, tokens, and what predicts a poor model.
    vocabulary : list of Vocabulary
    missing : dict of str to float
        For each evaluation set the share of its pairs, or questions, with a word that occurs less than 5 times.
    """

    bytes: int
    signs: Signs
    vocabulary: list[Vocabulary]
    missing: dict[str, float]


def corpus_stats(
    path: Path,
    sets: Mapping[str, Sequence[tuple[str, ...]]] = MappingProxyType({}),
    *,
    threads: int = 1,
    report: Callable[[int], None] = lambda count: None,
) -> CorpusStats:
    """Count a corpus: tokens separated by ASCII white space, a line a sentence; empty lines are not counted.

    Parameters
    ----------
    sets
        Evaluation sets by name: the words of each pair or question.
    report
        Told of the tokens counted since the last call.

    Raises
    ------
    NotText
        If the file is no text.
    """
    table, duplicates = WordTable(), _Duplicates()
    for counted, ids in counted_ranges(path, threads):
        numbers = np.append(table.merge(counted), np.int32(END))
        duplicates.add(numbers.take(ids, mode="wrap"))
        report(int(counted.counts.sum()))
    duplicates.end()
    counts, tokens = table.counts, int(table.counts.sum())
    times = dict(zip(*(values.tolist() for values in np.unique(counts, return_counts=True)), strict=True))
    words = dict(zip(table.spelled.decode("utf-8", "replace").split("\n"), counts.tolist(), strict=False))
    return CorpusStats(
        bytes=path.stat().st_size,
        signs=signs_of_words(
            words,
            tokens=tokens,
            lines=duplicates.lines,
            longest_line_bytes=_longest_line(path),
            duplicate_share=duplicates.share,
        ),
        vocabulary=[vocabulary_at(times, least) for least in MIN_COUNTS],
        missing={name: _missing(groups, words) for name, groups in sets.items()},
    )


def _missing(groups: Sequence[tuple[str, ...]], words: dict[str, int]) -> float:
    missing = sum(any(words.get(word, 0) < EVALUATED_MIN_COUNT for word in group) for group in groups)
    return missing / len(groups)


def _longest_line(path: Path) -> int:
    longest = begun = 0
    with path.open("rb") as file:
        while data := file.read(READ_BYTES):
            ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
            if not len(ends):
                begun += len(data)
                continue
            longest = max(longest, begun + int(ends[0]), int(np.diff(ends).max(initial=1)) - 1)
            begun = len(data) - int(ends[-1]) - 1
    return max(longest, begun)


class _Duplicates:
    """The share of lines that occurred before, by 64-bit hashes of their word numbers; in bounded memory.

    All lines are counted, and the distinct ones by adaptive sampling (Flajolet 1990, "On adaptive sampling"): when
    there are too many hashes to keep, only those that end with one more zero bit are kept, each for twice as many.
    How often a line occurs does not matter to that, so its error is some 1 / sqrt(MOST_HASHES) of the distinct lines.
    """

    def __init__(self) -> None:
        self.lines = 0
        self._rest = np.empty(0, np.int32)
        self._known, self._new = np.empty(0, np.uint64), list[NDArray[np.uint64]]()
        self._zero_bits = 0

    @property
    def share(self) -> float:
        """Of the lines so far, those that occurred before, 0 to 1."""
        distinct = len(self._known) << self._zero_bits
        return max(0.0, 1 - distinct / self.lines) if self.lines else 0.0

    def add(self, ids: NDArray[np.int32]) -> None:
        """Take note of the lines in the next part of the text, of which each ends with `END`."""
        ids = np.concatenate((self._rest, ids))
        ends = np.flatnonzero(ids == END)
        if not len(ends):
            self._rest = ids
            return
        ids, self._rest = ids[: ends[-1] + 1], ids[ends[-1] + 1 :]
        starts = np.concatenate(([0], ends[:-1] + 1))
        starts = starts[ends > starts]
        self.lines += len(starts)
        if len(starts):
            self._new.append(_hashes(ids, starts))
        if sum(map(len, self._new)) >= HASHES_AT_ONCE:
            self._merge()

    def end(self) -> None:
        """Take note of a last line without an end."""
        if len(self._rest):
            self.add(np.array([END], np.int32))
        self._merge()

    def _merge(self) -> None:
        new = self._sampled(np.concatenate((*self._new, self._known[:0])))
        self._new = []
        self._known = np.union1d(self._known, new)
        while len(self._known) > MOST_HASHES:
            self._zero_bits += 1
            self._known = self._sampled(self._known)

    def _sampled(self, hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
        return hashes[hashes & np.uint64((1 << self._zero_bits) - 1) == 0]


def _hashes(ids: NDArray[np.int32], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return for each line a hash of its words and their places."""
    ids, starts = ids[starts[0] :], starts - starts[0]
    begun = np.repeat(starts, np.diff(np.append(starts, len(ids))))
    place = (np.arange(len(ids)) - begun).astype(np.uint64)
    mixed = (ids.astype(np.int64).astype(np.uint64) + np.uint64(1)) * _MULTIPLIER + place * _STEP
    mixed = (mixed ^ (mixed >> _SHIFT)) * _MULTIPLIER
    mixed ^= mixed >> _SHIFT
    mixed[ids == END] = 0
    sums = np.add.reduceat(mixed, starts)
    sums = (sums ^ (sums >> _SHIFT)) * _MULTIPLIER
    return sums ^ (sums >> _SHIFT)
