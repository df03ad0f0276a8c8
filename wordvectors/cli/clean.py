"""`wordvectors clean`: from raw documents to a corpus, one normalised sentence on each line."""

from __future__ import annotations

import os
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from wordvectors.cli import interrupt
from wordvectors.cli.options import settings_of
from wordvectors.cli.output import AsJson, CommandError, console, errors, print_json, show_facts
from wordvectors.cli.progress import bar_column
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.figures import seconds, size
from wordvectors.files import fault_text, faults_named, resolved
from wordvectors.json_text import FaultyJson, no_object, parse_json, read_object

if TYPE_CHECKING:
    from wordvectors.cleaning.documents import Reading
    from wordvectors.cleaning.job import Cleaned
    from wordvectors.cleaning.recipe import CleaningRecipe
    from wordvectors.cleaning.sources import RawFile
    from wordvectors.client.deployment import Deployment

GOES_ON = "The same command goes on where it stopped."
_MOST_WORKERS = 1024


@takes_deployment
def clean(
    raw: Annotated[list[str], typer.Argument(help="Files, archives, folders, or s3://BUCKET/PREFIX.")],
    deployment: Connect,
    to: Annotated[Path, typer.Option("--to", help="The corpus to write, for instance corpora/NAME.txt.")],
    recipe: Annotated[Path | None, typer.Option("--recipe", help="A cleaning recipe, as JSON.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the recipe; may be repeated."),
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="text, lines, jsonl, csv, file, blogs or wikipedia; by default told from the file.",
        ),
    ] = None,
    column: Annotated[
        str, typer.Option("--column", help="In JSON Lines and CSV, the key or column of the text.")
    ] = "text",
    encoding: Annotated[
        str, typer.Option("--encoding", help="The encoding of text that is not UTF-8.")
    ] = "utf-8",
    most_bad: Annotated[
        float, typer.Option("--most-bad", min=0, max=1, help="Share of documents that may be bad.")
    ] = 0.01,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            max=_MOST_WORKERS,
            help="Processes; by default one per core, or one for a small input.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Clean documents into a corpus: normalised sentences, one on each line.

    If it is interrupted, run it again to continue.
    """
    from wordvectors.cleaning.documents import UnreadableSource
    from wordvectors.cleaning.job import TargetInUse, TooManyBad, worthwhile_workers
    from wordvectors.cleaning.origin import write_origin

    if not all(raw):  # as a variable that is not set is; the empty path would be the folder one is in
        raise typer.BadParameter("the name of a document is empty")
    used, reading = _recipe(recipe, settings or []), _reading(file_format, column, encoding)
    _check_target(to, raw)
    started = time.monotonic()
    try:
        files = _files(raw, deployment)
    except UnreadableSource as fault:
        raise CommandError("The documents can't be read", [str(fault)]) from fault
    except OSError as fault:
        raise CommandError("The documents can't be read", [fault_text(fault)]) from fault
    try:
        with interrupt.says(f"Cleaning was interrupted. {GOES_ON}"), faults_named(to):
            cleaned = _clean(files, to, used, reading, workers or worthwhile_workers(files), most_bad)
    except UnreadableSource as fault:
        raise CommandError("The documents can't be read", [str(fault)]) from fault
    except TargetInUse as fault:
        raise CommandError("Nothing was written", [str(fault)]) from fault
    except TooManyBad as fault:
        raise CommandError(
            "Too many documents are bad, and nothing was written",
            [str(fault), *fault.counts.samples],
            "Correct them, say what they are (--format, --column, --encoding), or allow more with --most-bad.",
        ) from fault
    except BrokenProcessPool as fault:
        raise CommandError("Cleaning was interrupted", [str(fault)], GOES_ON) from fault
    except OSError as fault:
        raise CommandError("Cleaning was interrupted", [fault_text(fault)], GOES_ON) from fault
    try:
        origin = write_origin(to, used, cleaned)
    except OSError as fault:
        raise CommandError(
            f"{to} is written, but its recipe could not be written beside it",
            [fault_text(fault)],
            "The corpus is whole. The same command writes both again, once there is room.",
        ) from fault
    if as_json:
        print_json(origin)
        return
    show_facts(_summary(to, origin, cleaned, time.monotonic() - started).items())
    for sample in cleaned.counts.samples:
        errors.warn(sample)
    console.show(f"\nNext:\n  wordvectors corpus stats {to}\n  wordvectors train {to}")


def _recipe(path: Path | None, given: list[str]) -> CleaningRecipe:
    """Return the recipe of a file and of settings over it; all faults at once."""
    from wordvectors.cleaning.recipe import InvalidRecipe, read_recipe

    named, faults = settings_of(given)
    settings, unread = dict[str, Any](), ""
    try:
        settings = _settings_in(path) if path else {}
    except FaultyJson as fault:
        unread = str(fault)
    except OSError as fault:
        unread = fault_text(fault)
    except ValueError as fault:
        unread = f"{path}: {fault}"
    if unread:
        raise CommandError("The recipe can't be read", [unread, *faults])
    settings |= {name: _value(value) for name, value in named.items()}
    try:
        recipe = read_recipe(settings)
    except InvalidRecipe as invalid:
        faults += invalid.faults
    if faults:
        raise CommandError("The recipe can't be used", faults)
    return recipe


def _settings_in(path: Path) -> dict[str, Any]:
    """Return the settings in a recipe's file; what is written beside a corpus will do, too."""
    found = read_object(path.read_bytes(), str(path))
    settings = found.get("recipe", found)
    if not isinstance(settings, dict):
        raise FaultyJson(no_object(f"the recipe in {path}", settings))
    return settings


def _value(text: str) -> Any:
    try:
        return parse_json(text)
    except ValueError:
        return text


