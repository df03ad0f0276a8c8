"""The commands, put together."""

from __future__ import annotations

import typer

from wordvectors.cli import (
    clean,
    compare,
    corpus,
    demo,
    doctor,
    leaderboard,
    local,
    models,
    plans,
    reports,
    runs,
    train,
    watch,
)

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
app.command()(leaderboard.best)
app.command()(compare.compare)
app.command()(models.neighbours)
app.command("open")(reports.open_report)
app.command()(models.similarity)
app.command()(models.analogy)
app.command()(models.export)
app.command()(plans.validate)
app.command()(doctor.doctor)
app.command()(demo.demo)
app.add_typer(corpus.app, name="corpus")
app.add_typer(local.app, name="local")
