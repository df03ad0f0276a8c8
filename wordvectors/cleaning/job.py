"""Cleaning as a job: all processors, bounded memory, resumable, the same bytes whoever works on it.

The input alone decides the batches. Their results are appended in order to a file in a working folder beside
the target; a journal there says which batches are in it. After a kill the job goes on behind the last batch
of the journal. The target appears whole, when everything is in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from wordvectors.cleaning.batch import CleanedBatch, Counts, batches, clean_batch, weight_of
from wordvectors.cleaning.clean import Cleaner
from wordvectors.cleaning.deduplicate import copy_distinct
from wordvectors.cleaning.documents import Reading, UnreadableSource
from wordvectors.cleaning.phrases import learn_phrases
from wordvectors.cleaning.reading import open_blocks
from wordvectors.cleaning.recipe import CleaningRecipe
from wordvectors.cleaning.sources import RawFile
from wordvectors.cleaning.workers import Workers
from wordvectors.files import written_whole
from wordvectors.json_text import parse_json
from wordvectors.threads import processors, shared_in_order

SECONDS_BETWEEN_ENTRIES = 1.0
SMALL_BYTES = 32 << 20
"""Less than this one process cleans sooner than several have started."""
_LINES, _NOTES, _JOURNAL = "sentences.txt", "notes", "journal.json"


class TooManyBad(ValueError):
    """More documents were bad than is allowed; `counts` has samples."""

    def __init__(self, counts: Counts, most: float) -> None:
        share = counts.bad / counts.documents
        super().__init__(
            f"{counts.bad:,} of {counts.documents:,} documents ({share:.1%}) are bad; {most:.1%} are allowed"
        )
        self.counts = counts


class TargetInUse(ValueError):
    """Another job is writing the same corpus, or somebody else has prepared the folder for it."""


@dataclass
class Journal:
    """What of a job is done: batches, the bytes they made, and the counts."""

    job: str
    batches: int = 0
    line_bytes: int = 0
    note_bytes: int = 0
    counts: Counts = field(default_factory=Counts)


@dataclass(frozen=True)
class Cleaned:
    """A finished job.

    Attributes
    ----------
    counts : Counts
    sentences : int
        Of the corpus, after de-duplication.
    resumed_batches : int
        Batches that an earlier, interrupted job had done.
    """

    counts: Counts
    sentences: int
    resumed_batches: int


def worthwhile_workers(files: Iterable[RawFile]) -> int:
    """Return how many processes clean these files soonest: all processors, or one if there is little to do."""
    return 1 if sum(file.bytes for file in files) < SMALL_BYTES else processors()


def clean_corpus(
    files: list[RawFile],
    target: Path,
    recipe: CleaningRecipe,
    reading: Reading | None = None,
    *,
    workers: int = 1,
    most_bad: float = 0.01,
    position: Callable[[int], None] = lambda count: None,
    report: Callable[[Counts], None] = lambda counts: None,
) -> Cleaned:
    """Clean documents into a corpus; the same bytes for any number of workers.

    Parameters
    ----------
    target
        Where the corpus appears when it is complete.
    workers
        Processes that clean, of which this one is the first.
    most_bad
        Share of documents that may be bad.
    position, report
        Told of the bytes of the files read since the last call, and of the counts after each batch.

    Raises
    ------
    UnreadableSource, TooManyBad
        Nothing is left then.
    TargetInUse
        If another job is writing this target, or its working folder is not this user's alone.
    """
    reading = replace(reading or Reading(), joined=recipe.line_breaks == "join")
    folder = target.with_name(f".{target.name}.cleaning")
    target.parent.mkdir(parents=True, exist_ok=True)
    _make_own(folder)
    with _locked(folder):
        try:
            job = _job(files, recipe, reading)
            journal = _resumed(folder, job)
            done = journal.batches
            _append(
                folder, journal, _results(files, recipe, reading, workers, done, position), most_bad, report
            )
            sentences = _finish(folder, target, recipe, journal.counts)
        except (UnreadableSource, TooManyBad):
            shutil.rmtree(folder)
            raise
        shutil.rmtree(folder)
    return Cleaned(journal.counts, sentences, done)


def _make_own(folder: Path) -> None:
    """Make the working folder, or take it over from an earlier job of this user.

    Where others may write beside the target, one of them could have laid a link in it to a file of this user's.
    """
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    known = folder.lstat()
    others_may_write = known.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISDIR(known.st_mode) or known.st_uid != os.geteuid() or others_may_write:
        raise TargetInUse(f"{folder} was not made by you alone, and others may write there; remove it")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TargetInUse(
                f"another job is at work in {folder}; wait for it, or write elsewhere"
            ) from None
        yield
    finally:
        os.close(descriptor)


def _job(files: list[RawFile], recipe: CleaningRecipe, reading: Reading) -> str:
    """Return what tells a job from others: input, recipe, and the library that splits sentences."""
    inputs = [[file.name, file.version] for file in files]
    identity = json.dumps([inputs, recipe.to_json(), asdict(reading), version("sentencex")])
    return hashlib.sha256(identity.encode()).hexdigest()


def _resumed(folder: Path, job: str) -> Journal:
    """Return the journal of this job if it was interrupted, with its files cut back to it; else a new one."""
    journal = Journal(job)
    try:
        found = parse_json((folder / _JOURNAL).read_text())
        if found["job"] == job:
            journal = Journal(**{**found, "counts": Counts(**found["counts"])})
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        pass
    if _size(folder / _LINES) < journal.line_bytes or _size(folder / _NOTES) < journal.note_bytes:
        journal = Journal(job)  # the sentences have become the target already, or are lost
    for name, size in ((_LINES, journal.line_bytes), (_NOTES, journal.note_bytes)):
        with (folder / name).open("ab") as file:
            file.truncate(size)
    return journal


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _results(
    files: list[RawFile],
    recipe: CleaningRecipe,
    reading: Reading,
    workers: int,
    done: int,
    position: Callable[[int], None],
) -> Iterator[CleanedBatch]:
    work = partial(clean_batch, Cleaner(recipe), reading)
    todo = islice(batches(open_blocks(files, reading, position)), done, None)
    if workers == 1:
        yield from map(work, todo)
        return
    with Workers(workers - 1) as pool:
        yield from shared_in_order(pool, work, todo, workers - 1, weight_of)


def _append(
    folder: Path,
    journal: Journal,
    results: Iterator[CleanedBatch],
    most_bad: float,
    report: Callable[[Counts], None],
) -> None:
    """Append the results to the files of the folder, and enter them into its journal from time to time."""
    entered = time.monotonic()
    report(journal.counts)
    with (folder / _LINES).open("ab") as lines, (folder / _NOTES).open("ab") as notes:
        for result in results:
            lines.write(result.lines)
            notes.write(result.notes)
            journal.batches += 1
            journal.line_bytes += len(result.lines)
            journal.note_bytes += len(result.notes)
            journal.counts += result.counts
            report(journal.counts)
            if time.monotonic() - entered >= SECONDS_BETWEEN_ENTRIES:
                _enter(folder, journal, lines, notes)
                entered = time.monotonic()
    counts = journal.counts
    if counts.bad > most_bad * counts.documents:  # judged at the end: whatever the order, and as Spark does
        raise TooManyBad(counts, most_bad)


def _enter(folder: Path, journal: Journal, *files: BinaryIO) -> None:
    for file in files:
        file.flush()
        os.fsync(file.fileno())
    with written_whole(folder / _JOURNAL) as entry:
        entry.write(json.dumps(asdict(journal)).encode())


def _finish(folder: Path, target: Path, recipe: CleaningRecipe, counts: Counts) -> int:
    """Make the target of the sentences: without duplicates, with phrases; return how many there are."""
    lines, count = folder / _LINES, counts.sentences
    if count == 0:
        raise UnreadableSource(no_sentences(recipe, counts))
    if recipe.deduplicate != "none":
        distinct = folder / "distinct.txt"
        with distinct.open("wb") as file:
            _, kept = copy_distinct(lines, folder / _NOTES, file)
        count = kept if recipe.deduplicate == "sentences" else _count_lines(distinct)
        lines = distinct
    if recipe.phrases is not None:
        with_phrases = folder / "phrases.txt"
        found = learn_phrases(_read_lines(lines), recipe.phrases, recipe.language)
        with with_phrases.open("wb") as file:
            for sentence in _read_lines(lines):
                file.write(f"{found.join(sentence)}\n".encode())
        lines = with_phrases
    with lines.open("rb") as file:
        os.fsync(file.fileno())
    lines.replace(target)
    return count


def no_sentences(recipe: CleaningRecipe, counts: Counts) -> str:
    """Return the sentence for documents of which nothing is left."""
    left_out = f"; left out: {found}" if (found := counts.left_out_in_words()) else ""
    return f"no sentence of {recipe.min_tokens} words or more is in {counts.documents:,} documents{left_out}"


def _read_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line[:-1]


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
