"""`wordvectors open`: a run's report or a tuning's page, in the browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvectors.cli.output import CommandError, console
from wordvectors.cli.runs import RunOrTuning, find_run
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.cli.tunings import find_tuning, is_tuning
from wordvectors.lifecycle.keys import REPORT, run_key
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.tuning import Tuning

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment


@takes_deployment
def open_report(
    run: RunOrTuning,
    deployment: Connect,
    to: Annotated[Path | None, typer.Option("--to", help="File to write the report to.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
) -> None:
    """Open a run's report or a tuning's page; it is kept as a file.

    A report has scores, a map of words, neighbours and the training's course; the page of a tuning has its verdict and
    its trials, also while it goes on.
    """
    place = deployment()
    if is_tuning(run):
        file = write_tuning_page(find_tuning(place, run), to)
    else:
        file = fetch_report(place, find_run(place, run, with_model=True), to)
    console.show(str(file))
    if browser and not webbrowser.open(file.resolve().as_uri()):
        raise CommandError("No browser could be started", advice=f"Open {file} in one.")


def fetch_report(deployment: Deployment, run: Run, to: Path | None = None) -> Path:
    """Download a run's report to a file, into the cache if none is named, and return its path."""
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
    return _written(page, name, to)


def write_tuning_page(tuning: Tuning, to: Path | None = None) -> Path:
    """Write the page of a tuning as it stands now to a file, into the cache if none is named, and return its path."""
    from wordvectors.pages.tuning.page import tuning_page

    return _written(tuning_page(tuning).encode(), tuning.tuning_id, to)


def _written(page: bytes, name: str, to: Path | None) -> Path:
    from wordvectors.client.home import cache
    from wordvectors.files import fault_text, written_whole

    file = to or cache() / f"{name}.html"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(file) as out:
            out.write(page)
    except OSError as error:
        raise CommandError(f"The report can't be written to {file}", [fault_text(error)]) from error
    return file
