"""`wordvectors tunings`, and what `show`, `watch` and `stop` do with a tuning."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvectors.cli import interrupt
from wordvectors.cli.options import MOST_LISTED
from wordvectors.cli.output import AsJson, CommandError, console, print_json
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.cli.tuning_tables import show_tuning, show_tunings
from wordvectors.files import written_whole
from wordvectors.lifecycle.run import Run
from wordvectors.tuning.tuning import TUNING_PREFIX, Tuning

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment


@takes_deployment
def tunings(
    deployment: Connect,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_LISTED, help="How many tunings.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List searches for hyperparameters, the newest first."""
    found = list(itertools.islice(deployment().tunings.newest(), limit))
    if as_json:
        print_json(found)
    elif found:
        show_tunings(found)
    else:
        console.say("No tunings yet. Start one with `wordvectors tune CORPUS`.")


def is_tuning(wanted: str) -> bool:
    """Whether a user names a tuning, and no run."""
    return wanted.startswith(TUNING_PREFIX)


def find_tuning(place: Deployment, wanted: str) -> Tuning:
    """Return the tuning that a user names: by its id, by the beginning of it, or by its order's name."""
    matches = place.tunings.matching(wanted)
    if not matches:
        raise CommandError(f"There is no tuning {wanted}", advice="`wordvectors tunings` lists them.")
    if len(matches) > 1:
        raise CommandError(
            f"{len(matches)} tunings begin with {wanted}", [tuning.tuning_id for tuning in matches[:10]]
        )
    return matches[0]


def recommended_run(place: Deployment, wanted: str) -> Run:
    """Return the run that a tuning's verdict recommends; CommandError if there is none."""
    from wordvectors.client import models

    try:
        return models.recommended_run(place, find_tuning(place, wanted))
    except models.NoModel as missing:
        raise CommandError(str(missing)) from missing


def show_found(place: Deployment, wanted: str, *, wider: Path | None, as_json: bool) -> None:
    """Show all that is known of a tuning; and write an order that searches beyond the edges, if that is asked for."""
    tuning = find_tuning(place, wanted)
    if wider is not None:
        _write_wider(tuning, wider)
    if as_json:
        print_json(tuning)
    else:
        show_tuning(tuning)
    if wider is not None and not as_json:
        console.show(f"Written: {wider}")


def _write_wider(tuning: Tuning, path: Path) -> None:
    if tuning.verdict is None or not tuning.verdict.wider:
        raise CommandError(
            f"{tuning.tuning_id} has no best value at the end of its range, or outside",
            advice="Nothing was written.",
        )
    if path.exists():
        raise CommandError(f"{path} is there already", advice="Name another file, or remove this one first.")
    space = {name: one.model_dump(mode="json") for name, one in tuning.verdict.wider.items()}
    order = {**tuning.required_order.to_json(), "space": space, "from_runs": True}
    with written_whole(path) as file:
        file.write(json.dumps(order, indent=2).encode() + b"\n")


def watch_found(place: Deployment, wanted: str, *, as_json: bool) -> None:
    """Follow a tuning to its verdict."""
    from wordvectors.cli.tune import follow_tuning

    tuning = find_tuning(place, wanted)
    if not as_json:
        with interrupt.says(f"No longer watching; {tuning.tuning_id} goes on."):
            tuning = follow_tuning(place, tuning)
        show_tuning(tuning)
    else:
        print_json(tuning)


def stop_found(place: Deployment, wanted: str, *, as_json: bool) -> None:
    """Stop a tuning, and with it its trials."""
    from wordvectors.client.deployment import Stopped
    from wordvectors.client.tuning import stop_tuning

    tuning = find_tuning(place, wanted)
    name = tuning.tuning_id
    with interrupt.says(interrupt.may_go_on(name)):
        stopped = stop_tuning(place, tuning)
    if as_json:
        print_json({"tuning_id": name, "stopped": stopped, "status": tuning.status})
    elif stopped is Stopped.EXECUTION:
        console.say(
            f"{name} and its trials are stopping; `wordvectors show {name}` shows when they have stopped."
        )
    else:
        console.say(stopped.said(name, tuning.status))
