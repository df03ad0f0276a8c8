"""Count a corpus's lines, tokens and words: all of a small one, the beginning of a large one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

COUNTED_BYTES = 64 * 1024**2
"""Ten million words: seconds, and a vocabulary that fits into memory."""
MIN_COUNTS = (1, 2, 5, 10, 20, 50, 100)
_READ_BYTES = 4 * 1024**2


@dataclass(frozen=True)
class Vocabulary:
    """What is left at a min_count: distinct words, and the share of all tokens that is cut."""

    min_count: int
    words: int
    cut_share: float


@dataclass(frozen=True)
class CorpusCount:
    """What a corpus holds.

    Attributes
    ----------
    bytes, counted_bytes : int
        The corpus, and as much of its beginning as was counted.
    lines, tokens : int
        Of the whole corpus; where only its beginning was counted, reckoned from that by size.
    vocabulary : tuple of Vocabulary
        Of what was counted, at several values of min_count.
    """

    bytes: int
    counted_bytes: int
    lines: int
    tokens: int
    vocabulary: tuple[Vocabulary, ...]

    @property
    def is_exact(self) -> bool:
        """Whether all of the corpus was counted."""
        return self.counted_bytes == self.bytes

    def facts(self) -> dict[str, Any]:
        """Return the count as a run's row holds it."""
        vocabulary = [{**asdict(at), "cut_share": round(at.cut_share, 4)} for at in self.vocabulary]
        return {
            "lines": self.lines, "tokens": self.tokens, "counted_bytes": self.counted_bytes,
            "vocabulary": vocabulary,
        }  # fmt: skip


def words_of(text: bytes) -> list[bytes]:
    """Cut a text into words as the trainer does: by ASCII white space and zero bytes, and by no other blank."""
    return text.replace(b"\0", b" ").split()


def count_corpus(
    read_range: Callable[[int, int], bytes], size: int, *, counted_bytes: int = COUNTED_BYTES
) -> CorpusCount:
    """Count a corpus by its first `counted_bytes`.

    Parameters
    ----------
    read_range
        Returns `length` bytes from `start`: `read_range(start, length)`.
    size
        The corpus in bytes.
    """
    counted = min(size, counted_bytes)
    counts: Counter[bytes] = Counter()
    lines, text, is_open = 0, b"", False
    for start in range(0, counted, _READ_BYTES):
        text += read_range(start, min(_READ_BYTES, counted - start))
        is_open = not text.endswith(b"\n")
        end = max(text.rfind(b" "), text.rfind(b"\n")) + 1  # in the middle of no word
        counts.update(words_of(text[:end]))
        lines += text.count(b"\n", 0, end)
        text = text[end:]
    counts.update(words_of(text))
    lines += is_open  # a last line without an end
    share = counted / size if size else 1
    times = Counter(counts.values())
    return CorpusCount(
        bytes=size,
        counted_bytes=counted,
        lines=round(lines / share),
        tokens=round(counts.total() / share),
        vocabulary=tuple(vocabulary_at(times, least) for least in MIN_COUNTS),
    )


def vocabulary_at(times: Mapping[int, int], least: int) -> Vocabulary:
    """Return what is left at a min_count; `times` says of how many words each number of occurrences is."""
    tokens = sum(count * words for count, words in times.items())
    kept = sum(count * words for count, words in times.items() if count >= least)
    words = sum(words for count, words in times.items() if count >= least)
    return Vocabulary(least, words, 1 - kept / tokens if tokens else 0.0)
