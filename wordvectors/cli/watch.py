"""`wordvectors watch`: all runs that are under way, live."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from wordvectors.cli import interrupt
from wordvectors.cli.completion import tunings_beginning
from wordvectors.cli.output import Shown, console, print_json
from wordvectors.cli.progress import add_run, run_bars, show_progress
from wordvectors.cli.run_tables import status_text, sure_score
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.cli.tunings import watch_found
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.lifecycle.plan import MAX_RUNTIME_SECONDS
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import FINAL, RunStatus

if TYPE_CHECKING:
    from rich.progress import TaskID

    from wordvectors.aws.run_table import RunTable
    from wordvectors.client.deployment import Deployment

ACTIVE = frozenset(set(RunStatus) - FINAL)
_OLDEST = timedelta(seconds=MAX_RUNTIME_SECONDS) + timedelta(days=14)
"""A run that was created before has ended: the longest training, and more than it may wait for a place."""


@takes_deployment
def watch(
    deployment: Connect,
    tuning: Annotated[
        str | None,
        typer.Argument(
            help="A tuning's id: follow only this, to its verdict.", autocompletion=tunings_beginning
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the runs under way as JSON, once.")] = False,
) -> None:
    """Show all runs under way with their progress, until none is left. Ctrl-C stops watching; the runs go on."""
    place = deployment()
    if tuning is not None:
        watch_found(place, tuning, as_json=as_json)
        return
    under_way = active_runs(place.runs)
    if as_json:
        print_json(under_way)
        return
    if not under_way:
        console.say("No run is under way.")
        return
    with interrupt.says("No longer watching; the runs go on."):
        _follow(place, under_way)


def active_runs(table: RunTable) -> list[Run]:
    """Return the runs that have not ended, the oldest first."""
    since = (datetime.now(UTC) - _OLDEST).isoformat(timespec="milliseconds")
    return list(table.newest(since=since, statuses=ACTIVE))[::-1]


def _follow(place: Deployment, under_way: list[Run]) -> None:
    """Keep a bar for each run under way; a run that has ended leaves a line."""
    pause = 0.5 if place.is_local else 5.0
    with run_bars() as bars:
        tasks: dict[str, TaskID] = {}
        while under_way or tasks:
            for run in under_way:
                name = run.run_id
                if name not in tasks:
                    tasks[name] = add_run(bars)
                show_progress(bars, tasks[name], run, name)
            for name in tasks.keys() - {run.run_id for run in under_way}:
                ended = _ended(name, place.runs.get(name))
                bars.remove_task(tasks.pop(name))
                bars.refresh()  # if Rich's own thread did, it might take the next line for a bar, and wipe it
                console.beside_bars().show(ended)
            if under_way:
                time.sleep(pause)
                under_way = active_runs(place.runs)


def _ended(name: str, run: Run | None) -> Shown:
    if run is None:
        return f"{name}  is no longer in the table"
    score = ("  mean_rho ", sure_score(run.mean_rho, run.basis(MEAN_RHO))) if run.mean_rho is not None else ()
    return Text.assemble(f"{name}  ", status_text(run.status), *score)
