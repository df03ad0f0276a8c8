"""Bars of runs, from their rows in the table alone."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from wordvectors.cli.output import errors, escape, words_per_second
from wordvectors.runs.run import Run
from wordvectors.runs.status import RunStatus


def run_bars() -> Progress:
    """Return bars for runs, a line each."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        console=errors,
    )


def show_run(bar: Progress, task: TaskID, run: Run, name: str = "") -> None:
    """Bring a bar to where its run stands; `name` is put before the status."""
    percent = 100.0 if run.status is RunStatus.COMPLETED else run.progress.percent or 0.0
    speed = run.progress.words_per_second
    stage = str(run.status)
    if run.status is RunStatus.TRAINING and run.training.secondary_status:
        stage = f"{stage} ({run.training.secondary_status})"
    bar.update(
        task,
        completed=percent,
        description=escape(f"{name}  {stage}" if name else stage),
        speed=f"{words_per_second(speed)} words/s" if speed else "",
        left=_time_left(run, percent) if run.status is RunStatus.TRAINING else "",
    )


def _time_left(run: Run, percent: float) -> str:
    started = run.training.started_at
    if not started or not 0 < percent < 100:
        return ""
    updated = datetime.fromisoformat(run.updated_at)
    trained = (updated - datetime.fromisoformat(started)).total_seconds()
    remaining = trained * (100 - percent) / percent - (datetime.now(UTC) - updated).total_seconds()
    minutes, seconds = divmod(max(round(remaining), 0), 60)
    return f"about {minutes}:{seconds:02d} left"
