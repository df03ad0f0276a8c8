"""`wordvectors note` and `tag`: what people write on runs."""

from __future__ import annotations

from typing import Annotated

import typer

from wordvectors.cli.output import CommandError, console, typed
from wordvectors.cli.runs import RunArgument, find_run
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.runs.labels import MOST_TAGS, label_faults


@takes_deployment
def note(
    run: RunArgument,
    deployment: Connect,
    text: Annotated[
        str | None, typer.Argument(parser=typed, metavar="[TEXT]", help="The note; none takes it away.")
    ] = None,
) -> None:
    """Write a note on a run, in place of the one before; without a text, take it away."""
    said = (text or "").strip()
    _refuse(label_faults([], said))
    place = deployment()
    found = find_run(place, run)
    if not place.labels.note(found.run_id, said):
        raise CommandError(f"{found.run_id} was removed in the meantime")
    console.say(f"{found.run_id} has {'this' if said else 'no'} note.")


@takes_deployment
def tag(
    run: RunArgument,
    tags: Annotated[list[str], typer.Argument(parser=typed, metavar="TAG", help="Tags.")],
    deployment: Connect,
    remove: Annotated[bool, typer.Option("--remove", help="Take these tags away.")] = False,
) -> None:
    """Add tags to a run, or take them away; `runs --tag` finds runs by them."""
    wanted = sorted(set(tags))
    if not remove:
        _refuse(label_faults(wanted))
    place = deployment()
    found = find_run(place, run)
    new = [tag for tag in wanted if tag not in found.tags]
    done = (
        place.labels.untag(found.run_id, wanted) if remove else not new or place.labels.tag(found.run_id, new)
    )
    now = place.runs.get(found.run_id)
    if now is None:
        raise CommandError(f"{found.run_id} was removed in the meantime")
    if not done:
        raise CommandError(
            f"{found.run_id} was given no tag",
            [
                f"it has {len(now.tags)} and would have {len(now.tags) + len(new)}; at most {MOST_TAGS} are allowed"
            ],
            "`wordvectors tag --remove` takes some away.",
        )
    console.say(
        f"{found.run_id} has the tags {', '.join(now.tags)}." if now.tags else f"{found.run_id} has no tags."
    )


def _refuse(faults: list[str]) -> None:
    if faults:
        raise CommandError("Nothing was written", faults)
