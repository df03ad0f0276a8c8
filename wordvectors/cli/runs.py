"""`wordvectors runs`, `show`, `logs`, `stop`: look at runs, and end one."""

from __future__ import annotations

import itertools
import time
from typing import Annotated, Any

import typer

from wordvectors.cli.output import (
    CommandError,
    console,
    escape,
    print_json,
    run_facts,
    run_table,
    score_table,
)
from wordvectors.cli.target import takes_deployment
from wordvectors.run import RunStatus

LATEST = "latest"
RunArgument = Annotated[str, typer.Argument(help="A run's id, the beginning of one, or `latest`.")]
_LOOK_BACK = 200
"""How many of the newest runs a beginning of an id is looked for in."""


@takes_deployment
def runs(
    deployment: Any,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many of the newest runs.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the newest runs."""
    newest = list(itertools.islice(deployment().runs.newest(), limit))
    if as_json:
        print_json(newest)
    elif newest:
        console.print(run_table(newest))
    else:
        console.print("No runs yet. Start one with `wordvectors train CORPUS`.")


@takes_deployment
def show(
    run: RunArgument,
    deployment: Any,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show all that is known of a run."""
    found = find_run(deployment(), run)
    if as_json:
        print_json(found)
        return
    console.print(run_facts(found))
    if found.get("evaluation", {}).get("sets"):
        console.print()
        console.print(score_table(found))


@takes_deployment
def logs(
    run: RunArgument,
    deployment: Any,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run has ended.")] = False,
) -> None:
    """Print the log of a run's training job, as the training wrote it."""
    place = deployment()
    found = find_run(place, run)
    pause = 0.5 if place.is_local else 3.0
    printed = False
    for lines in place.training_logs.follow(found["run_id"]):
        for line in lines:
            console.print(escape(line), soft_wrap=True)
        printed = printed or bool(lines)
        if lines:
            continue
        status = RunStatus((place.runs.get(found["run_id"]) or found)["status"])
        if not follow or status.is_final:
            break
        time.sleep(pause)
    if not printed:
        console.print(f"{found['run_id']} is {found['status']}; its training has not written a log.")


@takes_deployment
def stop(run: RunArgument, deployment: Any) -> None:
    """Stop a run: its training job, or its execution while it waits for one."""
    place = deployment()
    found = find_run(place, run)
    stopped = place.stop(found)
    if stopped == "nothing":
        console.print(f"{found['run_id']} has ended already: {found['status']}.")
    else:
        console.print(
            f"Asked the {stopped} of {found['run_id']} to stop. `wordvectors show {found['run_id']}` tells."
        )


def find_run(deployment: Any, wanted: str) -> dict[str, Any]:
    """Return the run that a user names: by its id, by the beginning of it, or as `latest`."""
    run = None if wanted == LATEST else deployment.runs.get(wanted)
    if run is not None:
        return run
    newest = list(itertools.islice(deployment.runs.newest(), 1 if wanted == LATEST else _LOOK_BACK))
    matches = newest if wanted == LATEST else [run for run in newest if run["run_id"].startswith(wanted)]
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise CommandError(f"There is no run {wanted}", advice="`wordvectors runs` lists them.")
    raise CommandError(f"{len(matches)} runs begin with {wanted}", [run["run_id"] for run in matches[:10]])
