"""`wordvectors download`, `neighbours`, `similarity`, `analogy`, `export`: have a run's model on this machine."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wordvectors.blazingtext.archive import ARTEFACTS, MODEL_ARCHIVE, VECTORS_BIN, VECTORS_TXT
from wordvectors.cli.completion import words_beginning
from wordvectors.cli.nearest import Nearest, Verbs, as_data, lines, named, nearest_of, neighbour_lists
from wordvectors.cli.options import MOST_LISTED
from wordvectors.cli.output import (
    AsJson,
    CommandError,
    console,
    errors,
    member_of,
    print_json,
    show_lists,
    typed,
)
from wordvectors.cli.progress import byte_bar
from wordvectors.cli.runs import RunArgument, find_run
from wordvectors.cli.standard_input import STANDARD_INPUT, filled_in, words_typed_in
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.lifecycle.run import Run
from wordvectors.serving.tokens import TOKEN_VARIABLE
from wordvectors.vectors.export import ExportFormat, ExportImpossible
from wordvectors.vectors.export import export as write_export

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment
    from wordvectors.vectors.unknown_words import LookedUp, Origin
    from wordvectors.vectors.word_vectors import WordVectors

_FAULTS_SHOWN = 10

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="Ask the model at this address; RUN is then one of those that it serves, or latest. A token is taken from "
        f"the variable {TOKEN_VARIABLE}.",
    ),
]
Topn = Annotated[int, typer.Option("-n", "--topn", min=1, max=MOST_LISTED, help="How many neighbours.")]


def word_argument(name: str, help: str) -> Any:
    """Return an argument that is a word, which the Tab key completes."""
    return typer.Argument(parser=typed, metavar=name, help=help, autocompletion=words_beginning)


@takes_deployment
def download(
    run: RunArgument,
    deployment: Connect,
    to: Annotated[Path, typer.Option("--to", help="Folder in which the run's own folder is made.")] = Path(
        "models"
    ),
) -> None:
    """Download a run's model: eval.json, vectors.bin and vectors.txt."""
    place = deployment()
    found = find_run(place, run, with_model=True)
    folder = to / found.run_id
    for path in _fetch(place, found, folder):
        _show_file(path)
    console.show(f"Read it in Python: wordvectors.load({str(folder)!r})")
    console.show(
        f"              or: gensim.models.KeyedVectors.load_word2vec_format({str(folder / VECTORS_TXT)!r})"
    )


