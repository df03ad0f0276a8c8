"""A corpus as word numbers on disk: counted and encoded in one pass over its text, in bounded memory.

The file is mapped, and its ranges of some mebibytes are counted in threads, each into a table of its own
(`word_table`). In the order of the text the tables are merged into one, and the ranges' words, numbered as
that table numbers them, go to a scratch file. Once all words are counted and the vocabulary is chosen,
a second pass, over the numbers alone, turns them into the vocabulary's and marks the sentences' ends. Ranges
do not depend on the number of threads, and so neither does anything that comes of them.

Scratch files have no name: the system takes their space back when the process ends, however it ends.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from wordvectors.corpus.ranges import NotText, counted_ranges
from wordvectors.corpus.word_table import DROPPED, END, WordTable
from wordvectors.engine.errors import TrainingError
from wordvectors.engine.memory import counting_threads, refuse_without_room
from wordvectors.engine.vocabulary import Vocabulary, choose_words
from wordvectors.machine_code import compiled

IDS_PER_CHUNK = 1 << 20
TOKENS_PER_REPORT = 10_000_000
LONGEST_SENTENCE = 1000
"""Tokens; longer lines are cut, as in pWord2Vec and word2vec (MAX_SENTENCE_LENGTH)."""

_Part = tuple[int | None, NDArray[np.int32]]
"""A part of the scratch file, by its end (None: the file's), and how its words' numbers are to be read."""

BYTES_TO_LEAVE_OUT, BYTES_TO_CHOOSE = 120, 80
"""What each distinct word takes, about, beside its place in the table, while rare words are left out of it, and while
the vocabulary is chosen."""

MOST_DISTINCT_WORDS = 22_500_000
"""Three quarters of fastText's MAX_VOCAB_SIZE of 30 million: beyond it, it drops the rarest words."""


@dataclass(frozen=True)
class EncodedCorpus:
    """A corpus as the numbers of its words.

    Attributes
    ----------
    vocabulary : Vocabulary
    ids : array (n,), int32
        On disk, memory-mapped, read-only: each word's place in the vocabulary, in text order; words that
        are not learned are left out; -1 (`END`) ends each sentence, the last one too.
    """

    vocabulary: Vocabulary
    ids: NDArray[np.int32]

    def sentences(self) -> Iterator[NDArray[np.int32]]:
        """Yield each sentence's ids, without the mark at its end; reads the ids in pieces."""
        rest = self.ids[:0]
        for start in range(0, len(self.ids), IDS_PER_CHUNK):
            piece = np.concatenate((rest, self.ids[start : start + IDS_PER_CHUNK]))
            begin = 0
            for end in np.flatnonzero(piece == END).tolist():
                yield piece[begin:end]
                begin = end + 1
            rest = piece[begin:]


def load_machine_code() -> None:
    """Have numba load what encoding needs, or compile it in the first run, before a corpus waits for it."""
    table, ids = WordTable(), np.empty(4, np.int32)
    table.count(np.frombuffer(b"a b\n", np.uint8), 0, 4, ids)
    word_ids = WordTable().merge(table)
    _to_word_ids(np.frombuffer(word_ids.tobytes(), np.int32), word_ids, ids, 0, END, END)


def encode(
    corpus: Path, min_count: int, folder: Path, report: Callable[[int], None], *, threads: int = 1
) -> EncodedCorpus:
    """Count the words of a corpus, choose the vocabulary, and encode the corpus with it.

    Parameters
    ----------
    corpus
        A line a sentence, tokens separated by ASCII white space; a line of more than 1,000 tokens is
        several sentences.
    min_count
        Words that occur less often are dropped.
    folder
        On the file system that takes the scratch files: at most eight bytes per token of the corpus.
    report
        Called with the number of tokens so far, about every ten million and at the end.
    threads
        How many, if there is memory for what each counts; they change the speed alone.

    Raises
    ------
    TrainingError
        If the file is no text, is empty, has fewer than two words that are frequent enough, or more distinct words than
        there is memory to count.
    """
    with tempfile.TemporaryFile(dir=folder) as counted:
        try:
            table, parts = _count_ranges(corpus, counted, report, counting_threads(threads))
        except NotText as fault:
            raise TrainingError(str(fault)) from None
        refuse_without_room(table.size, BYTES_TO_CHOOSE * table.size)
        vocabulary, word_ids = choose_words(table, min_count, corpus)
        del table
        ids = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115, the array keeps it open
        written = _write_ids(counted, [*_renumbered(parts, word_ids), (None, word_ids)], ids)
    return EncodedCorpus(vocabulary, np.memmap(ids, np.int32, "r", shape=(written,)))


def _count_ranges(
    corpus: Path, scratch: BinaryIO, report: Callable[[int], None], threads: int
) -> tuple[WordTable, list[_Part]]:
    """Count all words; write the corpus to the scratch file as their numbers and as ends of line.

    Each time that rare words are dropped, the others get new numbers, and what is written so far becomes a part.
    """
    table, parts, threshold = WordTable(), list[_Part](), 1
    tokens, reported, written = 0, 0, 0
    for counted, ids in counted_ranges(corpus, threads):
        tokens += int(counted.counts.sum())
        refuse_without_room(max(table.size, counted.size), table.bytes_to_merge(counted))
        numbers = np.append(table.merge(counted), np.int32(END))  # at -1, from the end
        scratch.write(numbers.take(ids, mode="wrap"))  # type: ignore[call-overload]
        written += len(ids)
        while table.size > MOST_DISTINCT_WORDS:
            refuse_without_room(table.size, BYTES_TO_LEAVE_OUT * table.size)
            threshold += 1
            table, new_numbers = table.without_rare(threshold)
            parts = [*_renumbered(parts, new_numbers), (written, new_numbers)]
        if tokens - reported >= TOKENS_PER_REPORT:
            reported = tokens - tokens % TOKENS_PER_REPORT
            report(reported)
    report(tokens)
    scratch.flush()
    return table, parts


def _renumbered(parts: list[_Part], new_numbers: NDArray[np.int32]) -> list[_Part]:
    """Return the parts with what their words are numbered once more."""
    known = np.append(new_numbers, np.int32(DROPPED))
    return [(end, known[np.where(numbers < 0, -1, numbers)]) for end, numbers in parts]


def _write_ids(scratch: BinaryIO, parts: list[_Part], file: BinaryIO) -> int:
    """Turn the scratch file's numbers into word ids with sentence ends; return how many were written."""
    scratch.seek(0)
    position, written, sentence, last = 0, 0, 0, END
    for end, word_ids in parts:
        while True:
            most = IDS_PER_CHUNK if end is None else min(IDS_PER_CHUNK, end - position)
            numbers = np.frombuffer(scratch.read(4 * most), np.int32)
            if not len(numbers):
                break
            position += len(numbers)
            ids = np.empty(2 * len(numbers), np.int32)
            filled, sentence, last = _to_word_ids(numbers, word_ids, ids, sentence, last, END)
            file.write(ids[:filled])  # type: ignore[call-overload]
            written += filled
    if last != END:
        file.write(np.array([END], np.int32))  # type: ignore[call-overload]
        written += 1
    file.flush()
    return written


@compiled
def _to_word_ids(
    numbers: NDArray[np.int32], word_ids: NDArray[np.int32], ids: NDArray[np.int32],
    sentence: int, last: int, end: int,
) -> tuple[int, int, int]:  # fmt: skip
    """Fill in word ids and `end`s; returns how many, the tokens since the sentence began, and the last id.

    A sentence without a word that is learned leaves nothing, not even its end.
    """
    filled = 0
    for number in numbers:
        word = end
        if number != end:
            word = word_ids[number]
            sentence += 1
        if word >= 0:
            ids[filled] = last = word
            filled += 1
        if number == end or sentence == LONGEST_SENTENCE:
            sentence = 0
            if last != end:
                ids[filled] = last = end
                filled += 1
    return filled, sentence, last
