"""Bars: of runs, from their rows in the table alone, and of bytes that are sent or fetched."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Column

from wordvectors.cli.output import errors
from wordvectors.cli.run_tables import speed_text
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.plain_text import plain

_WIDE = 100
"""Columns from which a run's name, its bar and all its figures stand in one line."""


def bar_column() -> BarColumn:
    """Return a bar that leaves room for the figures beside it."""
    return BarColumn(bar_width=max(4, min(40, errors.width - 60)))


def byte_bar() -> Progress:
    """Return a bar for bytes that are sent or fetched, which goes when they have been."""
    columns: list[ProgressColumn] = [
        TextColumn("{task.description}"), bar_column(), DownloadColumn(), TransferSpeedColumn(),
        TimeRemainingColumn(),
    ]  # fmt: skip
    return Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)


def run_bars() -> Progress:
    """Return bars for runs; in a narrow terminal no bar is drawn, and the figures are wrapped."""
    if errors.width < _WIDE:
        text = TextColumn(
            "{task.description} {task.percentage:.0f} % {task.fields[speed]} {task.fields[left]}",
            markup=False,
            table_column=Column(overflow="fold"),
        )
        return Progress(SpinnerColumn(), text, console=errors)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        bar_column(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        console=errors,
    )


def add_run(bars: Progress) -> TaskID:
    """Add a bar for a run."""
    return bars.add_task("", total=100, speed="", left="")


def show_progress(bars: Progress, task: TaskID, run: Run, name: str = "") -> None:
    """Bring a bar to where its run stands; `name` is put before the status."""
    percent = 100.0 if run.status is RunStatus.COMPLETED else run.progress.percent or 0.0
    stage = str(run.status)
    if run.status is RunStatus.TRAINING and run.training.secondary_status:
        stage = f"{stage} ({run.training.secondary_status})"
    bars.update(
        task,
        completed=percent,
        description=plain(f"{name}  {stage}" if name else stage),
        speed=speed_text(run.progress.words_per_second),
        left=_time_left(run, percent) if run.status is RunStatus.TRAINING else "",
    )


def progress_text(run: Run) -> str:
    """Return where a run stands, in a line, as its bar says it."""
    percent = f"{run.progress.percent:.0f} %" if run.progress.percent is not None else ""
    left = _time_left(run, run.progress.percent or 0.0) if run.status is RunStatus.TRAINING else ""
    parts = [run.run_id, str(run.status), percent, speed_text(run.progress.words_per_second), left]
    return plain("  ".join(filter(None, parts)))


def _time_left(run: Run, percent: float) -> str:
    started = run.training.started_at
    if not started or not 0 < percent < 100:
        return ""
    try:
        updated = datetime.fromisoformat(run.updated_at)
        trained = (updated - datetime.fromisoformat(started)).total_seconds()
        since = (datetime.now(UTC) - updated).total_seconds()
    except (ValueError, TypeError):  # a row that another has written
        return ""
    remaining = trained * (100 - percent) / percent - since
    minutes, seconds = divmod(max(round(remaining), 0), 60)
    return f"about {minutes}:{seconds:02d} left"
