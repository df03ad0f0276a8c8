"""`wordvectors compare`: runs side by side, and whether their differences mean anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

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
from wordvectors.cli.runs import find_run
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.files import written_whole
from wordvectors.pages.tables import Section
from wordvectors.runs.differences import cost_per_point, plan_differences

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment
    from wordvectors.pages.compare import Comparison

METHOD = (
    "Differences are against the first run, on the pairs that both know. In brackets stand 95 % intervals, those of "
    "differences by bootstrap; p is of a paired permutation test (of the analogies: McNemar's), not adjusted for the "
    "number of tests. Where p is below 0.05 the difference is more than chance."
)


@takes_deployment
def compare(
    runs: Annotated[list[str], typer.Argument(help="Two runs or more: ids, beginnings of ids, or `latest`.")],
    deployment: Connect,
    probes: Annotated[
        list[str] | None,
        typer.Option(
            "--probe",
            parser=typed,
            metavar="WORD",
            help="A word whose neighbours are compared; may be repeated.",
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page as well.")] = None,
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
    from wordvectors.aws.evaluation_sets import read_own_sets
    from wordvectors.evaluation import comparison as compared
    from wordvectors.evaluation.sets import ANALOGIES, BUILT_IN
    from wordvectors.evaluation.word_pairs import read_pair_sets
    from wordvectors.evaluation.wordsim353 import load_wordsim353
    from wordvectors.pages.compare import ComparedRun, Comparison

    place = deployment()
    found = [find_run(place, one, with_model=True) for one in wanted]
    names = [run.run_id for run in found]
    if len(set(names)) < len(names):
        raise CommandError("A run is named twice", sorted({name for name in names if names.count(name) > 1}))
    models = [run_vectors(run_id, lambda: place) for run_id in names]
    forms = {word: next(filter(None, (model.form_of(word) for model in models)), None) for word in probes}
    unknown = [word for word, form in forms.items() if form is None]
    if unknown:
        raise CommandError(
            "No run knows every probe word", [f"{word!r} is in no vocabulary" for word in unknown]
        )

    chosen = {name for run in found for name in (run.plan.evaluation.sets if run.plan else BUILT_IN)}
    own, unread = read_own_sets(place.bucket, sorted(chosen))
    sets = {**load_wordsim353(), **read_pair_sets(), **own}
    with errors.status("Drawing samples …"):
        scores = {name: compared.compare_pairs(pairs, models) for name, pairs in sets.items()}
        scores[ANALOGIES] = compared.compare_analogies(models)
    return Comparison(
        runs=[
            ComparedRun(
                run_id=run.run_id,
                status=run.status,
                created_at=run.created_at,
                mean_rho=run.mean_rho,
                mean_rho_basis=run.basis(MEAN_RHO),
                cost=run.cost,
                cost_per_point=cost_per_point(run),
                vocabulary=len(model),
            )
            for run, model in zip(found, models, strict=True)
        ],
        plan_differences=plan_differences(found),
        scores=scores,
        unread_sets=unread,
        neighbours=compared.compare_neighbours(
            models, [*filter(None, forms.values())] or compared.probe_words(models)
        ),
        method=METHOD,
        is_local=place.is_local,
    )


def _rows(section: Section) -> list[list[Shown]]:
    return [
        [
            text_of(cell, style="green" if (row, column) in section.marked else "")
            for column, cell in enumerate(cells)
        ]
        for row, cells in enumerate(section.rows)
    ]
