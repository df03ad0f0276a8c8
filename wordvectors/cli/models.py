"""`wordvectors download`, `neighbours`, `similarity`, `analogy`, `export`: have a run's model on this machine."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wordvectors.blazingtext.archive import ARTEFACTS, MODEL_ARCHIVE, VECTORS_BIN, VECTORS_TXT
from wordvectors.cli.output import AsJson, CommandError, console, member_of, print_json, show_lists, typed
from wordvectors.cli.progress import byte_bar
from wordvectors.cli.runs import RunArgument, find_run
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.runs.run import Run
from wordvectors.vectors.export import ExportFormat, ExportImpossible
from wordvectors.vectors.export import export as write_export

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment
    from wordvectors.vectors.word_vectors import WordVectors

Topn = Annotated[int, typer.Option("-n", "--topn", min=1, help="How many neighbours.")]


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
    words: Annotated[list[str], typer.Argument(parser=typed, metavar="WORD", help="Words to look up.")],
    deployment: Connect,
    topn: Topn = 10,
    as_json: AsJson = False,
) -> None:
    """Show the words whose vectors are nearest to a word's, with their cosine."""
    found, faults = nearest(run, words, deployment, topn)
    if as_json:
        print_json({word: _named(row) for word, row in found.items()})
    elif found:
        show_lists(neighbour_lists(found))
    if faults:
        raise CommandError("Not every word has a vector", faults)


@takes_deployment
def similarity(
    run: RunArgument,
    first: Annotated[str, typer.Argument(parser=typed, metavar="FIRST", help="A word.")],
    second: Annotated[str, typer.Argument(parser=typed, metavar="SECOND", help="Another word.")],
    deployment: Connect,
    as_json: AsJson = False,
) -> None:
    """Show how similar two words are: the cosine of their vectors, -1 to 1."""
    vectors = run_vectors(run, deployment)
    cosine = vectors.similarity(*_known(vectors, [first, second]))
    if as_json:
        print_json({"first": first, "second": second, "cosine": cosine})
    else:
        console.show(f"{cosine:.4f}")


@takes_deployment
def analogy(
    run: RunArgument,
    a: Annotated[str, typer.Argument(parser=typed, metavar="A", help="As this word, such as man,")],
    b: Annotated[str, typer.Argument(parser=typed, metavar="B", help="is to this one, such as king,")],
    c: Annotated[str, typer.Argument(parser=typed, metavar="C", help="so is this one, such as woman, to …?")],
    deployment: Connect,
    topn: Topn = 5,
    as_json: AsJson = False,
) -> None:
    """Answer "A is to B as C is to …?": the words nearest to B - A + C."""
    vectors = run_vectors(run, deployment)
    one, two, three = _known(vectors, [a, b, c])
    found = vectors.most_similar(positive=[two, three], negative=[one], topn=topn)
    if as_json:
        print_json(_named(found))
    else:
        show_lists(neighbour_lists({f"{a} : {b} = {c} : ?": found}))


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
) -> None:
    """Write a run's vectors in another tool's format.

    word2vec-text and word2vec-binary for most tools; keyedvectors for gensim, opened by memory map; fasttext, with
    the n-grams of a model with subwords; projector for TensorBoard's (vectors.tsv, metadata.tsv); parquet.
    """
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
        try:
            paths = write_export(run_vectors(run, deployment), form, to)
        except ExportImpossible as impossible:
            raise CommandError(f"Not written: {', '.join(form.files)}", [str(impossible)]) from impossible
    for path in paths:
        _show_file(path)


def nearest(
    run: str, words: list[str], deployment: Callable[[], Deployment], topn: int
) -> tuple[dict[str, list[tuple[str, float]]], list[str]]:
    """Return the neighbours of each word that has a vector, and a sentence for each that has none."""
    vectors = run_vectors(run, deployment)
    forms = {word: vectors.form_of(word) for word in words}
    found = {word: vectors.most_similar(form, topn=topn) for word, form in forms.items() if form is not None}
    return found, [str(vectors.unknown(word)) for word, form in forms.items() if form is None]


def neighbour_lists(found: dict[str, list[tuple[str, float]]]) -> dict[str, list[str]]:
    """Return each word's neighbours as they are shown."""
    return {word: [f"{cosine:.3f} {near}" for near, cosine in each] for word, each in found.items()}


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


def _known(vectors: WordVectors, words: list[str]) -> list[str]:
    """Return words as the vocabulary writes them; all that have no vector are named."""
    forms = [vectors.form_of(word) for word in words]
    unknown = [str(vectors.unknown(word)) for word, form in zip(words, forms, strict=True) if form is None]
    if unknown:
        raise CommandError("Not every word has a vector", unknown)
    return [form for form in forms if form is not None]


def _show_file(path: Path) -> None:
    console.show(f"{path}  {path.stat().st_size:,} bytes")


def _named(found: list[tuple[str, float]]) -> list[dict[str, Any]]:
    return [{"word": near, "cosine": cosine} for near, cosine in found]


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Show the bytes of the archive that is fetched, if one is: called with those since the last call, and all."""
    with byte_bar() as bar:

        def advance(count: int, total: int) -> None:
            if not bar.tasks:
                bar.add_task(MODEL_ARCHIVE, total=total)
            bar.advance(bar.tasks[0].id, count)

        yield advance
