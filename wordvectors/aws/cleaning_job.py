"""The job that cleans: documents under a prefix become one corpus, on Spark or on one machine.

The same three steps either way. Files are cut into blocks of whole documents; blocks become sentences; sentences
are written, part by part, and merged into one object, which appears whole or not at all. Between the steps the
engine moves what it wants to where it wants.
"""

from __future__ import annotations

import itertools
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client
from wordvectors.aws.merge import merge
from wordvectors.aws.raw_objects import raw_objects
from wordvectors.cleaning import PARTS, RAW, CleaningOrder, cleaning_key, corpus_key
from wordvectors.corpus.clean import Cleaner, RefusedDocument
from wordvectors.corpus.documents import Document, Reading, UnreadableSource
from wordvectors.corpus.formats import Block, parse
from wordvectors.corpus.readers import open_blocks
from wordvectors.corpus.sources import RawFile
from wordvectors.plain_text import plain

PART_BYTES = 128 << 20
"""About so many bytes of raw documents become one part of the corpus."""
MOST_PARTS = 5_000
_SAMPLES = 20


class CleaningFailed(Exception):
    """The cleaning can't be done; the message is a sentence for its user."""


@dataclass(frozen=True)
class Facts:
    """What was read and written, of a part of a cleaning or of the whole."""

    documents: int = 0
    bad_documents: int = 0
    bad_samples: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    sentences: int = 0
    tokens: int = 0
    part: tuple[str, int] | None = None
    origin: int = 0

    def __add__(self, other: Facts) -> Facts:
        return Facts(
            self.documents + other.documents,
            self.bad_documents + other.bad_documents,
            (self.bad_samples + other.bad_samples)[:_SAMPLES],
            (self.unreadable + other.unreadable)[:_SAMPLES],
            self.sentences + other.sentences,
            self.tokens + other.tokens,
        )


Item = str | Facts
"""A unit of text, which is a sentence or a document's sentences, a line each; or what there is to say."""


@dataclass(frozen=True)
class Job:
    """A cleaning, as every worker is told of it."""

    id: str
    name: str
    bucket: str
    order: CleaningOrder

    @property
    def reading(self) -> Reading:
        """How to read."""
        return Reading(self.order.format, self.order.column, self.order.encoding)

    def cut(self, files: Iterable[RawFile]) -> Iterator[Block | Facts]:
        """Cut files into blocks of whole documents. A file that can't be read is said, and ends nothing."""
        for file in files:
            try:
                yield from open_blocks([file], self.reading)
            except UnreadableSource as unreadable:
                yield Facts(unreadable=(plain(unreadable),))

    def clean(self, origin: int, blocks: Iterable[Block | Facts]) -> Iterator[Item]:
        """Make units of text of blocks; at the end, what was read."""
        cleaner, reading = Cleaner(self.order.recipe), self.reading
        by_document = self.order.recipe.deduplicate == "documents"
        documents, bad, samples, facts = 0, 0, [], Facts()
        for block in blocks:
            if isinstance(block, Facts):
                facts += block
                continue
            try:
                for found in parse(block, reading):
                    documents += 1
                    if not isinstance(found, Document):
                        bad += 1
                        samples += [plain(found)] if len(samples) < _SAMPLES else []
                        continue
                    try:
                        sentences = cleaner.sentences(found.text)
                    except RefusedDocument as refused:
                        bad += 1
                        refusal = f"{found.source}, byte {found.offset:,}: {refused}"
                        samples += [plain(refusal)] if len(samples) < _SAMPLES else []
                        continue
                    if by_document and sentences:
                        yield "\n".join(sentences)
                    else:
                        yield from sentences
            except UnreadableSource as unreadable:
                facts += Facts(unreadable=(plain(unreadable),))
        facts += Facts(documents=documents, bad_documents=bad, bad_samples=tuple(samples))
        yield Facts(**{**vars(facts), "origin": origin})

    def write(self, index: int, items: Iterable[Item]) -> Iterator[Facts]:
        """Write units of text as one part; yield what was read and written."""
        total, sentences, tokens = Facts(), 0, 0
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "part"
            with path.open("w", encoding="utf-8", newline="\n", buffering=1 << 20) as file:
                for item in items:
                    if isinstance(item, Facts):
                        total += item
                        continue
                    file.write(item + "\n")
                    lines = item.count("\n") + 1
                    sentences += lines
                    tokens += item.count(" ") + lines
            size = path.stat().st_size
            key = f"{PARTS}{self.id}/part-{index:05}.txt"
            if size:
                Bucket(client("s3"), self.bucket).upload(path, key)
        total += Facts(sentences=sentences, tokens=tokens)
        yield Facts(**{**vars(total), "part": (key, size)})


class Engine(Protocol):
    """What carries the three steps out."""

    name: str

    def run(self, job: Job, files: Sequence[RawFile]) -> list[Facts]:
        """Return the facts of every part, in the order of the parts."""