def _reading(file_format: str | None, column: str, encoding: str) -> Reading:
    from wordvectors.cleaning.documents import Reading, check_encoding
    from wordvectors.cleaning.readers.formats import FORMATS

    faults = []
    if file_format is not None and file_format not in FORMATS:
        faults.append(f"--format is {file_format!r}; there are {', '.join(FORMATS)}")
    try:
        check_encoding(encoding)
    except ValueError as fault:
        faults.append(f"--encoding is {encoding!r}: {fault}")
    if faults:
        raise CommandError("The documents can't be read", faults)
    return Reading(file_format, column, encoding)


def _check_target(to: Path, raw: list[str]) -> None:
    """Refuse a target that can't be written, or that is, or lies among, what is to be read; make its folder."""
    from wordvectors.cleaning.origin import origin_path

    if to.parts[:1] == ("s3:",):
        raise CommandError(
            "The corpus can't be written there",
            [f"--to is s3://{'/'.join(to.parts[1:])}; it has to be a file on this machine"],
            "Write a file, for instance --to corpora/NAME.txt; then `wordvectors train FILE` uploads it.",
        )
    if to.name in ("", "..") or os.path.isdir(to):
        faults = [f"{to} is a folder; name a file in it, for instance {to / 'corpus.txt'}"]
    else:
        read = [place for place in raw if not place.startswith("s3://")]
        faults = [
            f"{to} lies in {place}, whose files are the documents"
            for place in read
            if os.path.isdir(place) and resolved(to).is_relative_to(resolved(Path(place)))
        ]
        faults += [*_faults_of_place(to, read), *_faults_of_place(origin_path(to), read)]
        faults = faults or _faults_of_folder(to)
    if faults:
        raise CommandError("The corpus can't be written there", faults, "Name another file with --to.")


def _faults_of_place(path: Path, read: list[str]) -> list[str]:
    """Return why a file, the corpus or its recipe, must not be written at a path while others are read."""
    if not os.path.exists(path):
        return []
    if not os.path.isfile(path):
        return [f"{path} is a folder, a device or a pipe, not a file"]
    if any(os.path.isfile(place) and path.samefile(place) for place in read):
        return [f"{path} would replace a document that is to be read"]
    return []


def _faults_of_folder(to: Path) -> list[str]:
    """Make a file's folder, and return why neither it nor what is written beside it can be made there."""
    from wordvectors.cleaning.origin import origin_path

    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=to.parent, prefix=f".{origin_path(to).name}.", suffix=".tmp"):
            return []
    except OSError as refused:
        file = next((str(parent) for parent in to.parents if os.path.isfile(parent)), None)
        return [f"{file} is a file, not a folder" if file else f"{to}: {refused.strerror}"]


def _files(raw: list[str], deployment: Connect) -> list[RawFile]:
    from wordvectors.cleaning.sources import raw_files

    found: list[RawFile] = []
    for place in raw:
        if place.startswith("s3://"):
            found += _objects(place, deployment())
        else:
            found += raw_files([Path(place)])
    return found


def _objects(uri: str, there: Deployment) -> list[RawFile]:
    from wordvectors.aws.bucket import Bucket
    from wordvectors.cleaning.documents import UnreadableSource
    from wordvectors.glue.raw_objects import raw_objects

    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    found = raw_objects(Bucket(there.s3, bucket), prefix, lambda: there.s3)
    if not any(file.bytes for file in found):
        raise UnreadableSource(f"{uri}: there is no object of this key with text in it, and none under it")
    return found


def _clean(
    files: list[RawFile], to: Path, recipe: CleaningRecipe, reading: Reading, workers: int, most_bad: float
) -> Cleaned:
    from wordvectors.cleaning.batch import Counts
    from wordvectors.cleaning.job import clean_corpus

    bar = Progress(
        TextColumn("{task.description}"),
        bar_column(),
        TaskProgressColumn(),
        TextColumn("{task.fields[facts]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=errors,
    )
    with bar:
        task = bar.add_task("Cleaning", total=sum(file.bytes for file in files), facts="")
        started, begun_with = time.monotonic(), -1

        def report(counts: Counts) -> None:
            nonlocal begun_with
            if begun_with < 0:
                begun_with = counts.raw_bytes
            speed = (counts.raw_bytes - begun_with) / max(time.monotonic() - started, 1e-3)
            facts = [f"{speed / 1e6:.1f} MB/s"] if speed else []
            if counts.bad:
                facts.append(f"{counts.bad:,} bad")
            bar.update(task, facts=", ".join(facts))

        return clean_corpus(
            files, to, recipe, reading, workers=workers, most_bad=most_bad,
            position=lambda count: bar.advance(task, count), report=report,
        )  # fmt: skip


def _summary(to: Path, origin: dict[str, Any], cleaned: Cleaned, took: float) -> dict[str, str]:
    from wordvectors.cleaning.origin import origin_path

    counts = cleaned.counts
    return {
        "Corpus": f"{to} ({size(origin['bytes'])})",
        "Recipe": str(origin_path(to)),
        "Sentences": f"{cleaned.sentences:,}"
        + (f" of {counts.sentences:,}" if cleaned.sentences < counts.sentences else ""),
        "Tokens": f"{counts.tokens:,}"
        + (" before de-duplication" if cleaned.sentences < counts.sentences else ""),
        "Documents": f"{counts.documents:,}" + (f", {counts.bad:,} bad" if counts.bad else ""),
        "Left out": counts.left_out_in_words(),
        "Read": f"{size(counts.raw_bytes)} of text in {seconds(took)}",
        "Resumed": f"after {cleaned.resumed_batches:,} batches" if cleaned.resumed_batches else "",
    }