@takes_deployment
def neighbours(
    run: RunArgument,
    words: Annotated[list[str], word_argument("WORD", "Words to look up; - reads them from standard input.")],
    deployment: Connect,
    topn: Topn = 10,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show the words whose vectors are nearest to a word's, with their cosine.

    A model with subwords answers for any word: for one that its vocabulary lacks, by the word's n-grams.
    """
    wanted = [each for word in words for each in (words_typed_in() if word == STANDARD_INPUT else [word])]
    found, faults = nearest(run, wanted, deployment, topn, url)
    if as_json:
        print_json(as_data(found))
    elif found:
        show_lists(neighbour_lists(found))
    if faults:
        raise CommandError("Not every word has a vector", faults)


@takes_deployment
def similarity(
    run: RunArgument,
    first: Annotated[str, word_argument("FIRST", "A word; - reads it from standard input.")],
    second: Annotated[str, word_argument("SECOND", "Another word; - reads it from standard input.")],
    deployment: Connect,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show how similar two words are: the cosine of their vectors, -1 to 1."""
    first, second = filled_in([first, second])
    vectors = asked_vectors(run, deployment, url)
    asked = _looked_up(vectors, [first, second])
    cosine = vectors.similarity(asked[first].form, asked[second].form)
    if as_json:
        print_json({"first": first, "second": second, "cosine": cosine, "origins": _origins(asked)})
    else:
        console.show(f"{cosine:.4f}")
        _say_origins(asked)


@takes_deployment
def analogy(
    run: RunArgument,
    a: Annotated[str, word_argument("A", "As this word, such as man (- reads it from standard input),")],
    b: Annotated[str, word_argument("B", "is to this one, such as king,")],
    c: Annotated[str, word_argument("C", "so is this one, such as woman, to …?")],
    deployment: Connect,
    topn: Topn = 5,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Answer "A is to B as C is to …?": the words nearest to B - A + C."""
    a, b, c = filled_in([a, b, c])
    vectors = asked_vectors(run, deployment, url)
    asked = _looked_up(vectors, [a, b, c])
    found = vectors.most_similar(positive=[asked[b].form, asked[c].form], negative=[asked[a].form], topn=topn)
    if as_json:
        print_json({"neighbours": named(found), "origins": _origins(asked)})
    else:
        show_lists({f"{a} : {b} = {c} : ?": lines(found)})
        _say_origins(asked)


@takes_deployment
def export(
    run: RunArgument,
    deployment: Connect,
    form: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            parser=member_of(ExportFormat),
            metavar="FORMAT",
            help=f"What to write: {', '.join(ExportFormat)}.",
        ),
    ],
    to: Annotated[Path, typer.Option("--to", help="Folder to write into.")] = Path("."),
    words: Annotated[
        Path | None,
        typer.Option("--words", help="A file with one word per line: write only their vectors."),
    ] = None,
) -> None:
    """Write a run's vectors in another tool's format.

    word2vec-text and word2vec-binary for most tools; keyedvectors for gensim, opened by memory map; fasttext, with
    the n-grams of a model with subwords; projector for TensorBoard's (vectors.tsv, metadata.tsv); parquet.

    Of a model with subwords --words may name words that its vocabulary lacks.
    """
    if words is not None and form is ExportFormat.FASTTEXT:
        raise CommandError(
            "--words does not go with --format fasttext", ["fastText's format holds the whole model"]
        )
    if form is ExportFormat.FASTTEXT:
        place = deployment()
        found = find_run(place, run, with_model=True)
        if not found.resolved_plan.hyperparameters.subwords:
            raise CommandError(
                f"{found.run_id} was trained without subwords",
                ["a fastText model gives vectors to unknown words by their subwords, and this one has none"],
                "Choose word2vec-binary, or train with --set subwords=true.",
            )
        to.mkdir(parents=True, exist_ok=True)
        paths = _fetch(place, found, to, (VECTORS_BIN,))
    else:
        wanted = None if words is None else _listed_words(words)
        vectors = run_vectors(run, deployment)
        if wanted is not None:
            vectors = vectors.only([one.form for one in _looked_up(vectors, wanted).values()])
        try:
            paths = write_export(vectors, form, to)
        except ExportImpossible as impossible:
            raise CommandError(f"Not written: {', '.join(form.files)}", [str(impossible)]) from impossible
    for path in paths:
        _show_file(path)


def _listed_words(path: Path) -> list[str]:
    try:
        words = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except UnicodeDecodeError as fault:
        raise CommandError(f"{path} can't be read", [f"it is not UTF-8 at byte {fault.start}"]) from None
    if not any(words):
        raise CommandError(f"{path} can't be read", ["it holds no word"])
    faults = (
        f"line {n}: {word!r:.60} holds a blank" for n, word in enumerate(words, 1) if len(word.split()) > 1
    )
    if blank := list(islice(faults, _FAULTS_SHOWN)):
        raise CommandError(f"{path} has lines that are not single words", blank)
    return [word for word in words if word]


def nearest(
    run: str, words: list[str], deployment: Callable[[], Deployment], topn: int, url: str | None = None
) -> tuple[dict[str, Nearest], list[str]]:
    """Return the neighbours of each word that has a vector, and a sentence for each that has none."""
    return nearest_of(asked_vectors(run, deployment, url), words, topn)


def asked_vectors(run: str, deployment: Callable[[], Deployment], url: str | None) -> Verbs:
    """Return what is asked for words: a run's vectors, or the model at an address."""
    if url is None:
        return run_vectors(run, deployment)
    from wordvectors.client.remote import connect

    try:
        return connect(url, model=run, token=os.environ.get(TOKEN_VARIABLE) or None)
    except ValueError as fault:
        raise CommandError("--url can't be asked", [str(fault)]) from None


def run_vectors(run: str, deployment: Callable[[], Deployment]) -> WordVectors:
    """Return a run's vectors; the first time they are fetched, with a bar, and then kept here."""
    from wordvectors.client.models import NoModel, vectors_of

    try:
        with _bar() as advance:
            return vectors_of(run, deployment, functools.partial(find_run, with_model=True), advance)
    except NoModel as missing:
        raise CommandError("There is no model to look at", [str(missing)]) from missing


def _fetch(place: Deployment, run: Run, folder: Path, names: tuple[str, ...] | None = None) -> list[Path]:
    from wordvectors.client.models import NoModel, fetch_model

    try:
        with _bar() as advance:
            return fetch_model(place, run, folder, names or ARTEFACTS, advance)
    except NoModel as missing:
        raise CommandError("There is no model to fetch", [str(missing)]) from missing


def _looked_up(vectors: Verbs, words: list[str]) -> dict[str, LookedUp]:
    """Return words as the model is asked for them; all that have no vector are named."""
    from wordvectors.vectors.unknown_words import UnknownWordError

    asked, unknown = {}, []
    for word in words:
        try:
            asked[word] = vectors.look_up(word)
        except UnknownWordError as fault:
            unknown.append(str(fault))
    if unknown:
        raise CommandError("Not every word has a vector", unknown)
    return asked


def _origins(asked: dict[str, LookedUp]) -> dict[str, Origin]:
    return {word: one.origin for word, one in asked.items()}


def _say_origins(asked: dict[str, LookedUp]) -> None:
    from wordvectors.vectors.unknown_words import Origin

    by_ngrams = [word for word, one in asked.items() if one.origin is Origin.NGRAMS]
    if by_ngrams:
        errors.say(f"By {Origin.NGRAMS}, since the vocabulary lacks it: {', '.join(by_ngrams)}")


def _show_file(path: Path) -> None:
    console.show(f"{path}  {path.stat().st_size:,} bytes")


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Show the bytes of the archive that is fetched, if one is: called with those since the last call, and all."""
    with byte_bar() as bar:

        def advance(count: int, total: int) -> None:
            if not bar.tasks:
                bar.add_task(MODEL_ARCHIVE, total=total)
            bar.advance(bar.tasks[0].id, count)

        yield advance
