"""Look at a corpus before money is spent on it: is it text that BlazingText can learn from?

Samples are read by range, so a corpus of any size is checked with three small requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wordvectors.corpus.count import words_of
from wordvectors.corpus.signs import Signs, signs_of_words, warnings_of

SAMPLE_BYTES = 256 * 1024
"""Read at the beginning, in the middle and at the end; a corpus of up to three samples is read whole."""
MAX_CORPUS_BYTES = 10 * 1024**4

UTF_16 = "UTF-16 text"
_ARCHIVES = {
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"PK\x03\x04": "a zip archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a rar archive",
    b"%PDF-": "a PDF document",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "a Microsoft Office document",
    b"\xff\xfe": UTF_16,
    b"\xfe\xff": UTF_16,
}
_TAR_MAGIC_OFFSET = 257


@dataclass(frozen=True)
class CorpusCheck:
    """What the samples show.

    Attributes
    ----------
    faults : tuple of str
        Why BlazingText could not train on this corpus; empty if it can.
    warnings : tuple of str
        What predicts a poor model, though it would train.
    facts : dict
        Of the samples and, by them, of the corpus: about how many tokens it has, in what language, which share of
        the sampled lines occurred in the samples before.
    """

    faults: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def check_corpus(
    read_range: Callable[[int, int], bytes], size: int, *, min_count: int, vector_dim: int = 0
) -> CorpusCheck:
    """Sample a corpus and say what is wrong with it.

    Parameters
    ----------
    read_range
        Returns `length` bytes from `start`: `read_range(start, length)`.
    size
        The corpus in bytes.
    min_count
        Least occurrences of a word that is learnt; checked when the corpus is small enough to be read whole.
    vector_dim
        Dimension of the vectors that are to be learnt; 0: it is not known.
    """
    if size == 0:
        return CorpusCheck(("the corpus is empty (0 bytes)",))
    if size > MAX_CORPUS_BYTES:
        return CorpusCheck((f"the corpus has {size:,} bytes; at most {MAX_CORPUS_BYTES:,} are allowed",))

    whole = size <= 3 * SAMPLE_BYTES
    starts = [0] if whole else [0, size // 2, size - SAMPLE_BYTES]
    length = size if whole else SAMPLE_BYTES
    samples = [(start, read_range(start, length)) for start in starts]

    kind = kind_of_archive(samples[0][1])
    if kind is not None:
        advice = (
            "save it as UTF-8" if "text" in kind else "upload the UTF-8 text itself, one sentence per line"
        )
        return CorpusCheck((f"the corpus is {kind}, not plain text; {advice}",))

    faults = [fault for start, sample in samples for fault in _byte_faults(start, sample, size)]
    if faults:
        return CorpusCheck(tuple(faults))
    whole_characters = (sample.decode("utf-8", "ignore").encode() for _, sample in samples)
    counts = Counter(words_of(b"\n".join(whole_characters)))
    words = Counter({word.decode(): count for word, count in counts.items()})
    if not words:
        return CorpusCheck((f"the corpus ({size:,} bytes) holds nothing but white space",))
    if whole and max(words.values()) < min_count:
        word, count = words.most_common(1)[0]
        return CorpusCheck(
            (
                f"no word of the corpus occurs min_count={min_count} times (the commonest, {word[:40]!r}, "
                f"{count} time{'s' * (count > 1)}): nothing would be learnt; lower min_count or use a larger corpus",
            )
        )
    signs = _signs(samples, words, size)
    facts = {
        "tokens": signs.tokens,
        "sampled_bytes": sum(len(sample) for _, sample in samples),
        "language": signs.language,
        "duplicate_share": round(signs.duplicate_share, 4),
    }
    return CorpusCheck((), tuple(warnings_of(signs, vector_dim)), facts)


def kind_of_archive(head: bytes) -> str | None:
    """Return what a file that begins so is, if it is no plain text; None if nothing says so."""
    for magic, kind in _ARCHIVES.items():
        if head.startswith(magic):
            return kind
    if head[_TAR_MAGIC_OFFSET:].startswith(b"ustar"):
        return "a tar archive"
    return None


def _byte_faults(start: int, sample: bytes, size: int) -> list[str]:
    """Find what is not UTF-8 text in a sample that may begin and end inside a character."""
    nul = sample.find(b"\0")
    if nul >= 0:
        return [f"the corpus is not text: byte {start + nul:,} is NUL"]
    first = 0
    if start > 0:
        while first < min(3, len(sample)) and sample[first] & 0xC0 == 0x80:
            first += 1
    try:
        sample[first:].decode("utf-8")
    except UnicodeDecodeError as error:
        cut_off = (
            start + len(sample) < size
            and error.end == len(sample) - first
            and error.reason.startswith("unexpected end")
        )
        if not cut_off:
            position = first + error.start
            line = f" (line {sample.count(10, 0, position) + 1:,})" if start == 0 else ""
            return [
                f"the corpus is not UTF-8: byte {start + position:,}{line} is 0x{sample[position]:02x}; "
                "convert it, for instance with: iconv -f latin1 -t utf-8"
            ]
    return []


def _signs(samples: list[tuple[int, bytes]], words: Counter[str], size: int) -> Signs:
    """Take the samples for the corpus; a sample's first and last line may be cut and are no duplicates."""
    lines = [line.strip() for _, sample in samples for line in sample.split(b"\n")]
    filled = [line for line in lines if line]
    sampled = sum(len(sample) for _, sample in samples)
    return signs_of_words(
        words,
        tokens=round(words.total() * size / sampled),
        lines=len(filled),
        longest_line_bytes=max(map(len, lines)),
        duplicate_share=1 - len(set(filled)) / len(filled),
    )
