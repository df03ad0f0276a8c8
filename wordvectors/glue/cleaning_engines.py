"""What carries out a cleaning: Spark, or one machine without it. Both make the same sentences."""

from __future__ import annotations

import operator
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from wordvectors.aws.bucket import Bucket, StoredObject
from wordvectors.aws.clients import client
from wordvectors.cleaning.documents import UnreadableSource
from wordvectors.cleaning.job import TooManyBad, clean_corpus, no_sentences, worthwhile_workers
from wordvectors.cleaning.order import PARTS, CleaningOrder
from wordvectors.cleaning.phrases import phrases_among
from wordvectors.cleaning.sources import RawFile
from wordvectors.glue.cleaning_job import CleaningFailed, Engine, Facts, Job, Made, joined, with_samples
from wordvectors.glue.merge import merge
from wordvectors.plain_text import plain

PART_BYTES = 128 << 20
"""About so many bytes of raw documents become one part of the corpus."""
MOST_PARTS = 5_000


@contextmanager
def on_one_machine(job: Job, files: Sequence[RawFile]) -> Iterator[Made]:
    """Clean with the processors of this machine."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.txt"
        try:
            done = clean_corpus(
                list(files),
                corpus,
                job.order.recipe,
                job.reading,
                workers=worthwhile_workers(files),
                most_bad=job.order.most_bad,
            )
        except TooManyBad as failed:
            raise CleaningFailed(with_samples(failed, failed.counts.samples)) from failed
        except UnreadableSource as failed:
            raise CleaningFailed(plain(failed)) from failed
        with corpus.open("rb") as file:
            words = sum(block.count(b" ") for block in iter(lambda: file.read(1 << 20), b""))
        bucket = Bucket(client("s3"), job.bucket)

        def publish(key: str, metadata: dict[str, str], replaced: StoredObject | None) -> None:
            with bucket.only_over(replaced):
                bucket.upload(corpus, key, metadata)

        yield Made(
            replace(done.counts, sentences=done.sentences, tokens=words + done.sentences),
            corpus.stat().st_size,
            publish,
        )


def on_spark(context: Any) -> Engine:
    """Return what cleans on Spark.

    Parameters
    ----------
    context : pyspark.SparkContext
    """

    @contextmanager
    def clean_there(job: Job, files: Sequence[RawFile]) -> Iterator[Made]:
        size = sum(file.bytes for file in files)
        count = max(context.defaultParallelism, min(MOST_PARTS, size // PART_BYTES))
        by_size = sorted(files, key=lambda file: file.bytes, reverse=True)
        hands = [hand for hand in (by_size[first::count] for first in range(count)) if hand]
        blocks = context.parallelize(hands, len(hands)).flatMap(job.cut)
        if by_size[0].bytes > 2 * size / count:
            blocks = blocks.repartition(count)  # cutting is quick; one large file is cleaned by all
        pieces = blocks.mapPartitionsWithIndex(job.clean)
        if job.order.recipe.deduplicate != "none":
            pieces = pieces.distinct(count)  # equal pieces meet on one worker, by their hash
        if job.order.recipe.phrases is not None:
            pieces = _with_phrases(job, pieces, count)
        bucket = Bucket(client("s3"), job.bucket)
        try:
            written = pieces.mapPartitionsWithIndex(job.write).collect()
            parts = [facts.part for facts in written if facts.part]
            facts = sum(written, Facts())
            _check(facts, job.order)

            def publish(key: str, metadata: dict[str, str], replaced: StoredObject | None) -> None:
                with bucket.only_over(replaced):
                    merge(bucket, parts, key, metadata)

            yield Made(facts.counts, sum(part_bytes for _, part_bytes in parts), publish)
        finally:
            bucket.delete([stored.key for stored in bucket.objects(f"{PARTS}{job.id}/")])

    return clean_there


def _with_phrases(job: Job, pieces: Any, count: int) -> Any:
    """Return the pieces with the phrases of all of them joined; what occurs rarely stays with the workers."""
    from pyspark import StorageLevel

    settings, language = job.order.recipe.phrases, job.order.recipe.language
    assert settings is not None
    least = settings.min_count
    pieces.persist(StorageLevel.MEMORY_AND_DISK)  # and not cleaned twice
    counts = pieces.mapPartitions(job.count_pairs).reduceByKey(operator.add, count)
    counts.persist(StorageLevel.MEMORY_AND_DISK)
    frequent = counts.filter(lambda counted: counted[1] > least).collectAsMap()
    phrases = phrases_among(frequent, counts.count(), settings, language)
    return pieces.mapPartitions(partial(joined, phrases))


def _check(facts: Facts, order: CleaningOrder) -> None:
    if facts.unreadable:
        raise CleaningFailed("; ".join(facts.unreadable))
    counts = facts.counts
    if counts.bad > order.most_bad * counts.documents:
        raise CleaningFailed(with_samples(TooManyBad(counts, order.most_bad), counts.samples))
    if not counts.sentences:
        raise CleaningFailed(no_sentences(order.recipe, counts))
