"""`wordvectors promote`, `demote`, `rollback`, `history`: which run's model is the current one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from wordvectors.cli.completion import names_beginning
from wordvectors.cli.options import MOST_LISTED, Measure, Yes
from wordvectors.cli.output import AsJson, CommandError, agreed, console, errors, print_json, show_table
from wordvectors.cli.runs import RunArgument, find_run
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.evaluation.certainty import Basis
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.figures import moment
from wordvectors.lifecycle.keys import NAMED
from wordvectors.lifecycle.promotions import (
    NotPromotable,
    PromotedMeanwhile,
    Promotion,
    name_for,
    nothing_promoted,
    scored,
)
from wordvectors.plain_text import capital

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment
    from wordvectors.lifecycle.run import Run

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="The name, with or without @.", autocompletion=names_beginning),
]


@takes_deployment
def promote(
    run: RunArgument,
    deployment: Connect,
    name: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NAME",
            help="The name; by default the corpus's.",
            autocompletion=names_beginning,
        ),
    ] = None,
    by: Measure = MEAN_RHO,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make a run's model the current one, which @NAME then stands for wherever a run is taken.

    Asks first if the current model scores higher. The change is an event on the account's default bus.
    """
    place = deployment()
    found = find_run(place, run, with_model=True)
    with _faults_named():
        wanted = _planned(place, name_for(found, name), found, by)
        if wanted.doubt and wanted.question and not yes and not agreed(wanted.question):
            raise _not_changed([wanted.doubt], "--yes promotes it without asking.")
        _carry_out(place, wanted, as_json)


@takes_deployment
def demote(name: Name, deployment: Connect, as_json: AsJson = False) -> None:
    """Remove a name from its run; `rollback` restores it."""
    place = deployment()
    with _faults_named():
        _carry_out(place, _planned(place, name.removeprefix(NAMED), None, MEAN_RHO), as_json)


@takes_deployment
def rollback(name: Name, deployment: Connect, by: Measure = MEAN_RHO, as_json: AsJson = False) -> None:
    """Give a name back to the run that had it before; a second time undoes that."""
    from wordvectors.client.promoting import run_before

    place, plain_name = deployment(), name.removeprefix(NAMED)
    with _faults_named():
        run = run_before(place, plain_name)
        _carry_out(place, _planned(place, plain_name, run, by), as_json)


@takes_deployment
def history(
    deployment: Connect,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="Changes of this name; by default of all names.",
            autocompletion=names_beginning,
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_LISTED, help="How many changes.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what the names of current models have stood for, who changed it and when; the last change first."""
    changes = deployment().promotions.history(name and name.removeprefix(NAMED))
    listed = list(itertools.islice(changes, limit))
    if name and not listed:
        raise CommandError(
            f"{capital(nothing_promoted(name))}, nor was one ever",
            advice="`wordvectors history` shows all names.",
        )
    if as_json:
        print_json(listed)
    elif listed:
        show_table(
            ["NAME", "RUN", "SCORE", "BEFORE", "SCORE", "BY", "AT"],
            [
                [
                    f"{NAMED}{each.name}",
                    each.run or "–",
                    _score(each.score, each.basis),
                    each.before or "–",
                    _score(each.score_before, each.basis_before),
                    each.by.rpartition(":")[2],
                    moment(each.at),
                ]
                for each in listed
            ],
            right=(2, 4),
        )
    else:
        console.say("Nothing has been promoted yet. `wordvectors promote RUN` gives a run's model a name.")


@contextmanager
def _faults_named() -> Iterator[None]:
    try:
        yield
    except NotPromotable as fault:
        raise _not_changed([str(fault)]) from fault
    except PromotedMeanwhile as late:
        raise _not_changed([str(late)], "`wordvectors history` shows more.") from late


def _planned(place: Deployment, name: str, run: Run | None, measure: str) -> Promotion:
    from wordvectors.client.promoting import planned  # AWS's client takes a while

    return planned(place, name, run, measure)


def _carry_out(place: Deployment, wanted: Promotion, as_json: bool) -> None:
    from wordvectors.client.promoting import carry_out

    current, untold = carry_out(place, wanted)
    if as_json:
        print_json(current)
    else:
        name, measure = f"{NAMED}{current.name}", current.measure
        run = _scored(current.run, measure, current.score, current.basis)
        if wanted.run == wanted.before:
            console.say(f"{name} stands for {run} already.")
        else:
            before = _scored(current.before, measure, current.score_before, current.basis_before)
            console.say(f"{name} stands for {run}.{f' Before: {before}.' if current.before else ''}")
    if untold:
        errors.warn(
            f"The change holds, but nobody was told of it: {untold}. Once that is fixed, the same command "
            "puts it on the event bus."
        )


def _scored(run: str | None, measure: str, score: float | None, basis: Basis | None) -> str:
    """Return a run with its score, and what this rests on."""
    if run is None or score is None:
        return run or "no run"
    return f"{run} ({measure} {scored(score, basis)})"


def _score(score: float | None, basis: Basis | None) -> str:
    return "–" if score is None else scored(score, basis)


def _not_changed(faults: list[str], advice: str | None = None) -> CommandError:
    return CommandError("Nothing was changed", faults, advice)
