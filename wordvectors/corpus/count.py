"""Count a corpus's lines, tokens and words: all of a small one, the beginning of a large one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

COUNTED_BYTES = 64 * 1024**2
"""Ten million words: seconds, and a vocabulary that fits into memory."""
_READ_BYTES = 4 * 1024**2


@dataclass(frozen=True)
class CorpusCount:
    """What a corpus holds.

    Attributes
    ----------
    lines, tokens : int
        Of the whole corpus; where only its beginning was counted, reckoned from that by size.
    distinct_words, cut_words, cut_tokens : int or None
        Different words; those of them that occur less than `min_count` times, which training leaves out, and
        how many tokens these are. None where only the beginning was counted.
    """

    lines: int
    tokens: int
    distinct_words: int | None = None
    cut_words: int | None = None
    cut_tokens: int | None = None

    @property
    def is_exact(self) -> bool:
        """Whether all of the corpus was counted."""
        return self.distinct_words is not None


def count_corpus(
    read_range: Callable[[int, int], bytes], size: int, *, min_count: int, counted_bytes: int = COUNTED_BYTES
) -> CorpusCount:
    """Count a corpus by its first `counted_bytes`.

    Parameters
    ----------
    read_range
        Returns `length` bytes from `start`: `read_range(start, length)`.
    size
        The corpus in bytes.
    min_count
        The hyperparameter: words that occur less often are cut.
    """
    counted = min(size, counted_bytes)
    counts: Counter[bytes] = Counter()
    lines, text, is_open = 0, b"", False
    for start in range(0, counted, _READ_BYTES):
        text += read_range(start, min(_READ_BYTES, counted - start))
        is_open = not text.endswith(b"\n")
        end = max(text.rfind(b" "), text.rfind(b"\n")) + 1  # in the middle of no word
        counts.update(text[:end].split())
        lines += text.count(b"\n", 0, end)
        text = text[end:]
    counts.update(text.split())
    lines += is_open  # a last line without an end
    tokens = counts.total()
    if counted < size:
        return CorpusCount(round(lines * size / counted), round(tokens * size / counted))
    cut = [count for count in counts.values() if count < min_count]
    return CorpusCount(lines, tokens, len(counts), len(cut), sum(cut))
