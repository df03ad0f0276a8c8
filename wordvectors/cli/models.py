"""`wordvectors download`, `neighbours`: have a run's model on this machine."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from wordvectors.blazingtext import MODEL_ARCHIVE, VECTORS_TXT
from wordvectors.cli.output import CommandError, console, errors, escape, print_json
from wordvectors.cli.runs import RunArgument, find_run
from wordvectors.cli.target import takes_deployment
from wordvectors.run import MODELS, RunStatus


@takes_deployment
def download(
    run: RunArgument,
    deployment: Any,
    to: Annotated[Path, typer.Option("--to", help="Folder in which the run's own folder is made.")] = Path(
        "models"
    ),
) -> None:
    """Download a run's model: eval.json, vectors.bin and vectors.txt."""
    place = deployment()
    found = _trained(find_run(place, run))
    folder = to / found["run_id"]
    for path in fetch_model(place, found["run_id"], folder):
        console.print(f"{path}  {path.stat().st_size:,} bytes", soft_wrap=True)
    console.print(
        f"Read it in Python: gensim.models.KeyedVectors.load_word2vec_format({str(folder / VECTORS_TXT)!r})",
        soft_wrap=True,
        markup=False,
    )


@takes_deployment
def neighbours(
    run: RunArgument,
    words: Annotated[list[str], typer.Argument(help="Words to look up.")],
    deployment: Any,
    topn: Annotated[int, typer.Option("-n", "--topn", min=1, help="Neighbours per word.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the words whose vectors are nearest to a word's, with their cosine."""
    found, faults = nearest(run, words, deployment, topn)
    if as_json:
        print_json(
            {word: [{"word": near, "cosine": cosine} for near, cosine in row] for word, row in found.items()}
        )
    elif found:
        console.print(neighbour_table(found))
    if faults:
        raise CommandError("Not every word has a vector", faults)


def nearest(
    run: str, words: list[str], deployment: Any, topn: int
) -> tuple[dict[str, list[tuple[str, float]]], list[str]]:
    """Return the neighbours of each word that has a vector, and a sentence for each that has none."""
    from wordvectors.vectors.nearest import UnknownWordError

    index = neighbour_index(run, deployment)
    found: dict[str, list[tuple[str, float]]] = {}
    faults = []
    for word in words:
        try:
            found[word] = index.most_similar(word, topn)
        except UnknownWordError as unknown:
            faults.append(str(unknown))
    return found, faults


def neighbour_table(found: dict[str, list[tuple[str, float]]]) -> Table:
    """Return neighbours as a table, a column per word."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for word in found:
        table.add_column(escape(word), no_wrap=True)
    for row in zip(*found.values(), strict=False):
        table.add_row(*(f"{cosine:.3f} {escape(near)}" for near, cosine in row))
    return table


def neighbour_index(run: str, deployment: Any):
    """Return the index of a run's vectors; the first time it is made from the run's model, and then kept."""
    from wordvectors.aws.deployment import wordvectors_home
    from wordvectors.vectors.files import VectorsFileError
    from wordvectors.vectors.nearest import NeighbourIndex

    cache = wordvectors_home() / "cache"
    # A run's model never changes, so an index under the run's full id needs no look at the pipeline.
    if re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9-]*", run) and (cache / run).is_dir():
        try:
            return NeighbourIndex.open(cache / run)
        except VectorsFileError:
            shutil.rmtree(cache / run)
    place = deployment()
    found = _trained(find_run(place, run))
    folder = cache / found["run_id"]
    if folder.is_dir():
        return NeighbourIndex.open(folder)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as scratch:
        (vectors_txt,) = fetch_model(place, found["run_id"], Path(scratch), names=(VECTORS_TXT,))
        return NeighbourIndex.build(vectors_txt, folder)


def fetch_model(
    deployment: Any, run_id: str, folder: Path, names: tuple[str, ...] | None = None
) -> list[Path]:
    """Stream a run's model archive from the bucket and take its files out, with a bar of the bytes."""
    from wordvectors.model_archive import ARTEFACTS, InvalidModelArchive, extract_model

    key = f"{MODELS}{run_id}/output/{MODEL_ARCHIVE}"
    stored = deployment.bucket.find(key)
    if stored is None:
        raise CommandError(
            f"The model of {run_id} is gone", [f"there is no object {deployment.bucket.uri(key)}"]
        )
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
    )
    with bar:
        task = bar.add_task(MODEL_ARCHIVE, total=stored.bytes)
        stream = _Counted(deployment.bucket.open(key), lambda count: bar.advance(task, count))
        try:
            return extract_model(stream, folder, names or ARTEFACTS)  # type: ignore[arg-type]
        except InvalidModelArchive as broken:
            raise CommandError(f"The model of {run_id} can't be read", [str(broken)]) from broken


def _trained(run: dict[str, Any]) -> dict[str, Any]:
    if run["status"] == RunStatus.COMPLETED:
        return run
    reason = [run["reason"]] if run.get("reason") else []
    raise CommandError(f"{run['run_id']} is {run['status']}: it has no model", reason)


class _Counted:
    """A stream that tells how many bytes were read from it."""

    def __init__(self, stream: BinaryIO, progress: Any) -> None:
        self._stream, self._progress = stream, progress

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._progress(len(data))
        return data
