"""`wordvectors open`: a run's report, in the browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvectors.cli.output import CommandError, console
from wordvectors.cli.runs import RunArgument, find_run
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.runs.keys import REPORT, run_key
from wordvectors.runs.run import Run
from wordvectors.runs.status import RunStatus

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment


@takes_deployment
def open_report(
    run: RunArgument,
    deployment: Connect,
    to: Annotated[Path | None, typer.Option("--to", help="File to write the report to.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
) -> None:
    """Open a run's report: scores, map of words, neighbours, training curve; it is kept as a file."""
    place = deployment()
    found = find_run(place, run, with_model=True)
    file = fetch_report(place, found, to)
    console.show(str(file))
    if browser and not webbrowser.open(file.resolve().as_uri()):
        raise CommandError("No browser could be started", advice=f"Open {file} in one.")


def fetch_report(deployment: Deployment, run: Run, to: Path | None = None) -> Path:
    """Download a run's report to a file, into the cache if none is named, and return its path."""
    from wordvectors.client.home import cache
    from wordvectors.files import fault_text, written_whole

    name = run.run_id
    if run.status is not RunStatus.COMPLETED:
        reason = [run.reason] if run.reason else []
        raise CommandError(f"{name} is {run.status}: it has no report", reason)
    key = run_key(name, REPORT)
    try:
        page = deployment.bucket.open(key).read()
    except FileNotFoundError:
        why = [warning for warning in run.warnings if "report" in warning]
        raise CommandError(
            f"{name} has no report", why or [f"there is no object {deployment.bucket.uri(key)}"]
        ) from None
    file = to or cache() / f"{name}.html"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(file) as out:
            out.write(page)
    except OSError as error:
        raise CommandError(f"The report can't be written to {file}", [fault_text(error)]) from error
    return file
