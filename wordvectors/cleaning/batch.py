"""What one worker does: blocks of raw documents in, lines of sentences out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wordvectors.cleaning.clean import Cleaner, RefusedDocument
from wordvectors.cleaning.deduplicate import unit_note
from wordvectors.cleaning.documents import BadDocument, Block, Document, LeftOut, Reading, UnreadableSource
from wordvectors.cleaning.readers.formats import parse

BATCH_BYTES = 1 << 20
"""What is worked on then fits into a processor's cache."""
SMALLEST_BLOCK_BYTES = 4096
"""What a block counts for at least, so that a batch of tiny files is not made of thousands."""
MOST_SAMPLES = 20


@dataclass
class Counts:
    """What was read and what came of it.

    Attributes
    ----------
    raw_bytes : int
        Of documents, unpacked.
    documents, bad : int
        All documents, and of these the ones that could not be read or were refused.
    sentences, tokens : int
        Before de-duplication.
    samples : list of str
        The first bad documents, with file and offset.
    left_out : dict of str to int
        How many there are of what was passed over, by what it is: redirects, hidden files, too short sentences.
    """

    raw_bytes: int = 0
    documents: int = 0
    bad: int = 0
    sentences: int = 0
    tokens: int = 0
    samples: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: Counts) -> Counts:
        """Return the counts of this and of what came after."""
        return Counts(
            self.raw_bytes + other.raw_bytes,
            self.documents + other.documents,
            self.bad + other.bad,
            self.sentences + other.sentences,
            self.tokens + other.tokens,
            (self.samples + other.samples)[:MOST_SAMPLES],
            dict(Counter(self.left_out) + Counter(other.left_out)),
        )

    def left_out_in_words(self) -> str:
        """Return what was left out and how often, in words; empty if nothing was."""
        return ", ".join(f"{what} ({count:,})" for what, count in sorted(self.left_out.items()))


@dataclass(frozen=True)
class CleanedBatch:
    """Sentences, one a line; the notes of their units, if they are to be de-duplicated; the counts."""

    lines: bytes
    notes: bytes
    counts: Counts


def batches(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Put blocks together to batches: of the input alone, whoever works on them."""
    batch: list[Block] = []
    size = 0
    for block in blocks:
        batch.append(block)
        size += max(len(block.data), SMALLEST_BLOCK_BYTES)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def weight_of(batch: list[Block]) -> int:
    """Return for how many ordinary batches one counts that has a large document."""
    return max(1, sum(len(block.data) for block in batch) // BATCH_BYTES)


def clean_batch(cleaner: Cleaner, reading: Reading, batch: list[Block]) -> CleanedBatch:
    """Clean the documents of some blocks."""
    documents: list[str] = []
    bad, samples = 0, list[str]()
    left_out: Counter[str] = Counter()
    for found in (found for block in batch for found in _parsed(block, reading)):
        cleaned = _words(cleaner, found) if isinstance(found, Document) else found
        if isinstance(cleaned, str):
            documents.append(cleaned)
        elif isinstance(cleaned, LeftOut):
            left_out[cleaned.what] += 1
        else:
            bad += 1
            if bad <= MOST_SAMPLES:
                samples.append(str(cleaned))
    by = cleaner.recipe.deduplicate
    made = [cleaner.lines(words) for words in (documents if by == "documents" else ["\n".join(documents)])]
    units = [lines for lines, _ in made]
    lines = b"".join(units)
    left_out[f"sentences of fewer than {cleaner.recipe.min_tokens} words"] += sum(short for _, short in made)
    if by == "sentences":
        units = lines.splitlines(keepends=True)
    notes = b"" if by == "none" else b"".join(unit_note(unit) for unit in units if unit)
    sentences = lines.count(b"\n")
    counts = Counts(
        raw_bytes=sum(len(block.data) for block in batch),
        documents=len(documents) + bad,
        bad=bad,
        sentences=sentences,
        tokens=lines.count(b" ") + sentences,
        samples=samples,
        left_out=dict(+left_out),
    )
    return CleanedBatch(lines, notes, counts)


def _words(cleaner: Cleaner, document: Document) -> str | BadDocument:
    try:
        return cleaner.words(document.text)
    except RefusedDocument as refused:
        return BadDocument(document.source, document.offset, str(refused))
    except Exception as fault:  # whatever is in it, one document does not end a job of millions
        return _not_cleaned(document.source, document.offset, fault)


def _parsed(block: Block, reading: Reading) -> Iterator[Document | BadDocument | LeftOut]:
    """Yield what is in a block; if reading fails where no reader foresaw it, the rest is a bad document."""
    try:
        yield from parse(block, reading)
    except UnreadableSource:
        raise
    except Exception as fault:
        yield _not_cleaned(block.source, block.offset, fault)


def _not_cleaned(source: str, offset: int, fault: Exception) -> BadDocument:
    return BadDocument(source, offset, f"can't be cleaned: {type(fault).__name__}: {str(fault)[:100]}")
