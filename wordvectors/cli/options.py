"""Options that several commands take, each with one meaning everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from wordvectors.cli.completion import corpora_beginning, scores_beginning
from wordvectors.cli.output import member_of
from wordvectors.evaluation.sets import set_named
from wordvectors.lifecycle.status import RunStatus

MOST_LISTED = 1_000_000
"""Of rows and neighbours that one command may be asked for."""

OfCorpus = Annotated[
    str | None,
    typer.Option(
        "--corpus", metavar="NAME", help="Only runs of this corpus.", autocompletion=corpora_beginning
    ),
]
OfStatus = Annotated[
    list[RunStatus] | None,
    typer.Option(
        "--status",
        parser=member_of(RunStatus),
        metavar="STATUS",
        help=f"Only runs of this status: {', '.join(RunStatus).lower()}; may be repeated.",
    ),
]
Measure = Annotated[
    str,
    typer.Option(
        "--by",
        parser=set_named,
        metavar="SET",
        help="Compare by mean_rho, or by an evaluation set's name.",
        autocompletion=scores_beginning,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def settings_of(given: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return what `--set NAME=VALUE` names, and what is wrong with those that are not written so, or twice."""
    named, wrong = dict[str, str](), list[str]()
    for setting in given:
        name, equals, value = setting.partition("=")
        name = name.strip()
        if name in named:
            wrong.append(f"--set {name} is given twice; give it once")
        elif name and equals:
            named[name] = value
        else:
            wrong.append(f"--set {setting}: write it as name=value")
    return named, wrong
