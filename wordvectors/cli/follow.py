"""From an upload to its run's end, with bars; Ctrl-C asks whether the run is to go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from wordvectors.cli import interrupt
from wordvectors.cli.output import CommandError
from wordvectors.cli.progress import add_run, byte_bar, run_bars, show_progress
from wordvectors.lifecycle.run import Run

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment
    from wordvectors.client.submission import Sendable

Row = TypeVar("Row")
PATIENCE_SECONDS = 90
"""How long an upload may take to show up as a run: event, first function, its cold start."""


def upload(place: Deployment, prepared: Sendable) -> str:
    """Upload a corpus and its plan with a bar; return the corpus's ETag as stored."""
    from wordvectors.client.submission import send

    with byte_bar() as bar:
        task = bar.add_task("Uploading", total=prepared.bytes)
        return send(place, prepared, lambda count: bar.advance(task, count))


def await_row(place: Deployment, run_id: str, key: str, etag: str) -> Run:
    """Wait for the run of a corpus, which was uploaded with this ETag, to be planned; see `await_first`."""

    def replaced() -> list[str]:
        stored = place.bucket.find(key)
        if stored is not None and stored.etag == etag:
            return []
        return [f"{place.bucket.uri(key)} was replaced or deleted meanwhile; only what lies there is trained"]

    return await_first(
        place,
        lambda: place.runs.get(run_id),
        nothing="The upload started no run",
        expected=f"run {run_id}",
        why=replaced,
    )


def await_first(
    place: Deployment,
    look: Callable[[], Row | None],
    *,
    nothing: str,
    expected: str,
    why: Callable[[], list[str]] = list,
) -> Row:
    """Wait for the first row of what an upload starts, and return it.

    Parameters
    ----------
    look
        Returns the row, or None as long as there is none.
    nothing, expected
        What to say if none comes: what the upload has not started, and its name.
    why
        Returns what may be the reason.

    Raises
    ------
    CommandError
        If there is none after `PATIENCE_SECONDS`.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        row = look()
        if row is not None:
            return row
        time.sleep(0.2 if place.is_local else 2.0)
    raise CommandError(
        f"{nothing} within {PATIENCE_SECONDS} seconds",
        [f"expected {expected}", *why()],
        "`wordvectors doctor` looks at the dead-letter queues; the state machine's executions show the rest.",
    )


def follow_run(place: Deployment, run: Run) -> Run:
    """Show a run's progress until it has ended; Ctrl-C asks whether to leave it or to stop it."""
    stop_wanted = threading.Event()
    bars = run_bars()

    def goes_on() -> bool:
        bars.stop()
        if not interrupt.stop_wanted(run.run_id):
            return False
        stop_wanted.set()
        bars.start()
        return True

    with bars, interrupt.asks(goes_on):
        task = add_run(bars)
        while True:
            show_progress(bars, task, run)
            if run.status.is_final:
                return run
            if stop_wanted.wait(0.5 if place.is_local else 5.0):
                stop_wanted.clear()
                place.stop(run)
            run = place.runs.get(run.run_id) or run
