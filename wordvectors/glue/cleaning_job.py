"""The job that cleans on AWS: the documents under a prefix become one corpus, which appears whole or not at all.

On Spark, files are cut into blocks of whole documents, blocks become sentences on all workers, each writes its
part, and S3 makes one object of the parts. On one machine `corpus.job` does it all. The documents are read, and
each one is cleaned, by the same functions, so that both come to the same sentences; their order differs.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from wordvectors.aws.bucket import Bucket, StoredObject
from wordvectors.aws.cleaning_claims import CLEANING_METADATA, NotReplaceable, maker_of, replaceable
from wordvectors.aws.clients import client
from wordvectors.aws.errors import TransientServiceError
from wordvectors.aws.unreadable import ObjectReplaced
from wordvectors.cleaning.batch import MOST_SAMPLES, CleanedBatch, Counts, batches, clean_batch
from wordvectors.cleaning.clean import Cleaner
from wordvectors.cleaning.deduplicate import UNIT
from wordvectors.cleaning.documents import Block, Reading, UnreadableSource
from wordvectors.cleaning.order import (
    PARTS,
    RAW,
    READY,
    CleaningOrder,
    cleaning_key,
    corpus_key,
    no_documents,
)
from wordvectors.cleaning.phrases import Phrases, count_pairs
from wordvectors.cleaning.reading import open_blocks
from wordvectors.cleaning.recipe import METADATA_KEY
from wordvectors.cleaning.sources import RawFile
from wordvectors.glue.merge import TooManyParts
from wordvectors.glue.raw_objects import raw_objects
from wordvectors.json_text import parse_json
from wordvectors.plain_text import plain

_PAUSES = (2.0, 10.0, 60.0)
"""Seconds between tries to put a corpus into its place."""


class CleaningFailed(Exception):
    """The cleaning can't be done; the message is a sentence for its user."""


@dataclass(frozen=True)
class Facts:
    """What was read and written, of a share of a cleaning or of the whole.

    Attributes
    ----------
    unreadable : tuple of str
        The first files that could not be read.
    share, part
        Which share of the blocks this is about; the object that was written, and its bytes.
    """

    counts: Counts = field(default_factory=Counts, hash=False)
    unreadable: tuple[str, ...] = ()
    share: int = 0
    part: tuple[str, int] | None = None

    def __add__(self, other: Facts) -> Facts:
        unreadable = (self.unreadable + other.unreadable)[:MOST_SAMPLES]
        return replace(self, counts=self.counts + other.counts, unreadable=unreadable)


@dataclass(frozen=True)
class Made:
    """A corpus that is ready: what there is to say of it, and how to put it at a key, with metadata, over a version."""

    counts: Counts
    bytes: int
    publish: Callable[[str, dict[str, str], StoredObject | None], None]


@dataclass(frozen=True)
class Job:
    """A cleaning, as every worker is told of it, and what a worker does."""

    id: str
    name: str
    bucket: str
    order: CleaningOrder

    @property
    def reading(self) -> Reading:
        """How to read."""
        order = self.order
        joined = order.recipe.line_breaks == "join"
        return Reading(order.format, order.column, order.encoding, joined)

    def cut(self, files: Iterable[RawFile]) -> Iterator[Block | Facts]:
        """Cut files into blocks of whole documents. A file that can't be read is said, and ends nothing."""
        for file in files:
            try:
                yield from open_blocks([file], self.reading)
            except UnreadableSource as unreadable:
                yield Facts(unreadable=(plain(unreadable),))

    def clean(self, share: int, blocks: Iterable[Block | Facts]) -> Iterator[bytes | Facts]:
        """Make sentences of blocks, in pieces that may be de-duplicated; at the end, what was read."""
        cleaner = Cleaner(self.order.recipe)
        facts = Facts(share=share)
        said = [facts]

        def only_blocks() -> Iterator[Block]:
            for found in blocks:
                if isinstance(found, Facts):
                    said.append(found)
                else:
                    yield found

        for batch in batches(only_blocks()):
            try:
                cleaned = clean_batch(cleaner, self.reading, batch)
            except UnreadableSource as unreadable:
                said.append(Facts(unreadable=(plain(unreadable),)))
                continue
            said.append(Facts(cleaned.counts))
            yield from _units(cleaned)
        yield sum(said[1:], facts)

    def count_pairs(self, pieces: Iterable[bytes | Facts]) -> Iterator[tuple[str, int]]:
        """Count words and pairs of words, for phrases; a key may come several times."""
        for counts in count_pairs(_sentences(pieces), self.order.recipe.language):
            yield from counts.items()

    def write(self, index: int, pieces: Iterable[bytes | Facts]) -> Iterator[Facts]:
        """Write pieces as one part of the corpus; yield what was read and written."""
        total, sentences, blanks = Facts(), 0, 0
        with tempfile.NamedTemporaryFile(buffering=1 << 20) as file:
            for piece in pieces:
                if isinstance(piece, Facts):
                    total += piece
                    continue
                file.write(piece)
                sentences += piece.count(b"\n")
                blanks += piece.count(b" ")
            file.flush()
            size = file.tell()
            key = f"{PARTS}{self.id}/part-{index:05}.txt"
            if size:
                Bucket(client("s3"), self.bucket).upload(Path(file.name), key)
        counts = replace(total.counts, sentences=sentences, tokens=sentences + blanks)  # after de-duplication
        yield replace(total, counts=counts, part=(key, size) if size else None)


