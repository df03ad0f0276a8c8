"""What the command line prints: tables and sentences for people, JSON for machines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, TypeVar

import typer
from pydantic import BaseModel
from rich import filesize, markup
from rich.console import Console
from rich.table import Table

from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.plain_text import escaped_in_json, plain
from wordvectors.runs.cost import cost_text, short_cost
from wordvectors.runs.run import Corpus, Progress, Run, Training, sets_of
from wordvectors.runs.status import RunStatus

WIDEST = 10_000
"""Columns of what is no terminal: a table that is piped or written to a file loses nothing."""


def _console(*, stderr: bool) -> Console:
    """Return a console that shows what is there: `:dog:` stays `:dog:`, and nothing is cut where it is piped."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDEST
    return Console(stderr=stderr, highlight=False, emoji=False, width=width)


console, errors = _console(stderr=False), _console(stderr=True)

LEAST_SHARE_SHOWN = 0.005
"""Of repeated lines: less is nothing to tell a person of."""
STATUS_STYLES = {
    "COMPLETED": "green",
    "REJECTED": "red",
    "FAILED": "red",
    "STOPPED": "yellow",
}


class CommandError(Exception):
    """A command that can't do what was asked: a title, the faults one by one, and what to do about it."""

    def __init__(self, title: str, faults: Iterable[str] = (), advice: str | None = None) -> None:
        super().__init__(title)
        self.title = title
        self.faults = list(faults)
        self.advice = advice


Member = TypeVar("Member", bound=StrEnum)


def member_of(kind: type[Member]) -> Callable[[str], Member]:
    """Return what reads a member of an enum from the command line, in upper or lower case.

    Typer's own reading of it answers a wrong one in its validator's words.
    """

    def read(text: str) -> Member:
        for member in kind:
            if member.lower() == text.lower():
                return member
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(member.lower() for member in kind)}.")

    return read


def escape(text: str) -> str:
    """Return a text that comes from outside as Rich markup that shows it: no tags, no escape sequences."""
    return markup.escape("\n".join(plain(line, 10_000) for line in text.split("\n")))


def report(error: CommandError) -> None:
    """Print an error for people, on standard error."""
    errors.print(f"[red bold]✗ {escape(error.title)}[/]", soft_wrap=True)
    for fault in error.faults:
        errors.print(f"  • {escape(fault)}", soft_wrap=True)
    if error.advice:
        errors.print(f"  → {escape(error.advice)}", soft_wrap=True)


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output; of models what is known."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=_as_json)
    sys.stdout.write(f"{escaped_in_json(text)}\n")


def _as_json(value: object) -> Any:
    return value.model_dump(mode="json", exclude_unset=True) if isinstance(value, BaseModel) else str(value)


def status_text(status: str) -> str:
    """Return a status in its colour, as Rich markup."""
    return f"[{STATUS_STYLES.get(status, 'cyan')}]{escape(status)}[/]"


def run_table(runs: Iterable[Run], by: str = MEAN_RHO) -> Table:
    """Return runs as a table, one a line; in 80 columns where their names are short.

    Parameters
    ----------
    by
        The evaluation set that the runs were put in order by, which then has a column.
    """
    runs = list(runs)
    by_set = by in sets_of(runs)
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
    table.add_column("RUN", overflow="fold")
    table.add_column("STATUS", no_wrap=True)
    table.add_column("MEAN_RHO", justify="right", no_wrap=True)
    if by_set:
        table.add_column(escape(by.upper()), justify="right")
    table.add_column("WORDS/S", justify="right", no_wrap=True)
    table.add_column("COST", justify="right", no_wrap=True)
    table.add_column("CREATED (UTC)", no_wrap=True)
    for run in runs:
        percent = run.progress.percent
        training = run.status is RunStatus.TRAINING and percent is not None
        table.add_row(
            escape(run.run_id),
            status_text(run.status) + (f" {percent:.0f} %" if training else ""),
            score_text(run.mean_rho),
            *([score_text(run.score(by))] if by_set else []),
            words_per_second(run.progress.words_per_second),
            short_cost(run.cost),
            escape(run.created_at[:16].replace("T", " ")),
        )
    return table


