"""The commands, put together."""

from __future__ import annotations

import inspect
import shutil
from typing import Any

import typer

from wordvectors.cli import (
    clean,
    compare,
    corpus,
    demo,
    disk,
    doctor,
    labels,
    leaderboard,
    local,
    models,
    plans,
    promote,
    removal,
    reports,
    runs,
    serve,
    train,
    ui,
    watch,
)

_Context: Any = typer.Context.__base__
_NARROW = 60
_INDENT = 2


class _Help(_Context.formatter_class):  # type: ignore[misc]  # of the Click that Typer brings along
    """Help for terminals of any width: Typer's own counts on 50 columns, and breaks words."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how | {"width": min(shutil.get_terminal_size().columns, 80) - _INDENT})

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = _INDENT) -> None:
        """Write names and what they mean; in a narrow terminal the meaning stands below the name."""
        super().write_dl(rows, col_max if self.width >= _NARROW else _INDENT, col_spacing)


_Context.formatter_class = _Help

app = typer.Typer(
    name="wordvectors",
    help="Turn a team's own text into word vectors, on AWS or on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(clean.clean)
app.command()(train.train)
app.command()(runs.runs)
app.command()(runs.show)
app.command()(watch.watch)
app.command()(runs.logs)
app.command()(runs.stop)
app.command()(models.download)
app.command()(ui.ui)
app.command()(leaderboard.best)
app.command()(compare.compare)
app.command()(promote.promote)
app.command()(promote.demote)
app.command()(promote.rollback)
app.command()(promote.history)
app.command()(models.neighbours)
app.command("open")(reports.open_report)
app.command()(models.similarity)
app.command()(models.analogy)
app.command()(models.export)
app.command()(serve.serve)
app.command()(labels.note)
app.command()(labels.tag)
app.command()(removal.rm)
app.command()(removal.prune)
app.command()(disk.disk)
app.command()(plans.validate)
app.command()(doctor.doctor)
app.command()(demo.demo)
app.add_typer(corpus.app, name="corpus", short_help="Facts about corpora.")
app.add_typer(local.app, name="local", short_help="The local cloud: an AWS account on this machine.")

for group in (app, corpus.app, local.app):
    for command in group.registered_commands:  # Typer would cut the sentence
        command.short_help = inspect.cleandoc(command.callback.__doc__ or "").partition("\n\n")[0]