class OneMachine:
    """The steps one after the other in one process, in memory that grows with what is de-duplicated only."""

    name = "one machine"

    def run(self, job: Job, files: Sequence[RawFile]) -> list[Facts]:
        """Write a single part."""
        items: Iterable[Item] = job.clean(0, job.cut(files))
        if job.order.recipe.deduplicate != "none":
            items = _distinct(items)
        return list(job.write(0, items))


def _distinct(items: Iterable[Item]) -> Iterator[Item]:
    seen: set[int] = set()
    for item in items:
        if isinstance(item, Facts) or (key := hash(item)) not in seen:
            if not isinstance(item, Facts):
                seen.add(key)
            yield item


class Spark:
    """The steps as RDDs: files are cut where they are read, and blocks are dealt out to all workers.

    Parameters
    ----------
    context : pyspark.SparkContext
    """

    name = "Spark"

    def __init__(self, context: Any) -> None:
        self._context = context

    def run(self, job: Job, files: Sequence[RawFile]) -> list[Facts]:
        """Write a part for each core, or more. Equal units of text meet by their hash (`RDD.distinct`)."""
        size = sum(file.bytes for file in files)
        parts = max(self._context.defaultParallelism, min(MOST_PARTS, size // PART_BYTES))
        by_size = sorted(files, key=lambda file: file.bytes, reverse=True)
        hands = [hand for hand in (by_size[first::parts] for first in range(parts)) if hand]
        blocks = self._context.parallelize(hands, len(hands)).flatMap(job.cut)
        if by_size[0].bytes > 2 * size / parts:
            blocks = blocks.repartition(parts)  # one file alone would keep all others waiting
        items = blocks.mapPartitionsWithIndex(job.clean)
        if job.order.recipe.deduplicate != "none":
            items = items.distinct(parts)
        return items.mapPartitionsWithIndex(job.write).collect()


def clean(
    cleaning: str,
    bucket: Bucket,
    engine: Engine,
    *,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Carry out a cleaning that was ordered: write its corpus and its report, and return the report.

    Raises
    ------
    CleaningFailed
        After the report of that was written.
    """
    began = time.monotonic()
    report: dict[str, Any] = {"cleaning_id": cleaning, "engine": engine.name, "status": "FAILED"}
    try:
        ordered = json.loads(bucket.read_small(cleaning_key(cleaning, "order.json")) or b"null")
        order = CleaningOrder.model_validate(ordered["order"])
        job = Job(cleaning, ordered["name"], bucket.name, order)
        report |= {"recipe": order.recipe.model_dump(mode="json"), "corpus": corpus_key(job.name)}
        report |= _clean(job, bucket, engine, say)
        report["status"] = "COMPLETED"
    except CleaningFailed as failed:
        report |= {"reason": str(failed)}
        raise
    finally:
        report["seconds"] = round(time.monotonic() - began, 1)
        bucket.write_json(cleaning_key(cleaning, "report.json"), report)
    return report


def _clean(job: Job, bucket: Bucket, engine: Engine, say: Callable[[str], None]) -> dict[str, Any]:
    files = raw_objects(bucket, f"{RAW}{job.name}/")
    size = sum(file.bytes for file in files)
    if not files:
        raise CleaningFailed(f"there are no documents under {bucket.uri(RAW + job.name)}/")
    say(f"{len(files):,} files, {size / 1e6:,.1f} MB, to be cleaned by {engine.name}")
    written = engine.run(job, files)
    total = sum(written, Facts())
    say(f"{total.documents:,} documents, {total.bad_documents:,} bad, {total.sentences:,} sentences")
    made = [facts.part for facts in written if facts.part]
    try:
        _check(total, job.order)
        metadata = {
            "cleaning": job.id,
            "recipe-version": str(job.order.recipe.version),
            "documents": str(total.documents),
            "bad-documents": str(total.bad_documents),
            "sentences": str(total.sentences),
        }
        merge(bucket, made, corpus_key(job.name), metadata)
    finally:
        bucket.delete([key for key, part_size in made if part_size])
    say(f"{bucket.uri(corpus_key(job.name))} is written")
    return {
        "files": len(files),
        "bytes_read": size,
        "bytes_written": sum(part_size for _, part_size in made),
        "documents": total.documents,
        "bad_documents": total.bad_documents,
        "bad_samples": list(total.bad_samples),
        "sentences": total.sentences,
        "tokens": total.tokens,
    }


def _check(total: Facts, order: CleaningOrder) -> None:
    if total.unreadable:
        raise CleaningFailed("; ".join(total.unreadable))
    if total.bad_documents > order.max_bad * total.documents:
        samples = "; ".join(itertools.islice(total.bad_samples, 3))
        raise CleaningFailed(
            f"{total.bad_documents:,} of {total.documents:,} documents are bad, more than max_bad "
            f"({order.max_bad:g}) allows: {samples}"
        )
    if not total.sentences:
        raise CleaningFailed(f"no sentence came of {total.documents:,} documents")
