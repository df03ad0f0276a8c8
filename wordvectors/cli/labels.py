"""`wordvectors note` and `tag`: what people write on runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from wordvectors.cli.completion import tags_beginning
from wordvectors.cli.output import CommandError, console, typed
from wordvectors.cli.runs import RunArgument, find_run
from wordvectors.cli.target import Connect, takes_deployment


@takes_deployment
def note(
    run: RunArgument,
    deployment: Connect,
    text: Annotated[
        str | None,
        typer.Argument(
            parser=typed, metavar="[TEXT]", help="The note; without one, the run's note is removed."
        ),
    ] = None,
) -> None:
    """Write a note on a run, in place of the one before; without a text, remove it."""
    from wordvectors.client.labelling import refuse_faults, write_note

    said = (text or "").strip()
    with _faults_named():
        refuse_faults([], said)
        found = find_run(place := deployment(), run)
        write_note(place, found, said)
    console.say(f"{found.run_id} has {'this' if said else 'no'} note.")


@takes_deployment
def tag(
    run: RunArgument,
    tags: Annotated[
        list[str], typer.Argument(parser=typed, metavar="TAG", help="Tags.", autocompletion=tags_beginning)
    ],
    deployment: Connect,
    remove: Annotated[bool, typer.Option("--remove", help="Remove these tags.")] = False,
) -> None:
    """Add tags to a run, or remove them; `runs --tag` finds runs by them."""
    from wordvectors.client.labelling import add_tags, refuse_faults, take_tags

    with _faults_named():
        if not remove:
            refuse_faults(sorted(set(tags)))
        found = find_run(place := deployment(), run)
        has = (take_tags if remove else add_tags)(place, found, tags)
    if remove and (lacking := sorted(set(tags) - set(found.tags))):
        console.say(f"{found.run_id} did not have {', '.join(lacking)}.")
    console.say(f"{found.run_id} has the tags {', '.join(has)}." if has else f"{found.run_id} has no tags.")


@contextmanager
def _faults_named() -> Iterator[None]:
    from wordvectors.client.labelling import NotLabelled

    try:
        yield
    except NotLabelled as refused:
        raise CommandError("Nothing was written", refused.faults, refused.advice) from refused