def score_table(run: Run) -> Table:
    """Return a run's scores as a table, each with what it rests on; what has no score says why."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("EVALUATION SET", overflow="fold")
    table.add_column("SCORE", justify="right", no_wrap=True)
    table.add_column("MEASURE", no_wrap=True)
    table.add_column("FOUND", justify="right", no_wrap=True)
    table.add_column("COVERAGE", justify="right", no_wrap=True)
    sets = sorted(run.evaluation.sets.items())
    for name, entry in sets:
        found = entry.found
        table.add_row(
            escape(name),
            score_text(entry.value),
            entry.measure if found else "",
            f"{found[0]:,} of {found[1]:,}" if found else "",
            f"{entry.coverage:.0%}" if entry.coverage is not None else "",
        )
    table.add_row("[bold]mean_rho[/]", f"[bold]{score_text(run.mean_rho)}[/]", "", "", "")
    for name, entry in sets:
        if entry.note:
            table.caption = f"{table.caption or ''}\n{escape(name)}: {escape(entry.note)}".strip()
    table.caption_justify = "left"
    return table


def run_facts(run: Run) -> Table:
    """Return what is known of a run as a table of names and values."""
    corpus, training, resources = run.corpus, run.training, run.plan.resources if run.plan else None
    hyperparameters = sorted(run.plan.hyperparameters.strings().items()) if run.plan else []
    facts = {
        "Run": escape(run.run_id),
        "Status": status_text(run.status),
        "Reason": escape(run.reason or ""),
        "Waiting for": escape(run.waiting_for or ""),
        "Warnings": escape("\n".join(run.warnings)),
        "Corpus": escape(f"s3://{corpus.bucket}/{corpus.key}")
        + (f" ({filesize.decimal(corpus.bytes)})" if corpus.bytes is not None else ""),
        "Text": escape(_text_facts(corpus)),
        "Hyperparameters": escape(", ".join(f"{name}={value}" for name, value in hyperparameters)),
        "Instances": (escape(f"{resources.instance_count} × {resources.instance_type}") if resources else ""),
        "Created": escape(run.created_at),
        "Training": escape(_training_text(training, run.progress)),
        "Billed": (
            f"{training.billed_instance_seconds:,} instance-seconds"
            if training.billed_instance_seconds is not None
            else ""
        ),
        "Cost": escape(cost_text(run.cost)),
        "Vocabulary": f"{training.vocabulary:,} words" if training.vocabulary else "",
        "Model": escape(run.artifacts.model or ""),
        "Report": escape(run.artifacts.report or ""),
        "Scores": escape(run.evaluation.note or ""),
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(name, value)
    return table


def _text_facts(corpus: Corpus) -> str:
    """Return what is known of a corpus's text: by a count or a sample of it, and by its recipe."""
    sample, counted = corpus.sample, corpus.counted
    parts = []
    if counted:
        about = "" if counted.counted_bytes == corpus.bytes else "about "
        parts.append(f"{about}{counted.lines:,} lines, {about}{counted.tokens:,} words")
    elif sample.tokens:
        parts.append(f"about {sample.tokens:,} words")
    if (sample.duplicate_share or 0) >= LEAST_SHARE_SHOWN:
        parts.append(f"{sample.duplicate_share:.0%} of sampled lines repeated")
    if sample.language:
        parts.append(f"language {sample.language}")
    if corpus.recipe:
        parts.append(f"cleaned by recipe version {corpus.recipe['version']}")
    return ", ".join(parts)


def words_per_second(speed: float | None) -> str:
    """Return a throughput in words a person reads at a glance."""
    if speed is None:
        return ""
    return f"{speed / 1e6:.2f} M" if speed >= 1e5 else f"{speed / 1e3:.1f} k"


def _training_text(training: Training, progress: Progress) -> str:
    parts = []
    if training.secondary_status:
        parts.append(training.secondary_status)
    if progress.percent is not None:
        parts.append(f"{progress.percent:.0f} %")
    if training.training_seconds is not None:
        seconds = training.training_seconds
        parts.append(f"{seconds:,.1f} s of training" if seconds >= 0.1 else "under 0.1 s of training")
    if progress.words_per_second:
        parts.append(f"{words_per_second(progress.words_per_second)} words/s")
    return ", ".join(parts)


def score_text(value: float | None) -> str:
    """Return a score with four digits, or a dash for none."""
    return "–" if value is None else f"{value:.4f}"
