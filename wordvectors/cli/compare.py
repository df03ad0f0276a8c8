"""`wordvectors compare`: runs side by side, and whether their differences mean anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from wordvectors.cli.completion import runs_beginning, words_beginning
from wordvectors.cli.models import run_vectors
from wordvectors.cli.output import (
    AsJson,
    CommandError,
    Shown,
    console,
    errors,
    print_json,
    show_table,
    text_of,
    typed,
)
from wordvectors.cli.runs import find_runs
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.files import written_whole
from wordvectors.pages.tables import Section

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment
    from wordvectors.pages.compare import Comparison


@takes_deployment
def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            help="Two runs or more: ids, beginnings of ids, `latest`, or `@NAME`.",
            autocompletion=runs_beginning,
        ),
    ],
    deployment: Connect,
    probes: Annotated[
        list[str] | None,
        typer.Option(
            "--probe",
            parser=typed,
            metavar="WORD",
            help="A word whose neighbours are compared; may be repeated.",
            autocompletion=words_beginning,
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a page.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare runs: plans, scores with their intervals and a paired test, neighbours, cost per point."""
    if len(runs) < 2:
        raise typer.BadParameter("name two runs or more")
    from wordvectors.pages.compare import compare_page, sections_of

    compared = comparison(runs, deployment, probes or [])
    if html is not None:
        with written_whole(html) as file:
            file.write(compare_page(compared).encode())
    if as_json:
        print_json(compared)
        return
    for section in sections_of(compared):
        console.say(Text(section.heading, "bold"))
        if section.note:
            console.say(section.note)
        show_table(section.columns, _rows(section))
        console.show()
    if html is not None:
        console.show(f"Written: {html}")


def comparison(wanted: list[str], deployment: Callable[[], Deployment], probes: list[str]) -> Comparison:
    """Return all that is to be said of several runs; see `wordvectors.evaluation.comparison`.

    Raises
    ------
    CommandError
        If a run is named twice, is unknown or has no model, or no model knows a probe word.
    """
    from wordvectors.client.comparing import UnknownProbes, compare_runs

    place = deployment()
    found = find_runs(place, wanted, with_model=True)
    names = [run.run_id for run in found]
    if len(set(names)) < len(names):
        raise CommandError("A run is named twice", sorted({name for name in names if names.count(name) > 1}))
    models = [run_vectors(run_id, lambda: place) for run_id in names]
    try:
        with errors.status("Drawing samples …"):
            return compare_runs(place, found, models, probes)
    except UnknownProbes as unknown:
        faults = [f"{word!r} is in no vocabulary" for word in unknown.words]
        raise CommandError("No run knows every probe word", faults) from unknown


def _rows(section: Section) -> list[list[Shown]]:
    return [
        [
            text_of(cell, style="green" if (row, column) in section.marked else "")
            for column, cell in enumerate(cells)
        ]
        for row, cells in enumerate(section.rows)
    ]
