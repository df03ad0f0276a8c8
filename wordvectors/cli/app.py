"""The commands, put together."""

from __future__ import annotations

import typer

from wordvectors.cli import clean, corpus, demo, doctor, local, models, plans, runs, train

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
app.command()(runs.logs)
app.command()(runs.stop)
app.command()(models.download)
app.command()(models.neighbours)
app.command()(plans.validate)
app.command()(doctor.doctor)
app.command()(demo.demo)
app.add_typer(corpus.app, name="corpus")
app.add_typer(local.app, name="local")
