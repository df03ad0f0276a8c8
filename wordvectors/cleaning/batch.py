"""What one worker does: blocks of raw documents in, lines of sentences out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wordvectors.cleaning.clean import Cleaner, RefusedDocument
from wordvectors.cleaning.deduplicate import unit_note
from wordvectors.cleaning.documents import BadDocument, Block, Document, Reading, UnreadableSource
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
    """

    raw_bytes: int = 0
    documents: int = 0
    bad: int = 0
    sentences: int = 0
    tokens: int = 0
    samples: list[str] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        """Add what came after."""
        self.raw_bytes += other.raw_bytes
        self.documents += other.documents
        self.bad += other.bad
        self.sentences += other.sentences
        self.tokens += other.tokens
        self.samples = (self.samples + other.samples)[:MOST_SAMPLES]


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


def _parsed(block: Block, reading: Reading) -> Iterator[Document | BadDocument]:
    """Yield the documents of a block; if reading fails where no reader foresaw it, the rest is a bad document."""
    try:
        yield from parse(block, reading)
    except UnreadableSource:
        raise
    except Exception as fault:
        yield _not_cleaned(block.source, block.offset, fault)


def _not_cleaned(source: str, offset: int, fault: Exception) -> BadDocument:
    return BadDocument(source, offset, f"can't be cleaned: {type(fault).__name__}: {str(fault)[:100]}")


def clean_batch(cleaner: Cleaner, reading: Reading, batch: list[Block]) -> CleanedBatch:
    """Clean the documents of some blocks."""
    counts = Counts(raw_bytes=sum(len(block.data) for block in batch))
    documents: list[str] = []
    for block in batch:
        for found in _parsed(block, reading):
            counts.documents += 1
            bad = found
            if not isinstance(found, BadDocument):
                try:
                    documents.append(cleaner.words(found.text))
                    continue
                except RefusedDocument as refused:
                    bad = BadDocument(found.source, found.offset, str(refused))
                except Exception as fault:  # whatever is in it, one document does not end a job of millions
                    bad = _not_cleaned(found.source, found.offset, fault)
            counts.bad += 1
            if len(counts.samples) < MOST_SAMPLES:
                counts.samples.append(str(bad))
    by = cleaner.recipe.deduplicate
    units = [cleaner.lines(words) for words in (documents if by == "documents" else ["\n".join(documents)])]
    lines = b"".join(units)
    if by == "sentences":
        units = lines.splitlines(keepends=True)
    notes = b"" if by == "none" else b"".join(unit_note(unit) for unit in units if unit)
    counts.sentences = lines.count(b"\n")
    counts.tokens = lines.count(b" ") + counts.sentences
    return CleanedBatch(lines, notes, counts)