def joined(phrases: Phrases, pieces: Iterable[bytes | Facts]) -> Iterator[bytes | Facts]:
    """Join the phrases of pieces."""
    for piece in pieces:
        if isinstance(piece, Facts):
            yield piece
        else:
            yield "".join(f"{phrases.join(sentence)}\n" for sentence in _sentences([piece])).encode()


def _sentences(pieces: Iterable[bytes | Facts]) -> Iterator[str]:
    for piece in pieces:
        if not isinstance(piece, Facts):
            yield from piece.decode().split("\n")[:-1]


def _units(cleaned: CleanedBatch) -> Iterator[bytes]:
    """Yield the units that are to be de-duplicated, each with its newlines; all in one if none are."""
    if not cleaned.notes:
        yield cleaned.lines
    start = 0
    for note in range(0, len(cleaned.notes), UNIT.itemsize):
        end = start + int.from_bytes(cleaned.notes[note + 16 : note + UNIT.itemsize], "little")
        yield cleaned.lines[start:end]
        start = end


Engine = Callable[[Job, Sequence[RawFile]], AbstractContextManager[Made]]


def with_samples(failed: Exception, samples: Sequence[str]) -> str:
    """Return what failed, with the first bad documents."""
    return ": ".join(filter(None, (plain(failed), "; ".join(map(plain, samples[:3])))))


def clean(
    cleaning: str, bucket: Bucket, engine: Engine, *, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """Carry out a cleaning that was ordered: write its corpus and its report, and return the report.

    Raises
    ------
    CleaningFailed
        After the report of that was written, as after any other exception.
    """
    began = time.monotonic()
    report: dict[str, Any] = {"cleaning_id": cleaning, "status": "FAILED"}
    try:
        ordered = parse_json(bucket.read_small(cleaning_key(cleaning, "order.json")) or b"null")
        job = Job(cleaning, ordered["name"], bucket.name, CleaningOrder.model_validate(ordered["order"]))
        report |= {"recipe": job.order.recipe.model_dump(mode="json"), "corpus": corpus_key(job.name)}
        report |= _clean(job, bucket, engine, say)
        report["status"] = "COMPLETED"
    except CleaningFailed as failed:
        report["reason"] = str(failed)
        raise
    except Exception as fault:
        report["reason"] = plain(
            f"the job met a fault that it does not know, {type(fault).__name__}: {fault}"
        )
        raise
    finally:
        report["seconds"] = round(time.monotonic() - began, 1)
        bucket.write_json(cleaning_key(cleaning, "report.json"), report)
    return report


def _publish(job: Job, bucket: Bucket, made: Made, metadata: dict[str, str]) -> None:
    """Put the corpus into its place, and try again when S3 can't take it now, or when it met another write."""
    key = corpus_key(job.name)
    for pause in (*_PAUSES, None):
        try:
            return made.publish(key, metadata, replaceable(bucket, job.name))
        except ObjectReplaced:
            found = bucket.find(key)
            if found is None or maker_of(bucket, found) != job.id:
                raise
            return None  # it lies there by this job's own write, whose answer was lost
        except TransientServiceError:
            if pause is None:
                raise
            time.sleep(pause)
    return None


def _clean(job: Job, bucket: Bucket, engine: Engine, say: Callable[[str], None]) -> dict[str, Any]:
    try:
        files = raw_objects(bucket, f"{RAW}{job.name}/", partial(client, "s3"))
    except UnreadableSource as unreadable:
        raise CleaningFailed(str(unreadable)) from unreadable
    if not any(file.bytes for file in files):
        raise CleaningFailed(no_documents(f"{bucket.uri(RAW + job.name)}/"))
    say(f"{len(files):,} files, {sum(file.bytes for file in files) / 1e6:,.1f} MB")
    with engine(job, files) as made:
        counts = made.counts
        say(f"{counts.documents:,} documents, {counts.bad:,} bad; {counts.sentences:,} sentences")
        metadata = {
            CLEANING_METADATA: job.id,
            METADATA_KEY: job.order.recipe.to_json(),
            "documents": str(counts.documents),
            "bad-documents": str(counts.bad),
            "sentences": str(counts.sentences),
        }
        try:
            _publish(job, bucket, made, metadata)
        except NotReplaceable as fault:
            raise CleaningFailed(str(fault)) from fault
        except ObjectReplaced as replaced:
            raise CleaningFailed(
                f"{bucket.uri(corpus_key(job.name))}: {replaced}; to clean the documents again, write {READY} again"
            ) from replaced
        except TooManyParts as too_many:
            raise CleaningFailed(f"the corpus is too large for one object: {too_many}") from too_many
        say(f"{bucket.uri(corpus_key(job.name))}, {made.bytes / 1e6:,.1f} MB, is written")
    return {
        "files": len(files),
        "bytes_read": sum(file.bytes for file in files),
        "bytes_unpacked": counts.raw_bytes,
        "bytes_written": made.bytes,
        "documents": counts.documents,
        "bad_documents": counts.bad,
        "bad_samples": [plain(sample) for sample in counts.samples],
        "left_out": counts.left_out,
        "sentences": counts.sentences,
        "tokens": counts.tokens,
    }
